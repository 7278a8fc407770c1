//! `[tasks.*]`: behaviours and code, what they own, and which channels they stand at.

mod pace;

mod followers;
mod own;

use std::collections::HashMap;

use fwc_diag::{Diagnostic, Severity, codes};
use fwc_schema::app::{
    AppFile, BehaviorKeys, BlinkKeys, ButtonKeys, EchoKeys, Named, PrintFormat, PrintKeys, Priority,
    TaskEntry, ToggleKeys,
};
use fwc_schema::read::Names as NameList;
use fwc_schema::units::Duration;
use fwc_schema::{Field, Span, Spanned};

use crate::app::{
    Access, Body, ButtonEvents, Channel, ChannelId, Message, Peripheral, PeripheralId, PeripheralKind, Task,
    Use,
};
use crate::catalog::Catalog;
use crate::check::carried;
use crate::check::symbols::{Kind, Names};
use crate::names;

/// How long a press lasts to be `long` where the file does not say.
const DEFAULT_LONG_PRESS: Duration = Duration(600_000_000);

/// The tasks of the file.
pub(super) struct Tasks {
    pub(super) list: Vec<Task>,
    /// Whether a task was faulty, so that an end of a channel may be missing for that.
    pub(super) incomplete: bool,
}

/// What a task is checked against.
pub(super) struct Surroundings<'a> {
    pub(super) names: Names<'a>,
    pub(super) peripherals: &'a [Peripheral],
    pub(super) channels: &'a [Channel],
    pub(super) messages: &'a [Message],
    pub(super) catalog: &'a Catalog,
}

/// Checks every task.
pub(super) fn check(file: &AppFile, around: &Surroundings<'_>, faults: &mut Vec<Diagnostic>) -> Tasks {
    let mut tasks = Tasks { list: Vec::new(), incomplete: false };
    faults.extend(names::camel_clashes("task", file.tasks.iter().map(|named| &named.name), &[]));
    for named in &file.tasks {
        let before = errors(faults);
        faults.extend(names::identifier_fault("task", &named.name));
        let mut entry = Entry { named, around, faults, uses: Vec::new() };
        let task = entry.task();
        tasks.incomplete |= task.is_none() || errors(faults) > before;
        tasks.list.extend(task);
    }
    refuse_shared_modules(&tasks.list, faults);
    let behaviors = file.tasks.iter().filter_map(|named| named.entry.common.behavior.get());
    let behaviors: Vec<&Spanned<String>> = behaviors.collect();
    faults.extend(own::faulty_files(around.catalog, &behaviors));
    tasks
}

/// Each task gives its code a struct of its own, so one function cannot be the code of two.
fn refuse_shared_modules(tasks: &[Task], faults: &mut Vec<Diagnostic>) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for task in tasks {
        let Body::Code { module } = &task.body else { continue };
        let Some(earlier) = first.insert(module, module.span) else { continue };
        first.insert(module, earlier);
        let title = format!("`{}` is the code of two tasks", module.value);
        faults.push(
            Diagnostic::error(codes::DUPLICATE_NAME, title, module.span)
                .also(earlier, "the first task of this code")
                .note("the code is given what its task uses, which is another type for each task")
                .help(format!(
                    "give each task its own module, with what they share in a third: a function in `src/{}_common.rs`",
                    module.value
                )),
        );
    }
}

/// How many errors there are so far.
fn errors(faults: &[Diagnostic]) -> usize {
    faults.iter().filter(|fault| fault.severity == Severity::Error).count()
}

/// All modules of the project that are part of the crate, sorted: those in `src/` and those that are yet to be written.
///
/// A file that cannot be a module is left out with a warning at `place`: it has no place in app.toml.
pub(super) fn modules(
    tasks: &[Task],
    found: &[String],
    place: Span,
    faults: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let (unfit, found): (Vec<&String>, Vec<&String>) =
        found.iter().partition(|module| !names::is_module_name(module));
    faults.extend(unfit.into_iter().map(|module| {
        let title = format!("`src/{module}.rs` is not part of the firmware");
        Diagnostic::warning(codes::NAME_CLASH, title, place)
            .note(format!("the generated crate cannot have a module `{module}` of yours"))
            .help("rename the file, or put what it holds into another")
    }));
    let of_tasks = tasks.iter().filter_map(|task| match &task.body {
        Body::Code { module } => Some(module.value.clone()),
        _ => None,
    });
    let mut modules: Vec<String> = found.into_iter().cloned().chain(of_tasks).collect();
    modules.sort();
    modules.dedup();
    modules
}

/// One task being checked.
struct Entry<'a> {
    named: &'a Named<TaskEntry>,
    around: &'a Surroundings<'a>,
    faults: &'a mut Vec<Diagnostic>,
    uses: Vec<Use>,
}

impl Entry<'_> {
    fn task(&mut self) -> Option<Task> {
        let named = self.named;
        let common = &named.entry.common;
        let period = self.period();
        let publishes = self.channels("publishes", &common.publishes);
        let subscribes = self.channels("subscribes", &common.subscribes);
        self.common_uses(&common.uses);
        self.refuse_both_ends(&publishes, &subscribes);
        let body = self.body(&publishes, &subscribes)?;
        self.check_period(&body, period.is_some());
        let deadline = self.deadline(&body);
        let supervised = self.supervised(&body);
        Some(Task {
            name: named.name.clone(),
            body,
            deadline: deadline.filter(|_| period.is_some()),
            supervised: supervised.filter(|_| period.is_some()),
            period,
            priority: common
                .priority
                .get()
                .copied()
                .unwrap_or(Spanned::new(Priority::Normal, named.name.span)),
            core: common.core.get().copied().unwrap_or(Spanned::new(0, named.name.span)),
            uses: merge_uses(std::mem::take(&mut self.uses)),
            publishes,
            subscribes,
        })
    }

    fn channels(&mut self, key: &str, field: &Field<NameList>) -> Vec<Spanned<ChannelId>> {
        let Some(list) = field.get() else { return Vec::new() };
        let mut linked: Vec<Spanned<ChannelId>> = Vec::new();
        for name in &list.value.0 {
            let known = &self.around.names;
            if let (false, Some(fault)) =
                (known.channels.knows(name), known.peripherals.misplaced(name, key, "channel"))
            {
                self.faults.push(fault.help("peripherals stand in `uses`"));
                continue;
            }
            let Some(id) = known.channels.link(name, self.faults) else { continue };
            match linked.iter().find(|earlier| earlier.value == id) {
                Some(earlier) => self.faults.push(listed_twice(name, earlier.span)),
                None => linked.push(Spanned::new(id, name.span)),
            }
        }
        linked
    }

    fn common_uses(&mut self, field: &Field<NameList>) {
        let Some(list) = field.get() else { return };
        for name in &list.value.0 {
            let known = &self.around.names;
            if let (false, Some(fault)) =
                (known.peripherals.knows(name), known.channels.misplaced(name, "uses", "peripheral"))
            {
                self.faults.push(fault.help("channels stand in `publishes` or `subscribes`"));
                continue;
            }
            let Some(id) = known.peripherals.link(name, self.faults) else { continue };
            if let Some(earlier) = self.uses.iter().find(|earlier| earlier.peripheral == id) {
                self.faults.push(listed_twice(name, earlier.span));
                continue;
            }
            if let PeripheralKind::Watchdog(_) = self.around.peripherals[id.index()].kind {
                self.faults.push(watchdog_used(name));
                continue;
            }
            self.uses.push(Use { peripheral: id, access: Access::Whole, span: name.span });
        }
    }

    /// A task that reads what it writes would have two fields of one name, and with `wait` would wait for itself.
    fn refuse_both_ends(&mut self, publishes: &[Spanned<ChannelId>], subscribes: &[Spanned<ChannelId>]) {
        for channel in publishes {
            let Some(other) = subscribes.iter().find(|other| other.value == channel.value) else { continue };
            let name = &self.around.channels[channel.value.index()].name;
            let title = format!("the task both publishes and subscribes `{}`", name.value);
            self.faults.push(
                Diagnostic::error(codes::NAME_CLASH, title, other.span)
                    .here("subscribed here")
                    .also(channel.span, "published here")
                    .note("a full channel would make the task wait for itself")
                    .help("keep the value in a variable of the task, or split the task in two"),
            );
        }
    }

    fn body(&mut self, publishes: &[Spanned<ChannelId>], subscribes: &[Spanned<ChannelId>]) -> Option<Body> {
        let common = &self.named.entry.common;
        match (&common.behavior, &common.code) {
            (Field::Absent, Field::Absent) => {
                let title = format!("the task `{}` has neither `behavior` nor `code`", self.named.name.value);
                self.faults.push(
                    Diagnostic::error(codes::BEHAVIOR_OR_CODE, title, self.named.name.span).about("behavior").help(format!(
                        "give it a stock behaviour such as `behavior = \"blink\"`, or `code = \"{}\"` for your own Rust in `src/{}.rs`",
                        self.named.name.value, self.named.name.value
                    )),
                );
                return None;
            }
            (behavior, code) if !behavior.is_absent() && !code.is_absent() => {
                let title = format!("the task `{}` has both `behavior` and `code`", self.named.name.value);
                let span = code.span().unwrap_or(self.named.name.span);
                self.faults.push(
                    Diagnostic::error(codes::BEHAVIOR_OR_CODE, title, span)
                        .here("one of the two is too many")
                        .also(behavior.span().unwrap_or(span), "the other")
                        .help("keep `behavior` for a stock behaviour, or `code` for your own Rust"),
                );
                return None;
            }
            _ => {}
        }
        let ends = Ends { publishes, subscribes };
        match &self.named.entry.behavior_keys {
            BehaviorKeys::Code => self.code(&ends),
            BehaviorKeys::Blink(keys) => self.blink(keys, &ends),
            BehaviorKeys::Button(keys) => self.button(keys, &ends),
            BehaviorKeys::Toggle(keys) => self.toggle(keys, &ends),
            BehaviorKeys::Print(keys) => self.print(keys, &ends),
            BehaviorKeys::Echo(keys) => self.echo(keys, &ends),
            BehaviorKeys::Drive(keys) => self.drive(keys, &ends),
            BehaviorKeys::Threshold(keys) => self.threshold(keys, &ends),
            BehaviorKeys::Sample(keys) => self.sample(keys, &ends),
            BehaviorKeys::Own(keys) => self.own(keys, &ends),
            BehaviorKeys::Unknown => None,
        }
    }

    fn code(&mut self, ends: &Ends<'_>) -> Option<Body> {
        let module = self.named.entry.common.code.get()?.clone();
        if let Some(fault) = names::identifier_fault("module", &module) {
            let mut fault = fault;
            if let Some(stem) = module.strip_suffix(".rs") {
                let stem = stem.strip_prefix("src/").unwrap_or(stem);
                fault.helps = vec![format!("write `code = \"{stem}\"` for `src/{stem}.rs`")];
            }
            self.faults.push(fault);
            return None;
        }
        if !names::is_module_name(&module) {
            let title = format!("`{}` cannot be the name of a module", module.value);
            self.faults.push(
                Diagnostic::error(codes::NAME_CLASH, title, module.span)
                    .here("the generated crate has a module or names a crate that is called so")
                    .help(format!(
                        "name the file `src/{0}_task.rs` and write `code = \"{0}_task\"`",
                        module.value
                    )),
            );
            return None;
        }
        self.refuse_field_clashes(ends);
        Some(Body::Code { module })
    }

    /// The fields of a task's `Io` struct: a peripheral, a channel and the ticker cannot share a name.
    fn refuse_field_clashes(&mut self, ends: &Ends<'_>) {
        let around = self.around;
        let peripherals: Vec<_> = self
            .uses
            .iter()
            .map(|used| (around.peripherals[used.peripheral.index()].name.as_str(), used.span))
            .collect();
        let channels: Vec<_> = ends
            .publishes
            .iter()
            .chain(ends.subscribes)
            .map(|end| (around.channels[end.value.index()].name.as_str(), end.span))
            .collect();
        for (name, span) in &channels {
            if let Some((_, other)) = peripherals.iter().find(|(peripheral, _)| peripheral == name) {
                self.faults.push(
                    Diagnostic::error(
                        codes::NAME_CLASH,
                        format!("a peripheral and a channel of this task are both called `{name}`"),
                        *span,
                    )
                    .also(*other, "the peripheral")
                    .note("each becomes a field of the task's `io`")
                    .help("rename one of them"),
                );
            }
        }
        if self.named.entry.common.every.is_absent() && self.named.entry.common.rate.is_absent() {
            return;
        }
        for (name, span) in peripherals.iter().chain(&channels) {
            if *name == "tick" {
                self.faults.push(
                    Diagnostic::error(codes::NAME_CLASH, "`tick` is the name of the task's ticker", *span)
                        .note("each becomes a field of the task's `io`")
                        .help("rename this one"),
                );
            }
        }
    }

    fn blink(&mut self, keys: &BlinkKeys, ends: &Ends<'_>) -> Option<Body> {
        self.expect_ends(ends, 0..=0, 0..=0);
        let output = self.peripheral("output", &keys.output, Kind::Output, Access::Whole);
        Some(Body::Blink { output: output? })
    }

    fn button(&mut self, keys: &ButtonKeys, ends: &Ends<'_>) -> Option<Body> {
        let fits = self.expect_ends(ends, 1..=1, 0..=0);
        let input = self.peripheral("input", &keys.input, Kind::Input, Access::Whole);
        if !fits {
            return None;
        }
        let events = carried::button_events(&ends.publishes[0], self.around, self.faults)?;
        let long_press = keys.long_press.get().map_or(DEFAULT_LONG_PRESS, |time| time.value);
        if let (ButtonEvents::Levels, Some(span)) = (events, keys.long_press.span()) {
            self.faults.push(
                Diagnostic::warning(codes::UNUSED, "`long-press` has no effect on a channel of `bool`", span)
                    .note("a `bool` says pressed or released, and no more")
                    .help("publish an enum message with `values = [\"short\", \"long\"]`, or remove the key"),
            );
        }
        Some(Body::Button { input: input?, long_press, events })
    }

    fn toggle(&mut self, keys: &ToggleKeys, ends: &Ends<'_>) -> Option<Body> {
        let fits = self.expect_ends(ends, 0..=0, 1..=1);
        let output = self.peripheral("output", &keys.output, Kind::Output, Access::Whole);
        if !fits {
            return None;
        }
        let on = carried::toggle_on(&ends.subscribes[0], self.around, self.faults)?;
        Some(Body::Toggle { output: output?, on })
    }

    fn print(&mut self, keys: &PrintKeys, ends: &Ends<'_>) -> Option<Body> {
        self.expect_ends(ends, 0..=0, 1..=usize::MAX);
        let to = self.peripheral("to", &keys.to, Kind::Writable, Access::Write);
        for channel in ends.subscribes {
            carried::refuse_unprintable(channel, self.around, self.faults);
        }
        let format = keys.format.get().map_or(PrintFormat::Text, |format| format.value);
        Some(Body::Print { to: to?, format })
    }

    fn echo(&mut self, keys: &EchoKeys, ends: &Ends<'_>) -> Option<Body> {
        self.expect_ends(ends, 0..=0, 0..=0);
        let from = self.peripheral("from", &keys.from, Kind::Readable, Access::Read);
        let to = self.peripheral("to", &keys.to, Kind::Writable, Access::Write);
        Some(Body::Echo { from: from?, to: to? })
    }

    /// Links a behaviour's own key to a peripheral of the right kind.
    fn peripheral(
        &mut self,
        key: &str,
        field: &Field<String>,
        kind: Kind,
        access: Access,
    ) -> Option<PeripheralId> {
        if field.is_absent() {
            let title = format!("the task `{}` has no `{key}`", self.named.name.value);
            self.faults.push(
                Diagnostic::error(codes::MISSING_KEY, title, self.named.name.span)
                    .about(key)
                    .help(format!("give it `{key} = \"…\"` with the name of {}", kind.description())),
            );
        }
        let name = field.get()?;
        let id = self.around.names.peripherals.link(name, self.faults)?;
        let peripheral = &self.around.peripherals[id.index()];
        if let Some(fault) = kind.fault(key, name, peripheral, self.around.peripherals) {
            self.faults.push(fault);
            return None;
        }
        self.uses.push(Use { peripheral: id, access, span: name.span });
        Some(id)
    }

    /// Whether the task stands at as many channels as its behaviour does.
    fn expect_ends(
        &mut self,
        ends: &Ends<'_>,
        publishes: std::ops::RangeInclusive<usize>,
        subscribes: std::ops::RangeInclusive<usize>,
    ) -> bool {
        let common = &self.named.entry.common;
        let published = self.expect_count("publishes", &common.publishes, ends.publishes.len(), publishes);
        let subscribed =
            self.expect_count("subscribes", &common.subscribes, ends.subscribes.len(), subscribes);
        published && subscribed
    }

    /// The behaviour that the file names.
    fn behavior_word(&self) -> String {
        self.named.entry.common.behavior.get().map_or(String::new(), |behavior| behavior.value.clone())
    }

    fn expect_count(
        &mut self,
        key: &str,
        field: &Field<NameList>,
        linked: usize,
        expected: std::ops::RangeInclusive<usize>,
    ) -> bool {
        let written = field.get().map_or(0, |list| list.value.0.len());
        let behavior = self.behavior_word();
        if field.is_absent() && !expected.contains(&0) {
            let title = format!("the task `{}` has no `{key}`", self.named.name.value);
            self.faults.push(
                Diagnostic::error(codes::MISSING_KEY, title, self.named.name.span)
                    .about(key)
                    .help(format!("give it `{key} = [\"…\"]` with the name of a channel")),
            );
            return false;
        }
        if let (Some(list), false) = (field.get(), expected.contains(&written)) {
            let verb = if key == "publishes" { "publishes on" } else { "subscribes to" };
            let wanted = match (*expected.start(), *expected.end()) {
                (0, 0) => format!("behavior `{behavior}` {verb} no channel"),
                (1, 1) => format!("behavior `{behavior}` {verb} one channel, not {written}"),
                (least, most) if least == most => {
                    format!("behavior `{behavior}` {verb} {least} channels, not {written}")
                }
                _ => format!("behavior `{behavior}` {verb} at least one channel"),
            };
            let help = match *expected.start() {
                _ if *expected.end() == 0 => format!("remove `{key}`"),
                0 | 1 => "name one channel".to_string(),
                least => format!("name {least} channels"),
            };
            self.faults.push(Diagnostic::error(codes::NOT_APPLICABLE, wanted, list.span).help(help));
            return false;
        }
        expected.contains(&linked)
    }
}

fn listed_twice(name: &Spanned<String>, earlier: Span) -> Diagnostic {
    let title = format!("`{}` is listed twice", name.value);
    Diagnostic::error(codes::DUPLICATE_NAME, title, name.span)
        .also(earlier, "here already")
        .help("remove one of the two")
}

fn watchdog_used(name: &Spanned<String>) -> Diagnostic {
    let title = format!("`{}` is a `watchdog`, which no task uses", name.value);
    Diagnostic::error(codes::WRONG_KIND, title, name.span)
        .note("it is fed while every supervised task keeps its pace")
        .help("write `supervised = true` for this task, and leave the watchdog out of `uses`")
}

/// The channels at a task's ends.
struct Ends<'a> {
    publishes: &'a [Spanned<ChannelId>],
    subscribes: &'a [Spanned<ChannelId>],
}

/// One entry for each peripheral: a task that names both halves owns the whole.
fn merge_uses(uses: Vec<Use>) -> Vec<Use> {
    let mut merged: Vec<Use> = Vec::new();
    for used in uses {
        match merged.iter_mut().find(|earlier| earlier.peripheral == used.peripheral) {
            Some(earlier) if earlier.access != used.access => earlier.access = Access::Whole,
            Some(_) => {}
            None => merged.push(used),
        }
    }
    merged
}
