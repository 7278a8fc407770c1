//! `fwc boards`: the list; `fwc boards NAME`: one board, each of its pins and what can be there.

use std::sync::Arc;

use fwc_core::catalog::{Board, BoardFault, Catalog, PinRow, pin_rows};
use fwc_diag::Source;
use fwc_schema::board::{FlashWay, UsbLines};
use fwc_schema::chip::MemoryRole;
use serde_json::json;

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::own_boards;
use crate::failure::{Failure, Kind};
use crate::project::Project;
use crate::shell::Shell;
use crate::table::{Table, wrap};

pub(crate) fn run(name: Option<&str>, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let boards = Boards::of(global)?;
    match name {
        Some(name) => show(&*boards.find(name)?, shell),
        None => list(&boards.catalog, shell),
    }
}

/// The boards that can be named here.
#[derive(Debug, Default)]
pub(crate) struct Boards {
    pub(crate) catalog: Catalog,
    /// The project's own files, for the places of faults.
    own: Vec<(String, String)>,
}

impl Boards {
    /// The bundled boards, and those of the project when there is one.
    pub(crate) fn of(global: &GlobalOptions) -> Result<Boards, Failure> {
        match Project::find(global) {
            Ok(project) => {
                let own = own_boards(&project)?;
                Ok(Boards { catalog: Catalog::new(own.clone()), own })
            }
            Err(failure) if failure.kind == Kind::Usage && global.project.is_none() => Ok(Boards::default()),
            Err(failure) => Err(failure),
        }
    }

    /// The board with that name, or the nearest names.
    pub(crate) fn find(&self, name: &str) -> Result<Arc<Board>, Failure> {
        match self.catalog.board(name) {
            Some(Ok(board)) => Ok(board),
            Some(Err(faults)) => Err(Failure::files(format!("the board `{name}` cannot be read"))
                .notes(faults.iter().map(|fault| self.fault(fault)))),
            None => Err(self.unknown(name)),
        }
    }

    fn fault(&self, fault: &BoardFault) -> String {
        let text = self.own.iter().find(|(file, _)| *file == fault.file).map_or("", |(_, text)| text);
        let place = Source::new(&fault.file, text).place(fault.range.start as u32);
        let help = fault.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}:{}:{}: {}{help}", fault.file, place.line, place.column, fault.message)
    }

    fn unknown(&self, name: &str) -> Failure {
        let answer = self.catalog.unknown_board(name);
        Failure::usage(format!("there is no board `{name}`")).notes(answer.notes).help(answer.help)
    }
}

fn list(catalog: &Catalog, shell: &Shell) -> Outcome {
    let boards = catalog.boards();
    if shell.is_json() {
        return boards.iter().try_for_each(|head| {
            shell.record(&json!({
                "reason": "board",
                "name": head.name,
                "title": head.title,
                "aliases": head.aliases,
                "chip": head.chip,
                "vendor": head.vendor,
                "description": head.description,
            }))
        });
    }
    let mut table = Table::new(&["board", "also called", "chip", "what it is"]);
    for head in boards {
        let what = format!("{}: {}", head.title, head.description);
        table.row([head.name.clone(), head.aliases.join(", "), head.chip.clone(), what]);
    }
    shell.data(&table.text(shell))?;
    shell.hint(
        "`chip:NAME` in place of a board is an STM32 by itself: `fwc boards chip:stm32g431cb` shows one",
    );
    Ok(())
}

fn show(board: &Board, shell: &Shell) -> Outcome {
    let rows = pin_rows(board);
    if shell.is_json() {
        return record(board, &rows, shell);
    }
    let mut text = shell.strong(&board.title) + "\n";
    for (name, value) in facts(board) {
        let mut lines = wrap(&value, shell.width().saturating_sub(12).max(40)).into_iter();
        text.push_str(&format!("  {name:<9} {}\n", lines.next().unwrap_or_default()));
        lines.for_each(|line| text.push_str(&format!("            {line}\n")));
    }
    text.push('\n');
    let mut table = Table::new(&["pin", "contact", "labels", "what can be there besides an input or output"]);
    for row in &rows {
        let mut what = row.functions.join(", ");
        for more in row.onboard.iter().chain(&row.limitations) {
            what.push_str(&format!("; {more}"));
        }
        table.row([row.pin.clone(), row.contacts.join(", "), row.labels.join(", "), what]);
    }
    text.push_str(&table.text(shell));
    shell.data(&text)
}

fn record(board: &Board, rows: &[PinRow], shell: &Shell) -> Outcome {
    shell.record(&json!({
        "reason": "board",
        "name": board.name,
        "title": board.title,
        "aliases": board.aliases,
        "chip": board.chip.name,
        "vendor": board.vendor,
        "description": board.description,
        "target": board.chip.target,
        "flash_bytes": board.bytes_of(MemoryRole::Flash) + board.bytes_of(MemoryRole::Boot),
        "ram_bytes": board.bytes_of(MemoryRole::Ram),
        "flash_ways": board.flash.iter().map(way_record).collect::<Vec<_>>(),
        "serial_port": board.serial_port,
        "sources": board.sources,
        "pins": rows,
    }))
}

fn facts(board: &Board) -> Vec<(&'static str, String)> {
    let chip = &board.chip;
    let mut names = vec![format!("`{}`", board.written())];
    names.extend(board.aliases.iter().map(|alias| format!("`{alias}`")));
    let cores = if chip.cores == 1 { "one core".to_owned() } else { format!("{} cores", chip.cores) };
    let flash = board.bytes_of(MemoryRole::Flash) + board.bytes_of(MemoryRole::Boot);
    let mut facts = vec![
        ("board", names.join(" or ")),
        ("chip", format!("{}, {} ({}), built for {}", chip.title, cores, chip.core, chip.target)),
        ("memory", format!("{} flash, {} RAM", bytes(flash), bytes(board.bytes_of(MemoryRole::Ram)))),
        ("flashed", board.flash.iter().map(flash_way).collect::<Vec<_>>().join(", or ")),
    ];
    facts.extend(board.serial_port.iter().map(|port| ("serial", format!("TX and RX, by {port}"))));
    facts.extend(board.usb.iter().map(|usb| ("usb", format!("{}: {}", usb_end(usb.lines), usb.note))));
    facts.extend(board.sources.iter().map(|source| ("source", source.clone())));
    facts
}

/// Where the chip's own USB ends.
fn usb_end(lines: UsbLines) -> &'static str {
    match lines {
        UsbLines::Socket => "a socket",
        UsbLines::Contacts => "contacts",
        UsbLines::Nowhere => "nowhere",
    }
}

fn flash_way(way: &FlashWay) -> String {
    match way {
        FlashWay::Probe {} => "by a debug probe".to_owned(),
        FlashWay::Uf2 { volume, .. } => format!("by copying a UF2 file to its boot drive {volume}"),
        FlashWay::Serial { .. } => "by the loader in its chip, over a serial port".to_owned(),
    }
}

fn way_record(way: &FlashWay) -> serde_json::Value {
    match way {
        FlashWay::Probe {} => json!({ "way": "probe" }),
        FlashWay::Uf2 { volume, button } => json!({ "way": "uf2", "volume": volume, "button": button }),
        FlashWay::Serial { chip, button } => json!({ "way": "serial", "chip": chip, "button": button }),
    }
}

/// `2 MiB`, `264 KiB`; whole units only where nothing is lost.
pub(crate) fn bytes(count: u32) -> String {
    const MIB: u32 = 1 << 20;
    match count {
        0 => "no".to_owned(),
        count if count % MIB == 0 => format!("{} MiB", count / MIB),
        count if count % 1024 == 0 => format!("{} KiB", count / 1024),
        count => format!("{count} bytes"),
    }
}
