//! What is decided for an application, and what is said where nothing can be.

use std::sync::LazyLock;

use fwc_diag::{Diagnostic, Severity};

use super::*;
use crate::catalog::Catalog;
use crate::check::CheckOptions;
use crate::check_text;

const HEAD: &str = "[app]\nname = \"sample\"\nboard = \"rpi-pico\"\n";

/// A whole file: keys of `[app]` may come first; a line such as `console: uart tx=GP0 rx=GP1` is a peripheral, whose
/// `baud` is 115200 unless it is given.
fn file(text: &str) -> String {
    let mut file = HEAD.to_owned();
    for line in text.lines() {
        match line.split_once(": ") {
            Some((name, keys)) => file.push_str(&peripheral(name.trim(), keys)),
            None => file.push_str(&format!("{line}\n")),
        }
    }
    file
}

fn peripheral(name: &str, keys: &str) -> String {
    let mut words = keys.split_whitespace();
    let kind = words.next().unwrap();
    let mut table = format!("[peripherals.{name}]\nkind = \"{kind}\"\n");
    if kind == "uart" && !keys.contains("baud=") {
        table.push_str("baud = 115200\n");
    }
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        match value.parse::<u32>() {
            Ok(number) => table.push_str(&format!("{key} = {number}\n")),
            Err(_) => table.push_str(&format!("{key} = \"{value}\"\n")),
        }
    }
    table
}

/// The whole of what is said about a text that the check accepts.
#[track_caller]
fn check(text: &str, expected: &str) {
    let text = file(text);
    let checked = resolve(app(&text));
    let said: Vec<String> = checked.diagnostics.iter().map(|diagnostic| shown(diagnostic, &text)).collect();
    assert_eq!(said.join("\n"), expected.trim_matches('\n'), "{}", said.join("\n"));
    assert_eq!(checked.value.is_none(), checked.has_errors());
}

#[track_caller]
fn app(text: &str) -> App {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::default);
    let checked = check_text(text, &CATALOG, &CheckOptions::default());
    checked.value.unwrap_or_else(|| panic!("the check refuses {text}: {:#?}", checked.diagnostics))
}

/// A diagnostic as text: each place as the line that it is in and the words that are marked.
fn shown(diagnostic: &Diagnostic, text: &str) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut lines = vec![format!("{severity}[{}]: {}", diagnostic.code, diagnostic.title)];
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let start = text[..label.span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let key = text[start..label.span.start as usize].trim_end_matches([' ', '=']);
        let mark = if index == 0 { '^' } else { '-' };
        lines.push(
            format!("  {key} = {} {mark} {}", &text[label.span.range()], label.text).trim_end().to_owned(),
        );
    }
    lines.extend(diagnostic.notes.iter().map(|note| format!("  note: {note}")));
    lines.extend(diagnostic.helps.iter().map(|help| format!("  help: {help}")));
    lines.join("\n")
}

mod decisions;
mod every_board;
mod executors;
mod invented;
mod messages;
mod mixtures;
mod properties;
mod stm32;
