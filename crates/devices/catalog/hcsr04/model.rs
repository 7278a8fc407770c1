//! HC-SR04: a pulse on the trigger, and as long a pulse on the echo as sound takes to the obstacle and back.
//!
//! ElecFreaks, "Ultrasonic ranging module HC-SR04": a trigger of at least 10 µs, eight cycles at 40 kHz, 2 cm to 4 m.
//! Without an obstacle the module ends its echo after 38 ms.

use fwc_parts::{Exposure, Level, Nanos, Part, PinPart, Quantity, SetError};

const CENTIMETERS: usize = 0;
const CELSIUS: usize = 1;

const QUANTITIES: &[Quantity] = &[
    // Beyond its reach of 400 cm nothing is heard.
    Quantity { name: "centimeters", unit: "cm", least: 2.0, most: 1_000.0, initial: 100.0 },
    Quantity { name: "celsius", unit: "°C", least: -15.0, most: 70.0, initial: 20.0 },
];

/// In the order of device.toml.
const TRIGGER: usize = 0;
const ECHO: usize = 1;

const REACH: f64 = 400.0;
const SHORTEST_TRIGGER: Nanos = Nanos::from_micros(10);
/// The burst lasts 200 µs; the echo pin rises when it is over.
const BURST: Nanos = Nanos::from_micros(200);
const NOTHING_HEARD: Nanos = Nanos::from_millis(38);

/// A simulated HC-SR04.
pub(crate) struct Model {
    exposure: Exposure,
    triggered: Option<Nanos>,
    /// When the echo pin rises, where it has not yet; and when it falls.
    echo: Option<(Option<Nanos>, Nanos)>,
}

impl Default for Model {
    fn default() -> Self {
        Self { exposure: Exposure::new(QUANTITIES), triggered: None, echo: None }
    }
}

impl Model {
    /// How long sound is on its way to the obstacle and back.
    fn flight(&self) -> Nanos {
        let centimeters = self.exposure.value(CENTIMETERS);
        if centimeters > REACH {
            return NOTHING_HEARD;
        }
        // The speed of sound in dry air: 331.3 m/s at 0 °C, with the root of the absolute temperature.
        let centimeters_per_second = 33_130.0 * (1.0 + self.exposure.value(CELSIUS) / 273.15).sqrt();
        Nanos((2.0 * centimeters / centimeters_per_second * 1e9) as u64)
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn set(&mut self, quantity: &str, value: f64, _now: Nanos) -> Result<(), SetError> {
        self.exposure.set(quantity, value).map(drop)
    }

    fn power_up(&mut self, _now: Nanos) {
        self.triggered = None;
        self.echo = None;
    }
}

impl PinPart for Model {
    /// A measurement starts when the trigger falls; while one is under way, triggers do nothing.
    fn driven(&mut self, pin: usize, level: Level, now: Nanos) {
        if pin != TRIGGER {
            return;
        }
        match level {
            Level::High => self.triggered = self.triggered.or(Some(now)),
            Level::Low => {
                let long_enough = self.triggered.take().is_some_and(|since| now - since >= SHORTEST_TRIGGER);
                if long_enough && self.echo.is_none() {
                    let rise = now + BURST;
                    self.echo = Some((Some(rise), rise + self.flight()));
                }
            }
        }
    }

    fn next_change(&self, _now: Nanos) -> Option<(Nanos, usize, Level)> {
        let (rise, fall) = self.echo?;
        Some(rise.map_or((fall, ECHO, Level::Low), |rise| (rise, ECHO, Level::High)))
    }

    fn changed(&mut self, _now: Nanos) {
        self.echo = match self.echo {
            Some((Some(_), fall)) => Some((None, fall)),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metre_takes_5_8_milliseconds_there_and_back() {
        let mut model = Model::default();
        model.driven(TRIGGER, Level::High, Nanos(0));
        model.driven(TRIGGER, Level::Low, Nanos::from_micros(10));
        let (rise, pin, level) = model.next_change(Nanos(0)).unwrap();
        assert_eq!((rise, pin, level), (Nanos::from_micros(210), ECHO, Level::High));
        model.changed(rise);
        let (fall, _, level) = model.next_change(rise).unwrap();
        assert_eq!((level, (fall - rise).0 / 1_000), (Level::Low, 5_827));
        model.changed(fall);
        assert_eq!(model.next_change(fall), None);
    }

    #[test]
    fn a_short_trigger_starts_nothing() {
        let mut model = Model::default();
        model.driven(TRIGGER, Level::High, Nanos(0));
        model.driven(TRIGGER, Level::Low, Nanos::from_micros(9));
        assert_eq!(model.next_change(Nanos(0)), None);
    }
}
