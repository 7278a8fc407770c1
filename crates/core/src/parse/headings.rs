//! The headings of a TOML text to the place where a name was given first.
//!
//! The parser tells only where a name is given again. This reads lines, not TOML: a line inside of a text of several
//! lines may look like a heading, and costs no more than a label on it.

use std::collections::HashMap;
use std::ops::Range;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;

/// The lines `[…]` of a text.
pub(super) struct Headings<'a> {
    /// In file order: where the line starts, and the heading.
    lines: Vec<(usize, &'a str)>,
    /// Where each heading starts for the first time.
    first: HashMap<&'a str, usize>,
}

impl<'a> Headings<'a> {
    pub(super) fn of(text: &'a str) -> Headings<'a> {
        let mut headings = Headings { lines: Vec::new(), first: HashMap::new() };
        for (start, line) in lines(text, 0..text.len()) {
            let heading = line.split('#').next().unwrap_or_default().trim();
            if heading.starts_with('[') {
                headings.lines.push((start, heading));
                let indent = line.len() - line.trim_start().len();
                headings.first.entry(heading).or_insert(start + indent);
            }
        }
        headings
    }

    /// The diagnostic of a name that is given again at `span`. In a table that is given again itself each of its keys
    /// may be a second one: the table is enough.
    pub(super) fn duplicate(&self, text: &str, span: Span) -> Option<Diagnostic> {
        let name = text.get(span.range())?;
        let line = line_start(text, span.range().start);
        let above = self.lines.partition_point(|(start, _)| *start <= line);
        let (section, heading) = above.checked_sub(1).map_or((0, ""), |index| self.lines[index]);
        let first_heading = self.first.get(heading).copied().unwrap_or(0);
        let is_heading = section == line && !heading.is_empty();
        if !is_heading && first_heading < section {
            return None;
        }
        let what = if is_heading { heading } else { name };
        let first = if is_heading {
            (first_heading < line).then(|| in_heading(heading, first_heading, name))
        } else {
            key_in(text, section..line, name)
        };
        let fault = Diagnostic::error(codes::DUPLICATE_NAME, format!("`{what}` is given twice"), span)
            .here("given again")
            .help("remove one of the two, or rename one");
        Some(match first {
            Some(range) => fault.also(Span::new(span.source, range), "given here first"),
            None => fault,
        })
    }
}

/// Where `name` stands in a heading that starts at `start`: a table's name is the last word of it.
fn in_heading(heading: &str, start: usize, name: &str) -> Range<usize> {
    let at = start + heading.rfind(name).unwrap_or(0);
    at..at + name.len()
}

/// Where `name` stands as a key at the start of a line.
fn key_in(text: &str, range: Range<usize>, name: &str) -> Option<Range<usize>> {
    lines(text, range).find_map(|(start, line)| {
        let key = line.trim_start();
        let at = start + line.len() - key.len();
        let is_key = key.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='));
        is_key.then(|| at..at + name.len())
    })
}

/// Lines with the places of their starts.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
    let mut start = range.start;
    text[range].split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line)
    })
}

/// Where the line with that offset starts.
pub(super) fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}
