//! A [`Port`] as text for people.

use crate::port::{Decision, Outcome, Port, PortedEntry, PortedPin};

/// The whole report, and the tables to paste at its end.
pub fn report(port: &Port) -> String {
    let mut text = format!(
        "`{}` from {} ({}) to {} ({})\n",
        port.app, port.from.board, port.from.chip, port.to.board, port.to.chip
    );
    let sections = [
        (Outcome::Maps, "maps: stands as it is written"),
        (Outcome::Moves, "moves: the override names it otherwise"),
        (Outcome::Open, "open: waits for what is to be decided below"),
        (Outcome::Cannot, "cannot be there"),
    ];
    for (outcome, title) in sections {
        let entries: Vec<&PortedEntry> =
            port.entries.iter().filter(|entry| entry.outcome == outcome).collect();
        if !entries.is_empty() {
            text.push_str(&format!("\n{title}\n{}", rows(&entries)));
        }
    }
    for (blocks, title) in [(true, "decide: refused until that is done"), (false, "look at")] {
        let decisions: Vec<&Decision> =
            port.decisions.iter().filter(|decision| decision.blocks == blocks).collect();
        if !decisions.is_empty() {
            text.push_str(&format!("\n{title}\n"));
        }
        for decision in decisions {
            text.push_str(&format!("  {}: {}\n", decision.entry, decision.text));
            text.extend(decision.helps.iter().map(|help| format!("    {help}\n")));
        }
    }
    if !port.overrides.is_empty() {
        text.push_str(&format!("\n# to paste into app.toml\n{}", port.overrides));
    }
    text
}

fn rows(entries: &[&PortedEntry]) -> String {
    let width = |of: fn(&PortedEntry) -> &str| entries.iter().map(|entry| of(entry).chars().count()).max();
    let names = width(|entry| &entry.entry).unwrap_or(0);
    let kinds = width(|entry| &entry.kind).unwrap_or(0);
    let mut text = String::new();
    for entry in entries {
        let mut cells: Vec<String> = entry.pins.iter().map(pin).collect();
        cells.extend(entry.blocks.as_ref().and_then(|(was, becomes)| {
            let becomes = becomes.as_ref()?;
            Some(if was == becomes { was.clone() } else { format!("{was} -> {becomes}") })
        }));
        cells.extend(entry.reasons.iter().cloned());
        if cells.is_empty() {
            cells.push(String::new());
        }
        for (row, cell) in cells.iter().enumerate() {
            let (name, kind) = if row == 0 { (entry.entry.as_str(), entry.kind.as_str()) } else { ("", "") };
            text.push_str(format!("  {name:<names$}  {kind:<kinds$}  {cell}").trim_end());
            text.push('\n');
        }
    }
    text
}

fn pin(pin: &PortedPin) -> String {
    let named = |name: &str, of_chip: &str| match name == of_chip {
        true => name.to_owned(),
        false => format!("{name} ({of_chip})"),
    };
    let was = format!("{} {}", pin.key, named(&pin.named, &pin.was));
    match (&pin.becomes, &pin.pin) {
        (Some(becomes), Some(of_chip)) if !pin.why.is_empty() && !pin.why.starts_with("labelled") => {
            format!("{was} -> {}, {}", named(becomes, of_chip), pin.why)
        }
        (Some(becomes), Some(of_chip)) if *becomes == pin.named && *of_chip == pin.was => was,
        (Some(becomes), Some(of_chip)) => format!("{was} -> {}", named(becomes, of_chip)),
        _ => was,
    }
}
