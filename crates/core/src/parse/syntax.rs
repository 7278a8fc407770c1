//! The TOML parser's faults to diagnostics: in the reader's words, and each mistake told once.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;
use fwc_schema::read::ReadFault;

use crate::parse::headings::{Headings, line_start};

/// The diagnostics of a file's faults of syntax, which are in file order.
pub(super) fn diagnose(text: &str, faults: &[ReadFault]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let headings = Headings::of(text);
    let mut last_line = None;
    for fault in faults {
        let ReadFault::Syntax { message, span } = fault else { continue };
        if message.starts_with("duplicate key") {
            diagnostics.extend(headings.duplicate(text, *span));
            continue;
        }
        if let Some(opening) = unclosed_list_above(text, message, *span) {
            diagnostics.push(
                Diagnostic::error(codes::TOML_SYNTAX, "this list is not closed", opening)
                    .also(*span, "a heading inside of the list")
                    .help("close the list with `]`"),
            );
            // The parser takes all that follows for items of the list.
            break;
        }
        // What the parser finds in the rest of a line comes from the first fault in it.
        let line = line_start(text, span.range().start);
        if last_line.replace(line) != Some(line) {
            diagnostics.push(broken(text, message, *span));
        }
    }
    diagnostics
}

/// A fault in the parser's words: "what is there, expected what".
fn broken(text: &str, message: &str, span: Span) -> Diagnostic {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let error = |title: &str| Diagnostic::error(codes::TOML_SYNTAX, title, span);
    if is_joined_by_colon(text, span) {
        return error("a key and its value are joined by `=`, not by `:`");
    }
    match what {
        "string values must be quoted" => unquoted(text, span),
        "invalid basic string" | "invalid literal string" => broken_string(text, expected, span),
        "missing escaped value" => error("`\\` begins an escape, and this is none")
            .help("write `\\\\` for a backslash, or put the text in single quotes `'…'`"),
        "invalid integer" | "invalid float" | "invalid datetime" => {
            let value = value_around(text, span);
            error(&format!("`{value}` is not a number"))
                .help(format!("a text stands in quotes: `\"{value}\"`"))
        }
        "invalid unquoted key" => {
            let rest = text.get(span.range().start..).unwrap_or_default();
            let character = rest.chars().next().unwrap_or(' ');
            error(&format!("`{character}` cannot stand in a key without quotes"))
                .help("a key has the letters a to z, digits, `-` and `_`")
        }
        "unexpected leading zero" => error("a number does not begin with `0`"),
        "key with no value" => error("this key has no value").here("expected `=` and a value"),
        "invalid key-value pair" => error("this is neither a key nor a heading"),
        "unclosed table" | "unclosed array table" => {
            error("this heading is not closed").here(words(expected))
        }
        "unclosed array" => error("this list is not closed").here(words(expected)),
        "unclosed inline table" => error("this table is not closed").here(words(expected)),
        _ => error(what).here(words(expected)),
    }
}

fn words(expected: &str) -> String {
    match expected {
        "" => String::new(),
        "nothing" => "nothing is expected here".to_string(),
        _ => match expected.rsplit_once(", ") {
            Some((front, last)) if last != "`" => format!("expected {front} or {last}"),
            _ => format!("expected {expected}"),
        },
    }
}

/// Where the list begins that the parser is still in when it meets a heading.
fn unclosed_list_above(text: &str, message: &str, span: Span) -> Option<Span> {
    let start = line_start(text, span.range().start);
    let is_item = ["invalid boolean", "string values must be quoted", "missing comma between array elements"]
        .iter()
        .any(|fault| message.starts_with(fault));
    if !is_item || !text[start..].starts_with('[') {
        return None;
    }
    let before = &text[..start];
    let assignment = before.rfind('=').filter(|at| before[at + 1..].trim_start().starts_with('['))?;
    let bracket = assignment + before[assignment..].find('[')?;
    Some(Span::new(span.source, bracket..bracket + 1))
}

/// Whether the line has a `:` behind its key, as YAML has it.
fn is_joined_by_colon(text: &str, span: Span) -> bool {
    let line = text[line_start(text, span.range().start)..].lines().next().unwrap_or_default().trim_start();
    let behind =
        line.trim_start_matches(|character: char| character.is_alphanumeric() || "-_.".contains(character));
    behind.len() < line.len() && behind.trim_start().starts_with(':')
}

/// Where a value was expected and something stands that is none.
fn unquoted(text: &str, span: Span) -> Diagnostic {
    let marked = text.get(span.range()).unwrap_or_default();
    let error = |title: &str| Diagnostic::error(codes::TOML_SYNTAX, title, span);
    if marked.trim().is_empty() {
        return error("a value is missing").here("expected a value");
    }
    if marked.starts_with(['“', '”', '„']) {
        return error("this text is in typographic quotes").help("TOML knows only the straight quote `\"`");
    }
    error("this text is not in quotes").help(format!("write `\"{marked}\"`"))
}

/// A text that does not end on its line, or that holds what must be written as an escape.
fn broken_string(text: &str, expected: &str, span: Span) -> Diagnostic {
    let rest = text.get(span.range().start..).unwrap_or_default();
    let ends =
        rest.is_empty() || rest.starts_with(['\n', '\r']) && rest.trim_start_matches('\r').starts_with('\n');
    let quote = expected.trim_matches('`');
    if ends || matches!(quote, "\"" | "'") {
        let quote = if quote == "'" { quote } else { "\"" };
        return Diagnostic::error(codes::TOML_SYNTAX, "this text does not end", span)
            .here(format!("expected `{quote}`"));
    }
    let title = match rest.chars().next() {
        Some(character) if character.is_control() => "a control character in a text",
        _ => "this character cannot stand in a text",
    };
    Diagnostic::error(codes::TOML_SYNTAX, title, span)
        .help("write it as an escape, such as `\\t` or `\\u000D`")
}

/// What stands between the `=` and the end of the line or a comment.
fn value_around(text: &str, span: Span) -> &str {
    let line = text.get(line_start(text, span.range().start)..).and_then(|rest| rest.lines().next());
    let value = line.and_then(|line| line.split_once('=')).map_or("", |(_, value)| value);
    value.split('#').next().unwrap_or_default().trim()
}
