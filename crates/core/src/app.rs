//! The checked application: names linked, units typed, defaults filled in. Made by [`crate::check`].
//!
//! Nothing here is optional because it might be missing from the file; where a field is optional, its absence means something.

mod peripherals;
mod tasks;

use std::sync::Arc;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{ChannelKind, LogLevel, OnPanic, Overflow, Primitive};
use fwc_schema::chip::Hal;
use fwc_schema::units::Frequency;
use fwc_schema::{Span, Spanned};
use serde::Serialize;

pub use peripherals::{
    Adc, AnalogSource, Device, I2c, Input, LedStrip, Output, Peripheral, PeripheralKind, PinUse, Pwm, Spi,
    Uart, UsbIds, UsbSerial, Watchdog,
};
pub use tasks::{Access, Body, Bounds, ButtonEvents, Number, Side, Task, ToggleOn, Use};

use crate::catalog::{Board, Driver};

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
    /// Where a board's file of the project's own says what the clocks start from.
    pub clock_source: Option<Span>,
    /// The least level that is logged.
    pub log: LogLevel,
    /// Where logs leave the chip.
    pub log_over: LogOver,
    /// Where the file says so; nowhere in particular where it does not.
    pub log_over_span: Span,
    /// What follows a panic.
    pub on_panic: OnPanic,
    /// Bytes of the heap, where the file asks for one.
    pub heap: Option<u32>,
    /// Bytes of the second core's stack, whether a task runs there or not.
    pub core1_stack: u32,
    /// The core's frequency, where the file asks for one.
    pub clock: Option<Spanned<Frequency>>,
    /// What `[app]` says for this board as for every other.
    pub shared: SharedKeys,
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

/// Keys of `[app]` that a board can have otherwise, in an application for another board than the file's own: to change them
/// in `[app]` would change them for that one too.
#[derive(Clone, Debug, Default)]
pub struct SharedKeys {
    /// The heading below which they can be given to this board alone: `[boards.nrf52840-dk.app]`.
    pub heading: String,
    /// Each key that the file has, with the place of its value.
    pub keys: Vec<(&'static str, Span)>,
}

impl SharedKeys {
    /// Says of each value that this board cannot have how to give it another.
    pub fn offer_own(&self, faults: &mut [Diagnostic]) {
        let of_board =
            [codes::BAD_VALUE, codes::BLOCK_EXHAUSTED, codes::CLOCK_OUT_OF_REACH, codes::NOT_APPLICABLE];
        for fault in faults.iter_mut().filter(|fault| of_board.contains(&fault.code)) {
            let shared = self.keys.iter().find(|(_, span)| *span == fault.span());
            fault.helps.extend(
                shared
                    .map(|(key, _)| format!("`{key}` for this board alone stands below `{}`", self.heading)),
            );
        }
    }
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

/// Somebody who gets a handle of a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusUser {
    /// The task.
    pub task: TaskId,
    /// The device through which it uses the bus; none where it has the bus itself.
    pub device: Option<PeripheralId>,
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
