//! What is expected and what was seen to a verdict for each expectation.

use std::collections::VecDeque;

use fwc_core::app::{App, ChannelId, PeripheralId, PeripheralKind};
use fwc_diag::words;
use fwc_parts::Nanos;
use fwc_schema::app::Initial;
use fwc_schema::scenario::Scalar;
use fwc_schema::units::{Duration, Ratio};

use crate::timeline::Timeline;
use crate::{Action, Count, Expectation, Record, Scenario, Step, Subject, Test, What, When};

/// What became of one expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was met.
    Met,
    /// It was not.
    Missed(Miss),
    /// The run ended before it could be said.
    NotReached,
    /// Where the firmware ran, this cannot be seen.
    NotSeen,
}

/// How an expectation was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// What is wrong, as a title.
    pub title: String,
    /// What was seen in place of what the file says.
    pub seen: String,
    /// What was seen around the moment, as lines.
    pub around: String,
}

/// A verdict for each expectation, in their order.
pub fn judge(scenario: &Scenario, record: &Record, app: &App) -> Vec<Verdict> {
    let judge = Judge { record, app, steps: &scenario.steps };
    scenario.expectations.iter().map(|expectation| judge.verdict(expectation)).collect()
}

struct Judge<'a> {
    record: &'a Record,
    app: &'a App,
    steps: &'a [Step],
}

impl Judge<'_> {
    fn verdict(&self, expectation: &Expectation) -> Verdict {
        if expectation.subject.channel().is_some() && !self.record.sees_channels {
            return Verdict::NotSeen;
        }
        match self.miss(expectation) {
            None if self.is_settled(expectation) => Verdict::Met,
            Some(miss) if self.is_settled(expectation) => Verdict::Missed(miss),
            _ => Verdict::NotReached,
        }
    }

    /// Whether the run lasted long enough to say. What is awaited `by` a moment may have come before the run broke.
    fn is_settled(&self, expectation: &Expectation) -> bool {
        let Some(broken) = &self.record.broken else { return true };
        match expectation.when {
            When::By(_) => self.miss(expectation).is_none(),
            when => when.end() <= broken.at,
        }
    }

    fn miss(&self, expectation: &Expectation) -> Option<Miss> {
        let when = expectation.when;
        match &expectation.subject {
            Subject::Level { output, active } => self.level(*output, *active, when),
            Subject::Edges { output, count } => {
                let moments = self.record.levels(*output).map(|(at, _)| at);
                self.count(moments, *count, when).map(|seen| self.edges_miss(*output, *count, seen, when))
            }
            Subject::Duty { pwm, least, most } => self.duty(*pwm, (*least, *most), when),
            Subject::Shown { device, piece } => self.shown(*device, piece, when),
            Subject::Text { uart, piece } => self.text(*uart, piece, when),
            Subject::Messages { channel, count } => {
                let moments = self.record.messages(*channel).map(|(at, _)| at);
                self.count(moments, *count, when).map(|seen| self.messages_miss(*channel, *count, seen, when))
            }
            Subject::Value { channel, field, test } => self.value(*channel, field, test, when),
            Subject::Log { piece } => self.log(piece, when),
        }
    }

    fn level(&self, id: PeripheralId, wanted: bool, when: When) -> Option<Miss> {
        let initial = match &self.app.peripheral(id).kind {
            PeripheralKind::Output(output) => output.initial == Initial::On,
            _ => false,
        };
        let changes: Vec<(Nanos, bool)> = self.record.levels(id).collect();
        let states = States { initial: Some(initial), changes: &changes };
        let wrong = states.wrong(when, |active| active == wanted)?;
        let name = self.peripheral(id);
        let (word, other) = (active_word(wanted), active_word(!wanted));
        let (title, seen) = match when {
            When::By(end) => {
                let later = changes.iter().find(|(at, active)| *at >= end && *active == wanted);
                let seen = match later {
                    Some((at, _)) => format!("it is {word} from {} on", show(*at)),
                    None => format!("it stays {other} to the end"),
                };
                (format!("`{name}` is not {word} by {}", show(end)), seen)
            }
            When::At(at) => {
                (format!("`{name}` is {other} at {}", show(at)), format!("{other} since {}", since(wrong)))
            }
            When::Between(from, to) => (
                format!("`{name}` is not {word} from {} to {}", show(from), show(to)),
                format!("{other} since {}", since(wrong)),
            ),
        };
        let around = self.window(when).wave(name, initial, &changes);
        Some(Miss { title, seen, around })
    }

    fn duty(&self, id: PeripheralId, (least, most): (u64, u64), when: When) -> Option<Miss> {
        let initial = match &self.app.peripheral(id).kind {
            PeripheralKind::Pwm(pwm) => pwm.initial.0,
            _ => 0,
        };
        let changes: Vec<(Nanos, u64)> = self.record.duties(id).collect();
        let states = States { initial: Some(initial), changes: &changes };
        let wrong = states.wrong(when, |duty| (least..=most).contains(&duty))?;
        let name = self.peripheral(id);
        let wanted = format!("from {} to {}", Ratio(least), Ratio(most));
        let percent = |duty: u64| format!("{}", Ratio(duty / 100 * 100));
        let (title, seen) = match when {
            When::By(end) => {
                let title = format!("the duty of `{name}` is not {wanted} by {}", show(end));
                (title, format!("{} at {}", percent(states.before(end).unwrap_or(initial)), show(end)))
            }
            When::At(at) => (
                format!("the duty of `{name}` is not {wanted} at {}", show(at)),
                format!("{} since {}", percent(wrong.1), since(wrong)),
            ),
            When::Between(from, to) => (
                format!("the duty of `{name}` is not {wanted} from {} to {}", show(from), show(to)),
                format!("{} since {}", percent(wrong.1), since(wrong)),
            ),
        };
        let around = self.window(when).events(changes.iter().map(|(at, duty)| (*at, percent(*duty))));
        Some(Miss { title, seen, around })
    }

    fn shown(&self, id: PeripheralId, piece: &str, when: When) -> Option<Miss> {
        let changes: Vec<(Nanos, Vec<String>)> =
            self.record.faces(id).map(|(at, lines)| (at, lines.to_vec())).collect();
        let states = States { initial: Some(Vec::new()), changes: &changes };
        let (since_when, lines) =
            states.wrong(when, |lines| lines.iter().any(|line| line.contains(piece)))?;
        let name = self.peripheral(id);
        let title = match when {
            When::By(end) => format!("`{name}` does not show this by {}", show(end)),
            When::At(at) => format!("`{name}` does not show this at {}", show(at)),
            When::Between(from, to) => {
                format!("`{name}` does not show this from {} to {}", show(from), show(to))
            }
        };
        let seen = match lines.is_empty() {
            true => format!("it shows nothing since {}", since((since_when, ()))),
            false => format!("{} since {}", quoted(&face(&lines)), since((since_when, ()))),
        };
        let around = self.window(when).events(changes.iter().map(|(at, lines)| (*at, quoted(&face(lines)))));
        Some(Miss { title, seen, around })
    }

    fn value(&self, id: ChannelId, field: &str, test: &Test, when: When) -> Option<Miss> {
        let messages = self.record.messages(id);
        let changes: Vec<(Nanos, Scalar)> = messages
            .filter_map(|(at, values)| {
                let (_, value) = values.iter().find(|(path, _)| path == field)?;
                Some((at, value.clone()))
            })
            .collect();
        let states = States { initial: None, changes: &changes };
        // A channel that carries nothing within the span meets no expectation of what it carries.
        let silent = matches!(when, When::Between(from, to) if !any_within(&changes, from, to));
        let wrong = states.wrong(when, |value| test.holds(&value));
        if wrong.is_none() && !silent && !changes.is_empty() {
            return None;
        }
        let what = match field {
            "" => format!("a message of `{}`", self.channel(id)),
            field => format!("`{field}` of `{}`", self.channel(id)),
        };
        let wanted = test_words(test);
        let title = match when {
            When::By(end) => format!("{what} is never {wanted} by {}", show(end)),
            When::At(at) => format!("{what} is not {wanted} at {}", show(at)),
            When::Between(from, to) => format!("{what} is not {wanted} from {} to {}", show(from), show(to)),
        };
        let seen = match (changes.is_empty() || silent, wrong) {
            (false, Some((Some(at), value))) => format!("{} at {}", scalar(&value), show(at)),
            _ => "no message came".to_string(),
        };
        let around = self.window(when).events(changes.iter().map(|(at, value)| (*at, scalar(value))));
        Some(Miss { title, seen, around })
    }

    /// The count that is wrong, where it is.
    fn count(&self, moments: impl Iterator<Item = Nanos>, wanted: Count, when: When) -> Option<usize> {
        let (from, to) = span(when);
        let seen = moments.filter(|at| (from..to).contains(at)).count();
        let holds = match when {
            // Up to then there is a moment at which it holds when so many have come; more may follow.
            When::By(_) => seen >= wanted.least as usize,
            When::At(_) | When::Between(..) => wanted.holds(seen),
        };
        (!holds).then_some(seen)
    }

    fn edges_miss(&self, id: PeripheralId, wanted: Count, seen: usize, when: When) -> Miss {
        let name = self.peripheral(id);
        let changes: Vec<(Nanos, bool)> = self.record.levels(id).collect();
        let initial = changes.first().is_some_and(|(_, active)| !active);
        Miss {
            title: format!(
                "`{name}` changes {} {}, not {}",
                times(seen),
                span_words(when),
                count_words(wanted)
            ),
            seen: format!("it changes {}", times(seen)),
            around: self.window(when).wave(name, initial, &changes),
        }
    }

    fn messages_miss(&self, id: ChannelId, wanted: Count, seen: usize, when: When) -> Miss {
        let name = self.channel(id);
        let messages = self.record.messages(id).map(|(at, values)| (at, message(values)));
        Miss {
            title: format!(
                "`{name}` carries {} {}, not {}",
                counted(seen, "message"),
                span_words(when),
                count_words(wanted)
            ),
            seen: counted(seen, "message"),
            around: self.window(when).events(messages),
        }
    }

    fn text(&self, id: PeripheralId, piece: &str, when: When) -> Option<Miss> {
        let (from, to) = span(when);
        let sent = || self.record.bytes(id).filter(|(at, _)| (from..to).contains(at)).map(|(_, byte)| byte);
        if contains(sent(), piece.as_bytes()) {
            return None;
        }
        let later = contains(self.record.bytes(id).map(|(_, byte)| byte), piece.as_bytes());
        let lines = self.record.lines(id);
        let seen = match later {
            true => "it sends that at another time".to_string(),
            false if lines.is_empty() => "it sends nothing".to_string(),
            false if sent().next().is_none() => "it sends nothing in that time".to_string(),
            false => "it sends other things".to_string(),
        };
        Some(Miss {
            title: format!("`{}` does not send this {}", self.peripheral(id), span_words(when)),
            seen,
            around: self.window(when).events(lines.into_iter().map(|(at, line)| (at, quoted(&line)))),
        })
    }

    fn log(&self, piece: &str, when: When) -> Option<Miss> {
        let (from, to) = span(when);
        if self.record.logs().any(|(at, _, message)| (from..to).contains(&at) && message.contains(piece)) {
            return None;
        }
        let later = self.record.logs().find(|(_, _, message)| message.contains(piece));
        let seen = match later {
            Some((at, _, _)) => format!("it is logged at {}", show(at)),
            None if self.record.logs().next().is_none() => "nothing is logged".to_string(),
            None => "other things are logged".to_string(),
        };
        let lines = self.record.logs().map(|(at, _, message)| (at, quoted(message)));
        Some(Miss {
            title: format!("this is not logged {}", span_words(when)),
            seen,
            around: self.window(when).events(lines),
        })
    }

    /// The time that is shown around a moment or a span, and the steps in it.
    fn window(&self, when: When) -> Timeline {
        let steps = self.record.facts.iter().filter_map(|fact| match &fact.what {
            What::Input { input, active } => {
                Some((fact.at, format!("{} {}", self.peripheral(*input), active_word(*active))))
            }
            _ => None,
        });
        // A part's wires tell nothing of what it is exposed to.
        let done = self.steps.iter().filter_map(|step| Some((step.at, self.unseen(&step.action)?)));
        Timeline::around(when, self.record.end, steps.chain(done).collect())
    }

    /// What the world did, where the chip's pins do not show it.
    fn unseen(&self, action: &Action) -> Option<String> {
        match action {
            Action::Input { .. } | Action::Voltage { .. } | Action::Send { .. } => None,
            unseen => Some(unseen.words(|id| self.peripheral(id).to_string())),
        }
    }

    fn peripheral(&self, id: PeripheralId) -> &str {
        &self.app.peripheral(id).name.value
    }

    fn channel(&self, id: ChannelId) -> &str {
        &self.app.channel(id).name.value
    }
}

/// A state that changes; absent until the first change where there is no first one.
struct States<'a, T> {
    initial: Option<T>,
    changes: &'a [(Nanos, T)],
}

impl<T: Clone> States<'_, T> {
    /// The state that led up to a moment.
    fn before(&self, at: Nanos) -> Option<T> {
        self.last_before(at).1
    }

    fn last_before(&self, end: Nanos) -> (Option<Nanos>, Option<T>) {
        match self.changes.iter().rfind(|(at, _)| *at < end) {
            Some((at, state)) => (Some(*at), Some(state.clone())),
            None => (None, self.initial.clone()),
        }
    }

    /// The state that breaks an expectation, and since when it holds; nothing where it is met. A state that is not there
    /// yet breaks `by` and `at` only in that it is not met: the caller sees to that.
    fn wrong(&self, when: When, holds: impl Fn(T) -> bool) -> Option<(Option<Nanos>, T)> {
        match when {
            When::By(end) => {
                let before = self.changes.iter().filter(|(at, _)| *at < end);
                let mut states = self.initial.iter().cloned().chain(before.map(|(_, state)| state.clone()));
                if states.any(&holds) {
                    return None;
                }
                let (since, state) = self.last_before(end);
                let first = self.changes.first().map(|(at, state)| (Some(*at), state.clone()));
                state.map(|state| (since, state)).or(first)
            }
            When::At(at) => {
                let (since, state) = self.last_before(at);
                match state {
                    Some(state) => (!holds(state.clone())).then_some((since, state)),
                    None => self.changes.first().map(|(at, state)| (Some(*at), state.clone())),
                }
            }
            When::Between(from, to) => {
                let (since, first) = self.last_before(from);
                let first = first.into_iter().map(|state| (since, state));
                let within = self.changes.iter().filter(|(at, _)| (from..to).contains(at));
                first
                    .chain(within.map(|(at, state)| (Some(*at), state.clone())))
                    .find(|(_, state)| !holds(state.clone()))
            }
        }
    }
}

fn any_within<T>(changes: &[(Nanos, T)], from: Nanos, to: Nanos) -> bool {
    changes.iter().any(|(at, _)| (from..to).contains(at))
}

/// What a device shows, in one line.
fn face(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join(" / ")
}

/// The span that an expectation of events looks at; its end does not belong to it.
fn span(when: When) -> (Nanos, Nanos) {
    match when {
        When::By(end) | When::At(end) => (Nanos(0), end),
        When::Between(from, to) => (from, to),
    }
}

fn span_words(when: When) -> String {
    match when {
        When::By(end) | When::At(end) => format!("by {}", show(end)),
        When::Between(from, to) => format!("between {} and {}", show(from), show(to)),
    }
}

/// Whether a stream of bytes has a piece in it, wherever it begins.
fn contains(bytes: impl Iterator<Item = u8>, piece: &[u8]) -> bool {
    let mut last = VecDeque::with_capacity(piece.len() + 1);
    for byte in bytes {
        last.push_back(byte);
        if last.len() > piece.len() {
            last.pop_front();
        }
        if last.iter().eq(piece) {
            return true;
        }
    }
    false
}

/// A moment as scenarios write it; from a millisecond on, to the microsecond.
pub(crate) fn show(at: Nanos) -> String {
    match at.0 {
        0 => "0s".to_string(),
        exact @ ..1_000_000 => Duration(exact).to_string(),
        long => Duration(long / 1_000 * 1_000).to_string(),
    }
}

fn since<T>((at, _): (Option<Nanos>, T)) -> String {
    at.map_or_else(|| "the start".to_string(), show)
}

pub(crate) fn active_word(active: bool) -> &'static str {
    if active { "active" } else { "inactive" }
}

fn times(count: usize) -> String {
    match count {
        0 => "never".to_string(),
        1 => "once".to_string(),
        count => format!("{count} times"),
    }
}

/// As it is said of what was seen.
fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}"),
        count => words::counted(count, noun),
    }
}

fn count_words(count: Count) -> String {
    match (count.least, count.most) {
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    }
}

fn test_words(test: &Test) -> String {
    let parts = [
        test.above.map(|limit| format!("above {limit}")),
        test.below.map(|limit| format!("below {limit}")),
        test.equals.as_ref().map(scalar),
    ];
    parts.into_iter().flatten().collect::<Vec<String>>().join(" and ")
}

/// A value as a message shows it.
pub(crate) fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Bool(flag) => flag.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => quoted(text),
    }
}

/// A whole message on a line.
pub(crate) fn message(values: &[(String, Scalar)]) -> String {
    if let [(path, value)] = values
        && path.is_empty()
    {
        return scalar(value);
    }
    let values = values.iter().map(|(path, value)| match path.as_str() {
        "" => scalar(value),
        path => format!("{path}={}", scalar(value)),
    });
    values.collect::<Vec<String>>().join(" ")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

#[cfg(test)]
mod tests;
