//! What a run was seen to do, in app.toml's own terms: the one thing that expectations are judged by.

use fwc_core::app::{ChannelId, PeripheralId, TaskId};
use fwc_parts::Nanos;
use fwc_schema::scenario::Scalar;
use fwc_sim::LogLevel;

/// One run of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// In the order of time.
    pub facts: Vec<Fact>,
    /// When the run ended.
    pub end: Nanos,
    /// Why it ended before its time, or should have.
    pub broken: Option<Broken>,
    /// Whether the messages of channels were seen; what flows inside of an emulated chip is not.
    pub sees_channels: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// When.
    pub at: Nanos,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// An output became active or inactive.
    Output {
        /// The output.
        output: PeripheralId,
        /// Which.
        active: bool,
    },
    /// An input became active or inactive.
    Input {
        /// The input.
        input: PeripheralId,
        /// Which.
        active: bool,
    },
    /// A device that people look at shows something else.
    Shown {
        /// The device.
        device: PeripheralId,
        /// Its lines.
        lines: Vec<String>,
    },
    /// A pwm has another duty, in parts per million.
    Duty {
        /// The pwm.
        pwm: PeripheralId,
        /// The duty.
        duty: u64,
    },
    /// A uart has sent bytes.
    Sent {
        /// The uart.
        uart: PeripheralId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A uart has not taken bytes that were sent to it.
    Lost {
        /// The uart.
        uart: PeripheralId,
        /// How many.
        count: usize,
        /// Why.
        reason: String,
    },
    /// The firmware has logged something.
    Log {
        /// How urgent; absent for a plain line.
        level: Option<LogLevel>,
        /// The text.
        message: String,
    },
    /// A channel has taken a message.
    Message {
        /// The channel.
        channel: ChannelId,
        /// Each value in it with the fields that lead there, joined by `.`.
        values: Vec<(String, Scalar)>,
    },
    /// A task was polled.
    Poll {
        /// The task.
        task: TaskId,
    },
    /// The chip was reset.
    Reset {
        /// By what.
        cause: &'static str,
    },
}

/// What went wrong with the run itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When.
    pub at: Nanos,
    /// The task that was at work, where that is known.
    pub task: Option<String>,
    /// What, in words that complete a sentence about the task, or about the firmware.
    pub what: String,
    /// More about it.
    pub notes: Vec<String>,
}

impl Record {
    /// The moments at which an output changed, and to what.
    pub fn levels(&self, id: PeripheralId) -> impl Iterator<Item = (Nanos, bool)> {
        self.facts.iter().filter_map(move |fact| match fact.what {
            What::Output { output, active } if output == id => Some((fact.at, active)),
            _ => None,
        })
    }

    /// The moments at which a pwm's duty changed, and to what.
    pub fn duties(&self, id: PeripheralId) -> impl Iterator<Item = (Nanos, u64)> {
        self.facts.iter().filter_map(move |fact| match fact.what {
            What::Duty { pwm, duty } if pwm == id => Some((fact.at, duty)),
            _ => None,
        })
    }

    /// The moments at which a device showed something else, and what.
    pub fn faces(&self, id: PeripheralId) -> impl Iterator<Item = (Nanos, &[String])> {
        self.facts.iter().filter_map(move |fact| match &fact.what {
            What::Shown { device, lines } if *device == id => Some((fact.at, lines.as_slice())),
            _ => None,
        })
    }

    /// The messages of a channel.
    pub fn messages(&self, id: ChannelId) -> impl Iterator<Item = (Nanos, &[(String, Scalar)])> {
        self.facts.iter().filter_map(move |fact| match &fact.what {
            What::Message { channel, values } if *channel == id => Some((fact.at, values.as_slice())),
            _ => None,
        })
    }

    /// What was logged.
    pub fn logs(&self) -> impl Iterator<Item = (Nanos, Option<LogLevel>, &str)> {
        self.facts.iter().filter_map(|fact| match &fact.what {
            What::Log { level, message } => Some((fact.at, *level, message.as_str())),
            _ => None,
        })
    }

    /// What a uart sent, byte by byte.
    pub fn bytes(&self, id: PeripheralId) -> impl Iterator<Item = (Nanos, u8)> {
        let sent = self.facts.iter().filter_map(move |fact| match &fact.what {
            What::Sent { uart, bytes } if *uart == id => Some((fact.at, bytes)),
            _ => None,
        });
        sent.flat_map(|(at, bytes)| bytes.iter().map(move |byte| (at, *byte)))
    }

    /// What a uart sent, in lines; the last may have no end yet. A line's moment is that of its last byte.
    pub fn lines(&self, id: PeripheralId) -> Vec<(Nanos, String)> {
        let mut lines = Vec::new();
        let mut open: Option<(Nanos, Vec<u8>)> = None;
        for (at, byte) in self.bytes(id) {
            let (last, bytes) = open.get_or_insert_with(Default::default);
            *last = at;
            if byte == b'\n' {
                lines.extend(open.take());
            } else {
                bytes.push(byte);
            }
        }
        lines.extend(open);
        let text = |bytes: Vec<u8>| {
            String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(&bytes)).into_owned()
        };
        lines.into_iter().map(|(at, bytes)| (at, text(bytes))).collect()
    }
}
