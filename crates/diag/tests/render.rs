//! What rendered diagnostics look like, and that no text and no span is too odd to be rendered.

use fwc_diag::{Diagnostic, RenderOptions, Sources, codes, render, render_all, to_json};
use fwc_schema::{SourceId, Span};
use proptest::prelude::*;

const APP: &str = r#"[app]
name = "demo"

[peripherals.sensors]
kind = "i2c"
sda = "GP4"

[peripherals.console]
kind = "uart"
tx = "GP4"
"#;

/// Where the `nth` occurrence of `part` is in app.toml.
fn span_of(text: &str, part: &str, nth: usize) -> Span {
    let (start, _) = text.match_indices(part).nth(nth).expect("the part is there");
    Span::new(SourceId(0), start..start + part.len())
}

fn conflict() -> Diagnostic {
    Diagnostic::error(codes::PIN_CONFLICT, "`GP4` is claimed twice", span_of(APP, "\"GP4\"", 1))
        .here("also claimed by `peripherals.console`")
        .also(span_of(APP, "\"GP4\"", 0), "first claimed by `peripherals.sensors`")
        .note("a pin is connected to one hardware block at a time")
        .help("on rpi-pico, UART1 TX can also be `GP8` or `GP20`")
}

fn fault(title: &str, range: std::ops::Range<usize>) -> Diagnostic {
    Diagnostic::error(codes::BAD_VALUE, title, Span::new(SourceId(0), range)).here("here")
}

#[track_caller]
fn check(diagnostic: &Diagnostic, text: &str, expected: &str) {
    let rendered = render(diagnostic, &Sources::of("app.toml", text), &RenderOptions::default());
    assert!(rendered == expected, "expected:\n{expected}\nrendered:\n{rendered}");
}

#[test]
fn two_labels_a_note_and_a_help() {
    let expected = "\
error[pin-conflict]: `GP4` is claimed twice
  --> app.toml:10:6
   |
 6 | sda = \"GP4\"
   |       ----- first claimed by `peripherals.sensors`
...
10 | tx = \"GP4\"
   |      ^^^^^ also claimed by `peripherals.console`
   |
   = note: a pin is connected to one hardware block at a time
   = help: on rpi-pico, UART1 TX can also be `GP8` or `GP20`
";
    check(&conflict(), APP, expected);
}

#[test]
fn labels_in_a_second_file_and_in_a_lost_one() {
    let mut sources = Sources::of("app.toml", "pin = \"GP4\"\n");
    let board = sources.add("boards/mine.toml", "[pins]\nGP4 = []\n");
    let diagnostic = fault("no such function", 6..11)
        .also(Span::new(board, 7..10), "the pin")
        .also(Span::new(SourceId(9), 0..1), "described elsewhere");
    let expected = "\
error[bad-value]: no such function
 --> app.toml:1:7
  |
1 | pin = \"GP4\"
  |       ^^^^^ here
  |
 ::: boards/mine.toml:2:1
  |
2 | GP4 = []
  | --- the pin
  |
  = note: described elsewhere
";
    assert_eq!(render(&diagnostic, &sources, &RenderOptions::default()), expected);
}

#[test]
fn an_empty_span_at_the_end_stands_behind_the_last_text() {
    let expected = "\
error[bad-value]: more is needed
 --> app.toml:1:6
  |
1 | [app]
  |      ^ here
";
    check(&fault("more is needed", 7..7), "[app]\n\n", expected);
    let expected = "\
error[bad-value]: more is needed
 --> app.toml:1:1
  |
1 |
  | ^ here
";
    check(&fault("more is needed", 0..0), "", expected);
}

#[test]
fn a_span_over_several_lines() {
    let expected = "\
error[bad-value]: too many
 --> app.toml:1:8
  |
1 |   pins = [
  |  ________^
2 | |   \"GP1\",
3 | | ]
  | |_^ here
";
    check(&fault("too many", 7..20), "pins = [\n  \"GP1\",\n]\n", expected);
}

#[test]
fn tabs_wide_characters_and_carriage_returns() {
    let expected = "\
error[bad-value]: odd
 --> app.toml:2:4
  |
2 |     é 🦀 x
  |       ^^ here
";
    check(&fault("odd", 9..13), "one\r\n\té \u{1f980} x\r\n", expected);
}

#[test]
fn a_long_line_is_cut_around_each_label() {
    let text = format!("x = \"{}\" # end\n", "a".repeat(10_000));
    let diagnostic = fault("too long", 4..10_006).also(Span::new(SourceId(0), 10_009..10_012), "the end");
    let rendered = render(&diagnostic, &Sources::of("app.toml", text), &RenderOptions::default());
    let expected = format!(
        "\
error[bad-value]: too long
 --> app.toml:1:5
  |
1 | x = \"{}...
  |     {} here
  |
 ::: app.toml:1:10010
  |
1 | ...{}\" # end
  |    {}--- the end
",
        "a".repeat(88),
        "^".repeat(40),
        "a".repeat(35),
        " ".repeat(39),
    );
    assert!(rendered == expected, "expected:\n{expected}\nrendered:\n{rendered}");
}

#[test]
fn long_and_hidden_words_in_titles_are_tamed() {
    let title = format!("`{}` is no name\u{1b}[31m", "a".repeat(10_000));
    let expected = format!(
        "error[bad-value]: `{}…` is no name\\u{{1b}}[31m\n --> app.toml:1:1\n  |\n1 | x\n  | ^ here\n",
        "a".repeat(120)
    );
    check(&fault(&title, 0..1), "x", &expected);
}

#[test]
fn colours_change_nothing_but_colours() {
    let sources = Sources::of("app.toml", APP);
    let plain = render(&conflict(), &sources, &RenderOptions::default());
    let colored = render(&conflict(), &sources, &RenderOptions { color: true, ..RenderOptions::default() });
    let mut without = String::new();
    for (index, part) in colored.split("\u{1b}[").enumerate() {
        without.push_str(if index == 0 { part } else { part.split_once('m').expect("a colour ends").1 });
    }
    assert_ne!(colored, plain);
    assert_eq!(without, plain);
}

#[test]
fn many_are_sorted_and_cut_with_errors_first() {
    let sources = Sources::of("app.toml", APP);
    let warning = Diagnostic::warning(codes::UNUSED, "unused", Span::new(SourceId(0), 0..1));
    let diagnostics = [warning, fault("second", 20..21), fault("first", 6..7)];
    let text = render_all(&diagnostics, &sources, &RenderOptions::default(), 2);
    let titles: Vec<&str> =
        text.lines().filter(|line| line.starts_with("error") || line.starts_with('…')).collect();
    assert_eq!(titles, ["error[bad-value]: first", "error[bad-value]: second", "… and 1 more (1 warning)"]);
    assert!(!render_all(&diagnostics, &sources, &RenderOptions::default(), 3).contains('…'));
    assert_eq!(render_all(&[], &sources, &RenderOptions::default(), 3), "");
}

#[test]
fn json_has_the_documented_names() {
    let text = "é = 1\nx = 2\n";
    let line = to_json(&fault("no", 0..2).note("why").help("do"), &Sources::of("app.toml", text));
    let object: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
    let expected = serde_json::json!({
        "reason": "diagnostic",
        "severity": "error",
        "code": "bad-value",
        "title": "no",
        "file": "app.toml",
        "line": 1, "column": 1, "end_line": 1, "end_column": 2,
        "start": 0, "end": 2,
        "labels": [{
            "text": "here",
            "file": "app.toml",
            "line": 1, "column": 1, "end_line": 1, "end_column": 2,
            "start": 0, "end": 2,
        }],
        "notes": ["why"],
        "helps": ["do"],
        "rendered": object["rendered"],
    });
    assert_eq!(object, expected);
    assert!(object["rendered"].as_str().expect("a text").starts_with("error[bad-value]: no\n"));
    assert!(!line.contains('\n'));
}

/// Texts with everything that lines can end in or hide.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_string()),
        Just("\r\n".to_string()),
        Just("\r".to_string()),
        Just("\t".to_string()),
        Just("\u{1f980}\u{200d}é".to_string()),
        Just("long ".repeat(100)),
        "[a-z =\"]{0,12}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

fn any_label() -> impl Strategy<Value = (u16, u32, u32, String)> {
    (0..3_u16, prop_oneof![0..400_u32, any::<u32>()], prop_oneof![0..400_u32, any::<u32>()], any_text())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_too_odd_to_be_rendered(
        first_text in any_text(),
        second_text in any_text(),
        title in any_text(),
        labels in prop::collection::vec(any_label(), 1..6),
        width in 0..200_usize,
        color in any::<bool>(),
    ) {
        let mut sources = Sources::of("app.toml", first_text);
        sources.add("other.toml", second_text);
        let mut places = labels.into_iter().map(|(source, start, end, text)| {
            (Span { source: SourceId(source), start, end }, text)
        });
        let (span, text) = places.next().expect("there is one");
        let mut diagnostic = Diagnostic::error(codes::BAD_VALUE, title.clone(), span).here(text).note(title);
        for (span, text) in places {
            diagnostic = diagnostic.also(span, text);
        }
        let rendered = render(&diagnostic, &sources, &RenderOptions { color, width });
        prop_assert!(rendered.contains("bad-value"));
        let json = to_json(&diagnostic, &sources);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}
