//! `main.rs` and `board.rs` of a crate that runs on the host.

use serde::Serialize;

use super::main::{self, MainParts, SecondCore};
use crate::emit::imports::{Importable, imports};
use crate::emit::source::{Item, config_items, lines, types};
use crate::emit::{Header, layout, templates};
use crate::plan::{ChannelPlan, Logging, Plan, Seen};

/// What `main.rs` may import.
const MAIN: &[Importable] = &[
    ("core::mem", "MaybeUninit"),
    ("fwc_hal_sim", "executor"),
    ("fwc_hal_sim", "run"),
    ("fwc_hal_sim", "spawn"),
    ("fwc_runtime", "Duration"),
    ("fwc_runtime", "MonitoredTicker"),
    ("fwc_runtime", "Ticker"),
    ("fwc_runtime::logger", "Logger"),
];

/// What `board.rs` may import.
const BOARD: &[Importable] = &[("crate", "devices"), ("fwc_runtime", "gpio")];

pub(in crate::emit) fn main(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        modules: Vec<&'static str>,
        user_modules: Vec<Item>,
        heap: bool,
        imports: Vec<String>,
        log_comment: String,
        logger: Vec<String>,
        spawner: &'static str,
        start: Vec<String>,
        statics: Vec<Item>,
        handles: Vec<Item>,
        channels: Vec<Item>,
        starts: Vec<Item>,
        tasks: Vec<Item>,
        core1: Option<SecondCore>,
    }
    let MainParts { modules, user_modules, log_comment, handles, tasks, spawner } = main::parts(plan);
    let over_uart = plan.app.panic_block.is_some() || plan.app.panic_endpoint.is_some();
    let mut view = View {
        header: Header::of(plan),
        modules,
        user_modules,
        heap: plan.app.heap_bytes.is_some(),
        imports: Vec::new(),
        log_comment,
        logger: if over_uart { main::logger(plan) } else { Vec::new() },
        spawner,
        start: start(plan, over_uart),
        statics: statics(plan),
        handles: main::device(plan).into_iter().chain(handles).collect(),
        channels: channels(plan, 0),
        starts: executors(plan, 0),
        tasks,
        core1: main::second_core(plan).map(|core| SecondCore {
            channels: channels(plan, 1),
            starts: executors(plan, 1),
            ..core
        }),
    };
    let items = view.statics.iter().chain(&view.handles).chain(&view.channels).chain(&view.starts);
    let core1 = view
        .core1
        .iter()
        .flat_map(|core| [&core.handles, &core.channels, &core.starts, &core.tasks])
        .flatten();
    let mut body = lines(items.chain(&view.tasks).chain(core1));
    if view.core1.is_some() {
        body.push("executor::");
    }
    body.extend(view.logger.iter().map(String::as_str));
    // The template itself calls it.
    body.push("run(");
    view.imports = imports(&body, MAIN);
    templates::render("sim/src/main.rs.j2", view)
}

/// The log's way out, where there is a log.
fn start(plan: &Plan, over_uart: bool) -> Vec<String> {
    let level = format!("{:?}", plan.app.log);
    match plan.app.logging {
        Logging::Log if over_uart => vec![format!("LOGGER.start(::log::LevelFilter::{level});")],
        Logging::Log => vec![format!("fwc_hal_sim::log::to_report(::log::LevelFilter::{level});")],
        Logging::Defmt | Logging::None => Vec::new(),
    }
}

/// What lives for ever.
fn statics(plan: &Plan) -> Vec<Item> {
    let forever = |name: &str, rust_type: &str, value: &str| {
        vec![format!("        let {name}: &'static mut {rust_type} = Box::leak(Box::new({value}));")]
    };
    let shared = plan.peripherals.iter().flat_map(move |peripheral| {
        let statics = peripheral.code.statics.iter();
        statics.map(move |item| {
            Item::new(peripheral.from.marker(), forever(&item.name, &item.rust_type, &item.value.to_string()))
        })
    });
    let device = plan.usb.iter().map(|usb| {
        let memory = &usb.code.memory;
        Item::new(usb.from.marker(), forever(&memory.name, &memory.rust_type, &memory.value.to_string()))
    });
    let channels = plan.channels.iter().filter(|channel| channel.code.local.is_some());
    let channels = channels.map(|channel| {
        let path = format!("channels::{}", channel.code.alias);
        Item::new(channel.from.marker(), forever(&channel.code.name, &path, &format!("{path}::new()")))
    });
    shared.chain(device).chain(channels).collect()
}

/// The channels of a core.
fn channels(plan: &Plan, core: u8) -> Vec<Item> {
    plan.channels.iter().filter(|channel| channel.code.core == core).filter_map(channel).collect()
}

/// The variable of a channel, and how what it carries is seen.
fn channel(channel: &ChannelPlan) -> Option<Item> {
    let local = channel.code.local.as_ref()?;
    let rust_type = format!("&'static channels::{}", channel.code.alias);
    let indent = main::indent(channel.code.core);
    let mut lines = layout::typed_let(local, &rust_type, &channel.code.name, indent);
    let (name, indent) = (&channel.name, " ".repeat(indent));
    match &channel.code.seen {
        Seen::As(message) => {
            lines.push(format!("{indent}fwc_hal_sim::channel::report::<_, {message}>(\"{name}\", {local});"));
        }
        Seen::Counted => lines.push(format!("{indent}fwc_hal_sim::channel::count(\"{name}\", {local});")),
        Seen::Not => {}
    }
    Some(Item::new(channel.from.marker(), lines))
}

/// The executors of a core beside its thread executor.
fn executors(plan: &Plan, core: u8) -> Vec<Item> {
    let here = plan.executors.iter().filter(|executor| executor.executor.core() == core);
    let items = here.map(|executor| {
        let comment = format!("{} priority = \"{}\"", executor.from.marker(), executor.executor.priority());
        Item::new(comment, layout::statement(&executor.code.start, main::indent(core)))
    });
    items.collect()
}

pub(in crate::emit) fn board(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        imports: Vec<String>,
        types: Vec<Item>,
        configs: Vec<Item>,
    }
    let mut view = View {
        header: Header::of(plan),
        imports: Vec::new(),
        types: plan.peripherals.iter().flat_map(types).collect(),
        configs: config_items(plan),
    };
    view.imports = imports(&lines(view.types.iter().chain(&view.configs)), BOARD);
    templates::render("sim/src/board.rs.j2", view)
}
