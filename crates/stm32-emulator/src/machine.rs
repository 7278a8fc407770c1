//! One board: a chip with an image in its flash, the outside that acts on it, and the events that come of it.
//!
//! Everything happens on virtual time in one loop, so that the same image and the same stimuli give the same events to the
//! nanosecond. A reset begins the chip anew; time and the outside go on.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use rsemu::core::device::ResetKind;
use serde_json::{Value, json};

use crate::bridge::Bridge;
use crate::chip::{Chip, Stop};
use crate::fault;
use crate::image::Image;
use crate::job::{Job, Stimulus, What};
use crate::outside::Outside;
use crate::parts::Parts;
use crate::rtt::Rtt;
use crate::wires::{PIN_COUNT, UARTS};
use crate::work::Work;

// RTT's usual buffer of 1024 bytes cannot be filled much faster than this; and in blocking mode nothing is lost.
const INSTRUCTIONS_PER_ROUND: u32 = 512;
const ROUNDS_PER_WALL_CHECK: u32 = 256;
// By then the tasks are spawned, or will be one day.
const ROUNDS_OF_THE_START: u32 = 1024;

// A core that has worked for so long without a sleep is not expected to sleep any more.
const HOPELESS_WORK_NANOS: u64 = 2_000_000_000;
// Where a run ends in the middle of so much work, it is looked whether that ends; less is no reason to spend time on it.
const SUSPICIOUS_WORK_NANOS: u64 = 500_000_000;
const OVERTIME_SLICE_NANOS: u64 = 20_000_000;

/// Why a run has come to an end, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Time,
    Stopped,
    WallLimit,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Reason::Time => "time",
            Reason::Stopped => "stopped",
            Reason::WallLimit => "wall-limit",
        }
    }
}

/// A board.
pub(crate) struct Machine<'a> {
    chip: Chip,
    outside: Outside,
    parts: Parts,
    pub(crate) bridge: Bridge<'a>,
    work: Work,
    rtt: Option<Rtt>,
    rtt_at: Option<u32>,
    watched_pins: Option<HashSet<u8>>,
    watched_uarts: Option<HashSet<u8>>,
    reported: [bool; PIN_COUNT],
    is_stopped: bool,
    /// Whether nothing is told of what happens.
    is_silent: bool,
    resets: u64,
    rounds: u32,
    /// How often a task was found at work since the core has slept last, and how often was looked.
    found_at_work: HashMap<String, u32>,
    looks: u32,
    work_started: u64,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(crystal_hz: u32, image: &Image, job: Job, mut bridge: Bridge<'a>) -> Machine<'a> {
        let mut outside = Outside::new();
        for stimulus in job.stimuli {
            outside.add(stimulus);
        }
        let rtt_at = image.rtt.filter(|_| job.rtt);
        Machine {
            chip: Chip::new(crystal_hz, image),
            outside,
            parts: Parts::new(job.parts, 0, &mut bridge),
            bridge,
            work: Work::new(image),
            rtt: rtt_at.and_then(Rtt::at),
            rtt_at,
            watched_pins: job.pins.map(|pins| pins.into_iter().collect()),
            watched_uarts: job.uarts.map(|uarts| uarts.into_iter().collect()),
            reported: [false; PIN_COUNT],
            is_stopped: false,
            is_silent: false,
            resets: 0,
            rounds: 0,
            found_at_work: HashMap::new(),
            looks: 0,
            work_started: 0,
        }
    }

    /// Virtual time since the start of the run, in nanoseconds.
    pub(crate) fn now(&self) -> u64 {
        self.chip.now()
    }

    pub(crate) fn add(&mut self, stimulus: Stimulus) {
        self.outside.add(stimulus);
    }

    /// Runs until virtual time reaches `until`, a stop, or the wall clock's deadline.
    pub(crate) fn run(&mut self, until: u64, deadline: Instant) -> Reason {
        loop {
            if self.is_stopped || self.bridge.is_down {
                return Reason::Stopped;
            }
            // The clocks of the chip may have changed since.
            let end = self.chip.time.cycle(until);
            self.let_act();
            if self.chip.cycle >= end {
                return Reason::Time;
            }
            self.round(end);
            self.rounds = self.rounds.wrapping_add(1);
            if self.rounds.is_multiple_of(ROUNDS_PER_WALL_CHECK) && Instant::now() >= deadline {
                return Reason::WallLimit;
            }
        }
    }

    /// Lets the world do what is due.
    fn let_act(&mut self) {
        while let Some(what) = self.outside.take_due(self.chip.now()) {
            self.apply(what);
        }
        for lost in self.outside.deliver(&self.chip) {
            self.emit(json!({ "uart": lost.uart, "lost": hex(&[lost.byte]), "reason": lost.reason }));
        }
        self.parts.act(&mut self.chip, &mut self.bridge);
        self.report_pins();
    }

    fn round(&mut self, end: u64) {
        let appointment = self.outside.next(&self.chip).min(self.parts.next(&self.chip));
        let stop = self.chip.round(end, appointment, INSTRUCTIONS_PER_ROUND);
        self.report_pins();
        for (place, cycle, byte) in self.chip.take_sent() {
            self.report_byte(place, cycle, byte);
        }
        if stop == Stop::Fault {
            self.report_fault();
        }
        if stop == Stop::Round && self.rounds < ROUNDS_OF_THE_START {
            self.learn();
        }
        if stop != Stop::Stirred {
            self.poll_rtt();
            if !self.chip.is_locked_up && self.chip.core.is_locked_up() {
                self.chip.is_locked_up = true;
                self.report_lockup();
            }
            if self.chip.core.reset_requested() {
                let task = self.task_at(self.chip.core.pc());
                self.reset("software", task, ResetKind::Warm);
            }
        }
        if self.chip.take_bite() {
            self.reset("watchdog", None, ResetKind::Warm);
        }
    }

    fn apply(&mut self, what: What) {
        match what {
            What::Drive { pin, level } => self.chip.pins.drive(pin, level),
            What::Send { uart, bytes, baud } => self.outside.send(&self.chip, uart, &bytes, baud),
            What::Framing { uart, broken } => self.outside.set_broken(uart, broken),
            What::Drift(millionths) => self.chip.drift(millionths),
            What::Set { part, quantity, value } => {
                let fault = self.parts.set(&part, &quantity, value, self.chip.now(), &mut self.bridge);
                if let Some(fault) = fault {
                    let place = format!("part {part}");
                    self.emit(json!({ "error": fault, "where": place, "help": "correct the stimulus" }));
                }
            }
            What::BrownOut => {
                self.poll_rtt();
                self.reset("brown-out", None, ResetKind::Cold);
            }
            What::Stop => self.is_stopped = true,
        }
    }

    fn reset(&mut self, cause: &str, task: Option<String>, kind: ResetKind) {
        self.poll_rtt();
        self.emit(with_task(json!({ "reset": cause }), task));
        self.resets += 1;
        self.chip.reset(kind, cause == "software");
        if kind == ResetKind::Cold {
            self.parts.power_up(self.chip.now(), &mut self.bridge);
        }
        self.rtt = self.rtt_at.and_then(Rtt::at);
        self.report_pins();
    }

    /// Tells of pins whose level is another than the one told last.
    fn report_pins(&mut self) {
        for change in self.chip.pins.take_changes() {
            let place = usize::from(change.pin);
            if std::mem::replace(&mut self.reported[place], change.level) == change.level {
                continue;
            }
            let by = self.chip.pins.driver(change.pin);
            if self.watched_pins.as_ref().is_none_or(|watched| watched.contains(&change.pin)) {
                self.emit(json!({ "pin": change.pin, "level": u8::from(change.level), "by": by }));
            }
            if by == "chip" {
                self.parts.driven(change, self.chip.now(), &mut self.bridge);
            }
        }
        if let Some(pin) = self.chip.pins.fight() {
            let text = format!("pin {pin} is driven from outside against the chip");
            self.emit(json!({ "warning": text, "pin": pin }));
        }
    }

    fn report_byte(&mut self, place: usize, cycle: u64, byte: u8) {
        let wires = &UARTS[place];
        if self.watched_uarts.as_ref().is_some_and(|watched| !watched.contains(&wires.number)) {
            return;
        }
        let pins = self.chip.pins.senders_of(wires);
        let at = self.chip.time.nanos(cycle);
        self.emit_at(at, json!({ "uart": wires.number, "bytes": hex(&[byte]), "pins": pins }));
    }

    fn report_fault(&mut self) {
        let fault = fault::of_handler(&self.chip);
        self.poll_rtt();
        let task = self.task_at(fault.program_counter);
        self.emit(with_task(json!({ "fault": fault.reason, "pc": fault.program_counter }), task));
    }

    fn report_lockup(&mut self) {
        let program_counter = self.chip.core.pc();
        let reason = fault::reason(&self.chip);
        let task = self.task_at(program_counter);
        self.emit(with_task(json!({ "lockup": reason, "pc": program_counter }), task));
    }

    /// The task at work: of the function that the core was seen to enter, or, as long as not all are known, of one that the
    /// stack names.
    fn task_at(&mut self, program_counter: u32) -> Option<String> {
        let stack_pointer = self.chip.core.msp();
        let entered = self.chip.calls.innermost(stack_pointer).and_then(|start| self.work.tasks_of(start));
        if entered.is_some() || self.work.knows_all() {
            return entered;
        }
        self.work.task(program_counter, stack_pointer, &self.chip.ram_bytes())
    }

    /// Learns which functions poll the tasks, and looks for them from then on.
    fn learn(&mut self) {
        if !self.work.knows_all() {
            for start in self.work.learn(&self.chip.ram_bytes()) {
                self.chip.calls.look_for(start);
            }
        }
    }

    fn poll_rtt(&mut self) {
        let news = self.rtt.as_mut().map(|rtt| rtt.poll(&self.chip.ram)).unwrap_or_default();
        for (channel, bytes) in news {
            self.emit(json!({ "rtt": channel, "bytes": hex(&bytes) }));
        }
    }

    /// Looks at what the core does; to be called from time to time. Whether it works without an end.
    pub(crate) fn look(&mut self) -> bool {
        self.learn();
        if self.work_started != self.chip.woken_at {
            self.work_started = self.chip.woken_at;
            self.found_at_work.clear();
            self.looks = 0;
        }
        if self.chip.core.is_asleep() {
            return false;
        }
        let task = self.task_at(self.chip.core.pc());
        self.looks += 1;
        if let Some(task) = task {
            *self.found_at_work.entry(task).or_default() += 1;
        }
        self.worked() >= HOPELESS_WORK_NANOS
    }

    /// How long the core has been at work without a sleep.
    fn worked(&self) -> u64 {
        if self.chip.core.is_asleep() { 0 } else { self.chip.now().saturating_sub(self.chip.woken_at) }
    }

    /// Tells of work that has no end, at the end of a run. Work that is merely long is no fault, wherever the run ends: so the
    /// chip goes on behind that, and nothing of it is told, until the core sleeps or nothing else is to be expected.
    pub(crate) fn end_work(&mut self, deadline: Instant) {
        self.look();
        if self.worked() < SUSPICIOUS_WORK_NANOS || !self.works_on(deadline) {
            return;
        }
        let mut found: Vec<(&String, &u32)> = self.found_at_work.iter().collect();
        found.sort_by(|(name, times), (other, others)| others.cmp(times).then(name.cmp(other)));
        let (task, seen) = match found.first() {
            Some((task, times)) => {
                let seen = format!("and was found in this task at {times} of {} looks", self.looks);
                (Some((*task).clone()), seen)
            }
            None => (None, "and in no task".to_owned()),
        };
        let note = format!("the core worked for {} ms without a pause, {seen}", self.worked() / 1_000_000);
        let event = json!({ "broken": "never sleeps", "note": note });
        self.emit_at(self.chip.woken_at, with_task(event, task));
    }

    /// Whether the work that the run has ended in goes on for as long as work can be expected to.
    fn works_on(&mut self, deadline: Instant) -> bool {
        let (since, resets) = (self.chip.woken_at, self.resets);
        let stopped = std::mem::replace(&mut self.is_stopped, false);
        self.is_silent = true;
        let is_same = |machine: &Self| {
            machine.chip.woken_at == since && !machine.chip.core.is_asleep() && machine.resets == resets
        };
        while is_same(self) && !self.look() {
            if self.run(self.now() + OVERTIME_SLICE_NANOS, deadline) != Reason::Time {
                break;
            }
        }
        self.is_silent = false;
        self.is_stopped = stopped;
        is_same(self)
    }

    /// What the whole run came to.
    pub(crate) fn end(&self, reason: Reason) -> Value {
        json!({
            "t": self.now(),
            "end": true,
            "reason": reason.name(),
            "retiredInstructions": self.chip.retired,
            "sleptNs": self.chip.slept_picos / 1000,
            "resets": self.resets,
            "unmodelled": self.chip.unmodelled(),
        })
    }

    fn emit(&mut self, event: Value) {
        self.emit_at(self.chip.now(), event);
    }

    fn emit_at(&mut self, at: u64, event: Value) {
        if self.is_silent {
            return;
        }
        let Value::Object(rest) = event else { unreachable!("an event is an object") };
        let mut whole = serde_json::Map::from_iter([("t".to_owned(), at.into())]);
        whole.extend(rest);
        self.bridge.event(&Value::Object(whole));
    }
}

fn with_task(mut event: Value, task: Option<String>) -> Value {
    if let Some(task) = task {
        event["task"] = task.into();
    }
    event
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
