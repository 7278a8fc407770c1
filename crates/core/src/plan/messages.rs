//! Messages: each a Rust type with what is derived or implemented for it.

use fwc_schema::app::ChannelKind;
use serde::Serialize;

use crate::app::{App, Body, ButtonEvents, ChannelId, MessageId, MessageKind, Type};
use crate::names::camel_case;
use crate::plan::crates::Logging;
use crate::plan::entry::{Entry, Lines};

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
pub(super) fn messages(app: &App, logging: Logging, lines: &Lines<'_>) -> Vec<MessagePlan> {
    let plans = app.messages.iter().zip(0..).map(|(message, index)| {
        let parts = Parts::of(app, &Type::Message(MessageId(index)));
        MessagePlan {
            name: message.name.value.clone(),
            from: lines.entry("messages", &message.name),
            shape: shape(app, &message.kind),
            derives: derives(&parts, logging),
            printable: !parts.rust,
            press: is_press(app, MessageId(index)),
        }
    });
    plans.collect()
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
#[derive(Default)]
struct Parts {
    string: bool,
    rust: bool,
}

impl Parts {
    fn of(app: &App, of: &Type) -> Parts {
        let mut parts = Parts::default();
        // The check refuses a message that holds itself, but one may be held in many places: each is looked at once.
        let mut seen = vec![false; app.messages.len()];
        let mut pending = vec![of];
        while let Some(of) = pending.pop() {
            match of {
                Type::Primitive(_) => {}
                Type::String(_) => parts.string = true,
                Type::Array(item, _) => pending.push(item),
                Type::Message(id) if !std::mem::replace(&mut seen[id.index()], true) => {
                    match &app.message(*id).kind {
                        MessageKind::Record(fields) => pending.extend(fields.iter().map(|(_, of)| of)),
                        MessageKind::Enum(_) => {}
                        MessageKind::Rust(_) => parts.rust = true,
                    }
                }
                Type::Message(_) => {}
            }
        }
        parts
    }
}

/// Of a user's own type nothing is asked but `Clone`; a string cannot be copied.
fn derives(parts: &Parts, logging: Logging) -> Vec<String> {
    let derives: &[&str] = match (parts.rust, parts.string) {
        (true, _) => &["Clone"],
        (false, true) => &["Clone", "Debug", "PartialEq"],
        (false, false) => &["Clone", "Copy", "Debug", "PartialEq"],
    };
    let defmt = (logging == Logging::Defmt && !parts.rust).then_some("defmt::Format");
    derives.iter().copied().chain(defmt).map(str::to_string).collect()
}

fn is_press(app: &App, id: MessageId) -> bool {
    app.tasks
        .iter()
        .any(|task| matches!(task.body, Body::Button { events: ButtonEvents::Presses(of), .. } if of == id))
}

/// What a channel carries, as modules other than `messages` write it.
pub(super) fn carried(app: &App, id: ChannelId) -> String {
    let channel = app.channel(id);
    match channel.kind {
        ChannelKind::Pipe => "u8".to_string(),
        _ => rust_type(app, &channel.carries, "messages::"),
    }
}
