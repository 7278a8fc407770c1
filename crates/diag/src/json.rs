//! Diagnostics to JSON for programs, one object a line. docs/errors.md documents the names: they stay.

use fwc_schema::Span;
use serde::Serialize;

use crate::{Diagnostic, RenderOptions, Severity, Sources, render};

/// The object of a diagnostic. The place is that of its first label.
#[derive(Serialize)]
struct Object<'a> {
    reason: &'static str,
    severity: Severity,
    code: &'static str,
    title: &'a str,
    #[serde(flatten)]
    place: Option<Extent<'a>>,
    labels: Vec<LabelObject<'a>>,
    notes: &'a [String],
    helps: &'a [String],
    rendered: String,
}

#[derive(Serialize)]
struct LabelObject<'a> {
    text: &'a str,
    #[serde(flatten)]
    place: Option<Extent<'a>>,
}

/// Where something stands: lines and columns count from 1, columns in characters; `start` and `end` are bytes.
#[derive(Serialize)]
struct Extent<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start: usize,
    end: usize,
}

/// One line of JSON, without its line end.
pub fn to_json(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let object = Object {
        reason: "diagnostic",
        severity: diagnostic.severity,
        code: diagnostic.code.name,
        title: &diagnostic.title,
        place: extent(diagnostic.span(), sources),
        labels: diagnostic
            .labels
            .iter()
            .map(|label| LabelObject { text: &label.text, place: extent(label.span, sources) })
            .collect(),
        notes: &diagnostic.notes,
        helps: &diagnostic.helps,
        rendered: render(diagnostic, sources, &RenderOptions::default()),
    };
    serde_json::to_string(&object).expect("names and texts are always JSON")
}

fn extent(span: Span, sources: &Sources) -> Option<Extent<'_>> {
    let file = sources.file(span.source)?;
    let range = file.visible_range(span);
    let (first, behind) = (file.place_at(range.start), file.place_at(range.end));
    Some(Extent {
        file: &file.name,
        line: first.line,
        column: first.column,
        end_line: behind.line,
        end_column: behind.column,
        start: range.start,
        end: range.end,
    })
}
