//! The parts on the emulated board: questions of the emulator in, what the parts answer out.

use std::fmt;

use fwc_parts::{Acknowledge, Direction, I2cPart, Part, PinPart, SpiPart, Wired};
use serde::Serialize;

use crate::{I2c, Level, Nanos, Pin, Spi};

/// Parts by name, each on its wires.
#[derive(Default)]
pub struct Parts(Vec<Mounted>);

struct Mounted {
    name: String,
    place: Place,
    part: Wired,
}

/// The wires that a part hangs on, as the emulator reads them.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Place {
    I2c { i2c: I2c, address: u8 },
    Spi { spi: Spi, select: Pin },
    Pins { pins: Vec<Pin> },
}

/// A part in the line of the job.
#[derive(Serialize)]
pub(crate) struct PartMessage<'a> {
    name: &'a str,
    #[serde(flatten)]
    place: &'a Place,
}

impl Parts {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a part on an I2C bus.
    #[must_use]
    pub fn i2c(self, name: impl Into<String>, bus: I2c, address: u8, part: Box<dyn I2cPart>) -> Self {
        self.mount(name, Place::I2c { i2c: bus, address }, Wired::I2c(part))
    }

    /// Puts a part on an SPI bus, with its chip select on a pin.
    #[must_use]
    pub fn spi(self, name: impl Into<String>, bus: Spi, select: Pin, part: Box<dyn SpiPart>) -> Self {
        self.mount(name, Place::Spi { spi: bus, select }, Wired::Spi(part))
    }

    /// Puts a part on pins, in the part's own order.
    #[must_use]
    pub fn pins(
        self,
        name: impl Into<String>,
        pins: impl IntoIterator<Item = Pin>,
        part: Box<dyn PinPart>,
    ) -> Self {
        self.mount(name, Place::Pins { pins: pins.into_iter().collect() }, Wired::Pins(part))
    }

    /// A part, as the world sees it.
    pub fn part(&mut self, name: &str) -> Option<&mut dyn Part> {
        let mounted = self.0.iter_mut().find(|mounted| mounted.name == name)?;
        Some(mounted.part.part())
    }

    fn mount(mut self, name: impl Into<String>, place: Place, part: Wired) -> Self {
        self.0.push(Mounted { name: name.into(), place, part });
        self
    }

    pub(crate) fn messages(&self) -> Vec<PartMessage<'_>> {
        self.0.iter().map(|mounted| PartMessage { name: &mounted.name, place: &mounted.place }).collect()
    }

    /// The lines of words that tell a run on a host what hangs on which wires.
    pub(crate) fn to_words(&self) -> String {
        let line = |Mounted { name, place, .. }: &Mounted| match place {
            Place::I2c { i2c, address } => format!("part {name} i2c {} {address}\n", i2c.0),
            Place::Spi { spi, select } => format!("part {name} spi {} {}\n", spi.0, select.0),
            Place::Pins { pins } => {
                let pins: Vec<String> = pins.iter().map(|pin| pin.0.to_string()).collect();
                format!("part {name} pins {}\n", pins.join(" "))
            }
        };
        self.0.iter().map(line).collect()
    }

    /// The answer to a question, or to news an answer that nobody waits for; nothing where it makes no sense.
    ///
    /// Words are separated by spaces: what, the part's number, what it needs, and the moment.
    pub(crate) fn answer(&mut self, question: &str) -> Option<String> {
        let mut words = question.split(' ');
        let what = words.next()?;
        let part = &mut self.0.get_mut(words.next()?.parse::<usize>().ok()?)?.part;
        let rest: Vec<&str> = words.collect();
        let (now, arguments) = rest.split_last()?;
        let now = Nanos(now.parse().ok()?);
        if what == "set" {
            let [quantity, value] = arguments else { return None };
            let outcome = part.part().set(quantity, value.parse().ok()?, now);
            // An answer is one line.
            return Some(
                outcome.err().map_or_else(String::new, |fault| fault.to_string().replace('\n', " ")),
            );
        }
        if what == "power-up" {
            part.part().power_up(now);
            return Some(String::new());
        }
        let numbers: Vec<u8> = arguments.iter().map(|word| word.parse().ok()).collect::<Option<Vec<u8>>>()?;
        match part {
            Wired::I2c(part) => i2c(part.as_mut(), what, &numbers, now),
            Wired::Spi(part) => spi(part.as_mut(), what, &numbers, now),
            Wired::Pins(part) => pins(part.as_mut(), what, &numbers, now),
        }
    }
}

/// By name: what a part is, only it knows.
impl fmt::Debug for Parts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.0.iter().map(|mounted| (&mounted.name, &mounted.place))).finish()
    }
}

fn i2c(part: &mut dyn I2cPart, what: &str, numbers: &[u8], now: Nanos) -> Option<String> {
    let said = |answer: Acknowledge| u8::from(answer == Acknowledge::Ack).to_string();
    Some(match (what, numbers) {
        ("start", [0]) => said(part.start(Direction::Write, now)),
        ("start", [1]) => said(part.start(Direction::Read, now)),
        ("write", [byte]) => said(part.write(*byte, now)),
        ("read", []) => part.read(now).to_string(),
        ("stop", []) => {
            part.stop(now);
            String::new()
        }
        _ => return None,
    })
}

fn spi(part: &mut dyn SpiPart, what: &str, numbers: &[u8], now: Nanos) -> Option<String> {
    match (what, numbers) {
        ("select", []) => part.select(now),
        ("deselect", []) => part.deselect(now),
        ("transfer", [byte]) => return Some(part.transfer(*byte, now).to_string()),
        _ => return None,
    }
    Some(String::new())
}

fn pins(part: &mut dyn PinPart, what: &str, numbers: &[u8], now: Nanos) -> Option<String> {
    match (what, numbers) {
        ("driven", [pin, level]) => {
            let level = if *level == 0 { Level::Low } else { Level::High };
            part.driven(usize::from(*pin), level, now);
        }
        ("changed", []) => part.changed(now),
        ("next", []) => {
            let change = part.next_change(now);
            return Some(change.map_or_else(String::new, |(at, pin, level)| {
                format!("{} {pin} {}", at.0, u8::from(level == Level::High))
            }));
        }
        _ => return None,
    }
    Some(String::new())
}

#[cfg(test)]
mod tests {
    use fwc_parts::{Quantity, SetError};

    use super::*;

    /// A register that is written and read, and a pin that falls 5 ns after another one has risen.
    #[derive(Default)]
    struct Register {
        value: u8,
        falls_at: Option<Nanos>,
    }

    impl Part for Register {
        fn quantities(&self) -> &'static [Quantity] {
            &[]
        }

        fn set(&mut self, quantity: &str, value: f64, _now: Nanos) -> Result<(), SetError> {
            if quantity != "value" {
                return Err(SetError::Unknown);
            }
            self.value = value as u8;
            Ok(())
        }

        fn shows(&self) -> Vec<String> {
            vec![self.value.to_string()]
        }

        fn power_up(&mut self, _now: Nanos) {}
    }

    impl I2cPart for Register {
        fn start(&mut self, direction: Direction, _now: Nanos) -> Acknowledge {
            if direction == Direction::Read { Acknowledge::Ack } else { Acknowledge::Nack }
        }

        fn write(&mut self, byte: u8, _now: Nanos) -> Acknowledge {
            self.value = byte;
            Acknowledge::Ack
        }

        fn read(&mut self, _now: Nanos) -> u8 {
            self.value
        }

        fn stop(&mut self, now: Nanos) {
            self.value = now.0 as u8;
        }
    }

    impl SpiPart for Register {
        fn select(&mut self, _now: Nanos) {
            self.value = 1;
        }

        fn transfer(&mut self, byte: u8, _now: Nanos) -> u8 {
            std::mem::replace(&mut self.value, byte)
        }

        fn deselect(&mut self, _now: Nanos) {
            self.value = 0;
        }
    }

    impl PinPart for Register {
        fn driven(&mut self, pin: usize, level: Level, now: Nanos) {
            self.falls_at = (pin == 0 && level == Level::High).then_some(now + Nanos(5));
        }

        fn next_change(&self, _now: Nanos) -> Option<(Nanos, usize, Level)> {
            self.falls_at.map(|at| (at, 1, Level::Low))
        }

        fn changed(&mut self, _now: Nanos) {
            self.falls_at = None;
        }
    }

    fn parts() -> Parts {
        Parts::new()
            .i2c("one", I2c(0), 0x44, Box::<Register>::default())
            .spi("two", Spi(1), Pin(17), Box::<Register>::default())
            .pins("three", [Pin(2), Pin(3)], Box::<Register>::default())
    }

    #[test]
    fn each_part_stands_in_the_job_with_its_wires() {
        assert_eq!(
            serde_json::to_string(&parts().messages()).unwrap(),
            concat!(
                r#"[{"name":"one","i2c":0,"address":68},{"name":"two","spi":1,"select":17},"#,
                r#"{"name":"three","pins":[2,3]}]"#
            )
        );
    }

    #[test]
    fn each_part_stands_in_the_words_of_a_run_on_a_host() {
        assert_eq!(parts().to_words(), "part one i2c 0 68\npart two spi 1 17\npart three pins 2 3\n");
    }

    #[test]
    fn questions_reach_the_part_with_their_moment() {
        let mut parts = parts();
        let mut ask = |question| parts.answer(question).unwrap_or_else(|| panic!("`{question}` is known"));
        assert_eq!((ask("start 0 0 5"), ask("start 0 1 5")), ("0".into(), "1".into()));
        assert_eq!((ask("write 0 171 5"), ask("read 0 6")), ("1".into(), "171".into()));
        assert_eq!((ask("stop 0 7"), ask("read 0 8")), (String::new(), "7".into()));
        assert_eq!((ask("select 1 5"), ask("transfer 1 9 6")), (String::new(), "1".into()));
        assert_eq!((ask("transfer 1 0 7"), ask("deselect 1 8")), ("9".into(), String::new()));
        assert_eq!((ask("next 2 5"), ask("driven 2 0 1 6")), (String::new(), String::new()));
        assert_eq!(ask("next 2 6"), "11 1 0");
        assert_eq!((ask("changed 2 11"), ask("next 2 11")), (String::new(), String::new()));
    }

    #[test]
    fn the_world_sets_a_quantity_and_sees_what_came_of_it() {
        let mut parts = parts();
        assert_eq!(parts.answer("set 0 value 35.5 9"), Some(String::new()));
        assert_eq!(parts.part("one").map(|part| part.shows()), Some(vec!["35".to_owned()]));
        let refused = parts.answer("set 0 colour 1 9");
        assert_eq!(refused.as_deref(), Some("the part has no such quantity"));
        assert!(parts.part("four").is_none());
    }

    #[test]
    fn what_makes_no_sense_has_no_answer() {
        for question in ["", "read", "read 9 1", "read 1 1", "write 0 256 1", "write 0 1", "set 0 value x 1"]
        {
            assert_eq!(parts().answer(question), None, "`{question}`");
        }
    }
}
