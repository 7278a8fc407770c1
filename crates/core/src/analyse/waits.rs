//! Tasks that wait on full channels: rings of them, and those that wait for a task of a lower priority.

use std::collections::VecDeque;

use fwc_diag::words::{counted, listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::ChannelKind;
use fwc_schema::{Span, Spanned};

use crate::analyse::rates;
use crate::app::{App, Channel, ChannelId, Task, TaskId};

/// Tasks of a ring that a message names and shows.
const NAMED_TASKS: usize = 8;

pub(super) fn judge(app: &App, faults: &mut Vec<Diagnostic>) {
    rings(app, faults);
    for task in &app.tasks {
        for end in &task.publishes {
            faults.extend(inversion(app, task, end));
        }
    }
}

/// A step of a ring: a task waits until another takes from the channel.
#[derive(Clone, Copy)]
struct Wait {
    waiting: TaskId,
    channel: ChannelId,
}

/// Each ring once: of tasks that are in several, the first and shortest.
fn rings(app: &App, faults: &mut Vec<Diagnostic>) {
    let mut told = vec![false; app.tasks.len()];
    for index in 0..app.tasks.len() {
        if told[index] {
            continue;
        }
        let Some(ring) = shortest_ring(app, TaskId(index as u32)) else { continue };
        for wait in &ring {
            told[wait.waiting.index()] = true;
        }
        faults.push(ring_fault(app, &ring));
    }
}

/// The way from a task back to itself over the fewest channels, if there is one.
fn shortest_ring(app: &App, start: TaskId) -> Option<Vec<Wait>> {
    let mut came_by: Vec<Option<Wait>> = vec![None; app.tasks.len()];
    let mut seen_channels = vec![false; app.channels.len()];
    let mut pending = VecDeque::from([start]);
    while let Some(waiting) = pending.pop_front() {
        for end in &app.task(waiting).publishes {
            let channel = app.channel(end.value);
            if !rates::may_wait(channel) || std::mem::replace(&mut seen_channels[end.value.index()], true) {
                continue;
            }
            for reader in &channel.subscribers {
                let step = &mut came_by[reader.index()];
                if step.is_some() {
                    continue;
                }
                *step = Some(Wait { waiting, channel: end.value });
                if *reader == start {
                    return Some(way_back(&came_by, start));
                }
                pending.push_back(*reader);
            }
        }
    }
    None
}

fn way_back(came_by: &[Option<Wait>], start: TaskId) -> Vec<Wait> {
    let mut ring: Vec<Wait> = Vec::new();
    let mut at = start;
    while let Some(wait) = came_by[at.index()] {
        ring.push(wait);
        at = wait.waiting;
        if at == start {
            break;
        }
    }
    ring.reverse();
    ring
}

fn ring_fault(app: &App, ring: &[Wait]) -> Diagnostic {
    let names: Vec<String> = ring.iter().map(|wait| quoted(&app.task(wait.waiting).name.value)).collect();
    let title = format!("{} can come to wait for each other for ever", listed(&names, "and", NAMED_TASKS));
    // Of a long ring, its beginning shows what it is made of.
    let shown = if ring.len() > NAMED_TASKS + 1 { NAMED_TASKS } else { ring.len() };
    let mut steps = ring.iter().take(shown).enumerate().map(|(index, wait)| {
        let task = app.task(wait.waiting);
        let reader = &names[(index + 1) % names.len()];
        let text = format!("`{}` waits for {reader} when this is full", task.name.value);
        (place(&task.publishes, wait.channel).unwrap_or(task.name.span), text)
    });
    let (span, text) = steps.next().unwrap_or_default();
    let fault = Diagnostic::warning(codes::WAIT_CYCLE, title, span).here(text);
    let fault = steps.fold(fault, |fault, (span, text)| fault.also(span, text));
    let rest = (shown < ring.len()).then(|| {
        format!("so it goes on over {}, back to {}", counted(ring.len() - shown, "more task"), names[0])
    });
    let fault = rest.into_iter().fold(fault, Diagnostic::note);
    fault.note("when all of these channels are full, none of the tasks reads the one that another waits for").help(
        "let one of the channels not wait: kind `signal` for an answer that is read by one task, or `overflow = \"drop-oldest\"`",
    )
}

/// A task that waits until one which it preempts has read.
fn inversion(app: &App, task: &Task, end: &Spanned<ChannelId>) -> Option<Diagnostic> {
    let channel = app.channel(end.value);
    if !rates::may_wait(channel) {
        return None;
    }
    let reader = slowest_help(app, channel)?;
    if reader.priority.value >= task.priority.value {
        return None;
    }
    let (high, low) = (&task.name.value, &reader.name.value);
    let title =
        format!("`{high}` waits for the lower priority of `{low}` when `{}` is full", channel.name.value);
    let mut fault = Diagnostic::warning(codes::PRIORITY_INVERSION, title, end.span)
        .also(task.priority.span, format!("`{high}` is `{}`", task.priority.value));
    if let Some(read) = place(&reader.subscribes, end.value) {
        fault = fault.also(read, format!("read by `{low}`, which is `{}`", reader.priority.value));
    }
    Some(fault.note(format!("everything that preempts `{low}` then holds up `{high}` too")).help(format!(
        "give `{}` `overflow = \"drop-oldest\"`, or kind `watch` where the newest value counts",
        channel.name.value
    )))
}

/// The reader whose priority decides when a full channel has room again: the lowest of a `pubsub`, whose every reader must
/// have read; the highest of the others, whose every message goes to one.
fn slowest_help<'a>(app: &'a App, channel: &Channel) -> Option<&'a Task> {
    let readers = channel.subscribers.iter().map(|reader| app.task(*reader));
    match channel.kind {
        ChannelKind::PubSub => readers.min_by_key(|reader| reader.priority.value),
        _ => readers.max_by_key(|reader| reader.priority.value),
    }
}

/// Where a task names a channel.
fn place(ends: &[Spanned<ChannelId>], channel: ChannelId) -> Option<Span> {
    ends.iter().find(|end| end.value == channel).map(|end| end.span)
}
