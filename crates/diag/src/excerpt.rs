//! Places in one file to the pieces of its text that a message shows.
//!
//! In: a file and the labels in it, wherever their spans lie. Out: the lines from the first to the last mark, with the
//! marks on whole characters inside of them. A line too long for a terminal becomes an excerpt of its own for each
//! label, so that it can be cut around that one.

use std::ops::Range;

use crate::{Label, Source};

/// A line of more bytes than this is long.
const LONG_LINE: usize = 200;
/// How many characters of a long line are marked at most.
const LONGEST_MARK: usize = 40;

/// A run of whole lines with marks in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt<'a> {
    /// The text of the lines.
    pub(crate) text: &'a str,
    /// The number of its first line, from 1.
    pub(crate) first_line: usize,
    /// The labels and where each lies in `text`.
    pub(crate) marks: Vec<(&'a Label, Range<usize>)>,
}

/// The excerpts that show all of `labels`, the one with the first label first.
pub(crate) fn excerpts<'a>(source: &'a Source, labels: &[&'a Label]) -> Vec<Excerpt<'a>> {
    let mut groups: Vec<(bool, Vec<Mark<'a>>)> = Vec::new();
    for label in labels {
        let (mark, long) = mark(source, label);
        match groups.iter_mut().find(|(group_long, _)| !long && !group_long) {
            Some((_, marks)) => marks.push(mark),
            None => groups.push((long, vec![mark])),
        }
    }
    groups.into_iter().map(|(_, marks)| around(source, marks)).collect()
}

/// A label and its range in the file.
type Mark<'a> = (&'a Label, Range<usize>);

/// What can be marked of a label's span, and whether that is on a long line.
fn mark<'a>(source: &Source, label: &'a Label) -> (Mark<'a>, bool) {
    let range = source.visible_range(label.span);
    let is_long = |offset: usize| source.line_content(source.line_of(offset)).len() > LONG_LINE;
    if !is_long(range.start) && !is_long(range.end) {
        return ((label, range), false);
    }
    let line = source.line_content(source.line_of(range.start));
    let rest = range.start..line.end.min(range.end);
    let marked = source.text[rest.clone()].char_indices().nth(LONGEST_MARK).map_or(rest.len(), |(at, _)| at);
    ((label, range.start..range.start + marked), true)
}

/// The whole lines around marks.
fn around<'a>(source: &'a Source, marks: Vec<Mark<'a>>) -> Excerpt<'a> {
    let first_byte = marks.iter().map(|(_, range)| range.start).min().unwrap_or(0);
    let last_byte = marks.iter().map(|(_, range)| range.end).max().unwrap_or(0);
    let first_line = source.line_of(first_byte);
    let start = source.line_content(first_line).start;
    let end = source.line_content(source.line_of(last_byte)).end;
    let marks =
        marks.into_iter().map(|(label, range)| (label, range.start - start..range.end - start)).collect();
    Excerpt { text: &source.text[start..end], first_line: first_line + 1, marks }
}

#[cfg(test)]
mod tests {
    use fwc_schema::{SourceId, Span};

    use super::excerpts;
    use crate::{Label, Source};

    /// The excerpts, each mark's ends as `[` and `]`, one a line of the answer.
    fn marked(text: &str, spans: &[(usize, usize)]) -> Vec<String> {
        let labels: Vec<Label> = spans
            .iter()
            .map(|(start, end)| Label { span: Span::new(SourceId(0), *start..*end), text: String::new() })
            .collect();
        let source = Source::new("app.toml", text);
        let labels: Vec<&Label> = labels.iter().collect();
        excerpts(&source, &labels)
            .iter()
            .map(|excerpt| {
                let mut shown = excerpt.text.to_string();
                let mut signs: Vec<(usize, char)> =
                    excerpt.marks.iter().flat_map(|(_, mark)| [(mark.start, '['), (mark.end, ']')]).collect();
                signs.sort();
                for (at, sign) in signs.into_iter().rev() {
                    shown.insert(at, sign);
                }
                format!("{}: {shown}", excerpt.first_line)
            })
            .collect()
    }

    #[test]
    fn only_the_lines_between_the_marks() {
        assert_eq!(marked("one\ntwo\nthree\n", &[(4, 7)]), ["2: [two]"]);
        assert_eq!(marked("one\ntwo\nthree\nfour", &[(14, 18), (4, 7)]), ["2: [two]\nthree\n[four]"]);
    }

    #[test]
    fn a_carriage_return_belongs_to_the_line_end() {
        assert_eq!(marked("one\r\ntwo\r\nthree\r\n", &[(0, 5), (10, 15)]), ["1: [one]\r\ntwo\r\n[three]"]);
    }

    #[test]
    fn a_span_that_takes_line_ends_along_stays_on_its_line() {
        assert_eq!(marked("one\n\n\ntwo\n", &[(0, 6)]), ["1: [one]"]);
        assert_eq!(marked("one\n\n\ntwo\n", &[(3, 4)]), ["1: one[]"]);
    }

    #[test]
    fn marks_outside_of_the_text_or_inside_of_a_character_are_moved() {
        assert_eq!(marked("é", &[(1, 1)]), ["1: [é]"]);
        assert_eq!(marked("one", &[(2, 900)]), ["1: on[e]"]);
        assert_eq!(marked("one", &[(700, 900)]), ["1: one[]"]);
        assert_eq!(marked("", &[(0, 0)]), ["1: []"]);
        assert_eq!(marked("one\ntwo\n\n", &[(9, 9)]), ["2: two[]"]);
    }

    #[test]
    fn long_lines_stand_alone_with_short_marks() {
        let long = "a".repeat(1000);
        let text = format!("one\n{long}\ntwo");
        let cut = format!("2: [{}]{}", "a".repeat(40), "a".repeat(960));
        assert_eq!(
            marked(&text, &[(0, 3), (4, 1004), (1005, 1008)]),
            [format!("1: [one]\n{long}\n[two]"), cut.clone()]
        );
        assert_eq!(marked(&text, &[(4, 1008), (0, 3)]), [cut, "1: [one]".to_string()]);
    }
}
