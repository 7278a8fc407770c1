//! `[[expect]]`: what the firmware should do, refused where it never could.

use fwc_core::app::ChannelId;
use fwc_diag::{Diagnostic, codes};
use fwc_parts::Nanos;
use fwc_schema::app::LogLevel;
use fwc_schema::read::Pair;
use fwc_schema::scenario::{ExpectEntry, OneOrTwo, OutputExpectKeys, PwmExpectKeys, SUBJECTS, SubjectKeys};
use fwc_schema::units::Ratio;
use fwc_schema::{Field, Span, Spanned};

use crate::check::names::{Kind, Names};
use crate::check::{Clock, values};
use crate::{Count, Expectation, Subject, When};

/// How far a duty may be from the one that is expected, where that is a single value: one percent of the period.
const TOLERANCE: u64 = 10_000;
/// A duty of the whole period.
const WHOLE: Ratio = Ratio(1_000_000);

pub(super) fn check(
    entries: &[ExpectEntry],
    names: &Names<'_>,
    clock: &Clock,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Expectation> {
    let expectations: Vec<Expectation> =
        entries.iter().filter_map(|entry| expectation(entry, names, clock, faults)).collect();
    refuse_contradictions(&expectations, names, faults);
    expectations
}

fn expectation(
    entry: &ExpectEntry,
    names: &Names<'_>,
    clock: &Clock,
    faults: &mut Vec<Diagnostic>,
) -> Option<Expectation> {
    refuse_other_subjects(entry, faults);
    let when = when(entry, clock, faults);
    let (subject, span) = subject(entry, names, faults)?;
    let when = when?;
    if matches!(when, When::At(_)) && !subject.is_state() {
        let span = entry.when.at.span().unwrap_or(entry.span);
        faults.push(
            Diagnostic::error(
                codes::NOT_APPLICABLE,
                format!("{} is no matter of one moment", subject.noun()),
                span,
            )
            .help("write `by` for up to then, or `between` for a span of time"),
        );
        return None;
    }
    Some(Expectation { when, subject, span })
}

/// Exactly one of `by`, `at` and `between`.
fn when(entry: &ExpectEntry, clock: &Clock, faults: &mut Vec<Diagnostic>) -> Option<When> {
    let keys = &entry.when;
    let given: Vec<(&str, Span)> =
        [("by", keys.by.span()), ("at", keys.at.span()), ("between", keys.between.span())]
            .into_iter()
            .filter_map(|(key, span)| Some((key, span?)))
            .collect();
    match given.as_slice() {
        [_] => {}
        [] => faults.push(
            Diagnostic::error(codes::MISSING_KEY, "this expectation does not say when", entry.span)
                .about("by")
                .help("give it `by = \"700ms\"`, `at = \"1.5s\"` or `between = [\"0s\", \"1s\"]`"),
        ),
        [(first, place), (second, span), ..] => {
            let title = format!("`{first}` and `{second}` cannot stand in one expectation");
            faults.push(
                Diagnostic::error(codes::NOT_APPLICABLE, title, *span)
                    .also(*place, format!("`{first}` is here"))
                    .help("write an `[[expect]]` for each"),
            );
            return None;
        }
    }
    if let Some(by) = keys.by.get() {
        return clock.moment("this moment", *by, faults).map(When::By);
    }
    if let Some(at) = keys.at.get() {
        return clock.moment("this moment", *at, faults).map(When::At);
    }
    let Pair(from, to) = keys.between.get()?.value;
    let [from_at, to_at] = [from, to].map(|time| clock.moment("this moment", time, faults));
    if from.value >= to.value {
        let title = format!("there is no time between {} and {}", from.value, to.value);
        faults.push(Diagnostic::error(codes::IMPOSSIBLE, title, from.span.to(to.span)));
        return None;
    }
    Some(When::Between(from_at?, to_at?))
}

fn refuse_other_subjects(entry: &ExpectEntry, faults: &mut Vec<Diagnostic>) {
    match entry.subjects.as_slice() {
        [_] => {}
        [] => {
            let list: Vec<String> = SUBJECTS.iter().map(|subject| format!("`{subject}`")).collect();
            faults.push(
                Diagnostic::error(codes::MISSING_KEY, "this expectation does not say of what", entry.span)
                    .about("output")
                    .help(format!("give it one of {}", list.join(", "))),
            );
        }
        [first, second, ..] => {
            let title = format!("`{}` and `{}` cannot stand in one expectation", first.value, second.value);
            faults.push(
                Diagnostic::error(codes::NOT_APPLICABLE, title, second.span)
                    .also(first.span, format!("`{}` is here", first.value))
                    .help("write an `[[expect]]` for each"),
            );
        }
    }
}

/// What is expected, and the value that says so.
fn subject(entry: &ExpectEntry, names: &Names<'_>, faults: &mut Vec<Diagnostic>) -> Option<(Subject, Span)> {
    match &entry.keys {
        SubjectKeys::Unknown => None,
        SubjectKeys::Output(keys) => output(keys, entry, names, faults),
        SubjectKeys::Pwm(keys) => pwm(keys, entry, names, faults),
        SubjectKeys::Device(keys) => {
            let device = names.peripheral("device", keys.device.get()?, Kind::Face, faults);
            if keys.shows.is_absent() && !entry.has_unknown_keys {
                let help = "say what it shows: `shows = \"21.5\"`";
                faults.push(nothing_expected("shows", "this device", entry.span, help));
            }
            let piece = piece(&keys.shows, faults)?;
            Some((Subject::Shown { device: device?, piece: piece.value }, piece.span))
        }
        SubjectKeys::Uart(keys) => {
            let uart = names.peripheral("uart", keys.uart.get()?, Kind::Sender, faults);
            if keys.contains.is_absent() && !entry.has_unknown_keys {
                let help = "say what it sends: `contains = \"fan: on\"`";
                faults.push(nothing_expected("contains", "this uart", entry.span, help));
            }
            let piece = piece(&keys.contains, faults)?;
            Some((Subject::Text { uart: uart?, piece: piece.value }, piece.span))
        }
        SubjectKeys::Channel(keys) => {
            let channel = names.channel(keys.channel.get()?, faults)?;
            let beside = [keys.field.span(), keys.above.span(), keys.below.span(), keys.equals.span()];
            match (keys.messages.get(), beside.into_iter().flatten().next()) {
                (Some(messages), None) => {
                    let count = count(&messages.value, faults)?;
                    Some((Subject::Messages { channel, count }, messages.span))
                }
                (Some(messages), Some(beside)) => {
                    let title = "`messages` counts messages, whatever is in them";
                    faults.push(
                        Diagnostic::error(codes::NOT_APPLICABLE, title, beside)
                            .also(messages.span, "counted here")
                            .help("write an `[[expect]]` for each"),
                    );
                    None
                }
                (None, _) if !keys.messages.is_absent() => None,
                (None, _) => values::value(keys, channel, entry, names.app, faults),
            }
        }
        SubjectKeys::Log(keys) => {
            let piece = piece(&keys.log, faults)?;
            if names.app.log == LogLevel::Off {
                faults.push(
                    Diagnostic::error(codes::IMPOSSIBLE, "this firmware logs nothing", piece.span)
                        .note("app.toml has `log = \"off\"`"),
                );
                return None;
            }
            Some((Subject::Log { piece: piece.value }, piece.span))
        }
    }
}

fn output(
    keys: &OutputExpectKeys,
    entry: &ExpectEntry,
    names: &Names<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<(Subject, Span)> {
    let output = names.peripheral("output", keys.output.get()?, Kind::Output, faults);
    match (keys.is.get(), keys.edges.get()) {
        (Some(is), None) => Some((Subject::Level { output: output?, active: is.value }, is.span)),
        (None, Some(edges)) => {
            let count = count(&edges.value, faults)?;
            Some((Subject::Edges { output: output?, count }, edges.span))
        }
        (Some(is), Some(edges)) => {
            faults.push(
                Diagnostic::error(
                    codes::NOT_APPLICABLE,
                    "`is` and `edges` cannot stand in one expectation",
                    edges.span,
                )
                .also(is.span, "`is` is here")
                .help("write an `[[expect]]` for each"),
            );
            None
        }
        (None, None) => {
            if keys.is.is_absent() && keys.edges.is_absent() && !entry.has_unknown_keys {
                let help = "give it `is = true`, or `edges = 4`";
                faults.push(nothing_expected("is", "this output", entry.span, help));
            }
            None
        }
    }
}

fn pwm(
    keys: &PwmExpectKeys,
    entry: &ExpectEntry,
    names: &Names<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<(Subject, Span)> {
    let pwm = names.peripheral("pwm", keys.pwm.get()?, Kind::Pwm, faults);
    if keys.duty.is_absent() && !entry.has_unknown_keys {
        let help = "give it `duty = \"40%\"`, or a range: `duty = [\"30%\", \"45%\"]`";
        faults.push(nothing_expected("duty", "this pwm", entry.span, help));
    }
    let duty = keys.duty.get()?;
    let (least, most) = match duty.value {
        OneOrTwo::One(one) => (one.value.0.saturating_sub(TOLERANCE), one.value.0.saturating_add(TOLERANCE)),
        OneOrTwo::Two(Pair(least, most)) => (least.value.0, most.value.0),
    };
    let most_said = match duty.value {
        OneOrTwo::One(one) => one,
        OneOrTwo::Two(Pair(_, most)) => most,
    };
    if most_said.value > WHOLE {
        let title = format!("a duty is never `{}`", most_said.value);
        faults.push(
            Diagnostic::error(codes::IMPOSSIBLE, title, most_said.span)
                .help("it is `\"100%\"` at most: all of the period"),
        );
        return None;
    }
    refuse_reversed(least, most, duty.span, faults)?;
    Some((Subject::Duty { pwm: pwm?, least, most }, duty.span))
}

fn count(range: &OneOrTwo<u32>, faults: &mut Vec<Diagnostic>) -> Option<Count> {
    match range {
        OneOrTwo::One(one) => Some(Count { least: one.value, most: one.value }),
        OneOrTwo::Two(Pair(least, most)) => {
            refuse_reversed(least.value, most.value, least.span.to(most.span), faults)?;
            Some(Count { least: least.value, most: most.value })
        }
    }
}

fn refuse_reversed<T: PartialOrd>(least: T, most: T, span: Span, faults: &mut Vec<Diagnostic>) -> Option<()> {
    if least <= most {
        return Some(());
    }
    faults.push(
        Diagnostic::error(codes::IMPOSSIBLE, "nothing is in this range", span)
            .help("the least comes first, then the most"),
    );
    None
}

/// A text that is looked for; every text contains the empty one.
fn piece(field: &Field<String>, faults: &mut Vec<Diagnostic>) -> Option<Spanned<String>> {
    let piece = field.get()?;
    if piece.value.is_empty() {
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, "every text contains the empty one", piece.span)
                .help("say what it should contain"),
        );
        return None;
    }
    Some(piece.clone())
}

fn nothing_expected(key: &str, what: &str, span: Span, help: &str) -> Diagnostic {
    Diagnostic::error(codes::MISSING_KEY, format!("nothing is expected of {what}"), span)
        .about(key)
        .help(help)
}

/// An output that is expected to be active and inactive at one moment.
fn refuse_contradictions(expectations: &[Expectation], names: &Names<'_>, faults: &mut Vec<Diagnostic>) {
    for (index, one) in expectations.iter().enumerate() {
        let Subject::Level { output, active } = one.subject else { continue };
        let contradicts = |other: &&Expectation| match other.subject {
            Subject::Level { output: same, active: not } => {
                same == output && not != active && overlap(one.when, other.when)
            }
            _ => false,
        };
        if let Some(other) = expectations[..index].iter().find(contradicts) {
            let name = &names.app.peripheral(output).name.value;
            faults.push(
                Diagnostic::error(
                    codes::IMPOSSIBLE,
                    format!("`{name}` cannot be active and inactive at one moment"),
                    one.span,
                )
                .also(other.span, "the opposite is expected here"),
            );
        }
    }
}

/// Whether two expectations speak of one moment for certain.
fn overlap(one: When, other: When) -> bool {
    let within = |at: Nanos, (from, to): (Nanos, Nanos)| from < at && at < to;
    match (one, other) {
        (When::At(one), When::At(other)) => one == other,
        (When::At(at), When::Between(from, to)) | (When::Between(from, to), When::At(at)) => {
            within(at, (from, to))
        }
        (When::Between(one_from, one_to), When::Between(from, to)) => one_from < to && from < one_to,
        (When::By(_), _) | (_, When::By(_)) => false,
    }
}

impl Subject {
    /// Whether it is the state of something, which is there at each moment.
    fn is_state(&self) -> bool {
        matches!(
            self,
            Subject::Level { .. } | Subject::Duty { .. } | Subject::Shown { .. } | Subject::Value { .. }
        )
    }

    /// What is expected, as the start of a sentence.
    fn noun(&self) -> &'static str {
        match self {
            Subject::Level { .. } | Subject::Duty { .. } | Subject::Shown { .. } | Subject::Value { .. } => {
                "a state"
            }
            Subject::Edges { .. } => "a number of edges",
            Subject::Messages { .. } => "a number of messages",
            Subject::Text { .. } | Subject::Log { .. } => "a text",
        }
    }

    /// The channel that it is about.
    pub(crate) fn channel(&self) -> Option<ChannelId> {
        match self {
            Subject::Messages { channel, .. } | Subject::Value { channel, .. } => Some(*channel),
            _ => None,
        }
    }
}
