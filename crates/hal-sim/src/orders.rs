//! The job: lines of words on stdin to what is to happen, and when.
//!
//! ```text
//! run-for 3000000000                 nanoseconds
//! polls                              report each poll of a task
//! channels                           report the messages of every channel
//! channel readings                   report the messages of this one
//! wall-limit 60000                   milliseconds of wall time
//! careful                            write each line at once: the process may die in the next poll
//! seed 7                             let things of one moment come in another order, and a little late
//! at 100000000 pin 15 1              drive a pin high, low (0), or let go of it (-)
//! at 200000000 uart 0 68690d0a       bytes that begin to arrive
//! at 300000000 adc 0 1250            millivolts
//! at 300000000 noise 0 20 7          from then on so many millivolts of noise at most, drawn from this seed
//! at 300000000 framing 0 1           from then on frames of a uart arrive broken, or not (0)
//! at 300000000 bus i2c 0 nack        what is wrong on a bus: none, nack, stuck, hung, short 3
//! at 300000000 set climate celsius 35    what a part measures
//! at 300000000 usb 0 1               a program opens a port, or closes it (0)
//! at 300000000 usb-send 0 6869       bytes from it
//! at 300000000 drift -50             from then on the chip's clock is so many parts per million fast, or slow
//! at 300000000 brown-out             the supply fails for a moment
//! part climate i2c 0 118             what hangs on wires: spi BUS SELECT, pins PIN PIN
//! steps                              wait at the end of each step, of which the first has no length
//! start
//! ```
//!
//! With `steps`, lines go on behind that: orders, then how far the next step goes.
//! ```text
//! at 400000000 pin 15 0
//! until 410000000
//! ```
//!
//! A run that begins anew after a reset of the chip is told besides when it is, how far it may go, what outlived the reset,
//! and what reset it:
//! ```text
//! now 400000000
//! until 3000000000
//! words 1 0
//! cause watchdog
//! ```
//!
//! Words instead of JSON, as a reader of that would be the largest part of this crate.

use std::fmt::{self, Write as _};
use std::io::BufRead;

pub(crate) use crate::wires::{Bus, Fault, Mount};

use crate::parts::hex;
use crate::restart::{self, Cause};

/// What is to be run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Job {
    /// How long, in nanoseconds.
    pub(crate) run_for: u64,
    /// After how many milliseconds of wall time it is given up; 0 for never.
    pub(crate) wall_limit_millis: u64,
    /// Whether each poll of a task is reported.
    pub(crate) polls: bool,
    /// The channels whose messages are reported.
    pub(crate) channels: Channels,
    /// Whether each line is written at once.
    pub(crate) careful: bool,
    /// Whether the run waits at the end of each step.
    pub(crate) steps: bool,
    /// What the order of things that happen at one moment is drawn from.
    pub(crate) seed: Option<u64>,
    /// The parts on the board, by name.
    pub(crate) parts: Vec<(String, Mount)>,
    /// When it begins.
    pub(crate) now: u64,
    /// How far it may go for now, where that is not as far as it shall.
    pub(crate) until: Option<u64>,
    /// What outlived the reset before it.
    pub(crate) words: [u32; 2],
    /// That reset's cause; none where the chip is switched on.
    pub(crate) cause: Option<Cause>,
    /// In the order of time.
    pub(crate) orders: Vec<(u64, Order)>,
}

/// Channels of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Channels {
    /// Every one.
    All,
    /// Those with these names.
    Some(Vec<String>),
}

impl Default for Channels {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

/// Something that the world does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Drives a pin, or lets go of it.
    Pin(u8, Option<bool>),
    /// Sends bytes into a uart.
    Uart(u8, Vec<u8>),
    /// Puts a voltage on a channel of the converter.
    Adc(u8, u16),
    /// Adds noise to it: so many millivolts at most, drawn from a seed.
    Noise(u8, u16, u64),
    /// Breaks the frames that a uart receives.
    Framing(u8, bool),
    /// Disturbs a bus.
    Bus(Bus, Fault),
    /// Exposes a part to a new value of what it measures.
    Set(String, String, String),
    /// A program on the computer opens a port, or closes it.
    UsbOpen(u8, bool),
    /// It writes to the port.
    UsbSend(u8, Vec<u8>),
    /// Makes the chip's clock fast, by parts per million.
    Drift(i32),
    /// The supply fails for a moment.
    BrownOut,
}

/// How far a run goes on, and what happens meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// When it waits again.
    pub(crate) until: u64,
    /// In the order of time.
    pub(crate) orders: Vec<(u64, Order)>,
}

/// Reads the lines up to `start`. Who writes them is fwc itself: what is no order ends the run with the line.
pub(crate) fn read_job() -> Job {
    let mut job = Job::default();
    let anew = restart::job_file().map(|file| {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        // It is for this process alone.
        let _ = std::fs::remove_file(file);
        text
    });
    let lines: Box<dyn Iterator<Item = String>> = match &anew {
        Some(text) => Box::new(text.lines().map(str::to_string)),
        None => Box::new(std::io::stdin().lock().lines().map(Result::unwrap_or_default)),
    };
    for line in lines {
        if line == "start" {
            break;
        }
        if take(&mut job, &line).is_none() {
            refuse(&line);
        }
    }
    job.orders.sort_by_key(|(at, _)| *at);
    job
}

/// Reads the lines up to `until`; nothing when there are none any more.
pub(crate) fn read_step() -> Option<Step> {
    let mut step = Step::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.ok()?;
        let words: Vec<&str> = line.split(' ').collect();
        let order = match words.as_slice() {
            ["until", time] => time.parse().ok().map(|until| step.until = until),
            ["at", time, order @ ..] => {
                time.parse().ok().zip(parse(order)).map(|order| step.orders.push(order))
            }
            _ => None,
        };
        match (order, words[0]) {
            (None, _) => refuse(&line),
            (Some(()), "until") => return Some(step),
            (Some(()), _) => {}
        }
    }
    None
}

fn refuse(line: &str) -> ! {
    eprintln!("this is no order of a job: {line}");
    std::process::exit(2);
}

fn take(job: &mut Job, line: &str) -> Option<()> {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["run-for", time] => job.run_for = time.parse().ok()?,
        ["wall-limit", time] => job.wall_limit_millis = time.parse().ok()?,
        ["polls"] => job.polls = true,
        ["channels"] => job.channels = Channels::All,
        ["channel", name] => match &mut job.channels {
            Channels::All => {}
            Channels::Some(names) => names.push(name.to_string()),
        },
        ["steps"] => job.steps = true,
        ["careful"] => job.careful = true,
        ["seed", seed] => job.seed = Some(seed.parse().ok()?),
        ["part", name, mount @ ..] => job.parts.push((name.to_string(), Mount::parse(mount)?)),
        ["now", time] => job.now = time.parse().ok()?,
        ["until", time] => job.until = Some(time.parse().ok()?),
        ["words", awaited, at_work] => job.words = [awaited.parse().ok()?, at_work.parse().ok()?],
        ["cause", cause] => job.cause = Some(Cause::from_word(cause)?),
        ["at", time, order @ ..] => job.orders.push((time.parse().ok()?, parse(order)?)),
        _ => return None,
    }
    Some(())
}

fn parse(words: &[&str]) -> Option<Order> {
    Some(match words {
        ["pin", pin, "-"] => Order::Pin(pin.parse().ok()?, None),
        ["pin", pin, level] => Order::Pin(pin.parse().ok()?, Some(*level == "1")),
        ["uart", uart, bytes] => Order::Uart(uart.parse().ok()?, unhex(bytes)?),
        ["adc", channel, millivolts] => Order::Adc(channel.parse().ok()?, millivolts.parse().ok()?),
        ["noise", channel, millivolts, seed] => {
            Order::Noise(channel.parse().ok()?, millivolts.parse().ok()?, seed.parse().ok()?)
        }
        ["framing", uart, broken] => Order::Framing(uart.parse().ok()?, *broken == "1"),
        ["bus", kind, number, fault @ ..] => Order::Bus(Bus::parse(kind, number)?, Fault::parse(fault)?),
        ["set", part, quantity, value] => {
            Order::Set(part.to_string(), quantity.to_string(), value.to_string())
        }
        ["usb", port, open] => Order::UsbOpen(port.parse().ok()?, *open == "1"),
        ["usb-send", port, bytes] => Order::UsbSend(port.parse().ok()?, unhex(bytes)?),
        ["drift", millionths] => Order::Drift(millionths.parse().ok()?),
        ["brown-out"] => Order::BrownOut,
        _ => return None,
    })
}

impl Job {
    /// The lines that say how it is run, and what hangs on the wires.
    pub(crate) fn head(&self) -> String {
        let mut text = format!("run-for {}\nwall-limit {}\n", self.run_for, self.wall_limit_millis);
        let flags = [("polls", self.polls), ("careful", self.careful), ("steps", self.steps)];
        for (word, _) in flags.iter().filter(|(_, is_set)| *is_set) {
            let _ = writeln!(text, "{word}");
        }
        match &self.channels {
            Channels::All => text.push_str("channels\n"),
            Channels::Some(names) => {
                names.iter().for_each(|name| {
                    let _ = writeln!(text, "channel {name}");
                });
            }
        }
        if let Some(seed) = self.seed {
            let _ = writeln!(text, "seed {seed}");
        }
        for (name, mount) in &self.parts {
            let _ = writeln!(text, "part {name} {mount}");
        }
        text
    }
}

/// As in a job.
impl fmt::Display for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Pin(pin, None) => write!(formatter, "pin {pin} -"),
            Order::Pin(pin, Some(level)) => write!(formatter, "pin {pin} {}", u8::from(*level)),
            Order::Uart(uart, bytes) => write!(formatter, "uart {uart} {}", hex(bytes)),
            Order::Adc(channel, millivolts) => write!(formatter, "adc {channel} {millivolts}"),
            Order::Noise(channel, millivolts, seed) => {
                write!(formatter, "noise {channel} {millivolts} {seed}")
            }
            Order::Framing(uart, broken) => write!(formatter, "framing {uart} {}", u8::from(*broken)),
            Order::Bus(bus, fault) => write!(formatter, "bus {bus} {fault}"),
            Order::Set(part, quantity, value) => write!(formatter, "set {part} {quantity} {value}"),
            Order::UsbOpen(port, open) => write!(formatter, "usb {port} {}", u8::from(*open)),
            Order::UsbSend(port, bytes) => write!(formatter, "usb-send {port} {}", hex(bytes)),
            Order::Drift(millionths) => write!(formatter, "drift {millionths}"),
            Order::BrownOut => formatter.write_str("brown-out"),
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_orders_and_what_is_none_is_refused() {
        let mut job = Job::default();
        for line in [
            "run-for 5",
            "polls",
            "channel readings",
            "seed 7",
            "at 3 pin 15 -",
            "at 4 uart 0 6869",
            "at 5 adc 2 900",
        ] {
            assert_eq!(take(&mut job, line), Some(()), "{line}");
        }
        assert_eq!((job.run_for, job.polls, job.seed), (5, true, Some(7)));
        let orders =
            [(3, Order::Pin(15, None)), (4, Order::Uart(0, b"hi".to_vec())), (5, Order::Adc(2, 900))];
        assert_eq!(job.orders, orders);
        let lines = [
            "pin 3 1",
            "pin 3 -",
            "uart 0 68",
            "adc 2 900",
            "noise 2 20 7",
            "framing 0 1",
            "bus i2c 0 short 3",
            "bus spi 1 stuck",
            "set climate celsius -3.5",
            "usb 0 1",
            "usb-send 0 68",
            "drift -50",
            "brown-out",
        ];
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(parse(&words).map(|order| order.to_string()).as_deref(), Some(line));
        }
        for line in
            ["part a i2c 0 72", "part b spi 1 17", "part c pins 2 3", "now 7", "words 1 0", "cause watchdog"]
        {
            assert_eq!(take(&mut job, line), Some(()), "{line}");
        }
        assert_eq!(
            job.head(),
            "run-for 5\nwall-limit 0\npolls\nchannel readings\nseed 7\npart a i2c 0 72\npart b spi 1 17\npart c pins 2 3\n"
        );
        assert_eq!(take(&mut job, "channels"), Some(()));
        assert_eq!(job.channels, Channels::All);
        for line in ["", "at 3", "at x pin 1 1", "at 3 uart 0 6", "run-for soon"] {
            assert_eq!(take(&mut job, line), None, "{line}");
        }
    }
}
