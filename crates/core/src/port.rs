//! What it takes to bring an application to another board.
//!
//! In: app.toml, which is sound on its own board, and another board. Out: [`Port`]: what maps, what moves to which pin,
//! what the other board cannot do, what a person must decide, and the overrides to paste. What is proposed has been checked
//! and resolved for the other board as if it stood in the file.

mod adapt;
mod place;
mod report;
mod slots;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use fwc_diag::{Checked, Diagnostic};
use fwc_schema::SourceId;
use fwc_schema::app::AppFile;
use serde::Serialize;

use crate::catalog::{Board, Catalog};
use crate::check::{self, CheckOptions};
use crate::resolve;
use crate::resolved::Resolved;
use crate::{check_text, parse};

pub use report::report;

/// What it takes to bring an application to another board.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Port {
    /// The application's name.
    pub app: String,
    /// The board that it is for.
    pub from: Side,
    /// The other board.
    pub to: Side,
    /// Every peripheral and device, in the order of the file.
    pub entries: Vec<PortedEntry>,
    /// What a person must look at, or decide.
    pub decisions: Vec<Decision>,
    /// What is to be pasted into app.toml; empty where nothing is.
    pub overrides: String,
    /// Whether the application is sound on the other board with the overrides.
    pub complete: bool,
}

/// One of the two boards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// As app.toml names it.
    pub board: String,
    /// The chip's name as people write it.
    pub chip: String,
}

/// A peripheral or a device on both boards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortedEntry {
    /// `peripherals.led`
    pub entry: String,
    /// Its kind, or its driver.
    pub kind: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Its pins, in the order of the language's keys.
    pub pins: Vec<PortedPin>,
    /// Its hardware blocks: on the first board, and on the other where that is decided.
    pub blocks: Option<(String, Option<String>)>,
    /// Why it cannot be there.
    pub reasons: Vec<String>,
}

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It stands as it is written.
    Maps,
    /// The override names other pins, or other hardware.
    Moves,
    /// It waits for one of the decisions, without which it is refused.
    Open,
    /// The other board has no place for it.
    Cannot,
}

/// A pin on both boards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortedPin {
    /// The key that names it.
    pub key: String,
    /// As the file names it for the first board.
    pub named: String,
    /// The chip's pin there.
    pub was: String,
    /// As it is named for the other board; none where there is no pin for it.
    pub becomes: Option<String>,
    /// The chip's pin there.
    pub pin: Option<String>,
    /// Why that pin; empty where the name is the same.
    pub why: String,
}

/// What a person must look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The entry: `tasks.sense`; `app` for what is nobody's.
    pub entry: String,
    /// What is to be decided, and what the overrides say meanwhile.
    pub text: String,
    /// What can be done, where fwc does not do it.
    pub helps: Vec<String>,
    /// Whether the application is refused until it is done.
    pub blocks: bool,
}

/// Keys of entries that are laid over the file for the other board: `peripherals.fan` to `pin = "P1.01"`. The table of app
/// labels is `pins`.
type Overrides = BTreeMap<String, Vec<(String, String)>>;

/// How often another pin is tried where the chain refuses what was placed.
const ATTEMPTS: usize = 60;

/// What the application is on both boards. Faults of the file on its own board come instead.
pub fn port(text: &str, catalog: &Catalog, options: &CheckOptions, to: &Arc<Board>) -> Checked<Port> {
    let checked = check_text(text, catalog, options).and_then(resolve::resolve);
    let Some(here) = checked.value else { return Checked { value: None, diagnostics: checked.diagnostics } };
    let file = parse::parse(SourceId::default(), text).value.expect("what was checked can be read");
    let port = Porting { catalog, options, to, here: &here, known: &checked.diagnostics }.port(text, file);
    Checked { value: Some(port), diagnostics: Vec::new() }
}

/// What every step of it reads.
struct Porting<'a> {
    catalog: &'a Catalog,
    options: &'a CheckOptions,
    to: &'a Arc<Board>,
    /// The application on its own board.
    here: &'a Resolved,
    /// What was said of it there.
    known: &'a [Diagnostic],
}

/// What the chain makes of an attempt.
struct Attempt {
    resolved: Option<Resolved>,
    faults: Vec<Diagnostic>,
}

impl Porting<'_> {
    fn port(&self, text: &str, file: AppFile) -> Port {
        let from = &self.here.app.board;
        let present = slots::override_tables(text, self.to, self.catalog);
        let mine = self.overlaid(file.clone(), from);
        let mut theirs = self.overlaid(file, self.to);
        let labels = slots::labels(&theirs, self.to, self.catalog);
        let before = slots::groups(&mine, from, self.catalog);
        let mut groups = slots::groups(&theirs, self.to, self.catalog);
        slots::remember(&mut groups, &before, from, &slots::labels(&mine, from, self.catalog));
        slots::note_dma(&mut groups, &self.here.app, self.to.chip.hal);
        let mut decisions = Vec::new();
        let mut overrides = Overrides::new();
        adapt::instances(self, &mut groups, &mut theirs);
        adapt::cores(self, &mut theirs, &mut overrides, &mut decisions);
        let mut banned = place::Banned::default();
        let mut attempts = 0;
        let (placed, attempt) = loop {
            let placed = place::place(&groups, &labels, from, self.to, &banned);
            let attempt = self.attempt(&theirs, &groups, &placed);
            attempts += 1;
            let refused = place::refused(&groups, &placed, &attempt.faults);
            if attempts == ATTEMPTS || refused.is_empty() {
                break (placed, attempt);
            }
            banned.extend(refused);
        };
        adapt::moved_instances(self, &groups, &attempt, &mut overrides, &mut decisions);
        adapt::levels(self, &groups, &placed, &theirs, &mut overrides, &mut decisions);
        let found = verdict::Found {
            groups: &groups,
            placed: &placed,
            attempt: &attempt,
            theirs: &theirs,
            present: &present,
        };
        verdict::verdict(self, &found, overrides, decisions)
    }

    /// The file with a board's overrides.
    fn overlaid(&self, file: AppFile, board: &Board) -> AppFile {
        // Faults of the overrides have been said for the first board, which reads those of all boards.
        check::apply_overrides(file, Some(board), self.catalog, &mut Vec::new())
    }

    /// The chain on the other board with every pin that has been placed.
    fn attempt(&self, theirs: &AppFile, groups: &[slots::Group], placed: &[place::Placed]) -> Attempt {
        let mut file = theirs.clone();
        for (group, placed) in groups.iter().zip(placed) {
            for (slot, pin) in group.slots.iter().zip(&placed.pins) {
                slots::name(&mut file, group, &slot.key, &self.to.chip.pin(pin.pin).name);
            }
        }
        let options = CheckOptions { board: Some(self.to.written().into_owned()), ..self.options.clone() };
        let checked = check::check(file, self.catalog, &options).and_then(resolve::resolve);
        Attempt { resolved: checked.value, faults: checked.diagnostics }
    }
}
