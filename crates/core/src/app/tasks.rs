//! The tasks of an application: what each does, when, with what, and who runs it.

use std::sync::Arc;

use fwc_schema::app::{Primitive, PrintFormat, Priority};
use fwc_schema::units::{Duration, Ratio};
use fwc_schema::{Span, Spanned};
use serde::Serialize;

use crate::app::{ChannelId, MessageId, PeripheralId};
use crate::catalog::{Behavior, OptionValue};

/// One `[tasks.NAME]`.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name, a Rust identifier.
    pub name: Spanned<String>,
    /// What it does.
    pub body: Body,
    /// The ticker's period; absent where the task has no ticker.
    pub period: Option<Spanned<Duration>>,
    /// The longest time from a tick to the end of its work; only with a ticker.
    pub deadline: Option<Spanned<Duration>>,
    /// Its number among the supervised tasks where it is one, and where that is written; only with a ticker.
    pub supervised: Option<Spanned<u32>>,
    /// Which tasks it preempts, and where that is written: the task's name where it is not.
    pub priority: Spanned<Priority>,
    /// Which core runs it, and where that is written: the task's name where it is not.
    pub core: Spanned<u8>,
    /// What it owns: all of `uses` and what the behaviour's own keys name.
    pub uses: Vec<Use>,
    /// Channels that it writes.
    pub publishes: Vec<Spanned<ChannelId>>,
    /// Channels that it reads.
    pub subscribes: Vec<Spanned<ChannelId>>,
}

/// A peripheral, or a half of it, in a task's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// What.
    pub peripheral: PeripheralId,
    /// Which part of it.
    pub access: Access,
    /// Where the file says so.
    pub span: Span,
}

/// Which part of a peripheral a task owns. The halves of a uart or usb-serial may have different owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// All of it.
    Whole,
    /// A uart's receiving half.
    Read,
    /// A uart's sending half.
    Write,
}

/// What a task does.
#[derive(Clone, Debug)]
pub enum Body {
    /// `src/<module>.rs`, an async function of the same name.
    Code {
        /// The module, a Rust identifier.
        module: Spanned<String>,
    },
    /// Toggles an output at each tick.
    Blink {
        /// The output.
        output: PeripheralId,
    },
    /// Debounced presses of an input, published on the task's one channel.
    Button {
        /// The input.
        input: PeripheralId,
        /// How long a press must last to be `long`.
        long_press: Duration,
        /// What is published.
        events: ButtonEvents,
    },
    /// Flips an output at each message of the task's one channel that matches.
    Toggle {
        /// The output.
        output: PeripheralId,
        /// What matches.
        on: ToggleOn,
    },
    /// Writes each message of the task's channels as a line.
    Print {
        /// The uart.
        to: PeripheralId,
        /// How.
        format: PrintFormat,
    },
    /// Copies bytes.
    Echo {
        /// The uart that is read.
        from: PeripheralId,
        /// The uart that is written; may be the same.
        to: PeripheralId,
    },
    /// Maps a number of each message of the task's one channel to a pwm's duty.
    Drive {
        /// The pwm.
        pwm: PeripheralId,
        /// Which number.
        number: Number,
        /// Two values of it, which differ.
        from: Bounds,
        /// The duties at these values, each at most 100 %.
        to: [Ratio; 2],
    },
    /// Tells by a number of each message of the task's one channel whether something is on; publishes it where the task
    /// publishes.
    Threshold {
        /// Which number.
        number: Number,
        /// On which side of the limit it is on.
        side: Side,
        /// The limit, and where it is off again.
        band: Bounds,
        /// The output that is switched.
        output: Option<PeripheralId>,
    },
    /// A behaviour of the project's own.
    Own {
        /// Which.
        behavior: Arc<Behavior>,
        /// What it uses, as its own list has it.
        uses: Vec<PeripheralId>,
        /// The values of its keys, as its own list has them.
        values: Vec<OptionValue>,
    },
    /// Publishes what an analog input or a device measures on the task's one channel, at each tick.
    Sample {
        /// The adc or the device.
        from: PeripheralId,
    },
}

/// A side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is greater.
    Above,
    /// What is less.
    Below,
}

/// A number in what a channel carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The fields that lead to it, outermost first; none where the channel carries the number itself.
    pub path: Vec<String>,
    /// Its type: no `bool`.
    pub primitive: Primitive,
}

/// Two values that a number is compared with, in the kind of arithmetic that its type asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    /// For a number of a whole type.
    Whole([i64; 2]),
    /// For a number of a floating type.
    Real([f64; 2]),
}

/// What a button publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ButtonEvents {
    /// `true` when pressed, `false` when released.
    Levels,
    /// The values `short` and `long` of an enum message.
    Presses(MessageId),
}

/// Which messages flip a toggle's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToggleOn {
    /// `true`
    True,
    /// The value `short` of an enum message.
    Short(MessageId),
}
