//! All diagnostics of a file to those that stand for a mistake of their own.
//!
//! The stages are silent about what follows from a fault they know. Two kinds of echo are only seen from above: what a
//! fault of syntax tears out of the file, and a key that is missing because it is misspelt.

use std::collections::HashSet;
use std::ops::Range;

use fwc_diag::{Code, Diagnostic, codes};
use fwc_schema::SourceId;

/// What these codes miss may stand in the part of the file that could not be read.
const OF_ABSENCE: &[Code] = &[
    codes::BEHAVIOR_OR_CODE,
    codes::MISSING_KEY,
    codes::NO_PUBLISHER,
    codes::NO_READER,
    codes::UNKNOWN_NAME,
    codes::UNUSED,
];

/// Takes the echoes out. What lies in another file than app.toml is none.
pub(crate) fn silence(text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let in_app = |fault: &Diagnostic| fault.span().source == SourceId::default();
    let (mut of_app, others): (Vec<_>, Vec<_>) = diagnostics.drain(..).partition(in_app);
    silence_torn(text, &mut of_app);
    silence_misspelt(text, &mut of_app);
    diagnostics.extend(of_app.into_iter().chain(others));
}

/// What follows from a fault of syntax: all that lies in what it makes unreliable, and all that may be missing for it.
fn silence_torn(text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let of_syntax = diagnostics.iter().filter(|fault| fault.code == codes::TOML_SYNTAX);
    let mut torn: Vec<Range<usize>> = of_syntax.map(|fault| torn_by(text, fault)).collect();
    if torn.is_empty() {
        return;
    }
    torn.sort_by_key(|part| part.start);
    // Parts end at line ends or at headings, so of two that overlap the first holds the second.
    torn.dedup_by(|second, first| second.start < first.end);
    let is_torn = |offset: usize| {
        let before = torn.partition_point(|part| part.start <= offset);
        before > 0 && offset < torn[before - 1].end
    };
    diagnostics.retain(|fault| {
        fault.code == codes::TOML_SYNTAX
            || !(OF_ABSENCE.contains(&fault.code) || is_torn(fault.span().range().start))
    });
}

/// A key that is missing in a table where a misspelt one stands was told with that.
fn silence_misspelt(text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let headings: Vec<usize> = text.match_indices("\n[").map(|(at, _)| at).collect();
    let table_of = |offset: usize| headings.partition_point(|heading| *heading < offset);
    let misspelt: HashSet<(String, usize)> = diagnostics
        .iter()
        .filter(|fault| fault.code == codes::UNKNOWN_KEY)
        .filter_map(|fault| Some((fault.about.clone()?, table_of(fault.span().range().start))))
        .collect();
    diagnostics.retain(|fault| match &fault.about {
        Some(key) if OF_ABSENCE.contains(&fault.code) => {
            let table = table_of(fault.span().range().end);
            // A task has `behavior` or `code`; a misspelling of either tells it all.
            let other = if fault.code == codes::BEHAVIOR_OR_CODE { "code" } else { key };
            // A key of `[app]` may stand in front of all headings, in the table with number 0.
            ![(key.as_str(), table), (key, 0), (other, table)]
                .into_iter()
                .any(|(key, table)| misspelt.contains(&(key.to_string(), table)))
        }
        _ => true,
    });
}

/// What a fault of syntax makes unreliable: its line, and in a heading all that stands below it. A second label is
/// where the parser lost its way, and all that follows is.
fn torn_by(text: &str, fault: &Diagnostic) -> Range<usize> {
    let at = fault.span().range().start.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    if fault.labels.len() > 1 {
        return start..text.len() + 1;
    }
    let rest = text.get(start..).unwrap_or_default();
    let end = if rest.trim_start().starts_with('[') { rest.find("\n[") } else { rest.find('\n') };
    start..end.map_or(text.len(), |end| start + end) + 1
}
