//! `[messages.*]`: types of fields linked, recursion refused.

use std::collections::HashSet;
use std::sync::Arc;

use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{FieldType, MessageEntry, Named};
use fwc_schema::{Field, Span, Spanned};

use crate::app::{Message, MessageId, MessageKind, Type};
use crate::catalog::Catalog;
use crate::check::app_table::OWN_CRATES;
use crate::check::devices::{self, NamedDriver};
use crate::check::symbols::Symbols;
use crate::names;
use crate::parse::bad_type;

/// The messages of the file, and those of its devices' drivers.
pub(super) struct Messages<'a> {
    pub(super) list: Vec<Message>,
    pub(super) names: MessageNames<'a>,
}

/// What a type can name.
pub(super) struct MessageNames<'a> {
    symbols: Symbols<MessageId>,
    /// For drivers that no device has.
    catalog: &'a Catalog,
}

/// Checks every message. Ids follow the order of the file; a faulty message has none.
pub(super) fn check<'a>(
    entries: &[Named<MessageEntry>],
    drivers: &[NamedDriver],
    catalog: &'a Catalog,
    faults: &mut Vec<Diagnostic>,
) -> Messages<'a> {
    let mut names = MessageNames { symbols: Symbols::new("message", "messages"), catalog };
    faults.extend(names::camel_clashes("message", entries.iter().map(|named| &named.name), &[]));
    let mut sound: Vec<&Named<MessageEntry>> = Vec::new();
    for named in entries {
        let fault = names::type_name_fault(&named.name);
        let id = fault.is_none().then_some(MessageId(sound.len() as u32));
        if fault.is_none() {
            sound.push(named);
        }
        faults.extend(fault);
        names.symbols.declare(&named.name, id);
    }
    let measured = of_drivers(entries, drivers, sound.len(), &mut names.symbols, faults);
    let mut list: Vec<Message> = sound
        .iter()
        .map(|named| Message {
            name: named.name.clone(),
            kind: kind(&named.name, &named.entry, &names, faults).unwrap_or(MessageKind::Enum(Vec::new())),
            driver: None,
        })
        .chain(measured)
        .collect();
    break_cycles(&mut list, faults);
    Messages { list, names }
}

/// What the drivers of the file's devices measure, each under its driver's name. The first has the number `first`.
fn of_drivers(
    entries: &[Named<MessageEntry>],
    drivers: &[NamedDriver],
    first: usize,
    names: &mut Symbols<MessageId>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Message> {
    let mut list = Vec::new();
    for NamedDriver { name, driver } in drivers {
        let Some(driver) = driver else {
            names.declare(name, None);
            continue;
        };
        if driver.message.is_empty() {
            continue;
        }
        let rust_name = names::camel_case(&driver.name);
        if let Some(taken) = entries.iter().find(|entry| entry.name.value == rust_name) {
            let title = format!("`{rust_name}` is what the driver `{}` measures", driver.name);
            faults.push(
                Diagnostic::error(codes::NAME_CLASH, title, taken.name.span)
                    .also(name.span, "the driver is chosen here")
                    .note(format!(
                        "channels name it `message = \"{}\"`; in Rust it is `{rust_name}`",
                        driver.name
                    ))
                    .help(format!("take another name, such as `My{rust_name}`")),
            );
        }
        let fields = driver.message.iter();
        let fields = fields.map(|field| (Spanned::new(field.name.clone(), name.span), field.linked()));
        names.declare(name, Some(MessageId((first + list.len()) as u32)));
        list.push(Message {
            name: Spanned::new(rust_name, name.span),
            kind: MessageKind::Record(fields.collect()),
            driver: Some(Arc::clone(driver)),
        });
    }
    list
}

/// Exactly one of `fields`, `values` and `rust`.
fn kind(
    name: &Spanned<String>,
    entry: &MessageEntry,
    names: &MessageNames<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<MessageKind> {
    let keys = &entry.keys;
    let given: Vec<_> =
        [("fields", keys.fields.span()), ("values", keys.values.span()), ("rust", keys.rust.span())]
            .into_iter()
            .filter_map(|(key, span)| span.map(|span| (key, span)))
            .collect();
    match given.as_slice() {
        [] => {
            let title = format!("the message `{}` has neither `fields` nor `values` nor `rust`", name.value);
            faults.push(Diagnostic::error(codes::MISSING_KEY, title, name.span).about("fields").help(
                "write for example `fields = { celsius = \"f32\" }` or `values = [\"short\", \"long\"]`",
            ));
            return None;
        }
        [_] => {}
        [(first, first_span), (second, second_span), ..] => {
            let title = format!("the message `{}` has both `{first}` and `{second}`", name.value);
            faults.push(
                Diagnostic::error(codes::NOT_APPLICABLE, title, *second_span)
                    .here("one of the two is too many")
                    .also(*first_span, "the other")
                    .help("`fields` makes a record, `values` an enum, `rust` names a type of your own: keep one"),
            );
            return None;
        }
    }
    if let Some(fields) = keys.fields.get() {
        return Some(MessageKind::Record(record(name, &fields.value.0, names, faults)));
    }
    if let Some(values) = keys.values.get() {
        return Some(MessageKind::Enum(enumeration(name, &values.value.0, faults)));
    }
    keys.rust.get().map(|path| {
        faults.extend(rust_path_fault(path));
        MessageKind::Rust(path.clone())
    })
}

fn record(
    name: &Spanned<String>,
    fields: &[(Spanned<String>, Field<FieldType>)],
    names: &MessageNames<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(Spanned<String>, Type)> {
    if fields.is_empty() {
        faults.push(nothing_in(name, "field"));
    }
    let mut linked = Vec::new();
    for (field, field_type) in fields {
        faults.extend(names::identifier_fault("field", field));
        let Some(field_type) = field_type.get() else { continue };
        if let Some(field_type) = link_type(field_type, names, faults) {
            linked.push((field.clone(), field_type));
        }
    }
    linked
}

fn enumeration(
    name: &Spanned<String>,
    values: &[Spanned<String>],
    faults: &mut Vec<Diagnostic>,
) -> Vec<Spanned<String>> {
    if values.is_empty() {
        faults.push(nothing_in(name, "value"));
    }
    for value in values {
        // A dash is welcome in a value: it is a word for people first.
        let identifier = value.clone().map(|word| word.replace('-', "_"));
        // `Self` is the only keyword among capitalised variants, so lower-case keywords are fine here.
        if !names::is_keyword(&identifier) {
            faults.extend(names::identifier_fault("value", &identifier));
        }
    }
    let mut seen = HashSet::new();
    let (once, again): (Vec<_>, Vec<_>) = values.iter().partition(|value| seen.insert(value.value.as_str()));
    for value in again {
        let title = format!("the value `{}` is given twice", value.value);
        faults
            .push(Diagnostic::error(codes::DUPLICATE_NAME, title, value.span).help("remove one of the two"));
    }
    faults.extend(names::camel_clashes("value", once.into_iter(), &["Self"]));
    values.to_vec()
}

fn nothing_in(name: &Spanned<String>, what: &str) -> Diagnostic {
    let title = format!("the message `{}` has no {what}", name.value);
    Diagnostic::error(codes::MISSING_KEY, title, name.span)
        .help(format!("give it a {what}, or use a plain type such as `bool` as the channel's message"))
}

/// A type with its messages linked.
pub(super) fn link_type(
    written: &Spanned<FieldType>,
    names: &MessageNames<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Type> {
    let nested = |inner: &FieldType| Spanned::new(inner.clone(), written.span);
    match &written.value {
        FieldType::Primitive(primitive) => Some(Type::Primitive(*primitive)),
        FieldType::String(0) | FieldType::Array(_, 0) => {
            let title = format!("`{}` holds nothing", written.value);
            faults.push(
                Diagnostic::error(codes::BAD_TYPE, title, written.span)
                    .help("give it a length of at least 1"),
            );
            None
        }
        FieldType::String(length) => Some(Type::String(*length)),
        FieldType::Array(item, count) => {
            Some(Type::Array(Box::new(link_type(&nested(item), names, faults)?), *count))
        }
        // Messages are in CamelCase: a lower-case word was meant as a plain type.
        FieldType::Message(name)
            if !names.symbols.knows(name) && name.starts_with(|first: char| first.is_ascii_lowercase()) =>
        {
            faults.push(lower_case(name, written.span, names));
            None
        }
        FieldType::Message(name) => {
            names.symbols.link(&Spanned::new(name.clone(), written.span), faults).map(Type::Message)
        }
    }
}

/// A word in lower case that is neither a type nor a driver of the file's.
fn lower_case(name: &str, span: Span, names: &MessageNames<'_>) -> Diagnostic {
    match names.catalog.driver(name) {
        Some(Ok(driver)) if driver.message.is_empty() => {
            let title = format!("the driver `{name}` measures nothing, so it has no message");
            Diagnostic::error(codes::UNKNOWN_NAME, title, span)
        }
        Some(_) => {
            let title = format!("no device has the driver `{name}`");
            Diagnostic::error(codes::UNKNOWN_NAME, title, span)
                .help(format!("declare one: `[devices.NAME]` with `driver = \"{name}\"`"))
        }
        None => {
            let mut fault = bad_type(name, span);
            if let Some(near) = closest(name, names.catalog.driver_names()) {
                fault.helps = vec![format!("did you mean `{near}`?")];
            }
            fault
        }
    }
}

fn rust_path_fault(path: &Spanned<String>) -> Option<Diagnostic> {
    let is_segment = |segment: &str| {
        let mut characters = segment.chars();
        let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        starts
            && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
            && (segment == "crate" || !names::is_keyword(segment))
    };
    let good = path.contains("::") && path.split("::").all(is_segment);
    (!good).then(|| {
        Diagnostic::error(
            codes::BAD_VALUE,
            format!("`{}` is not the path of a Rust type", path.value),
            path.span,
        )
        .help("write the whole path, such as `crate::types::Reading` for `src/types.rs`")
    })
}

/// Where the path of a Rust type can lead: the project's modules, and the crates that its code can name.
pub(super) struct RustPaths<'a> {
    /// Modules of the crate, by name.
    pub(super) modules: &'a [String],
    /// The packages of `[dependencies]`.
    pub(super) dependencies: &'a [(Spanned<String>, String)],
    /// The drivers of devices, which bring crates.
    pub(super) drivers: &'a [NamedDriver],
    /// Whether there is a heap, which makes `alloc` a crate to name.
    pub(super) heap: bool,
}

/// Refuses paths that lead nowhere: the compiler would find the fault in generated code.
pub(super) fn refuse_lost_paths(list: &[Message], paths: &RustPaths<'_>, faults: &mut Vec<Diagnostic>) {
    for message in list {
        let MessageKind::Rust(path) = &message.kind else { continue };
        let mut segments = path.split("::");
        let fault = match (segments.next(), segments.next()) {
            (Some("crate"), Some(module)) => lost_module(path, module, paths.modules),
            (Some(package), Some(_)) => lost_crate(path, package, paths),
            // Not a path at all, which has been said.
            _ => None,
        };
        faults.extend(fault);
    }
}

fn lost_module(path: &Spanned<String>, module: &str, modules: &[String]) -> Option<Diagnostic> {
    if modules.iter().any(|known| known == module) {
        return None;
    }
    let title = format!("there is no module `{module}` in the project");
    let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, path.span)
        .here(format!("leads to `src/{module}.rs`, which is not there"));
    Some(match closest(module, modules.iter().map(String::as_str)) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => {
            fault.help(format!("write the type in `src/{module}.rs`, or give the path of the file it is in"))
        }
    })
}

fn lost_crate(path: &Spanned<String>, package: &str, paths: &RustPaths<'_>) -> Option<Diagnostic> {
    let as_crate = |name: &str| name.replace('-', "_");
    let known = paths.dependencies.iter().any(|(name, _)| as_crate(name) == package)
        || OWN_CRATES.iter().any(|name| as_crate(name) == package)
        || devices::brings(paths.drivers, package).is_some()
        || package == "core"
        || (package == "alloc" && paths.heap);
    (!known).then(|| {
        let title = format!("there is no crate `{package}`");
        Diagnostic::error(codes::UNKNOWN_NAME, title, path.span).help(format!(
            "add `{package}` to `[dependencies]`, or write `crate::…` for a type in your `src/`"
        ))
    })
}

/// A message that holds itself has no size: the first link back is refused and cut.
fn break_cycles(list: &mut [Message], faults: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; list.len()];
    let mut cut: Vec<(usize, usize)> = Vec::new();
    for start in 0..list.len() {
        // An explicit stack: a file may nest thousands of messages.
        let mut stack = vec![(start, 0)];
        while let Some((message, field)) = stack.pop() {
            if field == 0 {
                if marks[message] != Mark::New {
                    continue;
                }
                marks[message] = Mark::Open;
            }
            let MessageKind::Record(fields) = &list[message].kind else {
                marks[message] = Mark::Done;
                continue;
            };
            let Some((name, field_type)) = fields.get(field) else {
                marks[message] = Mark::Done;
                continue;
            };
            stack.push((message, field + 1));
            let Some(inner) = message_in(field_type) else { continue };
            match marks[inner.index()] {
                Mark::New => stack.push((inner.index(), 0)),
                Mark::Open => {
                    let title = format!("the message `{}` holds itself", list[inner.index()].name.value);
                    faults.push(
                        Diagnostic::error(codes::MESSAGE_CYCLE, title, name.span)
                            .here("leads back to it")
                            .also(list[inner.index()].name.span, "this message")
                            .note(
                                "messages are plain values without a heap: one that holds itself has no size",
                            )
                            .help("hold a number or a short text that says which one is meant"),
                    );
                    cut.push((message, field));
                }
                Mark::Done => {}
            }
        }
    }
    for (message, field) in cut {
        if let MessageKind::Record(fields) = &mut list[message].kind {
            fields[field].1 = Type::Primitive(fwc_schema::app::Primitive::Bool);
        }
    }
}

fn message_in(field_type: &Type) -> Option<MessageId> {
    match field_type {
        Type::Message(id) => Some(*id),
        Type::Array(item, _) => message_in(item),
        Type::Primitive(_) | Type::String(_) => None,
    }
}
