//! The world around the chip: what it does when, and what is on its way to the uarts.
//!
//! It outlives a reset: a level that is driven stays driven, and what is still to be sent is sent to the chip that begins anew.

use std::collections::VecDeque;

use crate::chip::Chip;
use crate::job::{Stimulus, What};
use crate::uart::Outcome;
use crate::wires::UARTS;

/// What is to happen, and what is happening.
#[derive(Debug)]
pub(crate) struct Outside {
    /// In the order of their times.
    pending: VecDeque<Stimulus>,
    /// The far end of each uart, in the order of [`UARTS`].
    senders: Vec<Sender>,
}

/// The other end of a uart's line: sends frame after frame, without a pause.
#[derive(Debug, Default)]
struct Sender {
    queue: VecDeque<(u8, Option<u32>)>,
    sending: Option<Frame>,
    /// Whether its frames lack their stop bit.
    is_broken: bool,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    byte: u8,
    cycles: u64,
    /// The cycle in which it has come in whole.
    end: u64,
}

/// A byte that a uart did not take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) uart: u8,
    pub(crate) byte: u8,
    pub(crate) reason: &'static str,
}

impl Outside {
    pub(crate) fn new() -> Outside {
        Outside { pending: VecDeque::new(), senders: UARTS.iter().map(|_| Sender::default()).collect() }
    }

    /// Those for the same moment act in the order in which they were added.
    pub(crate) fn add(&mut self, stimulus: Stimulus) {
        let place = self.pending.partition_point(|other| other.at <= stimulus.at);
        self.pending.insert(place, stimulus);
    }

    /// The cycle of what is next.
    pub(crate) fn next(&self, chip: &Chip) -> u64 {
        let stimulus = self.pending.front().map(|stimulus| chip.time.cycle(stimulus.at));
        let frames = self.senders.iter().filter_map(|sender| Some(sender.sending?.end));
        stimulus.into_iter().chain(frames).min().unwrap_or(u64::MAX)
    }

    /// What is due by now.
    pub(crate) fn take_due(&mut self, now: u64) -> Option<What> {
        let is_due = self.pending.front().is_some_and(|stimulus| stimulus.at <= now);
        is_due.then(|| self.pending.pop_front().map(|stimulus| stimulus.what)).flatten()
    }

    pub(crate) fn send(&mut self, chip: &Chip, uart: u8, bytes: &[u8], baud: Option<u32>) {
        let place = place(uart);
        self.senders[place].queue.extend(bytes.iter().map(|byte| (*byte, baud)));
        self.begin(chip, place, chip.cycle);
    }

    pub(crate) fn set_broken(&mut self, uart: u8, is_broken: bool) {
        self.senders[place(uart)].is_broken = is_broken;
    }

    /// Hands over frames that have come in whole, and gives what was lost of them.
    pub(crate) fn deliver(&mut self, chip: &Chip) -> Vec<Lost> {
        let mut lost = Vec::new();
        for (place, wires) in UARTS.iter().enumerate() {
            let sender = &mut self.senders[place];
            let Some(frame) = sender.sending.take_if(|frame| frame.end <= chip.cycle) else { continue };
            let outcome = if chip.pins.receivers_of(wires).is_empty() {
                Outcome::Lost("no pin is its RX")
            } else {
                chip.uarts[place].receive(frame.byte, sender.is_broken, frame.cycles, frame.end)
            };
            if let Outcome::Lost(reason) = outcome {
                lost.push(Lost { uart: wires.number, byte: frame.byte, reason });
            }
            chip.clock.stir();
            self.begin(chip, place, frame.end);
        }
        lost
    }

    fn begin(&mut self, chip: &Chip, place: usize, now: u64) {
        let sender = &mut self.senders[place];
        if sender.sending.is_some() {
            return;
        }
        let Some((byte, baud)) = sender.queue.pop_front() else { return };
        let uart = &chip.uarts[place];
        let cycles = uart.frame(baud.map(|baud| chip.bit(baud)));
        uart.start_bit();
        chip.clock.stir();
        sender.sending = Some(Frame { byte, cycles, end: now + cycles });
    }
}

fn place(uart: u8) -> usize {
    UARTS.iter().position(|wires| wires.number == uart).expect("the stimulus was checked")
}
