//! The checked application: names linked, units typed, defaults filled in. Made by [`crate::check`].
//!
//! Nothing here is optional because it might be missing from the file; where a field is optional, its absence means something.

use std::sync::Arc;

use fwc_schema::app::{
    Active, ChannelKind, Drain, Initial, LogLevel, OnPanic, Overflow, Parity, Primitive, PrintFormat,
    Priority, Pull,
};
use fwc_schema::chip::Hal;
use fwc_schema::units::{Duration, Frequency, Ratio};
use fwc_schema::{Span, Spanned};
use serde::Serialize;

use crate::catalog::{Behavior, Board, Driver, OptionValue, PinId};

macro_rules! id {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(pub u32);

        impl $name {
            /// Its place in its list.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// A place in [`App::peripherals`].
    PeripheralId
}
id! {
    /// A place in [`App::messages`].
    MessageId
}
id! {
    /// A place in [`App::channels`].
    ChannelId
}
id! {
    /// A place in [`App::tasks`].
    TaskId
}

/// A whole application for one board.
#[derive(Clone, Debug)]
pub struct App {
    /// The table `[app]`.
    pub span: Span,
    /// `[app] name`: also the crate's name.
    pub name: Spanned<String>,
    /// `[app] version`, semver.
    pub version: String,
    /// The board that it is composed for, with its chip.
    pub board: Arc<Board>,
    /// The least level that is logged.
    pub log: LogLevel,
    /// Where logs leave the chip.
    pub log_over: LogOver,
    /// What follows a panic.
    pub on_panic: OnPanic,
    /// Bytes of the heap, where the file asks for one.
    pub heap: Option<u32>,
    /// Bytes of the second core's stack, whether a task runs there or not.
    pub core1_stack: u32,
    /// The core's frequency, where the file asks for one.
    pub clock: Option<Spanned<Frequency>>,
    /// In the order of the file; then the devices, each behind its pins.
    pub peripherals: Vec<Peripheral>,
    /// In the order of the file; then those of devices' drivers.
    pub messages: Vec<Message>,
    /// In the order of the file.
    pub channels: Vec<Channel>,
    /// In the order of the file.
    pub tasks: Vec<Task>,
    /// `[dependencies]`: the name and what stands behind the `=`, as written.
    pub dependencies: Vec<(Spanned<String>, String)>,
    /// Modules of the project's `src/` that are part of the crate, by name and sorted; `code` tasks' own among them.
    pub modules: Vec<String>,
}

/// Where logs leave the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogOver {
    /// defmt frames in a buffer that a probe reads.
    Rtt,
    /// Lines of text on a uart, whose sending half belongs to the log.
    Uart(PeripheralId),
    /// Lines of text on a serial port of its own over USB.
    Usb,
}

/// A pin and where the file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinUse {
    /// The pin.
    pub pin: PinId,
    /// The value in the file.
    pub span: Span,
    /// Whether the file names it otherwise than messages do: by a label, or by another name of the chip's.
    pub renamed: bool,
}

/// One `[peripherals.NAME]` or `[devices.NAME]`, or a pin of a device.
#[derive(Clone, Debug)]
pub struct Peripheral {
    /// Its name, a Rust identifier.
    pub name: Spanned<String>,
    /// What it is.
    pub kind: PeripheralKind,
    /// The entry of `[devices]` that it comes from, where it comes from one.
    pub device: Option<Spanned<String>>,
}

/// What a peripheral is.
#[derive(Clone, Debug)]
pub enum PeripheralKind {
    /// A pin that is driven.
    Output(Output),
    /// A pin that is read.
    Input(Input),
    /// A serial line.
    Uart(Uart),
    /// A pin that pulses.
    Pwm(Pwm),
    /// An analog input.
    Adc(Adc),
    /// A pin of a device: the first of a chain of lights.
    LedStrip(LedStrip),
    /// What resets the chip when a supervised task stops.
    Watchdog(Watchdog),
    /// An I2C bus, of which the chip is the master.
    I2c(I2c),
    /// An SPI bus, of which the chip is the master.
    Spi(Spi),
    /// A serial port over USB.
    UsbSerial(UsbSerial),
    /// A part on a bus or on pins.
    Device(Device),
}

/// A pin that is driven.
#[derive(Clone, Debug)]
pub struct Output {
    /// The pin.
    pub pin: PinUse,
    /// The level that means active.
    pub active: Active,
    /// Whether it is active from the start.
    pub initial: Initial,
    /// How it drives its line.
    pub drain: Drain,
}

/// A pin that is read.
#[derive(Clone, Debug)]
pub struct Input {
    /// The pin.
    pub pin: PinUse,
    /// The resistor on it.
    pub pull: Pull,
    /// The level that means active.
    pub active: Active,
    /// How long a level must stand before it counts. Filled in for an input that a `button` watches.
    pub debounce: Option<Duration>,
}

/// A serial line. At least one of `tx` and `rx` is there.
#[derive(Clone, Debug)]
pub struct Uart {
    /// The pin that sends.
    pub tx: Option<PinUse>,
    /// The pin that receives.
    pub rx: Option<PinUse>,
    /// The pin that asks the other side to pause; only with `rx`.
    pub rts: Option<PinUse>,
    /// The pin on which the other side asks for a pause; only with `tx`.
    pub cts: Option<PinUse>,
    /// Bits per second and where it is written.
    pub baud: Spanned<u32>,
    /// Bits per character, 5 to 8.
    pub data_bits: u8,
    /// The parity bit.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
    /// Bytes of each software buffer.
    pub buffer: u32,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// A pin that pulses.
#[derive(Clone, Debug)]
pub struct Pwm {
    /// The pin.
    pub pin: PinUse,
    /// How often a second a pulse begins, and where it is written.
    pub frequency: Spanned<Frequency>,
    /// How much of a period a pulse lasts, from the start; at most 100 %.
    pub initial: Ratio,
    /// The level that a pulse has.
    pub active: Active,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// An analog input.
#[derive(Clone, Debug)]
pub struct Adc {
    /// What is measured.
    pub source: AnalogSource,
    /// The converter that the file insists on.
    pub instance: Option<Spanned<String>>,
}

/// What resets the chip when a supervised task stops.
#[derive(Clone, Debug)]
pub struct Watchdog {
    /// How long it may be left unfed, and where that is written.
    pub timeout: Spanned<Duration>,
}

/// A chain of WS2812 lights on a pin.
#[derive(Clone, Copy, Debug)]
pub struct LedStrip {
    /// The pin.
    pub pin: PinUse,
    /// How many there are.
    pub lights: u16,
}

/// What an analog input measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnalogSource {
    /// The voltage on a pin.
    Pin(PinUse),
    /// The chip's own temperature sensor, named there.
    Temperature(Span),
}

/// An I2C bus.
#[derive(Clone, Debug)]
pub struct I2c {
    /// The data line.
    pub sda: PinUse,
    /// The clock line.
    pub scl: PinUse,
    /// How fast the clock is; where the file does not say, at the peripheral's name.
    pub frequency: Spanned<Frequency>,
    /// How long a transfer may take beyond the time that its bits need.
    pub timeout: Duration,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// A serial port over USB, and how its device introduces itself.
#[derive(Clone, Debug)]
pub struct UsbSerial {
    /// Vendor and product, where the file has them.
    pub ids: Option<UsbIds>,
    /// The maker's name.
    pub manufacturer: Option<String>,
    /// The device's name.
    pub product: Option<String>,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// What a host knows a device by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UsbIds {
    /// The vendor.
    pub vendor_id: u16,
    /// The vendor's product.
    pub product_id: u16,
}

/// An SPI bus. At least one of `mosi` and `miso` is there.
#[derive(Clone, Debug)]
pub struct Spi {
    /// The clock line.
    pub sck: PinUse,
    /// The line from the chip to the parts.
    pub mosi: Option<PinUse>,
    /// The line from the parts to the chip.
    pub miso: Option<PinUse>,
    /// How fast the clock is at most.
    pub frequency: Spanned<Frequency>,
    /// The clock's polarity and phase, 0 to 3.
    pub mode: u8,
    /// The hardware block that the file forces, by the datasheet's name.
    pub instance: Option<Spanned<String>>,
}

/// A part on a bus or on pins.
#[derive(Clone, Debug)]
pub struct Device {
    /// What drives it.
    pub driver: Arc<Driver>,
    /// The bus that it hangs on; none for a part that hangs on pins alone.
    pub bus: Option<Spanned<PeripheralId>>,
    /// Its address on an I2C bus, and where it is written: at the device's name where it is not.
    pub address: Option<Spanned<u8>>,
    /// The output that selects it on an SPI bus.
    pub chip_select: Option<PeripheralId>,
    /// Its own pins, in the order of the driver's.
    pub pins: Vec<PeripheralId>,
    /// The values of its own keys, in the order of the driver's.
    pub options: Vec<OptionValue>,
}

/// One `[messages.NAME]`, or what a device's driver measures.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its name, CamelCase.
    pub name: Spanned<String>,
    /// What it is.
    pub kind: MessageKind,
    /// The driver that makes it, where it is a driver's.
    pub driver: Option<Arc<Driver>>,
}

/// What a message is.
#[derive(Clone, Debug)]
pub enum MessageKind {
    /// Fields in the order of the file.
    Record(Vec<(Spanned<String>, Type)>),
    /// Values in the order of the file, as written.
    Enum(Vec<Spanned<String>>),
    /// The path of a Rust type of the user's.
    Rust(Spanned<String>),
}

/// A type of values, linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `u8` and the like.
    Primitive(Primitive),
    /// UTF-8, at most so many bytes.
    String(u32),
    /// So many of another type.
    Array(Box<Type>, u32),
    /// A message.
    Message(MessageId),
}

impl Type {
    /// The message that it is, or is an array of.
    pub fn message(&self) -> Option<MessageId> {
        match self {
            Type::Message(id) => Some(*id),
            Type::Array(item, _) => item.message(),
            Type::Primitive(_) | Type::String(_) => None,
        }
    }
}

/// One `[channels.NAME]`.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name, a Rust identifier.
    pub name: Spanned<String>,
    /// What it carries; bytes for a `pipe`.
    pub carries: Type,
    /// embassy-sync's kind.
    pub kind: ChannelKind,
    /// Messages, or bytes for a `pipe`; 1 for `signal` and `watch`.
    pub capacity: u32,
    /// Where the file gives the capacity, if it does.
    pub capacity_span: Option<Span>,
    /// What happens when it is full.
    pub overflow: Overflow,
    /// The tasks that write it, in the order of the file.
    pub publishers: Vec<TaskId>,
    /// The tasks that read it, in the order of the file.
    pub subscribers: Vec<TaskId>,
}

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

/// Somebody who gets a handle of a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusUser {
    /// The task.
    pub task: TaskId,
    /// The device through which it uses the bus; none where it has the bus itself.
    pub device: Option<PeripheralId>,
}

impl Peripheral {
    /// Whether it is a pin of a device, which app.toml has no name for.
    pub fn is_pin_of_device(&self) -> bool {
        self.device.is_some() && !matches!(self.kind, PeripheralKind::Device(_))
    }

    /// The entry of app.toml that it comes from: its table, and its name there.
    pub fn entry(&self) -> (&'static str, &Spanned<String>) {
        match &self.device {
            Some(device) => ("devices", device),
            None => ("peripherals", &self.name),
        }
    }
}

impl App {
    /// Whether it is to run on the host.
    pub fn is_simulated(&self) -> bool {
        self.board.chip.hal == Hal::Sim
    }

    /// The messages, each after those that it is made of.
    ///
    /// The check refuses a message that holds itself, so there is always one more whose own messages are known; with an
    /// explicit stack, because a file may nest thousands.
    pub fn messages_inside_out(&self) -> Vec<MessageId> {
        let mut ordered = Vec::new();
        let mut is_known = vec![false; self.messages.len()];
        let mut pending: Vec<MessageId> = (0..self.messages.len() as u32).rev().map(MessageId).collect();
        while let Some(&id) = pending.last() {
            let unknown = match &self.message(id).kind {
                MessageKind::Record(fields) => {
                    fields.iter().filter_map(|(_, of)| of.message()).find(|inner| !is_known[inner.index()])
                }
                MessageKind::Enum(_) | MessageKind::Rust(_) => None,
            };
            if let Some(unknown) = unknown {
                pending.push(unknown);
                continue;
            }
            pending.pop();
            if !std::mem::replace(&mut is_known[id.index()], true) {
                ordered.push(id);
            }
        }
        ordered
    }

    /// A peripheral.
    pub fn peripheral(&self, id: PeripheralId) -> &Peripheral {
        &self.peripherals[id.index()]
    }

    /// The watchdog.
    pub fn watchdog(&self) -> Option<(PeripheralId, &Watchdog)> {
        (0..).map(PeripheralId).zip(&self.peripherals).find_map(|(id, peripheral)| match &peripheral.kind {
            PeripheralKind::Watchdog(watchdog) => Some((id, watchdog)),
            _ => None,
        })
    }

    /// The supervised tasks, in the order of their numbers.
    pub fn supervised(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.supervised.is_some())
    }

    /// A message.
    pub fn message(&self, id: MessageId) -> &Message {
        &self.messages[id.index()]
    }

    /// A channel.
    pub fn channel(&self, id: ChannelId) -> &Channel {
        &self.channels[id.index()]
    }

    /// The drivers of all devices; one that drives several comes as often.
    pub fn drivers(&self) -> impl Iterator<Item = &Arc<Driver>> {
        self.peripherals.iter().filter_map(|peripheral| match &peripheral.kind {
            PeripheralKind::Device(device) => Some(&device.driver),
            _ => None,
        })
    }

    /// Who gets a handle of a bus, one entry a handle: the tasks that use it, and those that use a device on it.
    pub fn bus_users(&self, bus: PeripheralId) -> Vec<BusUser> {
        let tasks = (0..).map(TaskId).zip(&self.tasks);
        let of_task = |(task, entry): (TaskId, &Task)| {
            let user = |used: &Use| match &self.peripheral(used.peripheral).kind {
                _ if used.peripheral == bus => Some(BusUser { task, device: None }),
                PeripheralKind::Device(device) if device.bus.is_some_and(|on| on.value == bus) => {
                    Some(BusUser { task, device: Some(used.peripheral) })
                }
                _ => None,
            };
            entry.uses.iter().filter_map(user).collect::<Vec<_>>()
        };
        tasks.flat_map(of_task).collect()
    }

    /// A task.
    pub fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.index()]
    }
}
