//! Diagnostics to text for people, in the form that rustc made familiar.
//!
//! In: diagnostics and the sources that they point into. Out: text that says everything without its colours.

use std::borrow::Cow;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};
use fwc_schema::SourceId;

use crate::excerpt::{Excerpt, excerpts};
use crate::{Counts, Diagnostic, Label, Severity, Source, Sources, sort_by_place};

/// How the text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
}

impl Default for RenderOptions {
    fn default() -> RenderOptions {
        RenderOptions { color: false, width: 100 }
    }
}

/// Below this the source would be cut to nothing; a narrower terminal wraps the lines.
const NARROWEST: usize = 40;

/// A piece in backticks that is longer is cut: it is a user's text, of any length.
const LONGEST_QUOTE: usize = 120;

/// The text of one diagnostic, ended by a line end.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, options: &RenderOptions) -> String {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(one_line(&diagnostic.title)).id(diagnostic.code.name);
    let group = Group::with_title(title)
        .elements(places(diagnostic, sources))
        .elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(lines(note))))
        .elements(diagnostic.helps.iter().map(|help| Level::HELP.message(lines(help))));
    let mut text = renderer.term_width(options.width.max(NARROWEST)).render(&[group]);
    text.push('\n');
    text
}

/// The text of many diagnostics, sorted by place, with a blank line behind each. When there are more than `limit`,
/// errors are shown rather than warnings, and a last line tells how many were left out.
pub fn render_all(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    options: &RenderOptions,
    limit: usize,
) -> String {
    let mut shown: Vec<&Diagnostic> = diagnostics.iter().collect();
    shown.sort_by_key(|diagnostic| diagnostic.severity);
    let left_out = shown.split_off(limit.min(shown.len()));
    sort_by_place(&mut shown);
    let mut text: String =
        shown.iter().map(|diagnostic| render(diagnostic, sources, options) + "\n").collect();
    if !left_out.is_empty() {
        text.push_str(&format!("… and {} more ({})\n\n", left_out.len(), Counts::of(left_out)));
    }
    text
}

/// The labels on their sources, the file with the fault first. Labels in files that nobody has become notes.
fn places<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Element<'a>> {
    let mut elements = Vec::new();
    let mut done: Vec<SourceId> = Vec::new();
    for label in &diagnostic.labels {
        let source = label.span.source;
        let Some(file) = sources.file(source) else {
            elements.extend((!label.text.is_empty()).then(|| Level::NOTE.message(lines(&label.text)).into()));
            continue;
        };
        if !done.contains(&source) {
            done.push(source);
            let labels: Vec<&Label> =
                diagnostic.labels.iter().filter(|label| label.span.source == source).collect();
            let first = &diagnostic.labels[0];
            elements.extend(
                excerpts(file, &labels).into_iter().map(|excerpt| snippet(file, excerpt, first).into()),
            );
        }
    }
    elements
}

fn snippet<'a>(file: &'a Source, excerpt: Excerpt<'a>, first: &Label) -> Snippet<'a, Annotation<'a>> {
    let annotations = excerpt.marks.into_iter().map(|(label, range)| {
        let kind = if std::ptr::eq(label, first) { AnnotationKind::Primary } else { AnnotationKind::Context };
        kind.span(range).label((!label.text.is_empty()).then(|| one_line(&label.text)))
    });
    Snippet::source(excerpt.text)
        .line_start(excerpt.first_line)
        .path(file.name.as_str())
        .annotations(annotations)
}

/// A text that must stay on its line.
fn one_line(text: &str) -> Cow<'_, str> {
    printable(text, |character| character.is_control())
}

/// A text of any number of lines.
fn lines(text: &str) -> Cow<'_, str> {
    printable(text, |character| character.is_control() && character != '\n')
}

/// Cuts very long pieces in backticks, and writes out what `is_hidden` (a terminal would obey it, not show it).
fn printable(text: &str, is_hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.len() <= LONGEST_QUOTE && !text.contains(&is_hidden) {
        return Cow::Borrowed(text);
    }
    let pieces = text.split('`').enumerate().map(|(index, piece)| {
        let is_quote = index % 2 == 1;
        shortened(piece, if is_quote { LONGEST_QUOTE } else { usize::MAX }, &is_hidden)
    });
    Cow::Owned(pieces.collect::<Vec<String>>().join("`"))
}

fn shortened(piece: &str, longest: usize, is_hidden: impl Fn(char) -> bool) -> String {
    let mut short = String::new();
    for (count, character) in piece.chars().enumerate() {
        if count == longest {
            short.push('…');
            break;
        }
        if is_hidden(character) {
            short.extend(character.escape_default());
        } else {
            short.push(character);
        }
    }
    short
}
