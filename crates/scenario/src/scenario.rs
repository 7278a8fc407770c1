//! The checked scenario: names linked, times in order.

use fwc_core::app::{ChannelId, PeripheralId};
use fwc_parts::Nanos;
use fwc_schema::Span;
use fwc_schema::scenario::Scalar;
use fwc_sim::BusFault;

use crate::compare::text::quoted;

/// One scenario of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is called: its file without `.toml`.
    pub name: String,
    /// The whole file.
    pub span: Span,
    /// How long it runs.
    pub run_for: Nanos,
    /// Where the file says so.
    pub run_for_span: Span,
    /// How much earlier or later something may happen in one of two runs that are compared, where the file says it.
    pub tolerance: Option<Nanos>,
    /// What the world does, in the order of time.
    pub steps: Vec<Step>,
    /// In the order of the file.
    pub expectations: Vec<Expectation>,
}

/// Something that the world does at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub at: Nanos,
    /// What.
    pub action: Action,
    /// The moment of the file.
    pub span: Span,
}

/// What the world does to a board.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Brings an input to its active or inactive level.
    Input {
        /// The input.
        input: PeripheralId,
        /// Whether it is active from now on.
        active: bool,
    },
    /// Puts a voltage on an analog input.
    Voltage {
        /// The adc.
        adc: PeripheralId,
        /// The voltage.
        millivolts: u16,
    },
    /// Sends bytes into a uart.
    Send {
        /// The uart.
        uart: PeripheralId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Exposes a device to a new value of something that it measures.
    Reading {
        /// The device.
        device: PeripheralId,
        /// What it measures.
        quantity: String,
        /// The value.
        value: f64,
    },
    /// Disturbs a bus, or heals it.
    Disturb {
        /// The bus.
        bus: PeripheralId,
        /// What is wrong from now on.
        fault: BusFault,
    },
    /// Adds noise to what an analog input reads.
    Noise {
        /// The adc.
        adc: PeripheralId,
        /// The most that is added or taken away; 0 ends it.
        millivolts: u16,
        /// What it is drawn from.
        seed: u32,
    },
    /// Breaks the frames that a uart receives, or no longer.
    Framing {
        /// The uart.
        uart: PeripheralId,
        /// Whether frames arrive without their stop bit from now on.
        broken: bool,
    },
    /// The chip's clock gets another rate.
    Drift {
        /// How much faster than it should be, in parts per million.
        millionths: i32,
    },
    /// The supply of the board fails for a moment.
    BrownOut,
}

impl Action {
    /// In a few words, for people. `name` gives the names of peripherals.
    pub(crate) fn words(&self, name: impl Fn(PeripheralId) -> String) -> String {
        match self {
            Action::Input { input, active } => {
                format!("{} {}", name(*input), if *active { "active" } else { "inactive" })
            }
            Action::Voltage { adc, millivolts } => format!("{} {millivolts}mV", name(*adc)),
            Action::Send { uart, bytes } => {
                format!("{} gets {}", name(*uart), quoted(bytes))
            }
            Action::Reading { device, quantity, value } => format!("{}: {quantity} = {value}", name(*device)),
            Action::Disturb { bus, fault } => format!("{}: {fault}", name(*bus)),
            Action::Noise { adc, millivolts: 0, .. } => format!("{}: no noise", name(*adc)),
            Action::Noise { adc, millivolts, .. } => format!("{}: noise of {millivolts}mV", name(*adc)),
            Action::Framing { uart, broken: true } => format!("{}: framing errors", name(*uart)),
            Action::Framing { uart, broken: false } => format!("{}: no fault", name(*uart)),
            Action::Drift { millionths } => format!("the clock is off by {millionths}ppm"),
            Action::BrownOut => "brown-out".to_string(),
        }
    }
}

/// Something that is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// When.
    pub when: When,
    /// Of what.
    pub subject: Subject,
    /// The value of the file that says what is expected.
    pub span: Span,
}

/// When something is expected.
///
/// What happens at the very end of a span does not count any more, and a state at a moment is the one that led up to
/// it: so it makes no difference whether code takes no time, as in the simulation, or some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At some moment before.
    By(Nanos),
    /// At that moment.
    At(Nanos),
    /// From the first to the second.
    Between(Nanos, Nanos),
}

/// What is expected, and of what.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// An output is active, or is not.
    Level {
        /// The output.
        output: PeripheralId,
        /// Which.
        active: bool,
    },
    /// An output changes so often.
    Edges {
        /// The output.
        output: PeripheralId,
        /// How often.
        count: Count,
    },
    /// A pwm has a duty, in parts per million.
    Duty {
        /// The pwm.
        pwm: PeripheralId,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A line of what a device shows has a text in it.
    Shown {
        /// The device.
        device: PeripheralId,
        /// A piece of the line.
        piece: String,
    },
    /// A uart sends a text.
    Text {
        /// The uart.
        uart: PeripheralId,
        /// A piece of the text.
        piece: String,
    },
    /// A channel carries so many messages.
    Messages {
        /// The channel.
        channel: ChannelId,
        /// How many.
        count: Count,
    },
    /// A number, or another value, of a channel's newest message.
    Value {
        /// The channel.
        channel: ChannelId,
        /// The fields that lead to it, joined by `.`; empty where the message is the value itself.
        field: String,
        /// What holds for it.
        test: Test,
    },
    /// The firmware logs a text.
    Log {
        /// A piece of the message.
        piece: String,
    },
}

/// A range of counts, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The least.
    pub least: u32,
    /// The most.
    pub most: u32,
}

/// What holds for a value: all that is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Test {
    /// It is greater.
    pub above: Option<f64>,
    /// It is less.
    pub below: Option<f64>,
    /// It is the same.
    pub equals: Option<Scalar>,
}

impl When {
    /// The moment after which nothing matters any more.
    pub fn end(self) -> Nanos {
        match self {
            When::By(end) | When::At(end) | When::Between(_, end) => end,
        }
    }
}

impl Count {
    /// Whether a count is in the range.
    pub fn holds(self, count: usize) -> bool {
        (self.least as usize..=self.most as usize).contains(&count)
    }
}

impl Test {
    /// Whether a value is as it should be.
    pub fn holds(&self, value: &Scalar) -> bool {
        let number = match value {
            Scalar::Number(number) => Some(*number),
            Scalar::Bool(_) | Scalar::Text(_) => None,
        };
        let above = self.above.is_none_or(|limit| number.is_some_and(|number| number > limit));
        let below = self.below.is_none_or(|limit| number.is_some_and(|number| number < limit));
        above && below && self.equals.as_ref().is_none_or(|same| same == value)
    }
}
