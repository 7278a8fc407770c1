//! Numbers in what channels carry, and values that they are compared with.

use fwc_diag::suggest::closest;
use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{ChannelKind, Primitive};
use fwc_schema::read::Pair;
use fwc_schema::{Field, Spanned};

use crate::app::{Bounds, ChannelId, MessageKind, Number, Type};
use crate::check::carried::{mismatch, type_name};
use crate::check::tasks::Surroundings;

/// The largest value that whole numbers are compared with: the runtime multiplies differences of two of them by 65,535
/// in 64 bits.
const LARGEST_WHOLE: f64 = 1_099_511_627_776.0;

/// The number of a message of `end` that `field` names. `what` is the behaviour.
pub(super) fn number(
    what: &str,
    field: &Field<String>,
    end: &Spanned<ChannelId>,
    around: &Surroundings<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Number> {
    let channel = &around.channels[end.value.index()];
    if channel.kind == ChannelKind::Pipe {
        let does = format!("`{what}` does not understand");
        faults.push(mismatch(end, channel, around, &does).help("subscribe a channel that carries a number"));
        return None;
    }
    let field = match field {
        Field::Faulty(_) => return None,
        Field::Given(field) => Some(field),
        Field::Absent => None,
    };
    let words: Vec<&str> = field.map_or(Vec::new(), |field| field.value.split('.').collect());
    let search = Search { what, field, end, around };
    search.follow(&words, faults)
}

/// A field being looked for.
struct Search<'a> {
    what: &'a str,
    field: Option<&'a Spanned<String>>,
    end: &'a Spanned<ChannelId>,
    around: &'a Surroundings<'a>,
}

impl<'a> Search<'a> {
    fn follow(&self, words: &[&str], faults: &mut Vec<Diagnostic>) -> Option<Number> {
        let channel = &self.around.channels[self.end.value.index()];
        let mut reached = &channel.carries;
        for (depth, word) in words.iter().enumerate() {
            match self.fields(reached) {
                Some(fields) => match fields.iter().find(|(name, _)| name.value == *word) {
                    Some((_, inner)) => reached = inner,
                    None => {
                        faults.push(self.unknown(word, reached));
                        return None;
                    }
                },
                None => {
                    faults.push(self.no_fields(&words[..depth], reached));
                    return None;
                }
            }
        }
        match reached {
            Type::Primitive(primitive) if *primitive != Primitive::Bool => {
                Some(Number { path: words.iter().map(ToString::to_string).collect(), primitive: *primitive })
            }
            _ => {
                faults.push(self.no_number(words, reached));
                None
            }
        }
    }

    fn fields(&self, carries: &Type) -> Option<&'a [(Spanned<String>, Type)]> {
        let Type::Message(id) = carries else { return None };
        match &self.around.messages[id.index()].kind {
            MessageKind::Record(fields) => Some(fields),
            MessageKind::Enum(_) | MessageKind::Rust(_) => None,
        }
    }

    /// The paths to numbers in a type, those inside of messages too.
    fn numbers(&self, carries: &Type) -> Vec<String> {
        // A message cannot hold itself, so this ends; what is deeper than this is no suggestion.
        const DEEPEST: usize = 4;
        let mut found = Vec::new();
        let mut pending = vec![(String::new(), carries, 0)];
        while let Some((path, carries, depth)) = pending.pop() {
            match carries {
                Type::Primitive(primitive) if *primitive != Primitive::Bool => found.push(path),
                _ if depth == DEEPEST => {}
                _ => pending.extend(self.fields(carries).unwrap_or_default().iter().rev().map(
                    |(name, inner)| {
                        let path = if path.is_empty() {
                            name.value.clone()
                        } else {
                            format!("{path}.{}", name.value)
                        };
                        (path, inner, depth + 1)
                    },
                )),
            }
        }
        found
    }

    fn unknown(&self, word: &str, carries: &Type) -> Diagnostic {
        let span = self.field.map_or(self.end.span, |field| field.span);
        let title = format!("`{}` has no field `{word}`", type_name(carries, self.around));
        let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, span);
        let numbers = self.numbers(carries);
        match closest(word, numbers.iter().map(String::as_str)) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help_if(self.choice(&numbers)),
        }
    }

    /// `celsius.value` where `celsius` is a number already.
    fn no_fields(&self, before: &[&str], carries: &Type) -> Diagnostic {
        let span = self.field.map_or(self.end.span, |field| field.span);
        let name = type_name(carries, self.around);
        if before.is_empty() {
            let title = format!("`{name}` has no fields");
            let is_number = matches!(carries, Type::Primitive(primitive) if *primitive != Primitive::Bool);
            let fault = Diagnostic::error(codes::NOT_APPLICABLE, title, span);
            return match is_number {
                true => fault.help("remove `field`: the channel carries the number itself"),
                false => fault.help(format!("`{}` follows a number, or a field that is one", self.what)),
            };
        }
        let title = format!("`{}` is `{name}`, which has no fields", before.join("."));
        Diagnostic::error(codes::NOT_APPLICABLE, title, span)
            .help(format!("write `field = \"{}\"`", before.join(".")))
    }

    fn no_number(&self, words: &[&str], carries: &Type) -> Diagnostic {
        let channel = &self.around.channels[self.end.value.index()];
        let numbers = self.numbers(&channel.carries);
        match (self.field, words.is_empty()) {
            (Some(field), false) => {
                let name = type_name(carries, self.around);
                let title = format!("`{}` is `{name}`, not a number", words.join("."));
                Diagnostic::error(codes::MESSAGE_MISMATCH, title, field.span).help_if(self.choice(&numbers))
            }
            _ if !numbers.is_empty() => {
                let name = type_name(carries, self.around);
                let title =
                    format!("`{}` carries `{name}`: which number of it is meant?", channel.name.value);
                Diagnostic::error(codes::MISSING_KEY, title, self.end.span)
                    .about("field")
                    .help(format!("give the task `field = \"{}\"`", numbers[0]))
                    .help_if((numbers.len() > 1).then(|| self.choice(&numbers)).flatten())
            }
            _ => mismatch(self.end, channel, self.around, &format!("`{}` does not understand", self.what))
                .help(format!("`{}` follows a number, or a field of a message that is one", self.what)),
        }
    }

    fn choice(&self, numbers: &[String]) -> Option<String> {
        const NAMED: usize = 8;
        let words: Vec<String> = numbers.iter().map(|word| quoted(word)).collect();
        match words.as_slice() {
            [] => None,
            [one] => Some(format!("the number in it is {one}")),
            _ => Some(format!("the numbers in it are {}", listed(&words, "and", NAMED))),
        }
    }
}

/// Two values for a number, each under its key, in the number's own kind of arithmetic.
pub(super) fn bounds(
    keys: [&str; 2],
    values: Pair<f64>,
    number: &Number,
    faults: &mut Vec<Diagnostic>,
) -> Option<Bounds> {
    let Pair(first, second) = values;
    match number.primitive {
        Primitive::F64 => return Some(Bounds::Real([first.value, second.value])),
        Primitive::F32 => {
            let single = |key: &str, value: &Spanned<f64>, faults: &mut Vec<Diagnostic>| {
                // What is rounded here is what the firmware compares with.
                let rounded = f64::from(value.value as f32);
                if !rounded.is_finite() {
                    let title = format!("`{key}` of a number of type `f32` cannot be `{:e}`", value.value);
                    faults.push(
                        Diagnostic::error(codes::BAD_VALUE, title, value.span)
                            .help(format!("the largest is {:e}", f32::MAX)),
                    );
                }
                rounded.is_finite().then_some(rounded)
            };
            let single = [single(keys[0], &first, faults), single(keys[1], &second, faults)];
            return Some(Bounds::Real([single[0]?, single[1]?]));
        }
        _ => {}
    }
    let whole = |key: &str, value: &Spanned<f64>, faults: &mut Vec<Diagnostic>| {
        if value.value.fract() == 0.0 && value.value.abs() <= LARGEST_WHOLE {
            return Some(value.value as i64);
        }
        let primitive = number.primitive;
        let (title, help) = match value.value.abs() <= LARGEST_WHOLE {
            true => (
                format!("`{key}` is compared with a `{primitive}`, so it is a whole number"),
                format!("write `{}`", value.value.round()),
            ),
            false => (
                format!("`{key}` of a number of type `{primitive}` cannot be `{:e}`", value.value),
                format!("the largest is {LARGEST_WHOLE}"),
            ),
        };
        faults.push(Diagnostic::error(codes::BAD_VALUE, title, value.span).help(help));
        None
    };
    let whole = [whole(keys[0], &first, faults), whole(keys[1], &second, faults)];
    Some(Bounds::Whole([whole[0]?, whole[1]?]))
}
