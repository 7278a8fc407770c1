//! A rotary encoder: two contacts that open and close in turns while the knob is turned.
//!
//! Bourns PEC11R data sheet, "Quadrature output table": clockwise A leads B. Contacts close to ground, so that both lines are
//! high at a detent. A hand turns it: one edge each millisecond. Not modelled: contacts that bounce.

use fwc_parts::{Exposure, Level, Nanos, Part, PinPart, Quantity, SetError};

/// In detents from where it was at first.
const QUANTITIES: &[Quantity] =
    &[Quantity { name: "position", unit: "", least: -10_000.0, most: 10_000.0, initial: 0.0 }];

/// In the order of device.toml.
const A: usize = 0;
const B: usize = 1;

const EDGE: Nanos = Nanos::from_millis(1);

/// The levels of A and B, from a detent on clockwise.
const PHASES: [(Level, Level); 4] = [
    (Level::High, Level::High),
    (Level::Low, Level::High),
    (Level::Low, Level::Low),
    (Level::High, Level::Low),
];

/// A simulated encoder.
pub(crate) struct Model {
    exposure: Exposure,
    edges_per_detent: i64,
    /// The edges from where it was at first to where it is, and to where it is being turned.
    at: i64,
    target: i64,
    /// When the next edge falls.
    due: Nanos,
    /// The levels that the lines were told to have.
    told: [Option<Level>; 2],
}

impl Model {
    /// An encoder with so many edges between two detents.
    pub(crate) fn new(edges_per_detent: i64) -> Self {
        Self {
            exposure: Exposure::new(QUANTITIES),
            edges_per_detent,
            at: 0,
            target: 0,
            due: Nanos(0),
            told: [None; 2],
        }
    }

    /// Where it is after the next edge.
    fn next(&self) -> i64 {
        self.at + (self.target - self.at).signum()
    }

    /// A line that has another level after so many edges, and that level.
    fn differs(&self, at: i64) -> Option<(usize, Level)> {
        let (a, b) = PHASES[at.rem_euclid(4) as usize];
        [(A, a), (B, b)].into_iter().find(|(pin, level)| self.told[*pin] != Some(*level))
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    /// Turns it there.
    fn set(&mut self, quantity: &str, value: f64, now: Nanos) -> Result<(), SetError> {
        self.exposure.set(quantity, value)?;
        if self.at == self.target {
            self.due = now + EDGE;
        }
        self.target = value.round() as i64 * self.edges_per_detent;
        Ok(())
    }

    fn power_up(&mut self, _now: Nanos) {
        self.told = [None; 2];
    }
}

impl PinPart for Model {
    fn driven(&mut self, _pin: usize, _level: Level, _now: Nanos) {}

    /// Lines that were told nothing yet come first.
    fn next_change(&self, now: Nanos) -> Option<(Nanos, usize, Level)> {
        if let Some((pin, level)) = self.differs(self.at) {
            return Some((now, pin, level));
        }
        let (pin, level) = self.differs(self.next())?;
        Some((self.due, pin, level))
    }

    fn changed(&mut self, now: Nanos) {
        if let Some((pin, level)) = self.differs(self.at) {
            self.told[pin] = Some(level);
            return;
        }
        let next = self.next();
        if let Some((pin, level)) = self.differs(next) {
            self.told[pin] = Some(level);
            self.at = next;
            self.due = now + EDGE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets everything happen until a moment, as pin and level.
    fn until(model: &mut Model, end: Nanos) -> Vec<(usize, bool)> {
        let mut seen = Vec::new();
        let mut now = Nanos(0);
        while let Some((at, pin, level)) = model.next_change(now).filter(|(at, ..)| *at <= end) {
            model.changed(at);
            now = at;
            seen.push((pin, level == Level::High));
        }
        seen
    }

    #[test]
    fn clockwise_a_falls_first_and_back_b_does() {
        let mut model = Model::new(4);
        assert_eq!(until(&mut model, Nanos(0)), [(A, true), (B, true)]);
        model.set("position", 1.0, Nanos(0)).unwrap();
        let all = [(A, false), (B, false), (A, true), (B, true)];
        assert_eq!(until(&mut model, Nanos::from_millis(4)), all);
        assert_eq!(model.next_change(Nanos::from_millis(9)), None);
        model.set("position", 0.0, Nanos::from_millis(10)).unwrap();
        let back = [(B, false), (A, false), (B, true), (A, true)];
        assert_eq!(until(&mut model, Nanos::from_millis(14)), back);
    }
}
