//! Channels: each a static of one of the runtime's types, and the variable of `main` that its ends are made from.

use fwc_diag::words::counted;
use fwc_schema::app::{ChannelKind, LogLevel, Overflow};
use serde::Serialize;

use crate::app::{App, Channel, ChannelId, MessageKind, TaskId, Type};
use crate::names::{camel_case, screaming_case};
use crate::plan::Facts;
use crate::plan::entry::Entry;
use crate::plan::messages;
use crate::plan::peripherals::{Scopes, is_first};
use crate::resolved::Mutex;

/// One `[channels.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelPlan {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: Entry,
    /// embassy-sync's kind.
    pub kind: ChannelKind,
    /// What it carries.
    pub message: String,
    /// Messages, or bytes for a `pipe`; 1 for `signal` and `watch`.
    pub capacity: u32,
    /// What happens when it is full.
    pub overflow: Overflow,
    /// How what it drops is counted, and where the count is to be read; absent where it drops nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drops: Option<String>,
    /// What guards it.
    pub mutex: Mutex,
    /// Why that is enough.
    pub reason: String,
    /// The tasks that write it.
    pub publishers: Vec<String>,
    /// The tasks that read it.
    pub subscribers: Vec<String>,
    /// The generated code.
    pub code: ChannelCode,
}

/// A channel's part of the generated code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelCode {
    /// The alias of its type in the module `channels`.
    pub alias: String,
    /// The type.
    pub rust_type: String,
    /// The type that names the channel in the log, in the module `names`; absent where it drops nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// What a comment says of it: capacity and ends.
    pub summary: String,
    /// The static.
    pub name: String,
    /// The variable of `main`; absent where it has no ends.
    pub local: Option<String>,
    /// The core on which it is made: 1 where all its tasks run there.
    #[serde(skip_serializing_if = "is_first")]
    pub core: u8,
    /// How a simulation sees what it carries.
    #[serde(skip)]
    pub seen: Seen,
}

/// How a simulation sees what a channel carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// As values of this type.
    As(String),
    /// Only that something came: the type, or a part of it, is the user's own.
    Counted,
    /// Not at all: a pipe's bytes.
    Not,
}

/// In the order of the file.
pub(super) fn channels(facts: &Facts<'_>, scopes: &mut Scopes) -> Vec<ChannelPlan> {
    let app = facts.app();
    let plans = app.channels.iter().zip(0..).map(|(channel, index)| {
        let wiring = &facts.resolved.channels[index as usize];
        let name = &channel.name.value;
        let used = !channel.publishers.is_empty() || !channel.subscribers.is_empty();
        let rust_message = messages::carried(app, ChannelId(index), "messages::");
        ChannelPlan {
            name: name.clone(),
            from: facts.lines.entry("channels", &channel.name),
            kind: channel.kind,
            capacity: channel.capacity,
            overflow: channel.overflow,
            drops: drops(app, channel),
            mutex: wiring.mutex,
            reason: wiring.reason.clone(),
            publishers: task_names(app, &channel.publishers),
            subscribers: task_names(app, &channel.subscribers),
            code: ChannelCode {
                alias: camel_case(name),
                rust_type: rust_type(channel, wiring.mutex, &rust_message),
                marker: (channel.overflow != Overflow::Wait).then(|| camel_case(name)),
                summary: summary(channel),
                name: scopes.statics.take(&screaming_case(name), "_CHANNEL"),
                core: core(facts, channel),
                local: used.then(|| scopes.locals.take(name, "_channel")),
                seen: seen(app, channel, &rust_message),
            },
            message: messages::carried(app, ChannelId(index), ""),
        }
    });
    plans.collect()
}

/// Without a lock it must not leave the core that it is made on.
fn core(facts: &Facts<'_>, channel: &Channel) -> u8 {
    let mut ends = channel.publishers.iter().chain(&channel.subscribers);
    let on_core1 = |task: &TaskId| facts.resolved.executors[task.index()].core() == 1;
    let used = !channel.publishers.is_empty() || !channel.subscribers.is_empty();
    u8::from(used && ends.all(on_core1))
}

fn task_names(app: &App, tasks: &[TaskId]) -> Vec<String> {
    tasks.iter().map(|task| app.task(*task).name.value.clone()).collect()
}

/// Where what a channel drops is to be seen.
fn drops(app: &App, channel: &Channel) -> Option<String> {
    let counted = match (channel.overflow, channel.kind) {
        (Overflow::Wait, _) => return None,
        // embassy-sync drops it for each reader by itself, and a reader finds out when it reads.
        (Overflow::DropOldest, ChannelKind::PubSub) => {
            "what a reader has missed is counted when it reads again"
        }
        (Overflow::DropOldest | Overflow::DropNewest, ChannelKind::Pipe) => {
            "the bytes that it drops are counted"
        }
        (Overflow::DropOldest | Overflow::DropNewest, _) => "what it drops is counted",
    };
    let told = if app.log >= LogLevel::Warn {
        "the log tells of it at 1, 2, 4, 8 and so on".to_string()
    } else {
        format!("the log does not tell of it, as `log` is `{}`", app.log)
    };
    Some(format!("{counted}: `dropped()` at its ends; {told}"))
}

/// The runtime's type. Everything but the mutex is named by its module, which no name of a channel can hide.
fn rust_type(channel: &Channel, mutex: Mutex, message: &str) -> String {
    let mutex = mutex.rust_type();
    let named = camel_case(&channel.name.value);
    let policy = match channel.overflow {
        Overflow::Wait => "channel::Wait".to_string(),
        Overflow::DropNewest => format!("channel::DropNewest<names::{named}>"),
        Overflow::DropOldest => format!("channel::DropOldest<names::{named}>"),
    };
    let capacity = channel.capacity;
    // embassy-sync divides by the number of subscribers, so a channel without readers has room for one.
    let subscribers = channel.subscribers.len().max(1);
    let publishers = channel.publishers.len().max(1);
    match channel.kind {
        ChannelKind::Channel => format!("channel::Channel<{mutex}, {message}, {capacity}, {policy}>"),
        ChannelKind::Signal => format!("channel::Signal<{mutex}, {message}>"),
        ChannelKind::Watch => format!("channel::Watch<{mutex}, {message}, {subscribers}>"),
        ChannelKind::PubSub => {
            format!("channel::PubSub<{mutex}, {message}, {capacity}, {subscribers}, {publishers}, {policy}>")
        }
        ChannelKind::Pipe => format!("channel::Pipe<{mutex}, {capacity}, {policy}>"),
    }
}

fn seen(app: &App, channel: &Channel, rust_message: &str) -> Seen {
    match channel.kind {
        ChannelKind::Pipe => Seen::Not,
        _ if is_users_own(app, &channel.carries) => Seen::Counted,
        _ => Seen::As(rust_message.to_string()),
    }
}

/// Whether a type, or a part of it, is a Rust type of the user's. A message cannot hold itself, so this ends.
fn is_users_own(app: &App, carries: &Type) -> bool {
    match carries {
        Type::Primitive(_) | Type::String(_) => false,
        Type::Array(item, _) => is_users_own(app, item),
        Type::Message(id) => match &app.message(*id).kind {
            MessageKind::Record(fields) => fields.iter().any(|(_, field)| is_users_own(app, field)),
            MessageKind::Enum(_) => false,
            MessageKind::Rust(_) => true,
            #[allow(unreachable_patterns, reason = "a message of a device has plain fields")]
            _ => false,
        },
    }
}

fn summary(channel: &Channel) -> String {
    let subscribers = counted(channel.subscribers.len(), "subscriber");
    let publishers = counted(channel.publishers.len(), "publisher");
    let capacity = channel.capacity as usize;
    match channel.kind {
        ChannelKind::Channel => counted(capacity, "message"),
        ChannelKind::Signal => "the newest value".to_string(),
        ChannelKind::Watch => format!("the newest value, {subscribers}"),
        ChannelKind::PubSub => {
            format!("{}, {subscribers}, {publishers}", counted(capacity, "message"))
        }
        ChannelKind::Pipe => counted(capacity, "byte"),
    }
}
