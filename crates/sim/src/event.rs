//! What can happen in a run.

mod line;

use std::collections::BTreeMap;

use fwc_parts::Direction;
use serde::Deserialize;

pub(crate) use line::Output;

use crate::{I2c, Level, LogLevel, Nanos, Pin, Spi, Uart, UsbPort};

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The level of a pin changed. Before the first change every pin is low: pads reset to a pull-down.
    Level {
        /// When.
        at: Nanos,
        /// Which pin.
        pin: Pin,
        /// The level from now on.
        level: Level,
        /// What holds it there.
        driver: Driver,
    },
    /// A uart has sent bytes; the time is that of the last stop bit's end.
    Sent {
        /// When.
        at: Nanos,
        /// Which uart.
        uart: Uart,
        /// The bytes.
        bytes: Vec<u8>,
        /// The pins that they left through; none where the firmware gave the uart no pin.
        pins: Vec<Pin>,
    },
    /// A uart did not take bytes that were sent to it.
    Lost {
        /// When.
        at: Nanos,
        /// Which uart.
        uart: Uart,
        /// The bytes.
        bytes: Vec<u8>,
        /// Why, in words.
        reason: String,
    },
    /// The USB host has found a device, knows what it is, and has configured it.
    UsbConfigured {
        /// When.
        at: Nanos,
        /// What it says of itself.
        device: UsbDevice,
    },
    /// The device that the USB host knew is gone: by its cable, or by a reset.
    UsbDetached {
        /// When.
        at: Nanos,
    },
    /// The USB host sees a device and cannot make it work.
    UsbFailed {
        /// When.
        at: Nanos,
        /// Why, in words.
        reason: String,
    },
    /// A program that holds a port of the USB device open has got bytes: a transfer that has ended.
    UsbReceived {
        /// When.
        at: Nanos,
        /// Which port.
        port: UsbPort,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A program could not write bytes to a port, or they were still to be sent when the device went away.
    UsbLost {
        /// When.
        at: Nanos,
        /// Which port.
        port: UsbPort,
        /// The bytes.
        bytes: Vec<u8>,
        /// Why, in words.
        reason: String,
    },
    /// A message on an I2C bus is over: a start, an address, bytes. Messages without a stop between them follow by a
    /// repeated start.
    I2c {
        /// When.
        at: Nanos,
        /// Which bus.
        bus: I2c,
        /// The 7-bit address.
        address: u8,
        /// Which way the bytes went.
        direction: Direction,
        /// The bytes.
        bytes: Vec<u8>,
        /// What was not acknowledged, where something was not.
        nack: Option<Nack>,
    },
    /// Bytes went both ways on an SPI bus: all between a chip select's fall and rise, or a burst without one.
    Spi {
        /// When it was over.
        at: Nanos,
        /// Which bus.
        bus: Spi,
        /// The pin of the chip select.
        select: Option<Pin>,
        /// From the chip.
        sent: Vec<u8>,
        /// To the chip.
        received: Vec<u8>,
    },
    /// Bytes from an RTT up channel.
    Rtt {
        /// When they were read.
        at: Nanos,
        /// Which channel.
        channel: u32,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A part that people look at shows something else: a display's lines, lights.
    Shown {
        /// When.
        at: Nanos,
        /// The part's name.
        part: String,
        /// What it shows now.
        lines: Vec<String>,
    },
    /// The chip was reset; time goes on.
    Reset {
        /// When.
        at: Nanos,
        /// By what.
        cause: ResetCause,
        /// The task that was at work, where the firmware itself asked for it and that is known.
        task: Option<String>,
    },
    /// The core raised a HardFault.
    Fault {
        /// When.
        at: Nanos,
        /// Why, in words.
        reason: String,
        /// The address of the instruction.
        program_counter: u32,
        /// The task that was at work, where that is known.
        task: Option<String>,
    },
    /// The core raised a fault inside the HardFault handler and stands still until a reset.
    Lockup {
        /// When.
        at: Nanos,
        /// Why, in words.
        reason: String,
        /// The address of the instruction.
        program_counter: u32,
        /// The task that was at work, where that is known.
        task: Option<String>,
    },
    /// A pwm's pin has another duty. The simulation tells of it in place of each pulse's edges.
    Duty {
        /// When.
        at: Nanos,
        /// Which pin.
        pin: Pin,
        /// The active part of a period, in parts per million.
        duty: u64,
    },
    /// The firmware has logged something. The simulation has the text itself.
    Log {
        /// When.
        at: Nanos,
        /// How urgent.
        level: Option<LogLevel>,
        /// The text.
        message: String,
    },
    /// A channel has taken a message; only the simulation sees that.
    Message {
        /// When.
        at: Nanos,
        /// Which channel.
        channel: String,
        /// Its values, as an object of JSON: a trace has millions of them, and few are looked at.
        message: String,
    },
    /// A task was polled; only the simulation sees that.
    Poll {
        /// When.
        at: Nanos,
        /// Which task.
        task: String,
    },
    /// The firmware made the run stop being one.
    Broken {
        /// When.
        at: Nanos,
        /// The task that was at work.
        task: Option<String>,
        /// What it did, in words that complete a sentence.
        what: String,
        /// More about it.
        note: String,
    },
    /// Something that no firmware should do, such as a short circuit.
    Warning {
        /// When.
        at: Nanos,
        /// What, in words.
        text: String,
    },
    /// The emulator could not use a line that it was sent while running.
    Refused {
        /// When.
        at: Nanos,
        /// What is wrong, where, and what to do.
        text: String,
    },
    /// A run by steps has come to the end of one, and waits.
    Reached {
        /// When.
        at: Nanos,
    },
    /// The run has ended.
    End(End),
}

/// What was not acknowledged on an I2C bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nack {
    /// The address: nobody has it.
    Address,
    /// The last byte that was written.
    Data,
}

/// What holds a pin at its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// The chip's output.
    Chip,
    /// A stimulus.
    Outside,
    /// The pad's pull-up or pull-down.
    Pull,
    /// Nothing: the pin keeps its level.
    Nothing,
}

/// Why the chip was reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResetCause {
    /// The watchdog was not fed, or was told to.
    Watchdog,
    /// The firmware asked the core for it.
    Software,
    /// The supply was too low for a moment.
    #[serde(rename = "brown-out")]
    BrownOut,
    /// The firmware asked the bootrom for its USB boot drive, in which the chip stays.
    #[serde(rename = "usb-boot")]
    UsbBoot,
}

/// What a USB device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbDevice {
    /// Who makes it.
    pub vendor_id: u16,
    /// The maker's number for it.
    pub product_id: u16,
    /// The maker's name.
    pub manufacturer: Option<String>,
    /// The device's name.
    pub product: Option<String>,
    /// The one device's own number.
    pub serial: Option<String>,
    /// How many serial ports it has.
    pub ports: u8,
    /// The device descriptor.
    pub device: Vec<u8>,
    /// The configuration descriptor with all that belongs to it.
    pub configuration: Vec<u8>,
}

/// How a run ended, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Nanos,
    /// Why.
    pub reason: EndReason,
    /// How many instructions the core has executed.
    pub retired_instructions: u64,
    /// How long the core has slept.
    pub slept: Nanos,
    /// How often the chip was reset.
    pub resets: u64,
    /// Accesses to what the emulator does not model, and how often.
    pub unmodelled: BTreeMap<String, u64>,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// Its virtual time was over.
    Time,
    /// A stimulus said so.
    Stopped,
    /// Its wall time was over.
    WallLimit,
}

impl Event {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Nanos {
        match self {
            Self::Level { at, .. }
            | Self::Sent { at, .. }
            | Self::Lost { at, .. }
            | Self::UsbConfigured { at, .. }
            | Self::UsbDetached { at }
            | Self::UsbFailed { at, .. }
            | Self::UsbReceived { at, .. }
            | Self::UsbLost { at, .. }
            | Self::I2c { at, .. }
            | Self::Spi { at, .. }
            | Self::Rtt { at, .. }
            | Self::Shown { at, .. }
            | Self::Reset { at, .. }
            | Self::Fault { at, .. }
            | Self::Duty { at, .. }
            | Self::Log { at, .. }
            | Self::Message { at, .. }
            | Self::Poll { at, .. }
            | Self::Broken { at, .. }
            | Self::Lockup { at, .. }
            | Self::Warning { at, .. }
            | Self::Refused { at, .. }
            | Self::Reached { at } => *at,
            Self::End(end) => end.at,
        }
    }
}
