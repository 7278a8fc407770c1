//! How often tasks publish and take messages, as far as the file tells.

use fwc_schema::app::{ChannelKind, Overflow};
use fwc_schema::units::Duration;

use crate::app::{App, Body, Channel, Task, TaskId};

/// How sure it is that a task moves one message at each tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// User code does as it likes; one message a tick is what a pace is most likely there for.
    Likely,
    /// The behaviour does nothing else.
    Certain,
}

/// A task that moves one message a period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate<'a> {
    pub(super) task: &'a Task,
    pub(super) period: Duration,
    pub(super) certainty: Certainty,
}

/// The publishers of a channel whose pace is known. What moves at events, such as a `button`, is not among them.
pub(super) fn publishers<'a>(app: &'a App, channel: &Channel) -> Vec<Rate<'a>> {
    let paced = channel.publishers.iter().filter_map(|id| of(app, *id));
    paced.collect()
}

/// How often a task moves a message, where it has a pace.
pub(super) fn of(app: &App, id: TaskId) -> Option<Rate<'_>> {
    let task = app.task(id);
    let period = task.period.as_ref()?.value;
    let certainty = match task.body {
        Body::Sample { .. } => Certainty::Certain,
        Body::Code { .. } | Body::Own { .. } => Certainty::Likely,
        _ => return None,
    };
    Some(Rate { task, period, certainty })
}

/// Whether a publisher of the channel waits when it is full.
pub(super) fn may_wait(channel: &Channel) -> bool {
    is_bounded(channel) && channel.overflow == Overflow::Wait
}

/// Whether the channel can be full.
pub(super) fn is_bounded(channel: &Channel) -> bool {
    match channel.kind {
        ChannelKind::Channel | ChannelKind::PubSub | ChannelKind::Pipe => true,
        ChannelKind::Signal | ChannelKind::Watch => false,
    }
}

/// Something that happens `count` times in each of these periods, as people say it: `250 times a second`.
pub(super) fn in_words(period: Duration) -> String {
    const SECOND: u64 = 1_000_000_000;
    let period = period.0.max(1);
    if period > SECOND {
        return format!("once in {}", Duration(period));
    }
    match decimal((SECOND * 100 + period / 2) / period) {
        once if once == "1" => "once a second".to_string(),
        times => format!("{times} times a second"),
    }
}

/// Hundredths as a decimal number, without zeros at its end.
pub(super) fn decimal(hundredths: u64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_said_as_people_say_them() {
        let said = [1_000_000_000, 4_000_000, 300_000_000, 2_000_000_000, 60_000_000_000];
        assert_eq!(
            said.map(|period| in_words(Duration(period))),
            ["once a second", "250 times a second", "3.33 times a second", "once in 2s", "once in 1min"]
        );
    }
}
