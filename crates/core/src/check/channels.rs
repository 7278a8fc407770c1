//! `[channels.*]`: capacities and policies, and who stands at each end.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{Capacity, ChannelKeys, ChannelKind, FieldType, Named, Overflow, Primitive};
use fwc_schema::units::Size;
use fwc_schema::{Field, Spanned};

use crate::app::{Channel, ChannelId, TaskId, Type};
use crate::check::messages::{self, Messages};
use crate::check::symbols::Symbols;
use crate::check::tasks::Tasks;
use crate::names;
use crate::parse::bad_type;

/// Messages that a queue holds where the file does not say.
const DEFAULT_MESSAGES: u32 = 4;
/// Bytes that a pipe holds where the file does not say.
const DEFAULT_PIPE_BYTES: u32 = 256;
/// More than any chip's memory; keeps arithmetic on sizes far from its limits.
const MOST: u32 = 16 * 1024 * 1024;

/// The channels of the file, their ends not yet known.
pub(super) struct Channels {
    pub(super) list: Vec<Channel>,
    pub(super) names: Symbols<ChannelId>,
}

/// Checks every channel by itself.
pub(super) fn check(
    entries: &[Named<ChannelKeys>],
    messages: &Messages<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Channels {
    let mut channels = Channels { list: Vec::new(), names: Symbols::new("channel", "channels") };
    for named in entries {
        let name_fault = names::identifier_fault("channel", &named.name);
        let sound_name = name_fault.is_none();
        faults.extend(name_fault);
        let channel = channel(named, messages, faults).filter(|_| sound_name);
        let id = channel.as_ref().map(|_| ChannelId(channels.list.len() as u32));
        channels.names.declare(&named.name, id);
        channels.list.extend(channel);
    }
    channels
}

fn channel(
    named: &Named<ChannelKeys>,
    messages: &Messages<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Channel> {
    let keys = &named.entry;
    let kind = required(
        &keys.kind,
        "kind",
        named,
        "`kind = \"channel\"`, `\"signal\"`, `\"watch\"`, `\"pubsub\"` or `\"pipe\"`",
        faults,
    );
    let carries = carries(named, kind, messages, faults);
    let kind = kind?;
    let holds_newest = matches!(kind, ChannelKind::Signal | ChannelKind::Watch);
    if holds_newest {
        let inapplicable = [("capacity", keys.capacity.span()), ("overflow", keys.overflow.span())];
        for (key, span) in inapplicable {
            let Some(span) = span else { continue };
            faults.push(
                Diagnostic::error(codes::NOT_APPLICABLE, format!("a `{kind}` has no `{key}`"), span)
                    .note(format!("a `{kind}` holds the newest value and never fills up"))
                    .help(format!("remove `{key}`, or use kind `channel` or `pubsub`")),
            );
        }
    }
    let capacity = if holds_newest { Some(1) } else { capacity(kind, &keys.capacity, faults) };
    Some(Channel {
        name: named.name.clone(),
        carries: carries?,
        kind,
        capacity: capacity?,
        capacity_span: keys.capacity.span(),
        overflow: keys.overflow.get().map_or(Overflow::Wait, |overflow| overflow.value),
        publishers: Vec::new(),
        subscribers: Vec::new(),
    })
}

fn required<T: Copy>(
    field: &Field<T>,
    key: &str,
    named: &Named<ChannelKeys>,
    example: &str,
    faults: &mut Vec<Diagnostic>,
) -> Option<T> {
    if field.is_absent() {
        let title = format!("the channel `{}` has no `{key}`", named.name.value);
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, title, named.name.span)
                .about(key)
                .help(format!("give it {example}")),
        );
    }
    field.get().map(|value| value.value)
}

fn carries(
    named: &Named<ChannelKeys>,
    kind: Option<ChannelKind>,
    messages: &Messages<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Type> {
    let message = &named.entry.message;
    if kind == Some(ChannelKind::Pipe) {
        if let Some(message) = message.get().filter(|message| message.trim() != "u8") {
            let title = format!("a `pipe` carries bytes, not `{}`", message.value);
            faults.push(
                Diagnostic::error(codes::NOT_APPLICABLE, title, message.span)
                    .help("remove `message`, or use kind `channel`"),
            );
        }
        return Some(Type::Primitive(Primitive::U8));
    }
    if message.is_absent() {
        let title = format!("the channel `{}` has no `message`", named.name.value);
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, title, named.name.span)
                .about("message")
                .help("give it a message's name, or a plain type such as `message = \"bool\"`"),
        );
    }
    let message = message.get()?;
    match FieldType::parse(message) {
        Some(parsed) => messages::link_type(&Spanned::new(parsed, message.span), &messages.names, faults),
        None => {
            faults.push(bad_type(message, message.span).here("what the channel carries"));
            None
        }
    }
}

fn capacity(kind: ChannelKind, capacity: &Field<Capacity>, faults: &mut Vec<Diagnostic>) -> Option<u32> {
    let is_pipe = kind == ChannelKind::Pipe;
    if capacity.is_absent() {
        return Some(if is_pipe { DEFAULT_PIPE_BYTES } else { DEFAULT_MESSAGES });
    }
    let capacity = capacity.get()?;
    let count = match (is_pipe, capacity.value) {
        (false, Capacity::Messages(count)) => u64::from(count),
        (true, Capacity::Bytes(Size(bytes))) => bytes,
        (true, Capacity::Messages(count)) => {
            let title = "the capacity of a `pipe` is a size";
            faults.push(
                Diagnostic::error(codes::BAD_QUANTITY, title, capacity.span)
                    .here("a number without a unit")
                    .help(format!("write `\"{count}B\"`")),
            );
            return None;
        }
        (false, Capacity::Bytes(_)) => {
            let title = format!("the capacity of a `{kind}` is a count of messages");
            faults.push(
                Diagnostic::error(codes::WRONG_TYPE, title, capacity.span)
                    .help("write for example `capacity = 8`"),
            );
            return None;
        }
    };
    match u32::try_from(count) {
        Ok(count @ 1..=MOST) => Some(count),
        Ok(0) => {
            let title = "a capacity of 0 lets no message through";
            faults.push(Diagnostic::error(codes::BAD_VALUE, title, capacity.span).help("give it at least 1"));
            None
        }
        _ => {
            let title = format!("a capacity of {count} is beyond any chip's memory");
            faults.push(
                Diagnostic::error(codes::BAD_VALUE, title, capacity.span)
                    .help("every message of the capacity takes its place in RAM; the default is 4"),
            );
            None
        }
    }
}

/// Writes the tasks into the ends of their channels and checks that both ends fit the kind.
pub(super) fn link(channels: Channels, tasks: &Tasks, faults: &mut Vec<Diagnostic>) -> Vec<Channel> {
    let mut list = channels.list;
    for (index, task) in tasks.list.iter().enumerate() {
        let task_id = TaskId(index as u32);
        for channel in &task.publishes {
            list[channel.value.index()].publishers.push(task_id);
        }
        for channel in &task.subscribes {
            list[channel.value.index()].subscribers.push(task_id);
        }
    }
    for (index, channel) in list.iter().enumerate() {
        check_ends(ChannelId(index as u32), channel, tasks, faults);
    }
    list
}

fn check_ends(id: ChannelId, channel: &Channel, tasks: &Tasks, faults: &mut Vec<Diagnostic>) {
    let name = &channel.name;
    // A task that is faulty may be the missing end: its own fault is enough.
    if channel.publishers.is_empty() && channel.subscribers.is_empty() && !tasks.incomplete {
        let title = format!("nothing publishes or reads the channel `{}`", name.value);
        faults.push(
            Diagnostic::error(codes::NO_PUBLISHER, title, name.span)
                .help("name it in `publishes` of one task and in `subscribes` of another, or remove it"),
        );
        return;
    }
    if channel.publishers.is_empty() && !tasks.incomplete {
        faults.push(
            Diagnostic::error(
                codes::NO_PUBLISHER,
                format!("nothing publishes the channel `{}`", name.value),
                name.span,
            )
            .note("its readers would wait for ever")
            .help(format!("add `publishes = [\"{}\"]` to a task, or remove the channel", name.value)),
        );
    }
    if channel.subscribers.is_empty() && !tasks.incomplete {
        let title = format!("nothing reads the channel `{}`", name.value);
        let mut fault = Diagnostic::warning(codes::NO_READER, title, name.span);
        let fills_up = matches!(channel.kind, ChannelKind::Channel | ChannelKind::Pipe);
        if fills_up && channel.overflow == Overflow::Wait {
            fault = fault.note("its publishers stop when it is full: its overflow is `wait`");
        }
        let help = format!("add `subscribes = [\"{}\"]` to a task, or remove the channel", name.value);
        faults.push(fault.help(help));
    }
    if channel.kind == ChannelKind::Signal && channel.subscribers.len() > 1 {
        let places: Vec<_> = channel
            .subscribers
            .iter()
            .filter_map(|task| tasks.list[task.index()].subscribes.iter().find(|channel| channel.value == id))
            .map(|channel| channel.span)
            .collect();
        let readers: Vec<String> = channel
            .subscribers
            .iter()
            .map(|task| format!("`{}`", tasks.list[task.index()].name.value))
            .collect();
        let title = format!("the signal `{}` has {} readers", name.value, readers.len());
        let mut fault = Diagnostic::error(codes::TWO_READERS, title, places[1]).here("a second reader");
        fault = fault.also(places[0], "the first reader").also(name.span, "declared here");
        faults.push(
            fault
                .note(format!(
                    "a `signal` keeps one value for one reader; {} would take it from each other",
                    readers.join(" and ")
                ))
                .help(
                    "use `kind = \"watch\"` for the newest value, or `kind = \"pubsub\"` for every message",
                ),
        );
    }
}
