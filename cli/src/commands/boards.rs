//! `fwc boards`: the list; `fwc boards NAME`: one board, each of its pins and what can be there.

use fwc_core::catalog::{Board, Catalog, PinRow, pin_rows};
use fwc_diag::suggest::closest;
use fwc_schema::board::FlashWay;
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
    let catalog = catalog(global)?;
    match name {
        Some(name) => show(&*find(name, &catalog)?, shell),
        None => list(&catalog, shell),
    }
}

/// The bundled boards, and those of the project when there is one.
pub(crate) fn catalog(global: &GlobalOptions) -> Result<Catalog, Failure> {
    match Project::find(global) {
        Ok(project) => Ok(Catalog::new(own_boards(&project)?)),
        Err(failure) if failure.kind == Kind::Usage && global.project.is_none() => Ok(Catalog::default()),
        Err(failure) => Err(failure),
    }
}

/// The board with that name, or the nearest names.
pub(crate) fn find(name: &str, catalog: &Catalog) -> Result<std::sync::Arc<Board>, Failure> {
    match catalog.board(name) {
        Some(Ok(board)) => Ok(board),
        Some(Err(faults)) => {
            let faults = faults.iter().map(|fault| match &fault.help {
                Some(help) => format!("{}: {} ({help})", fault.file, fault.message),
                None => format!("{}: {}", fault.file, fault.message),
            });
            Err(Failure::files(format!("the board `{name}` cannot be read")).helps(faults))
        }
        None => {
            let failure = Failure::usage(format!("there is no board `{name}`"));
            Err(match closest(name, catalog.board_names()) {
                Some(meant) => failure.help(format!("did you mean `{meant}`? `fwc boards` lists them all")),
                None => failure
                    .help("`fwc boards` lists them all; a project brings its own as `boards/NAME.toml`"),
            })
        }
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
    shell.data(&table.text(shell))
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
        "sources": board.sources,
        "pins": rows,
    }))
}

fn facts(board: &Board) -> Vec<(&'static str, String)> {
    let chip = &board.chip;
    let mut names = vec![format!("`{}`", board.name)];
    names.extend(board.aliases.iter().map(|alias| format!("`{alias}`")));
    let cores = if chip.cores == 1 { "one core".to_owned() } else { format!("{} cores", chip.cores) };
    let flash = board.bytes_of(MemoryRole::Flash) + board.bytes_of(MemoryRole::Boot);
    let mut facts = vec![
        ("board", names.join(" or ")),
        ("chip", format!("{}, {} ({}), built for {}", chip.title, cores, chip.core, chip.target)),
        ("memory", format!("{} flash, {} RAM", bytes(flash), bytes(board.bytes_of(MemoryRole::Ram)))),
        ("flashed", board.flash.iter().map(flash_way).collect::<Vec<_>>().join(", or ")),
    ];
    facts.extend(board.sources.iter().map(|source| ("source", source.clone())));
    facts
}

fn flash_way(way: &FlashWay) -> String {
    match way {
        FlashWay::Probe {} => "by a debug probe".to_owned(),
        FlashWay::Uf2 { volume } => format!("by copying a UF2 file to its boot drive {volume}"),
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
