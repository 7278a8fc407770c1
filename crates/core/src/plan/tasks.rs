//! Tasks: each a function with its parameters and body, and how `main` spawns it.

mod call;
mod own;

use fwc_schema::app::{ChannelKind, PrintFormat};
use serde::Serialize;

pub(super) use call::Call;
use call::channel_end;

use crate::app::{Access, App, Body, ButtonEvents, ChannelId, PeripheralId, PeripheralKind, Task, ToggleOn};
use crate::names::camel_case;
use crate::plan::Facts;
use crate::plan::channels::ChannelPlan;
use crate::plan::entry::Entry;
use crate::plan::executors::ExecutorPlan;
use crate::plan::expression::{Expression, Statement};
use crate::plan::names::Scope;
use crate::plan::numbers;
use crate::plan::pace::{self, StaticCode};
use crate::plan::peripherals::{PeripheralPlan, Scopes};
use crate::plan::usb::UsbPlan;
use crate::resolved::Executor;

/// One `[tasks.NAME]`, or a task of fwc's own: the log's, or the USB device's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskPlan {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: Entry,
    /// The behaviour's name, `code`, or `log` or `usb`.
    pub does: String,
    /// The module of the user's code.
    pub module: Option<String>,
    /// One of the project's own behaviours, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behavior: Option<String>,
    /// What polls it.
    pub executor: Executor,
    /// The ticker's period in microseconds.
    pub period_us: Option<u64>,
    /// The longest time from a tick to the end of its work, in microseconds.
    pub deadline_us: Option<u64>,
    /// Whether the watchdog bites when it stops.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub supervised: bool,
    /// What it owns.
    pub uses: Vec<UsePlan>,
    /// Channels that it writes.
    pub publishes: Vec<String>,
    /// Channels that it reads.
    pub subscribes: Vec<String>,
    /// The generated code.
    pub code: TaskCode,
}

/// A peripheral, or a half of it, in a task's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsePlan {
    /// What.
    pub peripheral: String,
    /// Which part of it.
    pub access: Access,
}

/// A task's part of the generated code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskCode {
    /// The static in the module `tasks` that counts missed deadlines.
    pub deadline: Option<StaticCode>,
    /// The function in the module `tasks`.
    pub function: String,
    /// Its parameters.
    pub parameters: Vec<ParameterCode>,
    /// Whether it ends: the user's never does, and Rust knows.
    pub never_ends: bool,
    /// Whether it is an `async fn`, which takes room twice for what it is given. It is one where the user's code runs
    /// in an interrupt: of an `async fn`, only what it is given must be `Send`, and not what it holds at an `.await`.
    pub is_async: bool,
    /// Its body: statements, and the future that it returns.
    pub body: Vec<Statement>,
    /// The future that it returns.
    pub future: Expression,
    /// The struct that the user's code is given.
    pub io: Option<IoCode>,
    /// The statements of `main` that spawn it.
    pub spawn: Vec<Statement>,
}

/// A parameter of a task's function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterCode {
    /// Its name.
    pub name: String,
    /// Its type.
    pub rust_type: String,
}

/// The struct that the user's code is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IoCode {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Vec<IoField>,
}

/// A field of the struct that the user's code is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IoField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub rust_type: String,
    /// What it is.
    pub role: FieldRole,
    /// What a comment says of it.
    pub comment: String,
}

/// What a field gives to the user's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "of")]
pub enum FieldRole {
    /// The ticker.
    Tick,
    /// A peripheral's handle, or a half of it.
    Handle(HandleTraits),
    /// The end of a channel that messages go into.
    Publisher(ChannelKind),
    /// The end of a channel that messages come out of.
    Subscriber(ChannelKind),
}

/// What can be done with a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandleTraits {
    /// It is switched.
    Output,
    /// It is asked and waited for.
    Input,
    /// Bytes are read.
    Read,
    /// Bytes are written.
    Write,
    /// Bytes are read and written.
    ReadWrite,
    /// Its duty is set.
    Pwm,
    /// Its voltage is read.
    Analog,
    /// It is what its driver makes of it.
    Device,
    /// Parts on it are written and read.
    I2c,
    /// Bytes go both ways at once.
    Spi,
}

/// What tasks are planned from.
pub(super) struct Parts<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) usb: Option<&'a UsbPlan>,
    pub(super) peripherals: &'a [PeripheralPlan],
    pub(super) channels: &'a [ChannelPlan],
    pub(super) executors: &'a [ExecutorPlan],
}

/// The USB device's and the log's, then those of the file in its order.
pub(super) fn tasks(parts: &Parts<'_>, scopes: &mut Scopes) -> Vec<TaskPlan> {
    let app = parts.facts.app();
    let mut functions = Scope::default();
    for task in &app.tasks {
        functions.take(&task.name, "");
    }
    let usb = parts.usb.map(|usb| parts.usb_task(usb, functions.take("run_usb", "_task")));
    let log = parts.log_task(&mut functions);
    let tasks = app.tasks.iter().zip(&parts.facts.resolved.executors);
    usb.into_iter()
        .chain(log)
        .chain(tasks.map(|(task, executor)| parts.task(task, *executor, scopes)))
        .collect()
}

impl Parts<'_> {
    fn task(&self, task: &Task, executor: Executor, scopes: &mut Scopes) -> TaskPlan {
        let app = self.facts.app();
        let channel_names = |ends: &[fwc_schema::Spanned<ChannelId>]| {
            ends.iter().map(|end| app.channel(end.value).name.value.clone()).collect()
        };
        TaskPlan {
            name: task.name.value.clone(),
            from: self.facts.lines.entry("tasks", &task.name),
            does: does(&task.body).to_string(),
            behavior: match &task.body {
                Body::Own { behavior, .. } => Some(behavior.name.clone()),
                _ => None,
            },
            module: match &task.body {
                Body::Code { module } => Some(module.value.clone()),
                _ => None,
            },
            executor,
            period_us: task.period.as_ref().map(|period| pace::micros(period.value)),
            deadline_us: task.deadline.as_ref().map(|deadline| pace::micros(deadline.value)),
            supervised: task.supervised.is_some(),
            uses: task.uses.iter().map(|used| self.used(used.peripheral, used.access)).collect(),
            publishes: channel_names(&task.publishes),
            subscribes: channel_names(&task.subscribes),
            code: match &task.body {
                Body::Code { module } => self.user_code(task, module, executor, scopes),
                Body::Own { .. } => {
                    TaskCode { deadline: pace::deadline(task), ..self.own_behavior(task, executor) }
                }
                _ => TaskCode { deadline: pace::deadline(task), ..self.behavior_code(task, executor) },
            },
        }
    }

    fn used(&self, peripheral: PeripheralId, access: Access) -> UsePlan {
        UsePlan { peripheral: self.facts.app().peripheral(peripheral).name.value.clone(), access }
    }

    /// A stock behaviour: the function takes handles and ends, and calls the runtime's function of the same name.
    fn behavior_code(&self, task: &Task, executor: Executor) -> TaskCode {
        let mut call = Call::new(self);
        let mut body = Vec::new();
        let future = match &task.body {
            Body::Code { .. } => unreachable!("the user's code is planned by `user_code`"),
            Body::Own { .. } => unreachable!("the project's own behaviours are planned by `own_behavior`"),
            Body::Blink { output } => {
                let output = call.handle(*output, Access::Whole);
                let tick = pace::ticker(task, "", self.guard().as_deref());
                Expression::call("behaviors::blink", [output].into_iter().chain(tick))
            }
            Body::Button { input, long_press, events } => {
                let ends = [call.handle(*input, Access::Whole), call.publisher(task)];
                match events {
                    ButtonEvents::Levels => Expression::call("behaviors::button", ends),
                    ButtonEvents::Presses(_) => {
                        let long_press = pace::duration(*long_press);
                        Expression::call("behaviors::button_presses", ends.into_iter().chain([long_press]))
                    }
                }
            }
            Body::Toggle { output, on } => {
                let subscriber = call.subscriber(task.subscribes[0].value);
                let output = call.handle(*output, Access::Whole);
                let (name, closure) = match on {
                    ToggleOn::True => ("is_on", "|on| on".to_string()),
                    ToggleOn::Short(id) => {
                        let message = &self.facts.app().message(*id).name.value;
                        ("is_short", format!("|press| press == messages::{message}::Short"))
                    }
                };
                let name = call.scope.take(name, "_test");
                body.push(Statement::bind(&name, Expression::plain(closure)));
                Expression::call("behaviors::toggle", [subscriber, output, Expression::plain(name)])
            }
            Body::Print { to, format } => {
                let writer = call.handle(*to, Access::Write);
                let sources = call.sources(task, &mut body);
                let format = Expression::plain(match format {
                    PrintFormat::Text => "Text",
                    PrintFormat::Csv => "Csv",
                    PrintFormat::Json => "Json",
                });
                Expression::call("behaviors::print", [writer, format, sources])
            }
            Body::Echo { from, to } => {
                // Two halves of one uart are told apart by what they do.
                let suffixes = if from == to { ["_reader", "_writer"] } else { ["", ""] };
                let reader = call.named_handle(*from, Access::Read, suffixes[0]);
                let writer = call.named_handle(*to, Access::Write, suffixes[1]);
                Expression::call("behaviors::echo", [reader, writer])
            }
            Body::Drive { pwm, number, from, to } => {
                let subscriber = call.subscriber(task.subscribes[0].value);
                let pwm = call.handle(*pwm, Access::Whole);
                let ramp =
                    Expression::call("Ramp::new", [numbers::bounds(from, number), numbers::duties(*to)]);
                Expression::call("behaviors::drive", [subscriber, pwm, numbers::taker(number), ramp])
            }
            Body::Sample { from } => {
                let input = call.handle(*from, Access::Whole);
                let publisher = call.publisher(task);
                let rest = [publisher].into_iter().chain(pace::ticker(task, "", self.guard().as_deref()));
                let peripheral = self.facts.app().peripheral(*from);
                match &peripheral.kind {
                    PeripheralKind::Device(device) => {
                        let name = Expression::plain(format!("{:?}", peripheral.name.value));
                        let [start, measure] = ["start", "measure"].map(|does| {
                            Expression::plain(format!("devices::{}::{does}", device.driver.name))
                        });
                        let device = [name, input, start, measure];
                        Expression::call("behaviors::sample_device", device.into_iter().chain(rest))
                    }
                    _ => Expression::call("behaviors::sample", [input].into_iter().chain(rest)),
                }
            }
            Body::Threshold { number, side, band, output } => {
                let subscriber = call.subscriber(task.subscribes[0].value);
                let output = output.map(|output| call.handle(output, Access::Whole));
                let publisher = (!task.publishes.is_empty()).then(|| call.publisher(task));
                let function = match (&output, &publisher) {
                    (Some(_), Some(_)) => "behaviors::threshold_with_events",
                    (None, Some(_)) => "behaviors::threshold_events",
                    (_, None) => "behaviors::threshold",
                };
                let follow = [subscriber, numbers::taker(number), numbers::band(*side, band, number)];
                Expression::call(function, follow.into_iter().chain(output).chain(publisher))
            }
        };
        call.finish(&task.name, executor, body, future)
    }

    /// The user's code: `main` builds the struct with all that it uses.
    fn user_code(&self, task: &Task, module: &str, executor: Executor, scopes: &mut Scopes) -> TaskCode {
        let io_name = format!("{}Io", camel_case(&task.name));
        let (fields, values): (Vec<IoField>, Vec<Expression>) = self.io_fields(task).into_iter().unzip();
        let local = scopes.locals.take(&task.name, "_io");
        let named = fields.iter().map(|field| field.name.clone()).zip(values);
        let literal = Expression::Struct { name: format!("io::{io_name}"), fields: named.collect() };
        let made = Expression::call(format!("tasks::{}", task.name.value), [Expression::plain(&local)]);
        let is_async = executor.is_interrupt();
        let future = self.known(&task.name, Expression::plain(format!("crate::{module}::{module}(io)")));
        let wait = if is_async { ".await" } else { "" };
        TaskCode {
            function: task.name.value.clone(),
            parameters: vec![ParameterCode { name: "io".to_string(), rust_type: format!("io::{io_name}") }],
            never_ends: true,
            is_async,
            deadline: pace::deadline(task),
            body: Vec::new(),
            future: Expression::plain(format!("{future}{wait}")),
            io: Some(IoCode { name: io_name, fields }),
            spawn: vec![Statement::bind(local, literal), self.spawn(executor, made)],
        }
    }

    /// The type of the watchdog.
    pub(super) fn guard(&self) -> Option<String> {
        let (id, _) = self.facts.app().watchdog()?;
        Some(self.peripherals[id.index()].alias_for(Access::Whole))
    }

    /// The statement of `main` that spawns a task.
    fn spawn(&self, executor: Executor, task: Expression) -> Statement {
        let runs_here = |plan: &&ExecutorPlan| plan.executor == executor;
        let (function, spawner) = match self.executors.iter().find(runs_here) {
            Some(plan) => ("executor::spawn", plan.code.spawner.as_str()),
            None => ("spawn", "spawner"),
        };
        Statement::run(Expression::call(function, [Expression::plain(spawner), task]))
    }

    /// A task's future. On a host it brings the task's name with it, for the messages about it.
    fn known(&self, name: &str, future: Expression) -> Expression {
        if !self.facts.app().is_simulated() {
            return future;
        }
        Expression::call("fwc_hal_sim::named", [Expression::plain(format!("{name:?}")), future])
    }

    /// The fields of a task's struct with their values in `main`.
    fn io_fields(&self, task: &Task) -> Vec<(IoField, Expression)> {
        let guard = self.guard();
        let ticker = pace::ticker(task, "tasks::", guard.as_deref());
        let of_type = pace::ticker_type(task, guard.as_deref());
        let tick = ticker.zip(of_type).zip(task.period.as_ref()).map(|((ticker, rust_type), period)| {
            let field = IoField {
                name: "tick".to_string(),
                rust_type,
                role: FieldRole::Tick,
                comment: format!("Ticks every {}.", period.value),
            };
            (field, ticker)
        });
        let handles = task.uses.iter().map(|used| {
            let peripheral = &self.peripherals[used.peripheral.index()];
            let field = IoField {
                name: peripheral.name.clone(),
                rust_type: peripheral.alias_for(used.access),
                role: FieldRole::Handle(handle_traits(self.facts.app(), used.peripheral, used.access)),
                comment: peripheral.from.marker(),
            };
            (field, Expression::plain(peripheral.local_for(used.access)))
        });
        let end = |id: ChannelId, end: &str, role: FieldRole| {
            let channel = &self.channels[id.index()];
            let field = IoField {
                name: channel.name.clone(),
                rust_type: format!("{end}<channels::{}>", channel.code.alias),
                role,
                comment: channel.from.marker(),
            };
            (field, channel_end(channel, end))
        };
        let kind = |id: ChannelId| self.facts.app().channel(id).kind;
        let subscribers = task.subscribes.iter().map(|channel| channel.value);
        let publishers = task.publishes.iter().map(|channel| channel.value);
        tick.into_iter()
            .chain(handles)
            .chain(subscribers.map(|id| end(id, "Subscriber", FieldRole::Subscriber(kind(id)))))
            .chain(publishers.map(|id| end(id, "Publisher", FieldRole::Publisher(kind(id)))))
            .collect()
    }
}

fn does(body: &Body) -> &str {
    match body {
        Body::Code { .. } => "code",
        Body::Own { behavior, .. } => &behavior.name,
        Body::Blink { .. } => "blink",
        Body::Button { .. } => "button",
        Body::Toggle { .. } => "toggle",
        Body::Print { .. } => "print",
        Body::Echo { .. } => "echo",
        Body::Drive { .. } => "drive",
        Body::Threshold { .. } => "threshold",
        Body::Sample { .. } => "sample",
    }
}

fn handle_traits(app: &App, id: PeripheralId, access: Access) -> HandleTraits {
    match (&app.peripheral(id).kind, access) {
        (PeripheralKind::Output(_), _) => HandleTraits::Output,
        (PeripheralKind::Input(_), _) => HandleTraits::Input,
        (PeripheralKind::Pwm(_), _) => HandleTraits::Pwm,
        (PeripheralKind::Adc(_), _) => HandleTraits::Analog,
        (PeripheralKind::Watchdog(_), _) => unreachable!("no task owns a watchdog: the check has seen to it"),
        (PeripheralKind::Device(_), _) => HandleTraits::Device,
        (PeripheralKind::I2c(_), _) => HandleTraits::I2c,
        (PeripheralKind::Spi(_), _) => HandleTraits::Spi,
        (PeripheralKind::LedStrip(_), _) => unreachable!("a task has the device, not its pin"),
        (PeripheralKind::Uart(_) | PeripheralKind::UsbSerial(_), Access::Read) => HandleTraits::Read,
        (PeripheralKind::Uart(_) | PeripheralKind::UsbSerial(_), Access::Write) => HandleTraits::Write,
        (PeripheralKind::UsbSerial(_), Access::Whole) => HandleTraits::ReadWrite,
        (PeripheralKind::Uart(uart), Access::Whole) => match (&uart.rx, &uart.tx) {
            (Some(_), Some(_)) => HandleTraits::ReadWrite,
            (Some(_), None) => HandleTraits::Read,
            (None, _) => HandleTraits::Write,
        },
    }
}
