//! `field`, `above`, `below` and `equals`: a value in what a channel carries, and what holds for it.

use fwc_core::app::{App, ChannelId, MessageKind, Type};
use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{ChannelKind, Primitive};
use fwc_schema::scenario::{ChannelExpectKeys, ExpectEntry, Scalar};
use fwc_schema::{Span, Spanned};

use crate::{Subject, Test};

/// What a value can be.
enum Leaf<'a> {
    Bool,
    Number,
    Text,
    /// One of these words.
    Choice(Vec<&'a str>),
}

/// An expectation of a channel's values.
pub(super) fn value(
    keys: &ChannelExpectKeys,
    channel: ChannelId,
    entry: &ExpectEntry,
    app: &App,
    faults: &mut Vec<Diagnostic>,
) -> Option<(Subject, Span)> {
    let test = Test {
        above: keys.above.get().map(|limit| limit.value),
        below: keys.below.get().map(|limit| limit.value),
        equals: keys.equals.get().map(|same| same.value.clone()),
    };
    let given = [keys.above.span(), keys.below.span(), keys.equals.span()];
    let place = given.into_iter().flatten().next();
    if place.is_none() && !entry.has_unknown_keys {
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, "nothing is expected of this channel", entry.span)
                .about("messages")
                .help("give it `messages = 3`, or `field` with `above`, `below` or `equals`"),
        );
    }
    let (field, leaf) = leaf(keys, channel, app, faults)?;
    refuse_unlike(keys, &leaf, faults);
    refuse_empty_range(keys, faults);
    Some((Subject::Value { channel, field, test }, place?))
}

/// The value that `field` leads to.
fn leaf<'a>(
    keys: &ChannelExpectKeys,
    id: ChannelId,
    app: &'a App,
    faults: &mut Vec<Diagnostic>,
) -> Option<(String, Leaf<'a>)> {
    let channel = app.channel(id);
    let name = keys.channel.get()?;
    if channel.kind == ChannelKind::Pipe {
        let title = format!("`{}` is a pipe: its bytes have no values", channel.name.value);
        faults.push(
            Diagnostic::error(codes::NOT_APPLICABLE, title, name.span)
                .also(channel.name.span, "declared here")
                .help("expect something of a uart that the bytes go to"),
        );
        return None;
    }
    let path = match keys.field.get() {
        Some(field) => field.clone(),
        None if keys.field.is_absent() => Spanned::new(String::new(), name.span),
        None => return None,
    };
    let mut reached = &channel.carries;
    for word in path.value.split('.').filter(|word| !word.is_empty()) {
        let fields = fields(reached, app);
        match fields.iter().find(|(name, _)| name.value == word) {
            Some((_, inner)) => reached = inner,
            None => {
                let title = format!("what `{}` carries has no field `{word}`", channel.name.value);
                let near = closest(word, fields.iter().map(|(name, _)| name.as_str()));
                let list: Vec<String> = fields.iter().map(|(name, _)| format!("`{}`", name.value)).collect();
                let list = match list.as_slice() {
                    [] => "it has none: leave `field` away".to_owned(),
                    list => format!("its fields are {}", list.join(", ")),
                };
                let help = near.map_or(list, |near| format!("did you mean `{near}`?"));
                faults.push(Diagnostic::error(codes::UNKNOWN_NAME, title, path.span).help(help));
                return None;
            }
        }
    }
    let leaf = match reached {
        Type::Primitive(Primitive::Bool) => Some(Leaf::Bool),
        Type::Primitive(_) => Some(Leaf::Number),
        Type::String(_) => Some(Leaf::Text),
        Type::Array(..) => None,
        Type::Message(message) => match &app.message(*message).kind {
            MessageKind::Enum(values) => {
                Some(Leaf::Choice(values.iter().map(|value| value.as_str()).collect()))
            }
            MessageKind::Record(_) | MessageKind::Rust(_) => None,
        },
    };
    if leaf.is_none() {
        let fields = fields(reached, app);
        let title = match path.value.as_str() {
            "" => format!("a message of `{}` is no single value", channel.name.value),
            path => format!("`{path}` is no single value"),
        };
        let first = fields.first().map(|(name, _)| match path.value.as_str() {
            "" => format!("name one of it: `field = \"{}\"`", name.value),
            path => format!("name one of it: `field = \"{path}.{}\"`", name.value),
        });
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, title, path.span)
                .about("field")
                .help(first.unwrap_or_else(|| "expect a number of `messages` instead".to_string())),
        );
    }
    Some((path.value, leaf?))
}

/// The fields of a record.
fn fields<'a>(carries: &Type, app: &'a App) -> &'a [(Spanned<String>, Type)] {
    let Type::Message(id) = carries else { return &[] };
    match &app.message(*id).kind {
        MessageKind::Record(fields) => fields,
        MessageKind::Enum(_) | MessageKind::Rust(_) => &[],
    }
}

/// A value that this one can never be.
fn refuse_unlike(keys: &ChannelExpectKeys, leaf: &Leaf<'_>, faults: &mut Vec<Diagnostic>) {
    for (key, limit) in [("above", &keys.above), ("below", &keys.below)] {
        if let (Some(limit), false) = (limit.get(), matches!(leaf, Leaf::Number)) {
            let title = format!("`{key}` compares numbers, and this value is none");
            faults.push(Diagnostic::error(codes::NOT_APPLICABLE, title, limit.span).help("use `equals`"));
        }
    }
    let Some(equals) = keys.equals.get() else { return };
    let wanted = match (leaf, &equals.value) {
        (Leaf::Bool, Scalar::Bool(_)) | (Leaf::Number, Scalar::Number(_)) | (Leaf::Text, Scalar::Text(_)) => {
            return;
        }
        (Leaf::Choice(words), Scalar::Text(word)) => {
            if !words.contains(&word.as_str()) {
                let list: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
                let near =
                    closest(word, words.iter().copied()).map(|word| format!("did you mean `\"{word}\"`?"));
                let title = format!("the value is never `{word}`");
                faults.push(
                    Diagnostic::error(codes::BAD_VALUE, title, equals.span)
                        .here(format!("expected {}", list.join(", ")))
                        .help_if(near),
                );
            }
            return;
        }
        (Leaf::Bool, _) => "`true` or `false`",
        (Leaf::Number, _) => "a number",
        (Leaf::Text | Leaf::Choice(_), _) => "a text in quotes",
    };
    faults.push(
        Diagnostic::error(codes::WRONG_TYPE, "`equals` has the wrong type for this value", equals.span)
            .here(format!("expected {wanted}")),
    );
}

fn refuse_empty_range(keys: &ChannelExpectKeys, faults: &mut Vec<Diagnostic>) {
    if let (Some(above), Some(below)) = (keys.above.get(), keys.below.get())
        && above.value >= below.value
    {
        let title = format!("nothing is above {} and below {}", above.value, below.value);
        faults.push(Diagnostic::error(codes::IMPOSSIBLE, title, below.span).also(above.span, "and this"));
    }
}
