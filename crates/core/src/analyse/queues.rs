//! Queues whose publishers are quicker than their readers.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::ChannelKind;
use fwc_schema::units::Duration;

use crate::analyse::rates::{self, Rate};
use crate::app::{App, Channel, TaskId};

/// A queue with an overflow policy that drops was chosen for this; one whose publishers wait holds them up.
pub(super) fn judge(app: &App, faults: &mut Vec<Diagnostic>) {
    for channel in &app.channels {
        if !rates::may_wait(channel) {
            continue;
        }
        match channel.kind {
            ChannelKind::Channel => faults.extend(fill_up(app, channel, &channel.subscribers)),
            // The slowest reader holds all of them up; one word about it is enough.
            ChannelKind::PubSub => {
                let readers = channel.subscribers.iter();
                faults.extend(readers.filter_map(|reader| fill_up(app, channel, &[*reader])).next());
            }
            // Nobody knows how many bytes a task writes.
            ChannelKind::Pipe | ChannelKind::Signal | ChannelKind::Watch => {}
        }
    }
}

/// The fault of a queue that these readers share.
fn fill_up(app: &App, channel: &Channel, readers: &[TaskId]) -> Option<Diagnostic> {
    let incoming = rates::publishers(app, channel);
    // A reader without a pace takes messages as they come.
    let outgoing: Vec<Rate<'_>> =
        readers.iter().map(|reader| rates::of(app, *reader)).collect::<Option<_>>()?;
    let slowest = outgoing.iter().max_by_key(|rate| rate.period)?;
    if a_day(&incoming) <= a_day(&outgoing) {
        return None;
    }
    // Whoever takes all that waits at each tick needs room for what comes meanwhile, and says so by a capacity.
    let meanwhile =
        incoming.iter().map(|rate| u128::from(slowest.period.0.div_ceil(rate.period.0.max(1)))).sum();
    if channel.capacity_span.is_some() && u128::from(channel.capacity) >= meanwhile {
        return None;
    }
    Some(explain(channel, &incoming, &outgoing, meanwhile.max(u128::from(channel.capacity))))
}

/// Messages in a day, to a part of a million.
fn a_day(rates: &[Rate<'_>]) -> u128 {
    const DAY: u128 = 86_400 * 1_000_000_000;
    rates.iter().map(|rate| DAY * 1_000_000 / u128::from(rate.period.0.max(1))).sum()
}

fn explain(channel: &Channel, incoming: &[Rate<'_>], outgoing: &[Rate<'_>], room: u128) -> Diagnostic {
    let name = &channel.name;
    let title = format!("`{}` fills up: more is published than is read", name.value);
    let mut fault = Diagnostic::warning(codes::CHANNEL_OVERFLOW, title, name.span)
        .here(format!("has room for {}", channel.capacity));
    for (rates, does) in [(incoming, "publishes"), (outgoing, "reads")] {
        for rate in rates {
            let Some(period) = &rate.task.period else { continue };
            let often = rates::in_words(Duration(period.value.0));
            fault = fault.also(period.span, format!("`{}` {does} {often}", rate.task.name.value));
        }
    }
    let mut held_up: Vec<String> =
        incoming.iter().map(|rate| format!("`{}`", rate.task.name.value)).collect();
    held_up.dedup();
    let verb = if held_up.len() == 1 { "waits" } else { "wait" };
    let reader = &outgoing[0].task.name.value;
    fault
        .note("each task is taken to move one message a tick, as its pace suggests")
        .note(format!("when it is full, {} {verb} and cannot keep the pace: the overflow is `wait`", held_up.join(" and ")))
        .help(format!("if `{reader}` takes all that waits at each tick, give it room for that: `capacity = {room}`"))
        .help("where only the newest value counts, use kind `watch`; where some may be lost, `overflow = \"drop-oldest\"`")
}
