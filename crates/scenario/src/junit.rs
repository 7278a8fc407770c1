//! Reports of scenarios to JUnit's XML, which every CI understands.

use std::fmt::Write;

/// A scenario for a CI.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario's name.
    pub name: String,
    /// Where it ran.
    pub place: String,
    /// How long that took, in seconds.
    pub seconds: f64,
    /// What went wrong, as people see it; nothing where it passed.
    pub failure: Option<String>,
}

/// The file of a run.
#[must_use]
pub fn junit(app: &str, cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!("tests=\"{}\" failures=\"{failures}\" time=\"{seconds:.3}\"", cases.len());
    let mut line = |words: std::fmt::Arguments<'_>| {
        text.write_fmt(words).and_then(|()| text.write_str("\n")).expect("a String takes every text");
    };
    line(format_args!("<testsuites {counts}>"));
    line(format_args!("  <testsuite name=\"{}\" {counts}>", escape(app)));
    for case in cases {
        let (name, place) = (escape(&case.name), escape(&case.place));
        let head =
            format!("    <testcase name=\"{name}\" classname=\"{place}\" time=\"{:.3}\"", case.seconds);
        match &case.failure {
            None => line(format_args!("{head}/>")),
            Some(failure) => {
                let title = failure.lines().next().unwrap_or_default();
                line(format_args!("{head}>"));
                line(format_args!(
                    "      <failure message=\"{}\">{}</failure>",
                    escape(title),
                    escape(failure)
                ));
                line(format_args!("    </testcase>"));
            }
        }
    }
    line(format_args!("  </testsuite>"));
    line(format_args!("</testsuites>"));
    text
}

/// XML has no way to write most control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            control if control.is_control() => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_with_their_text_and_nothing_breaks_the_markup() {
        let case = |name: &str, failure: Option<&str>| Case {
            name: name.into(),
            place: "emulator".into(),
            seconds: 0.25,
            failure: failure.map(str::to_string),
        };
        let text = junit("demo", &[case("ok", None), case("a<b", Some("error: \"x\" & y\n\u{7}more"))]);
        assert_eq!(
            text,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" time="0.500">
  <testsuite name="demo" tests="2" failures="1" time="0.500">
    <testcase name="ok" classname="emulator" time="0.250"/>
    <testcase name="a&lt;b" classname="emulator" time="0.250">
      <failure message="error: &quot;x&quot; &amp; y">error: &quot;x&quot; &amp; y
"#
            .to_string()
                + "\u{FFFD}more</failure>\n    </testcase>\n  </testsuite>\n</testsuites>\n"
        );
    }
}
