//! A resolved application to the whole plan of its firmware: plain data, from which every file is written.
//!
//! Nothing is decided after this stage. The plan is what `fwc plan --format json` prints: names of fields stay, fields
//! may be added, and [`Plan::plan`] counts the versions in which that did not hold. Its parts are in the order of the
//! file, or sorted where hardware has an order of its own.

mod behaviors;
mod blocks;
mod channels;
mod crates;
mod devices;
mod entry;
mod executors;
mod expression;
mod hal;
mod hardware;
mod messages;
mod names;
mod numbers;
mod observed;
mod pace;
mod peripherals;
mod report;
mod tasks;
mod usage;
mod usb;
mod user_rust;

use std::collections::BTreeMap;

use fwc_diag::Sources;
use fwc_schema::app::{LogLevel, OnPanic};
use serde::Serialize;

pub use behaviors::BehaviorPlan;
pub use blocks::{BlockPlan, DriverPlan, RatePlan};
pub use channels::{ChannelCode, ChannelPlan, Seen};
pub use crates::{CratePlan, CrateSource, DependencyPlan, Logging};
pub use devices::DeviceDriverPlan;
pub use entry::Entry;
pub use executors::{ExecutorCode, ExecutorPlan};
pub use expression::{Expression, Statement};
pub(crate) use expression::{Field, grouped};
pub use hardware::{BoardPlan, ClockPlan, DmaPlan, HandlerPlan, InterruptPlan, MemoryPlan, PinPlan};
pub use messages::{FieldPlan, MessagePlan, Shape, ValuePlan};
pub use observed::{ObservedPlan, StatisticsPlan, WatchedPlan};
pub use pace::StaticCode;
pub use peripherals::{
    BufferPlan, ConfigCode, HalfCode, Locals, OptionPlan, PeripheralCode, PeripheralPlan, Settings,
};
pub use report::report;
pub use tasks::{FieldRole, HandleTraits, IoCode, IoField, ParameterCode, TaskCode, TaskPlan, UsePlan};
pub use usb::{UsbCode, UsbIdentity, UsbPlan, VariableCode};

use crate::app::App;
use crate::plan::entry::Lines;
use crate::plan::names::Scope;
use crate::plan::peripherals::Scopes;
use crate::plan::usage::Usage;
use crate::resolved::Resolved;

/// The version of the plan's format.
const FORMAT: u32 = 1;

/// What a plan needs to know besides the application.
#[derive(Clone, Copy, Debug)]
pub struct PlanContext<'a> {
    /// The version of fwc.
    pub fwc_version: &'a str,
    /// The texts that the application was read from.
    pub sources: &'a Sources,
    /// Where the user's code lies.
    pub user_code: UserCode<'a>,
}

/// Where the user's code lies, as seen from the `src` folder of the generated crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCode<'a> {
    /// In another folder, whose relative path this is: `../../../src`.
    Beside(&'a str),
    /// In the crate's own `src`, as `fwc eject` puts it.
    Inside,
}

/// The whole of a firmware.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The version of this format.
    pub plan: u32,
    /// The version of fwc that made it.
    pub fwc: String,
    /// The application.
    pub app: AppPlan,
    /// The board and its chip.
    pub board: BoardPlan,
    /// The core's clock.
    pub clock: ClockPlan,
    /// The regions of the linker script, by address.
    pub memory: Vec<MemoryPlan>,
    /// Pins in use, by number.
    pub pins: Vec<PinPlan>,
    /// Hardware blocks in use, in the chip's order.
    pub blocks: Vec<BlockPlan>,
    /// DMA channels in use, by number.
    pub dma: Vec<DmaPlan>,
    /// Interrupts in use, by number.
    pub interrupts: Vec<InterruptPlan>,
    /// The USB device; absent where nothing uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usb: Option<UsbPlan>,
    /// In the order of the file; then the devices, each behind its pins.
    pub peripherals: Vec<PeripheralPlan>,
    /// The drivers of the devices, each at its first device.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drivers: Vec<DeviceDriverPlan>,
    /// In the order of the file.
    pub messages: Vec<MessagePlan>,
    /// In the order of the file.
    pub channels: Vec<ChannelPlan>,
    /// Executors that run in interrupts, the lowest priority first. The thread executor runs always.
    pub executors: Vec<ExecutorPlan>,
    /// The vector of core 0's mailbox, where core 1 wakes executors of core 0 and the HAL does not handle it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// In the order of the file.
    pub tasks: Vec<TaskPlan>,
    /// The project's own behaviours that tasks have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behaviors: Vec<BehaviorPlan>,
    /// The user's modules, by name.
    pub modules: Vec<ModulePlan>,
    /// Whether the crate is its user's own from now on, and holds the user's code.
    #[serde(skip)]
    pub is_ejected: bool,
    /// Whether the crate runs on the host.
    #[serde(skip)]
    pub is_simulated: bool,
    /// What the user depends on, in the order of the file.
    pub dependencies: Vec<DependencyPlan>,
    /// What fwc brings, by name.
    pub crates: Vec<CratePlan>,
    /// What the image tells beside its log; absent where it was not asked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<ObservedPlan>,
}

/// `[app]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppPlan {
    /// The crate's name.
    pub name: String,
    /// The crate's version.
    pub version: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: Entry,
    /// The least level that is logged.
    pub log: LogLevel,
    /// How logs are made.
    pub logging: Logging,
    /// Where logs leave the chip: `rtt`, `usb`, or the name of a uart.
    pub log_over: String,
    /// The uart's block that a panic is written to, as the HAL names it; absent where logs are no text.
    pub panic_block: Option<String>,
    /// The USB endpoint that a panic is written to; absent where the log is not over USB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panic_endpoint: Option<usize>,
    /// What follows a panic.
    pub on_panic: OnPanic,
    /// Bytes of the heap; absent where nothing allocates.
    pub heap_bytes: Option<u32>,
    /// Bytes of core 1's stack; absent where no task runs there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core1_stack_bytes: Option<u32>,
    /// Whether the HAL brings the start of the program and what executors sleep by.
    #[serde(skip)]
    pub own_runtime: bool,
    /// What sets the chip up instead of the HAL's `init`, where that is for chips of one core, or with a slower core, only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<&'static str>,
}

impl AppPlan {
    /// Whether the generated crate has a panic handler of its own: `panic-probe` logs over RTT and stops so that a
    /// probe sees where, and can do nothing else. It does not stop the other core.
    pub fn own_panic_handler(&self) -> bool {
        !(self.logging == Logging::Defmt
            && self.on_panic == OnPanic::Halt
            && self.core1_stack_bytes.is_none()
            && !self.own_runtime)
    }
}

/// A module of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModulePlan {
    /// Its name.
    pub name: String,
    /// Its path as seen from the generated `src` folder; absent where that is where Rust looks anyway.
    pub path: Option<String>,
    /// The task whose code it is.
    pub task: Option<String>,
    /// The entry of that task.
    pub from: Option<Entry>,
}

/// What every part of the plan is made from.
struct Facts<'a> {
    resolved: &'a Resolved,
    lines: Lines<'a>,
    logging: Logging,
    usage: Usage,
}

impl<'a> Facts<'a> {
    fn app(&self) -> &'a App {
        &self.resolved.app
    }
}

/// Plans the firmware.
pub fn plan(resolved: &Resolved, context: &PlanContext<'_>) -> Plan {
    let facts = Facts {
        resolved,
        lines: Lines(context.sources),
        logging: Logging::of(&resolved.app),
        usage: Usage::of(&resolved.app),
    };
    let mut scopes = Scopes {
        locals: Scope::with(&["p", "run", "spawn", "spawner"]),
        statics: Scope::with(&["CORE1_STACK", "HEAP", "LOGGER"]),
        board: Scope::with(&["Irqs", "config"]),
        made: BTreeMap::new(),
        shared: BTreeMap::new(),
    };
    // Its ports are there before the peripherals are planned.
    let usb = usb::usb(&facts, &mut scopes);
    let peripherals = peripherals::peripherals(&facts, &mut scopes);
    let channels = channels::channels(&facts, &mut scopes);
    let executors = executors::executors(resolved, &facts.lines, &mut scopes);
    let parts = tasks::Parts {
        facts: &facts,
        usb: usb.as_ref(),
        peripherals: &peripherals,
        channels: &channels,
        executors: &executors,
    };
    let tasks = tasks::tasks(&parts, &mut scopes);
    Plan {
        plan: FORMAT,
        fwc: context.fwc_version.to_string(),
        app: app_plan(&facts, usb.as_ref()),
        board: hardware::board(&facts),
        clock: hardware::clock(&facts),
        memory: hardware::memory(&facts),
        pins: hardware::pins(&facts),
        blocks: blocks::blocks(&facts),
        dma: hardware::dma(&facts),
        interrupts: hardware::interrupts(&facts),
        messages: messages::messages(&facts),
        behaviors: behaviors::behaviors(&facts, context.user_code),
        modules: modules(resolved, &tasks, context.user_code),
        is_simulated: facts.app().is_simulated(),
        is_ejected: context.user_code == UserCode::Inside,
        drivers: devices::drivers(&facts, context.user_code),
        dependencies: crates::dependencies(&facts, context.user_code),
        crates: crates::crates(resolved, facts.logging),
        observed: observed::observed(resolved, &channels, &tasks),
        usb,
        peripherals,
        channels,
        executors,
        mailbox: hal::mailbox(facts.resolved),
        tasks,
    }
}

fn app_plan(facts: &Facts<'_>, usb: Option<&UsbPlan>) -> AppPlan {
    let app = facts.app();
    let uart = crates::log_uart(app);
    AppPlan {
        name: app.name.value.clone(),
        version: app.version.clone(),
        from: Entry { entry: "app".to_string(), line: facts.lines.line(app.span) },
        log: app.log,
        logging: facts.logging,
        log_over: match uart {
            Some(id) => app.peripheral(id).name.value.clone(),
            None if usb::has_log(facts) => "usb".to_string(),
            None => "rtt".to_string(),
        },
        panic_block: uart.map(|id| app.board.chip.block(facts.resolved.uarts[&id].block).name.clone()),
        panic_endpoint: usb
            .filter(|_| hal::panics_over_usb(facts.app().board.chip.hal))
            .and_then(UsbPlan::log_endpoint),
        on_panic: app.on_panic,
        heap_bytes: app.heap,
        core1_stack_bytes: facts.resolved.uses_core1().then_some(app.core1_stack),
        own_runtime: hal::has_own_runtime(app.board.chip.hal),
        init: hal::own_init(facts.resolved),
    }
}

fn modules(resolved: &Resolved, tasks: &[TaskPlan], user_code: UserCode<'_>) -> Vec<ModulePlan> {
    let by_module: BTreeMap<&String, &TaskPlan> =
        tasks.iter().filter_map(|task| Some((task.module.as_ref()?, task))).collect();
    let modules = resolved.app.modules.iter().map(|name| {
        let task = by_module.get(name);
        ModulePlan {
            name: name.clone(),
            path: match user_code {
                UserCode::Beside(folder) => Some(format!("{folder}/{name}.rs")),
                UserCode::Inside => None,
            },
            task: task.map(|task| task.name.clone()),
            from: task.map(|task| task.from.clone()),
        }
    });
    modules.collect()
}
