//! What an image takes of the chip to a table: flash and RAM with a bar, and the RAM of each task.

use fwc_build::size::RegionUse;
use fwc_build::{MemoryKind, SizeReport};
use fwc_core::catalog::Board;
use fwc_schema::chip::MemoryRole;

use crate::shell::Shell;
use crate::table::wrap;

const BAR: usize = 30;

/// Where the words behind a row's name begin.
const INDENT: usize = 8;

/// How many statics and symbols are told to those who want to know everything.
const LISTED: usize = 10;

/// The table.
pub(crate) fn table(sizes: &SizeReport, board: &Board, shell: &Shell) -> String {
    let flash = regions(sizes, MemoryKind::Flash)
        .fold((0, 0), |(used, length), one| (used + one.used, length + one.region.length));
    let mut text = row("flash", flash.0, flash.1);
    for region in regions(sizes, MemoryKind::Ram).filter(|region| is_told(region, board)) {
        text.push_str(&row("RAM", region.used, region.region.length));
    }
    let tasks = sizes.tasks.iter().filter(|task| task.is_in_module("tasks"));
    let tasks: Vec<String> = tasks.map(|task| format!("{} {} B", task.name(), grouped(task.bytes))).collect();
    text.push_str(&list("tasks", &tasks.join(", "), shell));
    if shell.is_verbose() {
        let statics = sizes.statics.iter().take(LISTED);
        let statics: Vec<String> =
            statics.map(|one| format!("{} {} B", one.name(), grouped(one.bytes))).collect();
        text.push_str(&list("statics", &statics.join(", "), shell));
        for symbol in sizes.largest.iter().take(LISTED) {
            text.push_str(&format!("{:>15} B  {}\n", grouped(symbol.bytes), symbol.path));
        }
    }
    text
}

fn regions(sizes: &SizeReport, kind: MemoryKind) -> impl Iterator<Item = &RegionUse> {
    sizes.regions.iter().filter(move |region| region.region.kind == kind)
}

/// Small banks that nothing lies in are not worth a line.
fn is_told(region: &RegionUse, board: &Board) -> bool {
    let ram = board.link_regions().into_iter().filter(|region| region.role == MemoryRole::Ram);
    let largest = ram.max_by_key(|region| region.length).map(|region| region.name);
    region.used > 0 || largest.as_ref() == Some(&region.region.name)
}

fn row(name: &str, used: u64, length: u64) -> String {
    let percent = if length == 0 { 0.0 } else { used as f64 * 100.0 / length as f64 };
    let filled = ((percent / 100.0 * BAR as f64).ceil() as usize).min(BAR);
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(BAR - filled));
    format!("{name:<INDENT$}[{bar}] {percent:>5.1}%  {} of {} B\n", grouped(used), grouped(length))
}

fn list(name: &str, text: &str, shell: &Shell) -> String {
    let room = shell.width().saturating_sub(INDENT).max(40);
    let lines = wrap(text, room);
    let mut lines = lines.iter();
    let mut text = format!("{name:<INDENT$}{}\n", lines.next().map_or("", String::as_str));
    lines.for_each(|line| text.push_str(&format!("{:INDENT$}{line}\n", "")));
    text
}

/// `2,097,152`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_that_something_is_there_and_never_overflows() {
        assert_eq!(
            row("flash", 1, 1_000_000),
            "flash   [#-----------------------------]   0.0%  1 of 1,000,000 B\n"
        );
        assert_eq!(row("RAM", 0, 1000), "RAM     [------------------------------]   0.0%  0 of 1,000 B\n");
        assert_eq!(
            row("RAM", 3000, 1000),
            "RAM     [##############################] 300.0%  3,000 of 1,000 B\n"
        );
    }
}
