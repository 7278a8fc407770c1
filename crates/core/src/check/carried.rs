//! What a channel carries against what its ends make or understand.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::app::{ChannelKind, Primitive};

use crate::app::{ButtonEvents, Channel, ChannelId, MessageId, MessageKind, ToggleOn, Type};
use crate::catalog::Driver;
use crate::check::tasks::Surroundings;

/// What a button publishes on `end`, which decides it by what it carries.
pub(super) fn button_events(
    end: &Spanned<ChannelId>,
    around: &Surroundings<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<ButtonEvents> {
    let channel = &around.channels[end.value.index()];
    match carried(channel) {
        Some(Carried::Bool) => return Some(ButtonEvents::Levels),
        Some(Carried::Message(id)) if has_values(id, &["short", "long"], around) => {
            return Some(ButtonEvents::Presses(id));
        }
        _ => {}
    }
    faults.push(
        mismatch(end, channel, around, "a button does not make")
            .note("a button makes `bool` (pressed, released) or an enum with the values `short` and `long`")
            .help(
                "give the channel `message = \"bool\"`, or a message with `values = [\"short\", \"long\"]`",
            ),
    );
    None
}

/// Which messages on `end` flip a toggle.
pub(super) fn toggle_on(
    end: &Spanned<ChannelId>,
    around: &Surroundings<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<ToggleOn> {
    let channel = &around.channels[end.value.index()];
    match carried(channel) {
        Some(Carried::Bool) => return Some(ToggleOn::True),
        Some(Carried::Message(id)) if has_values(id, &["short"], around) => return Some(ToggleOn::Short(id)),
        _ => {}
    }
    faults.push(
        mismatch(end, channel, around, "a toggle does not understand")
            .note("a toggle is flipped by `true`, or by the value `short` of an enum")
            .help("subscribe a channel of `bool`, or of a message with a value `short`"),
    );
    None
}

/// A pipe has no messages, and a Rust type of the user's has no fields that could be printed.
pub(super) fn refuse_unprintable(
    end: &Spanned<ChannelId>,
    around: &Surroundings<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let channel = &around.channels[end.value.index()];
    if channel.kind == ChannelKind::Pipe {
        faults.push(
            mismatch(end, channel, around, "`print` cannot write")
                .note("a line is made of a message; a pipe does not say where one ends")
                .help("use kind `channel`, or pass the bytes on in a `code` task"),
        );
        return;
    }
    let mut pending: Vec<&Type> = vec![&channel.carries];
    let mut seen: Vec<MessageId> = Vec::new();
    while let Some(carries) = pending.pop() {
        match carries {
            Type::Array(item, _) => pending.push(item),
            Type::Message(id) if !seen.contains(id) => {
                seen.push(*id);
                match &around.messages[id.index()].kind {
                    MessageKind::Record(fields) => pending.extend(fields.iter().map(|(_, carries)| carries)),
                    MessageKind::Rust(path) => {
                        faults.push(
                            mismatch(end, channel, around, "`print` cannot write")
                                .also(path.span, "a type of your own")
                                .note("fwc does not know the fields of a Rust type")
                                .help("declare the message by `fields`, or print it in a `code` task"),
                        );
                        return;
                    }
                    MessageKind::Enum(_) => {}
                }
            }
            Type::Message(_) | Type::Primitive(_) | Type::String(_) => {}
        }
    }
}

/// What a behaviour that tells on from off publishes on `end`.
pub(super) fn refuse_unless_bool(
    what: &str,
    end: &Spanned<ChannelId>,
    around: &Surroundings<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let channel = &around.channels[end.value.index()];
    if !matches!(carried(channel), Some(Carried::Bool)) {
        faults.push(
            mismatch(end, channel, around, &format!("a {what} does not make"))
                .note(format!("a {what} makes `bool`: on or off"))
                .help("give the channel `message = \"bool\"`"),
        );
    }
}

/// What a sample of millivolts can be published on: plain numbers that hold every 16-bit value.
pub(super) fn refuse_unless_millivolts(
    end: &Spanned<ChannelId>,
    around: &Surroundings<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    use Primitive::{F32, F64, I32, I64, U16, U32, U64};
    let channel = &around.channels[end.value.index()];
    let holds = matches!(channel.carries, Type::Primitive(U16 | U32 | U64 | I32 | I64 | F32 | F64));
    if !holds || channel.kind == ChannelKind::Pipe {
        faults.push(
            mismatch(end, channel, around, "a sample of an adc is not")
                .note("an adc is read in millivolts: a number up to 65535")
                .help("give the channel `message = \"u16\"`, or a wider number such as `f32`"),
        );
    }
}

/// What a device measures can be published on: channels of its driver's message.
pub(super) fn refuse_unless_reading(
    driver: &Driver,
    end: &Spanned<ChannelId>,
    around: &Surroundings<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let channel = &around.channels[end.value.index()];
    let made = match &channel.carries {
        Type::Message(id) if channel.kind != ChannelKind::Pipe => around.messages[id.index()].driver.as_ref(),
        _ => None,
    };
    if made.is_none_or(|made| made.name != driver.name) {
        let fields: Vec<String> = driver.message.iter().map(|field| format!("`{}`", field.name)).collect();
        faults.push(
            mismatch(end, channel, around, &format!("the driver `{}` does not make", driver.name))
                .note(format!("it makes its own message, with {}", fields.join(", ")))
                .help(format!("give the channel `message = \"{}\"`", driver.name)),
        );
    }
}

enum Carried {
    Bool,
    Message(MessageId),
}

fn carried(channel: &Channel) -> Option<Carried> {
    match &channel.carries {
        _ if channel.kind == ChannelKind::Pipe => None,
        Type::Primitive(Primitive::Bool) => Some(Carried::Bool),
        Type::Message(id) => Some(Carried::Message(*id)),
        _ => None,
    }
}

fn has_values(id: MessageId, wanted: &[&str], around: &Surroundings<'_>) -> bool {
    match &around.messages[id.index()].kind {
        MessageKind::Enum(values) => {
            wanted.iter().all(|word| values.iter().any(|value| value.value == *word))
        }
        // The message is faulty itself; that has been said.
        MessageKind::Record(_) | MessageKind::Rust(_) => false,
    }
}

pub(super) fn mismatch(
    end: &Spanned<ChannelId>,
    channel: &Channel,
    around: &Surroundings<'_>,
    what: &str,
) -> Diagnostic {
    let name = &channel.name;
    let title = format!("`{}` carries {}, which {what}", name.value, describe(channel, around));
    Diagnostic::error(codes::MESSAGE_MISMATCH, title, end.span).also(name.span, "the channel")
}

fn describe(channel: &Channel, around: &Surroundings<'_>) -> String {
    if channel.kind == ChannelKind::Pipe {
        return "bytes".to_string();
    }
    format!("`{}`", type_name(&channel.carries, around))
}

pub(super) fn type_name(carries: &Type, around: &Surroundings<'_>) -> String {
    match carries {
        Type::Primitive(primitive) => primitive.to_string(),
        Type::String(length) => format!("string<{length}>"),
        Type::Array(item, count) => format!("[{}; {count}]", type_name(item, around)),
        Type::Message(id) => around.messages[id.index()].name.value.clone(),
    }
}
