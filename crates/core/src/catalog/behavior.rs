//! A project's own behaviours: the text of a behavior.toml to a [`Behavior`], or to everything that is wrong with it.

use std::sync::{Arc, OnceLock};

use fwc_diag::{Diagnostic, Severity, codes};
use fwc_schema::app::{BEHAVIORS, CommonTaskKeys, FieldType, Named};
use fwc_schema::behavior::{self, BehaviorFile, EndKeys, Pace, PartKeys, PartKind};
use fwc_schema::device::KeyKeys;
use fwc_schema::{SourceId, Span, Spanned};

use super::device::DriverKey;
use super::device_file::{self, Faults};
use crate::{names, parse};

/// A behaviour of a project's own: the folder `behaviors/NAME/`.
#[derive(Clone, Debug)]
pub struct ProjectBehavior {
    /// The folder's name.
    pub name: String,
    /// Where the text of its behavior.toml stands among the sources of the run.
    pub source: SourceId,
    /// That text.
    pub text: String,
    /// Whether the folder has a behavior.rs.
    pub has_code: bool,
}

/// What app.toml may say to a behaviour, and what its function is given: the ticker where it has a pace, then all of
/// these in their order.
#[derive(Clone, Debug)]
pub struct Behavior {
    /// Its name, a Rust identifier: the folder's, the module's and the function's.
    pub name: String,
    /// Whether its tasks have a ticker.
    pub pace: Pace,
    /// The channels that it reads.
    pub subscribes: Vec<BehaviorEnd>,
    /// The channels that it writes.
    pub publishes: Vec<BehaviorEnd>,
    /// The peripherals that keys of the task name.
    pub uses: Vec<BehaviorPart>,
    /// Its other keys.
    pub keys: Vec<DriverKey>,
}

impl Behavior {
    /// Whether its function is given a ticker.
    pub fn has_ticker(&self) -> bool {
        self.pace == Pace::Required
    }
}

/// A channel that a behaviour stands at.
#[derive(Clone, Debug)]
pub struct BehaviorEnd {
    /// What the behaviour calls it.
    pub name: String,
    /// What it must carry; nothing where it may carry anything.
    pub message: Option<FieldType>,
}

/// A peripheral that a behaviour is given.
#[derive(Clone, Debug)]
pub struct BehaviorPart {
    /// The key that names it.
    pub name: String,
    /// What it must be.
    pub kind: PartKind,
}

/// A behavior.toml and what was read of it so far.
#[derive(Debug)]
pub(super) struct BehaviorEntry {
    own: ProjectBehavior,
    behavior: OnceLock<Result<Arc<Behavior>, Vec<Diagnostic>>>,
}

impl BehaviorEntry {
    pub(super) fn new(own: ProjectBehavior) -> BehaviorEntry {
        BehaviorEntry { own, behavior: OnceLock::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.own.name
    }

    pub(super) fn behavior(&self) -> Result<&Arc<Behavior>, &[Diagnostic]> {
        self.behavior.get_or_init(|| load(&self.own).map(Arc::new)).as_ref().map_err(Vec::as_slice)
    }
}

fn load(own: &ProjectBehavior) -> Result<Behavior, Vec<Diagnostic>> {
    let (file, read_faults) = behavior::read(own.source, &own.text);
    let mut faults = Faults::new(parse::diagnostics(&own.text, read_faults), file.span, codes::BAD_BEHAVIOR);
    let name = &own.name;
    if !own.has_code {
        let title = format!("`behaviors/{name}/behavior.rs` is missing");
        faults.add(file.span, title, &format!("write it, with the function `pub async fn {name}`"));
    }
    faults.list.extend(names::identifier_fault("behavior", &Spanned::new(name.clone(), file.span)));
    if BEHAVIORS.contains(&name.as_str()) {
        let title = format!("`behaviors/{name}/` has the name of a stock behaviour");
        faults.add(file.span, title, "rename the folder, and the function in its behavior.rs");
    }
    let behavior = link(name, &file, &mut faults);
    let is_sound = faults.list.iter().all(|fault| fault.severity != Severity::Error);
    if is_sound { Ok(behavior) } else { Err(faults.list) }
}

fn link(name: &str, file: &BehaviorFile, faults: &mut Faults) -> Behavior {
    refuse_one_key_for_two(file, faults);
    Behavior {
        name: name.to_string(),
        pace: file.behavior.pace.get().map_or(Pace::None, |pace| pace.value),
        subscribes: file.subscribes.iter().filter_map(|named| end(named, faults)).collect(),
        publishes: file.publishes.iter().filter_map(|named| end(named, faults)).collect(),
        uses: file.uses.iter().filter_map(|named| part(named, faults)).collect(),
        keys: file.keys.iter().filter_map(|named| key(named, faults)).collect(),
    }
}

/// Peripherals and other values are all keys of one task, which has keys of its own.
fn refuse_one_key_for_two(file: &BehaviorFile, faults: &mut Faults) {
    for named in &file.keys {
        if let Some(part) = file.uses.iter().find(|part| part.name.value == named.name.value) {
            let title = format!("`{}` is both a key and a peripheral", named.name.value);
            let fault = Diagnostic::error(codes::BAD_BEHAVIOR, title, named.name.span);
            faults.list.push(fault.also(part.name.span, "the peripheral").help("rename one of them"));
        }
    }
    let names = file.keys.iter().map(|named| &named.name).chain(file.uses.iter().map(|named| &named.name));
    for name in names {
        if CommonTaskKeys::has(&name.value) {
            faults.add(name.span, format!("every task has a key `{}`", name.value), "take another name");
        }
    }
}

fn check_name(what: &str, name: &Spanned<String>, faults: &mut Faults) {
    let as_identifier = name.clone().map(|name| name.replace('-', "_"));
    faults.list.extend(names::identifier_fault(what, &as_identifier));
}

fn end(named: &Named<EndKeys>, faults: &mut Faults) -> Option<BehaviorEnd> {
    let (name, keys) = (&named.name, &named.entry);
    check_name("channel", name, faults);
    let what = format!("`message` of the channel `{}`", name.value);
    let help = "write a type such as `message = \"bool\"`, a message of app.toml, or `message = \"any\"`";
    let written = faults.required(&keys.message, name.span, &what, help)?;
    let span: Span = keys.message.span().unwrap_or(name.span);
    let message = match written.as_str() {
        "any" => None,
        written => match FieldType::parse(written) {
            Some(message) => Some(message),
            None => {
                faults.list.push(parse::bad_type(written, span));
                return None;
            }
        },
    };
    Some(BehaviorEnd { name: name.value.clone(), message })
}

fn part(named: &Named<PartKeys>, faults: &mut Faults) -> Option<BehaviorPart> {
    let (name, keys) = (&named.name, &named.entry);
    check_name("key", name, faults);
    let what = format!("`kind` of `{}`", name.value);
    let help = "write `kind = \"output\"`, `\"input\"`, `\"pwm\"`, `\"adc\"`, `\"reader\"` or `\"writer\"`";
    let kind = faults.required(&keys.kind, name.span, &what, help)?;
    Some(BehaviorPart { name: name.value.clone(), kind })
}

fn key(named: &Named<KeyKeys>, faults: &mut Faults) -> Option<DriverKey> {
    check_name("key", &named.name, faults);
    device_file::key(named, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stock_behaviour_keeps_its_name() {
        let text = String::new();
        let own = ProjectBehavior { name: "blink".into(), source: SourceId(1), text, has_code: true };
        let faults = load(&own).expect_err("the name is taken");
        let titles: Vec<&str> = faults.iter().map(|fault| fault.title.as_str()).collect();
        assert_eq!(titles, ["`behaviors/blink/` has the name of a stock behaviour"]);
    }
}
