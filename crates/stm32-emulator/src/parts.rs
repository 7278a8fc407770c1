//! The parts on the board's pins: what the chip drives goes over the bridge to whoever holds them, and what they drive comes
//! back at its moment.
//!
//! Parts outlive a reset of the chip, as their supply does; a brown-out takes both.

use crate::bridge::Bridge;
use crate::chip::Chip;
use crate::job::Mount;
use crate::pins::Change;

/// What hangs on which pins.
#[derive(Debug)]
pub(crate) struct Parts {
    mounts: Vec<Mount>,
    /// What each does next by itself.
    next: Vec<Option<Next>>,
}

#[derive(Clone, Copy, Debug)]
struct Next {
    at: u64,
    pin: u8,
    level: bool,
}

impl Parts {
    /// Parts that are asked for the first time.
    pub(crate) fn new(mounts: Vec<Mount>, now: u64, bridge: &mut Bridge<'_>) -> Parts {
        let mut parts = Parts { next: vec![None; mounts.len()], mounts };
        for part in 0..parts.mounts.len() {
            parts.ask(part, now, bridge);
        }
        parts
    }

    /// The cycle of what is next.
    pub(crate) fn next(&self, chip: &Chip) -> u64 {
        self.next.iter().flatten().map(|next| chip.time.cycle(next.at)).min().unwrap_or(u64::MAX)
    }

    /// Drives what is due by now.
    pub(crate) fn act(&mut self, chip: &mut Chip, bridge: &mut Bridge<'_>) {
        let now = chip.now();
        for part in 0..self.mounts.len() {
            let Some(next) = self.next[part].take_if(|next| next.at <= now) else { continue };
            chip.pins.drive(next.pin, Some(next.level));
            bridge.tell(&format!("changed {part} {now}"));
            self.ask(part, now, bridge);
        }
    }

    /// The chip has changed the level of a pin.
    pub(crate) fn driven(&mut self, change: Change, now: u64, bridge: &mut Bridge<'_>) {
        for part in 0..self.mounts.len() {
            let pins = &self.mounts[part].pins;
            if let Some(index) = pins.iter().position(|pin| *pin == change.pin) {
                bridge.tell(&format!("driven {part} {index} {} {now}", u8::from(change.level)));
                self.ask(part, now, bridge);
            }
        }
    }

    /// Exposes a part to a new value of a quantity; gives what is wrong with it.
    pub(crate) fn set(
        &mut self,
        name: &str,
        quantity: &str,
        value: f64,
        now: u64,
        bridge: &mut Bridge<'_>,
    ) -> Option<String> {
        let Some(part) = self.mounts.iter().position(|mount| mount.name == name) else {
            return Some(format!("there is no part `{name}`"));
        };
        let fault = bridge.ask(&format!("set {part} {quantity} {value} {now}"));
        self.ask(part, now, bridge);
        (!fault.is_empty()).then_some(fault)
    }

    /// All parts lose their supply for a moment.
    pub(crate) fn power_up(&self, now: u64, bridge: &mut Bridge<'_>) {
        for part in 0..self.mounts.len() {
            bridge.tell(&format!("power-up {part} {now}"));
        }
    }

    fn ask(&mut self, part: usize, now: u64, bridge: &mut Bridge<'_>) {
        let answer = bridge.ask(&format!("next {part} {now}"));
        let words: Vec<u64> = answer.split(' ').filter_map(|word| word.parse().ok()).collect();
        self.next[part] = match words[..] {
            [at, index, level] => {
                let pin = self.mounts[part].pins.get(index as usize).copied();
                pin.map(|pin| Next { at, pin, level: level == 1 })
            }
            _ => None,
        };
    }
}
