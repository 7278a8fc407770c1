//! The parts on the emulated board: questions of the emulator in, what the parts answer out.

use std::fmt;

use fwc_parts::{Acknowledge, Direction, I2cPart, Part, PinPart, SpiPart, Wired};
use serde::Serialize;

use crate::event::Output;
use crate::{Event, I2c, Level, Nanos, Pin, Spi};

/// Parts by name, each on its wires.
#[derive(Default)]
pub struct Parts(Vec<Mounted>);

struct Mounted {
    name: String,
    place: Place,
    part: Wired,
    /// How long a pulse takes with all that follows it, where its pin is a pwm's.
    period: Option<Nanos>,
    /// Its face when it was looked at last, and what it showed.
    seen: Option<(u64, Vec<String>)>,
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

/// What parts make of a line.
pub(crate) struct Heard {
    /// What who asked is waiting for.
    pub(crate) answer: Option<String>,
    /// Whether the line was for the parts; any other is an event, or makes no sense.
    pub(crate) is_news: bool,
    /// The events of what parts show by now.
    pub(crate) shown: Vec<String>,
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

    /// Puts a part on a pin that pulses. Where only the duty of the pulses is known, it sees one pulse of each.
    #[must_use]
    pub fn pulsed(self, name: impl Into<String>, pin: Pin, period: Nanos, part: Box<dyn PinPart>) -> Self {
        let mut parts = self.mount(name, Place::Pins { pins: vec![pin] }, Wired::Pins(part));
        if let Some(mounted) = parts.0.last_mut() {
            mounted.period = Some(period);
        }
        parts
    }

    /// A part, as the world sees it.
    pub fn part(&mut self, name: &str) -> Option<&mut dyn Part> {
        let mounted = self.0.iter_mut().find(|mounted| mounted.name == name)?;
        Some(mounted.part.part())
    }

    fn mount(mut self, name: impl Into<String>, place: Place, part: Wired) -> Self {
        self.0.push(Mounted { name: name.into(), place, part, period: None, seen: None });
        self
    }

    /// The events of what parts show by now, where a question or news may have changed that: the bytes of a message are
    /// looked at when it is over.
    fn look(&mut self, words: &str) -> Vec<String> {
        const CHANGE: [&str; 6] = ["stop", "deselect", "driven", "changed", "set", "power-up"];
        match (words.split_once(' '), words.rsplit_once(' ')) {
            (Some((what, _)), Some((_, at))) if CHANGE.contains(&what) => self.faces(at),
            _ => Vec::new(),
        }
    }

    /// Where only the duty of a pwm's pulses is told, by this line, the part on its pin sees a pulse. The events of what
    /// came of it.
    fn pulse(&mut self, line: &str) -> Vec<String> {
        if !line.contains("\"duty\"") || self.0.iter().all(|mounted| mounted.period.is_none()) {
            return Vec::new();
        }
        match Event::parse(line) {
            Ok(Output::Event(Event::Duty { at, pin, duty })) => {
                self.duty(pin, duty, at);
                self.faces(&at.0.to_string())
            }
            _ => Vec::new(),
        }
    }

    fn faces(&mut self, at: &str) -> Vec<String> {
        let event = |(part, lines): (&str, &[String])| {
            let (part, lines) = (serde_json::json!(part), serde_json::json!(lines));
            format!("{{\"t\":{at},\"part\":{part},\"shows\":{lines}}}")
        };
        self.changes().into_iter().map(event).collect()
    }

    /// A pin pulses with another duty, in parts per million: the first pulse of it.
    fn duty(&mut self, pin: Pin, duty: u64, now: Nanos) {
        for mounted in &mut self.0 {
            let (Place::Pins { pins }, Wired::Pins(part), Some(period)) =
                (&mounted.place, &mut mounted.part, mounted.period)
            else {
                continue;
            };
            let Some(index) = pins.iter().position(|other| *other == pin) else { continue };
            let high = u128::from(period.0) * u128::from(duty) / 1_000_000;
            if high > 0 {
                part.driven(index, Level::High, now);
                part.driven(index, Level::Low, now + Nanos(u64::try_from(high).unwrap_or(period.0)));
            }
        }
    }

    /// What parts show that showed something else before.
    fn changes(&mut self) -> Vec<(&str, &[String])> {
        let changed = self.0.iter_mut().filter_map(|mounted| {
            let part = mounted.part.part();
            let face = part.face()?;
            let (seen, lines) = mounted.seen.get_or_insert_default();
            if std::mem::replace(seen, face) == face {
                return None;
            }
            let shows = part.shows();
            if *lines == shows {
                return None;
            }
            *lines = shows;
            Some((mounted.name.as_str(), lines.as_slice()))
        });
        changed.collect()
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

    /// What comes of a line of a run's output.
    pub(crate) fn hear(&mut self, line: &str) -> Heard {
        let (mark, words) = line.split_at_checked(1).unwrap_or(("", line));
        if mark != "?" && mark != "!" {
            return Heard { answer: None, is_news: false, shown: self.pulse(line) };
        }
        let answer = self.answer(words);
        let is_news = answer.is_some();
        Heard { answer: answer.filter(|_| mark == "?"), is_news, shown: self.look(words) }
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

        fn face(&self) -> Option<u64> {
            (self.value < 200).then_some(self.value.into())
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
            if level == Level::Low {
                self.value = now.0 as u8;
            }
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
    fn what_parts_show_is_told_once_each_time_that_it_changes() {
        let mut parts = parts();
        parts.answer("set 0 value 35 9");
        parts.answer("set 1 value 40 9");
        assert_eq!(parts.look("read 1 9"), [""; 0], "in the middle of a message");
        let one = r#"{"t":9,"part":"one","shows":["35"]}"#;
        assert_eq!(parts.look("stop 1 9"), [one, r#"{"t":9,"part":"two","shows":["40"]}"#]);
        assert_eq!(parts.look("stop 1 9"), [""; 0]);
        parts.answer("set 0 value 201 9");
        assert_eq!(parts.look("set 0 value 201 9"), [""; 0], "nobody looks at it");
    }

    #[test]
    fn a_part_on_a_pwm_sees_a_pulse_of_each_duty() {
        let mut parts = Parts::new().pulsed("arm", Pin(7), Nanos(20_000), Box::<Register>::default());
        assert_eq!(parts.pulse(r#"{"t":5,"pin":8,"duty":500000}"#), [""; 0], "another pin's");
        assert_eq!(parts.pulse(r#"{"t":5,"pin":7,"duty":0}"#), [""; 0], "no pulse");
        let words = r#"{"t":5,"log":"\"duty\"","severity":"info"}"#;
        assert_eq!(parts.pulse(words), [""; 0], "words about it");
        // The low byte of 10,005: when it fell.
        let shown = parts.pulse(r#"{"t":5,"pin":7,"duty":500000}"#);
        assert_eq!(shown, [r#"{"t":5,"part":"arm","shows":["21"]}"#]);
    }

    #[test]
    fn what_makes_no_sense_has_no_answer() {
        for question in ["", "read", "read 9 1", "read 1 1", "write 0 256 1", "write 0 1", "set 0 value x 1"]
        {
            assert_eq!(parts().answer(question), None, "`{question}`");
        }
    }
}
