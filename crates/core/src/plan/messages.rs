//! Messages: each a Rust type with what is derived or implemented for it.

use std::collections::BTreeSet;

use fwc_schema::app::ChannelKind;
use serde::Serialize;

use crate::app::{
    App, Body, ButtonEvents, ChannelId, Message, MessageId, MessageKind, Peripheral, PeripheralKind, Type,
};
use crate::names::camel_case;
use crate::plan::Facts;
use crate::plan::crates::Logging;
use crate::plan::entry::Entry;

/// One `[messages.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessagePlan {
    /// Its name, also the Rust type's.
    pub name: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: Entry,
    /// What it is.
    #[serde(flatten)]
    pub shape: Shape,
    /// The traits that it derives.
    pub derives: Vec<String>,
    /// Whether it can be printed.
    pub printable: bool,
    /// Whether a `button` publishes it.
    pub press: bool,
    /// The driver that measures it, whose `Reading` it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Shape {
    /// A struct.
    Record {
        /// Its fields.
        fields: Vec<FieldPlan>,
    },
    /// An enum.
    Enum {
        /// Its values.
        values: Vec<ValuePlan>,
    },
    /// A type of the user's.
    Rust {
        /// Its path.
        path: String,
    },
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldPlan {
    /// Its name.
    pub name: String,
    /// Its Rust type, as the module `messages` writes it.
    pub rust_type: String,
}

/// A value of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValuePlan {
    /// As written in app.toml.
    pub name: String,
    /// The Rust variant.
    pub variant: String,
}

/// In the order of the file.
pub(super) fn messages(facts: &Facts<'_>) -> Vec<MessagePlan> {
    let app = facts.app();
    let presses = presses(app);
    let parts = all_parts(app);
    let plans = app.messages.iter().zip(0..).map(|(message, index)| {
        let parts = parts[index as usize];
        MessagePlan {
            name: message.name.value.clone(),
            from: from(facts, message),
            shape: shape(app, &message.kind),
            derives: derives(parts, facts.logging),
            printable: !parts.rust,
            press: presses.contains(&MessageId(index)),
            driver: message.driver.as_ref().map(|driver| driver.name.clone()),
        }
    });
    plans.collect()
}

/// What a driver measures comes from its first device.
fn from(facts: &Facts<'_>, message: &Message) -> Entry {
    let measured_by = |peripheral: &&Peripheral| match (&peripheral.kind, &message.driver) {
        (PeripheralKind::Device(device), Some(driver)) => device.driver.name == driver.name,
        _ => false,
    };
    match facts.app().peripherals.iter().find(measured_by) {
        Some(device) => facts.lines.of(device),
        None => facts.lines.entry("messages", &message.name),
    }
}

fn shape(app: &App, kind: &MessageKind) -> Shape {
    match kind {
        MessageKind::Record(fields) => Shape::Record {
            fields: fields
                .iter()
                .map(|(name, of)| FieldPlan { name: name.value.clone(), rust_type: rust_type(app, of, "") })
                .collect(),
        },
        MessageKind::Enum(values) => Shape::Enum {
            values: values
                .iter()
                .map(|value| ValuePlan { name: value.value.clone(), variant: camel_case(value) })
                .collect(),
        },
        MessageKind::Rust(path) => Shape::Rust { path: path.value.clone() },
    }
}

/// A type as Rust writes it; `messages` is what stands in front of a message's name.
pub(super) fn rust_type(app: &App, of: &Type, messages: &str) -> String {
    match of {
        Type::Primitive(primitive) => primitive.to_string(),
        Type::String(bytes) => format!("fwc_runtime::String<{bytes}>"),
        Type::Array(item, count) => format!("[{}; {count}]", rust_type(app, item, messages)),
        Type::Message(id) => format!("{messages}{}", app.message(*id).name.value),
    }
}

/// What a type is made of, all the way down.
#[derive(Clone, Copy, Default)]
struct Parts {
    string: bool,
    rust: bool,
}

/// What each message is made of.
fn all_parts(app: &App) -> Vec<Parts> {
    let mut known = vec![Parts::default(); app.messages.len()];
    for id in app.messages_inside_out() {
        let kind = &app.message(id).kind;
        let mut parts = Parts { string: false, rust: matches!(kind, MessageKind::Rust(_)) };
        for of in inner_types(kind) {
            match leaf(of) {
                Type::String(_) => parts.string = true,
                Type::Message(id) => {
                    let inner = known[id.index()];
                    parts.string |= inner.string;
                    parts.rust |= inner.rust;
                }
                Type::Primitive(_) | Type::Array(..) => {}
            }
        }
        known[id.index()] = parts;
    }
    known
}

fn inner_types(kind: &MessageKind) -> Vec<&Type> {
    match kind {
        MessageKind::Record(fields) => fields.iter().map(|(_, of)| of).collect(),
        MessageKind::Enum(_) | MessageKind::Rust(_) => Vec::new(),
    }
}

/// What an array is an array of.
fn leaf(of: &Type) -> &Type {
    match of {
        Type::Array(item, _) => leaf(item),
        Type::Primitive(_) | Type::String(_) | Type::Message(_) => of,
    }
}

/// Of a user's own type nothing is asked but `Clone`; a string cannot be copied.
fn derives(parts: Parts, logging: Logging) -> Vec<String> {
    let derives: &[&str] = match (parts.rust, parts.string) {
        (true, _) => &["Clone"],
        (false, true) => &["Clone", "Debug", "PartialEq"],
        (false, false) => &["Clone", "Copy", "Debug", "PartialEq"],
    };
    let defmt = (logging == Logging::Defmt && !parts.rust).then_some("defmt::Format");
    derives.iter().copied().chain(defmt).map(str::to_string).collect()
}

/// The enums that buttons publish.
fn presses(app: &App) -> BTreeSet<MessageId> {
    let events = app.tasks.iter().filter_map(|task| match task.body {
        Body::Button { events: ButtonEvents::Presses(message), .. } => Some(message),
        _ => None,
    });
    events.collect()
}

/// What a channel carries; `messages` is what stands in front of a message's name.
pub(super) fn carried(app: &App, id: ChannelId, messages: &str) -> String {
    let channel = app.channel(id);
    match channel.kind {
        ChannelKind::Pipe => "u8".to_string(),
        _ => rust_type(app, &channel.carries, messages),
    }
}
