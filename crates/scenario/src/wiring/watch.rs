//! A run that goes on: each event to facts, as it comes.

use std::collections::BTreeMap;

use fwc_core::app::LogOver;
use fwc_parts::Nanos;
use fwc_sim::{Event, LogDecoder, LogError, LogStream, Pin};

use super::broken::{fault, panic, told};
use super::pulses::State;
use super::{Wiring, log_fact, log_line};
use crate::{Broken, Fact, What};

/// RTT's channel for the log.
const LOG_CHANNEL: u32 = 0;

/// What is known of a run by now.
pub struct Watch<'a> {
    wiring: &'a Wiring<'a>,
    states: BTreeMap<Pin, State>,
    /// Where the log comes as defmt's frames.
    frames: Option<LogStream<'a>>,
    /// A line of a log as text, as far as it has come.
    begun: Vec<u8>,
    panicked: Option<Broken>,
    broken: Option<Broken>,
}

impl<'a> Watch<'a> {
    /// Watches from the start. A log over RTT needs its image's tables.
    #[must_use]
    pub fn new(wiring: &'a Wiring<'a>, tables: Option<&'a LogDecoder>) -> Watch<'a> {
        Watch {
            wiring,
            states: wiring.initial_states(),
            frames: tables.map(LogDecoder::stream),
            begun: Vec::new(),
            panicked: None,
            broken: None,
        }
    }

    /// What an event means to the application; of a duty it is known some time later that it is one.
    ///
    /// # Errors
    /// The firmware has logged something that its image's tables do not explain.
    pub fn take(&mut self, event: &Event) -> Result<Vec<Fact>, LogError> {
        let mut facts = Vec::new();
        match event {
            Event::Rtt { at, channel: LOG_CHANNEL, bytes } => {
                if let Some(frames) = &mut self.frames {
                    facts.extend(frames.take(*at, bytes)?.iter().map(log_fact));
                }
            }
            Event::Reached { at } => {
                facts.extend(self.states.values_mut().filter_map(|state| match state {
                    State::Pulses(pulses) => pulses.steady(*at),
                    State::Active(_) => None,
                }));
            }
            event => self.wiring.take(event, &mut self.states, &mut facts),
        }
        if let (Event::Reset { .. }, Some(frames)) = (event, &mut self.frames) {
            frames.restart();
            self.panicked = None;
        }
        if let Some((at, bytes)) = self.text_of_log(event) {
            facts.extend(self.lines(at, bytes));
        }
        self.panicked = facts.iter().find_map(panic).or(self.panicked.take());
        // A panic ends in a fault on purpose, so it tells more.
        let broken = told(event).or_else(|| fault(event).map(|fault| self.panicked.take().unwrap_or(fault)));
        self.broken = self.broken.take().or(broken);
        Ok(facts)
    }

    /// What made the run stop being one, if anything has.
    #[must_use]
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    fn text_of_log<'e>(&self, event: &'e Event) -> Option<(Nanos, &'e [u8])> {
        match (self.wiring.resolved.app.log_over, event) {
            (LogOver::Uart(log), Event::Sent { at, uart, bytes, .. }) => {
                (self.wiring.uarts.get(uart) == Some(&log)).then_some((*at, bytes.as_slice()))
            }
            (LogOver::Usb, Event::UsbReceived { at, port, bytes }) => {
                self.wiring.usb_owner(*port).is_none().then_some((*at, bytes.as_slice()))
            }
            _ => None,
        }
    }

    fn lines(&mut self, at: Nanos, bytes: &[u8]) -> Vec<Fact> {
        let mut facts = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.begun.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.begun);
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            let plain = || Fact { at, what: What::Log { level: None, message: line.to_string() } };
            facts.push(log_line(at, line).unwrap_or_else(plain));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use fwc_core::catalog::Catalog;
    use fwc_core::check::CheckOptions;
    use fwc_core::resolved::Resolved;
    use fwc_sim::{Driver, Level, LogLevel, ResetCause, Uart};

    use super::*;

    const APP: &str = "\
[app]
name = \"fan\"
board = \"rpi-pico\"
log-over = \"console\"

[peripherals.console]
kind = \"uart\"
tx = \"TX\"
baud = 115200

[peripherals.fan]
kind = \"pwm\"
pin = \"GP16\"
frequency = \"10kHz\"

[tasks.control]
code = \"control\"
uses = [\"fan\"]
";

    fn resolved() -> Resolved {
        let checked = fwc_core::check_text(APP, &Catalog::new(Vec::new()), &CheckOptions::default());
        let checked = checked.and_then(fwc_core::resolve::resolve);
        checked.value.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
    }

    fn take(watch: &mut Watch<'_>, event: &Event) -> Vec<Fact> {
        watch.take(event).expect("there is no log that could be misunderstood")
    }

    #[test]
    fn a_level_that_stays_is_a_duty_once_the_step_is_over() {
        let resolved = resolved();
        let wiring = Wiring::of(&resolved);
        let mut watch = Watch::new(&wiring, None);
        let level = Event::Level { at: Nanos(1_000), pin: Pin(16), level: Level::High, driver: Driver::Chip };
        assert_eq!(take(&mut watch, &level), []);
        assert_eq!(take(&mut watch, &Event::Reached { at: Nanos(50_000) }), []);
        let facts = take(&mut watch, &Event::Reached { at: Nanos(500_000) });
        assert!(
            matches!(facts[..], [Fact { at: Nanos(1_000), what: What::Duty { duty: 1_000_000, .. } }]),
            "{facts:?}"
        );
        assert_eq!(take(&mut watch, &Event::Reached { at: Nanos(900_000) }), []);
    }

    #[test]
    fn a_log_of_text_is_known_by_its_lines_and_a_panic_by_the_fault_that_follows() {
        let resolved = resolved();
        let wiring = Wiring::of(&resolved);
        let mut watch = Watch::new(&wiring, None);
        let sent = |text: &str| Event::Sent {
            at: Nanos(7),
            uart: Uart(0),
            bytes: text.as_bytes().to_vec(),
            pins: vec![Pin(0)],
        };
        let log = |facts: Vec<Fact>| {
            let logs = facts.into_iter().filter_map(|fact| match fact.what {
                What::Log { level, message } => Some((level, message)),
                _ => None,
            });
            logs.collect::<Vec<_>>()
        };
        assert_eq!(log(take(&mut watch, &sent("12 INFO app::control: he"))), []);
        let whole = log(take(&mut watch, &sent("llo\r\nplain\n")));
        assert_eq!(whole, [(Some(LogLevel::Info), "hello".into()), (None, "plain".into())]);
        let reset = Event::Reset { at: Nanos(8), cause: ResetCause::Software, task: None };
        let panic = sent("13 ERROR app: panicked at src/../../../src/control.rs:3:9: why\n");
        take(&mut watch, &panic);
        take(&mut watch, &reset);
        assert_eq!(watch.broken(), None, "the firmware has begun anew");
        take(&mut watch, &panic);
        take(
            &mut watch,
            &Event::Fault { at: Nanos(9), reason: "udf".into(), program_counter: 4, task: None },
        );
        assert_eq!(watch.broken().map(|broken| broken.what.as_str()), Some("panicked"));
    }
}
