//! WS2812B: a chain of lights that take their colours from the lengths of pulses.
//!
//! Worldsemi WS2812B-V5 datasheet, "Data transfer time": a high of 220 to 380 ns is a 0, of 580 ns to 1 µs a 1, both
//! followed by a low; a low of 280 µs and more shows what came. Colours are sent green, red, blue, high bit first.
//! The older WS2812B takes 250 to 550 ns and 650 to 950 ns, and shows after 50 µs: a pulse is right where either takes it.

use fwc_parts::{Level, Nanos, Part, PinPart, Quantity, SetError};

const ZERO: std::ops::RangeInclusive<u64> = 220..=550;
const ONE: std::ops::RangeInclusive<u64> = 580..=1_000;
/// A low so long ends a frame.
const RESET: Nanos = Nanos::from_micros(280);

/// A simulated strip.
pub(crate) struct Model {
    /// What is lit, in red, green and blue.
    lights: Vec<[u8; 3]>,
    /// The bits of the frame that is being sent.
    frame: Vec<bool>,
    /// How many frames have come, the last one whole or not.
    frames: u64,
    high_since: Option<Nanos>,
    low_since: Nanos,
    /// Pulses that are neither a 0 nor a 1: with one, nothing can be said of what is lit.
    odd_pulses: usize,
}

impl Model {
    /// A dark strip of so many lights.
    pub(crate) fn new(lights: usize) -> Self {
        Self {
            lights: vec![[0; 3]; lights],
            frame: Vec::new(),
            frames: 0,
            high_since: None,
            low_since: Nanos(0),
            odd_pulses: 0,
        }
    }

    /// Each light takes the first 24 bits and hands the rest on; what comes beyond the last light is lost.
    fn lit(&self) -> Vec<[u8; 3]> {
        let mut lights = self.lights.clone();
        for (light, bits) in lights.iter_mut().zip(self.frame.chunks_exact(24)) {
            let byte = |place: usize| {
                bits[8 * place..8 * place + 8].iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))
            };
            *light = [byte(1), byte(0), byte(2)];
        }
        lights
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn set(&mut self, _quantity: &str, _value: f64, _now: Nanos) -> Result<(), SetError> {
        Err(SetError::Unknown)
    }

    /// One line: each light's colour as `#RRGGBB`; and a second one where pulses were of no known length.
    fn shows(&self) -> Vec<String> {
        let colours: Vec<String> =
            self.lit().iter().map(|[r, g, b]| format!("#{r:02X}{g:02X}{b:02X}")).collect();
        let mut lines = vec![colours.join(" ")];
        if self.odd_pulses > 0 {
            lines.push(format!("{} pulses are neither a 0 nor a 1", self.odd_pulses));
        }
        lines
    }

    /// A frame is looked at when its last light has its colour, and one that has no colour for it when the next begins.
    fn face(&self) -> Option<u64> {
        Some(self.frames)
    }

    fn power_up(&mut self, now: Nanos) {
        *self = Self { low_since: now, frames: self.frames + 1, ..Self::new(self.lights.len()) };
    }
}

impl PinPart for Model {
    fn driven(&mut self, _pin: usize, level: Level, now: Nanos) {
        match (level, self.high_since) {
            (Level::High, None) => {
                if now - self.low_since >= RESET {
                    self.lights = self.lit();
                    self.frame.clear();
                    self.frames += 1;
                }
                self.high_since = Some(now);
            }
            (Level::Low, Some(since)) => {
                let length = (now - since).0;
                match (ZERO.contains(&length), ONE.contains(&length)) {
                    (true, _) => self.frame.push(false),
                    (_, true) => self.frame.push(true),
                    _ => self.odd_pulses += 1,
                }
                self.frames += u64::from(self.frame.len() == 24 * self.lights.len());
                self.high_since = None;
                self.low_since = now;
            }
            _ => {}
        }
    }

    fn next_change(&self, _now: Nanos) -> Option<(Nanos, usize, Level)> {
        None
    }

    fn changed(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends bytes from this moment on; the moment when the last bit has fallen.
    fn send(model: &mut Model, bytes: &[u8], mut now: Nanos) -> Nanos {
        for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)) {
            model.driven(0, Level::High, now);
            model.driven(0, Level::Low, now + Nanos(if bit == 1 { 875 } else { 250 }));
            now = now + Nanos(1_250);
        }
        now
    }

    #[test]
    fn green_comes_first_and_a_new_frame_begins_at_the_first_light() {
        let mut model = Model::new(2);
        let end = send(&mut model, &[0x10, 0xFF, 0x01, 0x00, 0x00, 0x80], Nanos(0));
        assert_eq!(model.shows(), ["#FF1001 #000080"]);
        send(&mut model, &[0x20, 0x00, 0x00], end + RESET);
        assert_eq!(model.shows(), ["#002000 #000080"]);
    }

    #[test]
    fn without_a_pause_colours_run_over_the_end() {
        let mut model = Model::new(1);
        let end = send(&mut model, &[1, 2, 3], Nanos(0));
        send(&mut model, &[4, 5, 6], end + Nanos::from_micros(200));
        assert_eq!(model.shows(), ["#020103"]);
    }

    #[test]
    fn odd_pulses_are_told() {
        let mut model = Model::new(1);
        model.driven(0, Level::High, Nanos(0));
        model.driven(0, Level::Low, Nanos(100));
        assert_eq!(model.shows()[1], "1 pulses are neither a 0 nor a 1");
    }
}
