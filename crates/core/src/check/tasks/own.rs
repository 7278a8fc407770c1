//! A task of one of the project's own behaviours: its keys and channels against what the behavior.toml asks for.

use std::sync::Arc;

use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::BEHAVIORS;
use fwc_schema::behavior::PartKind;
use fwc_schema::device::Raw;
use fwc_schema::read::ReadFault;
use fwc_schema::{Field, Span, Spanned};

use super::{Ends, Entry};
use crate::app::{Access, Body, ChannelId, PeripheralId};
use crate::catalog::{Behavior, BehaviorEnd, BehaviorPart, Catalog, DriverKey, OptionValue, option};
use crate::check::carried;
use crate::check::symbols::Kind;
use crate::parse;

type OwnKeys = [(Spanned<String>, Field<Raw>)];

impl Entry<'_> {
    pub(super) fn own(&mut self, keys: &OwnKeys, ends: &Ends<'_>) -> Option<Body> {
        let name = self.named.entry.common.behavior.get()?;
        let behavior = match self.around.catalog.behavior(name) {
            // What is wrong with its file is told once, whichever task names it.
            Some(loaded) => loaded.ok()?,
            None => {
                self.unknown_behavior(name);
                return None;
            }
        };
        self.refuse_unknown_keys(keys, &behavior);
        let counts = [behavior.publishes.len(), behavior.subscribes.len()];
        let fits = self.expect_ends(ends, counts[0]..=counts[0], counts[1]..=counts[1]);
        if fits {
            self.expect_messages(&behavior, ends);
        }
        let uses: Vec<Option<PeripheralId>> =
            behavior.uses.iter().map(|part| self.part(part, keys)).collect();
        let values: Vec<Option<OptionValue>> =
            behavior.keys.iter().map(|key| self.own_value(key, keys)).collect();
        let uses = uses.into_iter().collect::<Option<_>>()?;
        let values = values.into_iter().collect::<Option<_>>()?;
        fits.then(|| Body::Own { behavior: Arc::clone(&behavior), uses, values })
    }

    fn unknown_behavior(&mut self, name: &Spanned<String>) {
        let title = format!("there is no behavior `{}`", name.value);
        let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, name.span);
        let words = BEHAVIORS.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let known = BEHAVIORS.iter().copied().chain(self.around.catalog.behavior_names());
        self.faults.push(match closest(name, known) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help(format!(
                "stock behaviours are {words}; one of your own is a folder `behaviors/NAME/`, and the code of one task is `code = \"…\"`"
            )),
        });
    }

    fn refuse_unknown_keys(&mut self, keys: &OwnKeys, behavior: &Behavior) {
        let parts = behavior.uses.iter().map(|part| part.name.clone());
        let known: Vec<String> = parts.chain(behavior.keys.iter().map(|key| key.name.clone())).collect();
        let task = &self.named.name.value;
        for (key, _) in keys.iter().filter(|(key, _)| !known.contains(&key.value)) {
            let fault = ReadFault::UnknownKey {
                key: key.value.clone(),
                span: key.span,
                table: format!("`[tasks.{task}]` with behavior `{}`", behavior.name),
                known: known.clone(),
                owner: None,
            };
            self.faults.extend(parse::diagnose(fault));
        }
    }

    /// Whether each channel carries what the behaviour says of it.
    fn expect_messages(&mut self, behavior: &Behavior, ends: &Ends<'_>) {
        let subscribed = behavior.subscribes.iter().zip(ends.subscribes).map(|pair| (pair, "take"));
        let published = behavior.publishes.iter().zip(ends.publishes).map(|pair| (pair, "make"));
        for ((asked, end), verb) in subscribed.chain(published) {
            self.expect_message(behavior, asked, end, verb);
        }
    }

    fn expect_message(
        &mut self,
        behavior: &Behavior,
        asked: &BehaviorEnd,
        end: &Spanned<ChannelId>,
        verb: &str,
    ) {
        let channel = &self.around.channels[end.value.index()];
        let fits = match &asked.message {
            _ if channel.kind == fwc_schema::app::ChannelKind::Pipe => false,
            Some(message) => message.to_string() == carried::type_name(&channel.carries, self.around),
            None => true,
        };
        if fits {
            return;
        }
        let message =
            asked.message.as_ref().map_or("any message".to_string(), |message| format!("`{message}`"));
        let does = format!("`{}` does not {verb}", behavior.name);
        self.faults.push(
            carried::mismatch(end, channel, self.around, &does)
                .note(format!(
                    "behaviors/{}/behavior.toml says that its `{}` is {message}",
                    behavior.name, asked.name
                ))
                .help("name another channel, or change the message of one of the two"),
        );
    }

    fn part(&mut self, part: &BehaviorPart, keys: &OwnKeys) -> Option<PeripheralId> {
        let (kind, access) = match part.kind {
            PartKind::Output => (Kind::Output, Access::Whole),
            PartKind::Input => (Kind::Input, Access::Whole),
            PartKind::Pwm => (Kind::Pwm, Access::Whole),
            PartKind::Adc => (Kind::Adc, Access::Whole),
            PartKind::Reader => (Kind::Readable, Access::Read),
            PartKind::Writer => (Kind::Writable, Access::Write),
        };
        let field = match written(keys, &part.name) {
            None => Field::Absent,
            Some((_, Field::Given(raw))) => match &raw.value {
                Raw::Text(name) => Field::Given(Spanned::new(name.clone(), raw.span)),
                other => {
                    let fault = ReadFault::WrongType {
                        key: part.name.clone(),
                        expected: "a string".to_string(),
                        found: other.type_name(),
                        span: raw.span,
                    };
                    self.faults.extend(parse::diagnose(fault));
                    return None;
                }
            },
            Some((key, _)) => Field::Faulty(key.span),
        };
        self.peripheral(&part.name, &field, kind, access)
    }

    fn own_value(&mut self, key: &DriverKey, keys: &OwnKeys) -> Option<OptionValue> {
        match written(keys, &key.name) {
            Some((_, Field::Given(raw))) => option::read(key, &key.name, raw, self.faults),
            Some(_) => None,
            None => {
                if key.default.is_none() {
                    let title = format!("the task `{}` has no `{}`", self.named.name.value, key.name);
                    let what = key.description.as_deref().unwrap_or("its behaviour has no default for it");
                    let span: Span = self.named.name.span;
                    self.faults.push(
                        Diagnostic::error(codes::MISSING_KEY, title, span)
                            .about(&key.name)
                            .help(format!("give it `{} = …`: {what}", key.name)),
                    );
                }
                key.default.clone()
            }
        }
    }
}

/// What a task says to a key.
fn written<'a>(keys: &'a OwnKeys, name: &str) -> Option<&'a (Spanned<String>, Field<Raw>)> {
    keys.iter().find(|(key, _)| key.value == name)
}

/// What is wrong with the files of the behaviours that tasks name, each file once.
pub(super) fn faulty_files(catalog: &Catalog, names: &[&Spanned<String>]) -> Vec<Diagnostic> {
    let mut told: Vec<&str> = Vec::new();
    let mut faults = Vec::new();
    for name in names {
        let Some(Err(found)) = catalog.behavior(name) else { continue };
        if told.contains(&name.as_str()) {
            continue;
        }
        told.push(name);
        let named_here = |fault: &Diagnostic| fault.clone().also(name.span, "the behaviour is named here");
        faults.extend(found.iter().map(named_here));
    }
    faults
}
