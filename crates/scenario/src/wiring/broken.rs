//! The events of a run to what made it stop being one.

use fwc_parts::Nanos;
use fwc_sim::{EndReason, Event, LogLevel, Trace};

use crate::{Broken, Fact, What};

/// A place in the user's code as seen from the project: the generated crate names it by its way there,
/// `src/../../../src/control.rs`.
fn in_project(place: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in place.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What made the run stop being one: a panic, a fault of the core, or too much work for this machine.
pub(super) fn broken(trace: &Trace, facts: &[Fact], asked_for: Nanos) -> Option<Broken> {
    let too_slow = (trace.end().reason == EndReason::WallLimit).then(|| Broken {
        at: trace.end().at,
        task: None,
        what: "was given up".to_string(),
        notes: vec![format!(
            "its {asked_for} were too much work for this machine; a task that never waits keeps the chip from sleeping"
        )],
    });
    // A panic ends in a fault on purpose, and what a fault ends in may never sleep: what was first tells most.
    let panic = facts.iter().find_map(panic).map(|panic| Broken { task: at_work(trace, panic.at), ..panic });
    let fault = || trace.events().iter().find_map(fault);
    let told = || trace.events().iter().find_map(told);
    panic.or_else(fault).or_else(told).or(too_slow)
}

/// The task that was at work when a panic stopped or reset the core.
fn at_work(trace: &Trace, panic: Nanos) -> Option<String> {
    trace.events().iter().find_map(|event| match event {
        Event::Fault { at, task, .. } | Event::Lockup { at, task, .. } | Event::Reset { at, task, .. }
            if *at >= panic =>
        {
            task.clone()
        }
        Event::Broken { task, .. } => task.clone(),
        _ => None,
    })
}

/// What the simulation or the emulator itself tells.
pub(super) fn told(event: &Event) -> Option<Broken> {
    let Event::Broken { at, task, what, note } = event else { return None };
    let note = match note.split_once("\nin ") {
        Some((words, place)) => format!("{words}\nin {}", in_project(place)),
        None => note.clone(),
    };
    Some(Broken { at: *at, task: task.clone(), what: what.clone(), notes: vec![note] })
}

/// A panic that the firmware logs.
pub(super) fn panic(fact: &Fact) -> Option<Broken> {
    let What::Log { level: Some(LogLevel::Error), message } = &fact.what else { return None };
    let (place, words) = message.strip_prefix("panicked at ")?.split_once('\n').unwrap_or(("", message));
    let notes = vec![format!("{}\nin {}", words.trim(), in_project(place.trim_end_matches(':')))];
    Some(Broken { at: fact.at, task: None, what: "panicked".to_string(), notes })
}

pub(super) fn fault(event: &Event) -> Option<Broken> {
    let (Event::Fault { at, reason, program_counter, task }
    | Event::Lockup { at, reason, program_counter, task }) = event
    else {
        return None;
    };
    Some(Broken {
        at: *at,
        task: task.clone(),
        what: "was stopped by a fault of the core".to_string(),
        notes: vec![format!("{reason}, at 0x{program_counter:08x}")],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_as_seen_from_the_project() {
        assert_eq!(in_project("src/../../../src/control.rs:3:9"), "src/control.rs:3:9");
        assert_eq!(in_project("src/tasks.rs:1:1"), "src/tasks.rs:1:1");
    }
}
