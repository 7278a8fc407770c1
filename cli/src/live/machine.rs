//! A simulated or emulated board that is led by steps: its events come out as facts, what the world does goes in.

use std::time::Duration;

use fwc_parts::Nanos;
use fwc_scenario::{Action, Broken, Fact, Record, Watch, Wiring};
use fwc_sim::{EmulatorError, Event, Live, LogDecoder};

use crate::failure::Failure;

/// Stimuli have their moments in whole steps of this, which scenarios write in few digits.
const GRAIN: u64 = 1_000;

/// A board that runs.
pub(crate) struct Machine<'a> {
    live: Live,
    wiring: &'a Wiring<'a>,
    watch: Watch<'a>,
    now: Nanos,
    waits: bool,
    is_over: bool,
    died: bool,
    /// What the world did, and when.
    given: Vec<(Nanos, Action)>,
    /// All facts, where they are wanted in the end.
    kept: Option<Vec<Fact>>,
}

impl<'a> Machine<'a> {
    /// A run that has just been started. Its facts are kept for a trace.
    pub(crate) fn new(
        live: Live,
        wiring: &'a Wiring<'a>,
        tables: Option<&'a LogDecoder>,
        keeps_facts: bool,
    ) -> Machine<'a> {
        Machine {
            live,
            wiring,
            watch: Watch::new(wiring, tables),
            now: Nanos(0),
            waits: false,
            is_over: false,
            died: false,
            given: Vec::new(),
            kept: keeps_facts.then(Vec::new),
        }
    }

    /// Virtual time: where the last event, or step, was.
    pub(crate) fn now(&self) -> Nanos {
        self.now
    }

    /// Whether it waits to be led on.
    pub(crate) fn waits(&self) -> bool {
        self.waits && !self.is_over
    }

    /// Whether the run has ended, by its time or otherwise.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// What made the firmware stop being one, if anything has.
    pub(crate) fn broken(&self) -> Option<&Broken> {
        self.watch.broken()
    }

    /// Whether the process of a simulation was ended by the system: the firmware crashed.
    pub(crate) fn has_died(&self) -> bool {
        self.died
    }

    /// What the world did.
    pub(crate) fn given(&self) -> &[(Nanos, Action)] {
        &self.given
    }

    /// Lets it go on up to a moment. The world acts first, but never before the firmware has begun: what a scenario does at
    /// zero comes before that.
    pub(crate) fn go_on(&mut self, until: Nanos, actions: &[Action]) -> Result<(), Failure> {
        let at = Nanos(self.now.0.div_ceil(GRAIN).max(1) * GRAIN);
        let stimuli: Vec<_> = actions.iter().map(|action| (at, self.wiring.stimulus(action))).collect();
        self.given.extend(actions.iter().map(|action| (at, action.clone())));
        self.waits = false;
        // Whatever acts does so within the step.
        let until = if actions.is_empty() { until } else { until.max(at + Nanos(1)) };
        self.live.go_on(until, &stimuli).map_err(failure)
    }

    /// The facts of the next event, if it comes within `wait`; nothing where none does.
    pub(crate) fn next(&mut self, wait: Duration) -> Result<Option<Vec<Fact>>, Failure> {
        if self.is_over {
            return Ok(None);
        }
        let event = match self.live.next_within(wait) {
            Err(EmulatorError::Died { .. }) if self.live.is_on_host() => {
                self.died = true;
                self.is_over = true;
                return Ok(None);
            }
            event => event.map_err(failure)?,
        };
        let Some(event) = event else { return Ok(None) };
        self.now = self.now.max(event.at());
        match &event {
            Event::Reached { .. } => self.waits = true,
            Event::End(_) => self.is_over = true,
            Event::Refused { text, .. } => return Err(Failure::world(text.clone())),
            _ => {}
        }
        let facts = self.watch.take(&event).map_err(|error| Failure::world(error.to_string()))?;
        self.is_over |= self.watch.broken().is_some();
        if let Some(kept) = &mut self.kept {
            kept.extend(facts.iter().cloned());
        }
        Ok(Some(facts))
    }

    /// What was seen of the whole run.
    pub(crate) fn into_record(self) -> Record {
        let broken = self.watch.broken().cloned();
        let mut facts = self.kept.unwrap_or_default();
        facts.sort_by_key(|fact| fact.at);
        Record { facts, end: self.now, broken, sees_channels: true }
    }
}

fn failure(error: EmulatorError) -> Failure {
    let notes: Vec<String> = std::error::Error::source(&error).map(ToString::to_string).into_iter().collect();
    Failure::world(error.to_string()).notes(notes)
}
