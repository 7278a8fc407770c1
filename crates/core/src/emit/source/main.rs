//! `main.rs`: attributes, modules, what lives for ever, and the start: handles are made and tasks spawned.

use serde::Serialize;

use crate::emit::imports::{Importable, imports};
use crate::emit::source::executors::{executor, executor_comment, executor_starts, mailbox};
use crate::emit::source::{Item, MANY_PARAMETERS, hal_crates, lines, of_hal};
use crate::emit::{Header, layout, templates};
use crate::plan::{
    ChannelPlan, Expression, Logging, ModulePlan, ObservedPlan, PeripheralPlan, Plan, Shape, Statement,
    grouped,
};

/// What `main.rs` may import.
const MAIN: &[Importable] = &[
    ("core::mem", "MaybeUninit"),
    ("core::panic", "PanicInfo"),
    ("crate::board", "Irqs"),
    ("embassy_nrf", "interrupt"),
    ("embassy_nrf::buffered_uarte", "BufferedUarte"),
    ("embassy_nrf::buffered_uarte", "BufferedUarteRx"),
    ("embassy_nrf::buffered_uarte", "BufferedUarteTx"),
    ("embassy_nrf::gpio", "Input"),
    ("embassy_nrf::gpio", "Level"),
    ("embassy_nrf::gpio", "Output"),
    ("embassy_nrf::gpio", "OutputDrive"),
    ("embassy_nrf::gpio", "Pull"),
    ("embassy_nrf::interrupt", "Priority"),
    ("embassy_nrf::pwm", "SimplePwm"),
    ("embassy_nrf::spim", "Spim"),
    ("embassy_nrf::uarte", "UarteTx"),
    ("embassy_rp", "interrupt"),
    ("embassy_rp::gpio", "Level"),
    ("embassy_rp::gpio", "Pull"),
    ("embassy_rp::interrupt", "Priority"),
    ("embassy_rp::multicore", "Stack"),
    ("embassy_rp::multicore", "spawn_core1"),
    ("embassy_rp::pwm", "Pwm"),
    ("embassy_rp::spi", "Spi"),
    ("embassy_rp::uart", "BufferedUart"),
    ("embassy_rp::uart", "BufferedUartRx"),
    ("embassy_rp::uart", "BufferedUartTx"),
    ("embassy_rp::uart", "UartTx"),
    ("embassy_stm32", "interrupt"),
    ("embassy_stm32::exti", "ExtiInput"),
    ("embassy_stm32::gpio", "Level"),
    ("embassy_stm32::gpio", "Output"),
    ("embassy_stm32::gpio", "OutputOpenDrain"),
    ("embassy_stm32::gpio", "Pull"),
    ("embassy_stm32::gpio", "Speed"),
    ("embassy_stm32::interrupt", "Priority"),
    ("embassy_stm32::spi", "Spi"),
    ("embassy_stm32::usart", "BufferedUart"),
    ("embassy_stm32::usart", "UartRx"),
    ("embassy_stm32::usart", "UartTx"),
    ("embedded_alloc", "LlffHeap"),
    ("esp_hal::gpio", "DriveMode"),
    ("esp_hal::gpio", "Input"),
    ("esp_hal::gpio", "InputConfig"),
    ("esp_hal::gpio", "Level"),
    ("esp_hal::gpio", "NoPin"),
    ("esp_hal::gpio", "Output"),
    ("esp_hal::gpio", "OutputConfig"),
    ("esp_hal::gpio", "Pull"),
    ("fwc_hal_esp", "executor"),
    ("fwc_hal_esp", "run"),
    ("fwc_hal_esp", "spawn"),
    ("fwc_hal_esp::executor", "InterruptExecutor"),
    ("fwc_hal_esp::executor", "Priority"),
    ("fwc_hal_esp::panic", "RawUart"),
    ("fwc_hal_nrf", "executor"),
    ("fwc_hal_nrf", "run"),
    ("fwc_hal_nrf", "spawn"),
    ("fwc_hal_nrf::executor", "InterruptExecutor"),
    ("fwc_hal_nrf::panic", "RawUart"),
    ("fwc_hal_nrf::usb", "RawPort"),
    ("fwc_hal_rp", "executor"),
    ("fwc_hal_rp", "run"),
    ("fwc_hal_rp", "spawn"),
    ("fwc_hal_rp::executor", "InterruptExecutor"),
    ("fwc_hal_rp::gpio", "Input"),
    ("fwc_hal_rp::gpio", "Output"),
    ("fwc_hal_rp::gpio", "OutputOpenDrain"),
    ("fwc_hal_rp::panic", "RawUart"),
    ("fwc_hal_rp::usb", "RawPort"),
    ("fwc_hal_stm32", "executor"),
    ("fwc_hal_stm32", "run"),
    ("fwc_hal_stm32", "spawn"),
    ("fwc_hal_stm32::executor", "InterruptExecutor"),
    ("fwc_hal_stm32::panic", "RawUart"),
    ("fwc_runtime", "Duration"),
    ("fwc_runtime", "MonitoredTicker"),
    ("fwc_runtime", "Ticker"),
    ("fwc_runtime::logger", "Logger"),
];

/// What is the same in every `main.rs`.
pub(super) struct MainParts {
    pub(super) modules: Vec<&'static str>,
    pub(super) user_modules: Vec<Item>,
    pub(super) log_comment: String,
    pub(super) handles: Vec<Item>,
    pub(super) tasks: Vec<Item>,
    pub(super) spawner: &'static str,
}

pub(super) fn parts(plan: &Plan) -> MainParts {
    let app = &plan.app;
    MainParts {
        modules: modules(plan),
        user_modules: plan.modules.iter().map(user_module).collect(),
        log_comment: format!(
            "{} log = \"{}\", log-over = \"{}\", on-panic = \"{}\"",
            app.from.marker(),
            app.log,
            app.log_over,
            app.on_panic
        ),
        handles: handles(plan, 0),
        tasks: statistics(plan).into_iter().chain(spawns(plan, 0)).collect(),
        spawner: spawner(plan, 0),
    }
}

pub(super) fn main(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        modules: Vec<&'static str>,
        user_modules: Vec<Item>,
        log_comment: String,
        defmt: bool,
        panic_probe: bool,
        unusual_names: bool,
        imports: Vec<String>,
        logger: Vec<String>,
        panic: Vec<String>,
        statics: Vec<Item>,
        many_statics: bool,
        entry: &'static str,
        makes_statics: &'static str,
        statics_macro: Option<&'static str>,
        descriptor: Option<&'static str>,
        start: Vec<String>,
        handles: Vec<Item>,
        channels: Vec<Item>,
        heap: Option<Item>,
        executors: Vec<Item>,
        starts: Vec<Item>,
        listen: Option<String>,
        tasks: Vec<Item>,
        spawner: &'static str,
        core1: Option<SecondCore>,
    }
    let app = &plan.app;
    let MainParts { modules, user_modules, log_comment, handles, tasks, spawner } = parts(plan);
    let mut view = View {
        header: Header::of(plan),
        modules,
        user_modules,
        log_comment,
        defmt: app.logging == Logging::Defmt,
        panic_probe: app.logging == Logging::Defmt && !app.own_panic_handler(),
        unusual_names: has_unusual_names(plan),
        imports: Vec::new(),
        logger: logger(plan),
        panic: panic_handler(plan),
        statics: statics(plan),
        many_statics: count_statics(plan) > MANY_PARAMETERS && !app.own_runtime,
        entry: if app.own_runtime { "esp_hal::main" } else { "cortex_m_rt::entry" },
        makes_statics: if app.own_runtime { "`statics!`" } else { "cortex-m-rt" },
        statics_macro: app.own_runtime.then_some("fwc_hal_esp::statics!"),
        descriptor: app.own_runtime.then_some(DESCRIPTOR),
        start: start(plan),
        handles: device(plan).into_iter().chain(handles).collect(),
        channels: channel_variables(plan, 0),
        heap: heap(plan),
        executors: plan.executors.iter().filter_map(executor).chain(mailbox(plan)).collect(),
        starts: executor_starts(plan, 0),
        listen: plan.mailbox.as_ref().map(|vector| format!("executor::listen(interrupt::{vector});")),
        tasks,
        spawner,
        core1: second_core(plan),
    };
    let items = view.statics.iter().chain(&view.handles).chain(&view.channels).chain(&view.tasks);
    let core1 = view
        .core1
        .iter()
        .flat_map(|core| [&core.handles, &core.channels, &core.starts, &core.tasks])
        .flatten();
    let mut body = lines(items.chain(core1).chain(&view.heap).chain(&view.executors).chain(&view.starts));
    let rest =
        view.logger.iter().chain(&view.panic).chain(&view.start).chain(&view.listen).map(String::as_str);
    body.extend(rest);
    // The template itself calls it.
    body.push("run(");
    if view.core1.is_some() {
        body.push("spawn_core1(");
    }
    view.imports = imports(&body, &of_hal(plan, MAIN));
    templates::render("shared/src/main.rs.j2", view)
}

/// The modules of the generated crate that this application has.
fn modules(plan: &Plan) -> Vec<&'static str> {
    let has = [
        ("behaviors", !plan.behaviors.is_empty()),
        ("board", true),
        ("channels", !plan.channels.is_empty()),
        ("devices", !plan.drivers.is_empty()),
        ("fwc_observed", plan.observed.is_some()),
        ("io", plan.tasks.iter().any(|task| task.code.io.is_some())),
        ("messages", !plan.messages.is_empty()),
        ("tasks", !plan.tasks.is_empty()),
    ];
    has.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
}

fn user_module(module: &ModulePlan) -> Item {
    let path = module.path.as_ref().map(|path| format!("#[path = {path:?}]"));
    let lines = path.into_iter().chain([format!("mod {};", module.name)]).collect();
    Item::new(
        module.from.as_ref().map_or_else(|| format!("src/{}.rs", module.name), |from| from.marker()),
        lines,
    )
}

/// Two underscores in a row are good names in app.toml, and none by rustc's lint.
fn has_unusual_names(plan: &Plan) -> bool {
    let fields = plan.messages.iter().flat_map(|message| match &message.shape {
        Shape::Record { fields } => fields.as_slice(),
        Shape::Enum { .. } | Shape::Rust { .. } => &[],
    });
    let names = plan
        .peripherals
        .iter()
        .map(|peripheral| &peripheral.name)
        .chain(plan.channels.iter().map(|channel| &channel.name))
        .chain(plan.tasks.iter().map(|task| &task.name))
        .chain(plan.modules.iter().map(|module| &module.name))
        .chain(fields.map(|field| &field.name))
        .chain([&plan.app.name]);
    names.into_iter().any(|name| name.replace('-', "_").contains("__"))
}

/// What the boot loader of an ESP32 looks for in an image.
const DESCRIPTOR: &str = "esp_bootloader_esp_idf::esp_app_desc!();";

/// Bytes that the log may be ahead of its uart.
const LOG_RING: u32 = 512;

pub(super) fn logger(plan: &Plan) -> Vec<String> {
    match plan.app.logging {
        Logging::Log => vec![format!("static LOGGER: Logger<{LOG_RING}> = Logger::new();")],
        Logging::Defmt | Logging::None => Vec::new(),
    }
}

fn panic_handler(plan: &Plan) -> Vec<String> {
    use fwc_schema::app::OnPanic;
    if plan.app.logging == Logging::Defmt && !plan.app.own_panic_handler() {
        return Vec::new();
    }
    let [embassy, adapters] = hal_crates(plan);
    let mut body = match (plan.app.logging, &plan.app.panic_block) {
        (Logging::Log, None) if plan.app.panic_endpoint.is_some() => {
            let endpoint = plan.app.panic_endpoint.unwrap_or_default();
            vec![
                format!("let port = RawPort::seize({endpoint});"),
                "LOGGER.panicked(info, |bytes| port.write(bytes));".to_string(),
                "port.flush();".to_string(),
            ]
        }
        (Logging::Defmt, _) => vec![format!("{adapters}::panic::log_to_rtt(info);")],
        (Logging::Log, Some(block)) if plan.app.own_runtime => vec![
            format!("let uart = RawUart::<{embassy}::peripherals::{block}<'_>>::seize();"),
            "LOGGER.panicked(info, |bytes| uart.write(bytes));".to_string(),
            "uart.flush();".to_string(),
        ],
        (Logging::Log, Some(block)) => vec![
            format!("let uart = RawUart::seize({embassy}::pac::{block});"),
            "LOGGER.panicked(info, |bytes| uart.write(bytes));".to_string(),
            "uart.flush();".to_string(),
        ],
        (Logging::Log, None) | (Logging::None, _) => Vec::new(),
    };
    let info = if body.is_empty() { "_" } else { "info" };
    let end = match (plan.app.on_panic, plan.app.core1_stack_bytes) {
        (OnPanic::Reset, _) => "reset",
        (OnPanic::Halt, None) => "halt",
        (OnPanic::Halt, Some(_)) => "halt_both",
    };
    body.push(format!("{adapters}::panic::{end}()"));
    let body = body.into_iter().map(|line| format!("    {line}"));
    ["#[panic_handler]".to_string(), format!("fn panic({info}: &PanicInfo<'_>) -> ! {{")]
        .into_iter()
        .chain(body)
        .chain(["}".to_string()])
        .collect()
}

fn count_statics(plan: &Plan) -> usize {
    let channels = plan.channels.iter().filter(|channel| channel.code.local.is_some());
    let buffers = plan.peripherals.iter().map(|peripheral| peripheral.code.buffers.len());
    let others = plan.peripherals.iter().map(|peripheral| peripheral.code.statics.len());
    let once = usize::from(plan.app.core1_stack_bytes.is_some()) + usize::from(plan.usb.is_some());
    channels.count() + buffers.sum::<usize>() + others.sum::<usize>() + once
}

/// What lives for ever: buffers, what peripherals share, channels, and the second core's stack.
fn statics(plan: &Plan) -> Vec<Item> {
    let buffers = plan.peripherals.iter().filter(|peripheral| !peripheral.code.buffers.is_empty());
    let buffers = buffers.map(|peripheral| {
        let lines = peripheral.code.buffers.iter().flat_map(|buffer| {
            let bytes = buffer.bytes;
            layout::static_item(&buffer.name, &format!("[u8; {bytes}]"), &format!("[0; {bytes}]"))
        });
        Item::new(peripheral.from.marker(), lines.collect())
    });
    let channels = plan.channels.iter().filter(|channel| channel.code.local.is_some());
    let channels = channels.map(|channel| {
        let path = format!("channels::{}", channel.code.alias);
        let lines = layout::static_item(&channel.code.name, &path, &format!("{path}::new()"));
        Item::new(channel.from.marker(), lines)
    });
    let others = plan.peripherals.iter().flat_map(|peripheral| {
        peripheral.code.statics.iter().map(|item| {
            let lines = layout::static_item(&item.name, &item.rust_type, &item.value.to_string());
            Item::new(peripheral.from.marker(), lines)
        })
    });
    let stack = plan.app.core1_stack_bytes.map(|bytes| {
        let rust_type = format!("Stack<{}>", grouped(bytes.into()));
        Item::new(core1_comment(plan), layout::static_item(CORE1_STACK, &rust_type, "Stack::new()"))
    });
    let device = plan.usb.iter().map(|usb| {
        let memory = &usb.code.memory;
        let lines = layout::static_item(&memory.name, &memory.rust_type, &memory.value.to_string());
        Item::new(usb.from.marker(), lines)
    });
    let executors = plan.executors.iter().filter_map(|executor| {
        let memory = executor.code.memory.as_ref()?;
        let lines = layout::static_item(&memory.name, &memory.rust_type, &memory.value.to_string());
        Some(Item::new(executor_comment(executor), lines))
    });
    buffers.chain(others).chain(device).chain(channels).chain(executors).chain(stack).collect()
}

/// The USB device and its ports.
pub(super) fn device(plan: &Plan) -> Option<Item> {
    let usb = plan.usb.as_ref()?;
    Some(Item::new(usb.from.marker(), layout::statement(&usb.code.setup, 8)))
}

/// The statements that come before all handles.
fn start(plan: &Plan) -> Vec<String> {
    let makes_some = plan.peripherals.iter().any(|peripheral| !peripheral.code.setup.is_empty());
    let uses_peripherals =
        makes_some || plan.usb.is_some() || plan.app.core1_stack_bytes.is_some() || plan.app.own_runtime;
    let [embassy, adapters] = hal_crates(plan);
    let init = plan.app.init.map_or_else(|| format!("{embassy}::init"), str::to_owned);
    let init = format!("{init}(board::config());");
    let init = if uses_peripherals { format!("let p = {init}") } else { init };
    let level = format!("{:?}", plan.app.log);
    // `log` is a likely name for a module of the user's.
    let log =
        (plan.app.logging == Logging::Log).then(|| format!("LOGGER.start(::log::LevelFilter::{level});"));
    let observer = observed(plan)
        .filter(|observed| !observed.channels.is_empty())
        .map(|_| "fwc_runtime::observe::set(fwc_observed::published);".to_string());
    let time = plan.app.own_runtime.then(|| format!("{adapters}::start(p.TIMG0, p.FROM_CPU_INTR0);"));
    heap_start(plan).into_iter().chain(log).chain([init]).chain(time).chain(observer).collect()
}

/// Gives the heap its memory.
fn heap_start(plan: &Plan) -> Vec<String> {
    let Some(bytes) = plan.app.heap_bytes else { return Vec::new() };
    let lines = [
        "// SAFETY: this is the one start of the heap, and nothing has allocated before.",
        "unsafe {",
        &format!("    embedded_alloc::init!(HEAP, {});", grouped(bytes.into())),
        "}",
    ];
    lines.map(str::to_string).to_vec()
}

/// The allocator.
fn heap(plan: &Plan) -> Option<Item> {
    let bytes = plan.app.heap_bytes?;
    let size = fwc_schema::units::Size(bytes.into());
    let lines = ["#[global_allocator]", "static HEAP: LlffHeap = LlffHeap::empty();"];
    let comment = format!("{} heap = \"{size}\"", plan.app.from.marker());
    Some(Item::new(comment, lines.map(str::to_string).to_vec()))
}

/// How deep the statements of a core stand.
pub(super) fn indent(core: u8) -> usize {
    if core == 0 { 8 } else { 16 }
}

fn handles(plan: &Plan, core: u8) -> Vec<Item> {
    plan.peripherals.iter().filter(|peripheral| peripheral.code.core == core).filter_map(handle).collect()
}

fn handle(peripheral: &PeripheralPlan) -> Option<Item> {
    let statements = peripheral.code.setup.iter();
    let indent = indent(peripheral.code.core);
    let lines: Vec<String> = statements.flat_map(|statement| layout::statement(statement, indent)).collect();
    let remark = peripheral.code.remark.as_ref().map(|remark| format!(": {remark}")).unwrap_or_default();
    (!lines.is_empty()).then(|| Item::new(format!("{}{remark}", peripheral.from.marker()), lines))
}

fn channel_variables(plan: &Plan, core: u8) -> Vec<Item> {
    let here = plan.channels.iter().filter(|channel| channel.code.core == core);
    here.filter_map(|channel| channel_variable(plan, channel)).collect()
}

fn channel_variable(plan: &Plan, channel: &ChannelPlan) -> Option<Item> {
    let local = channel.code.local.as_ref()?;
    let rust_type = format!("&'static channels::{}", channel.code.alias);
    let indent = indent(channel.code.core);
    let mut lines = layout::typed_let(local, &rust_type, &channel.code.name, indent);
    let watched = observed(plan).and_then(|observed| {
        let place = observed.channels.iter().position(|watched| watched.name == channel.name)?;
        Some(format!("{:indent$}fwc_observed::WATCHED[{place}].is({local});", ""))
    });
    lines.extend(watched);
    Some(Item::new(channel.from.marker(), lines))
}

/// What the image tells beside its log.
fn observed(plan: &Plan) -> Option<&ObservedPlan> {
    plan.observed.as_ref()
}

/// The task that tells what the others have done.
fn statistics(plan: &Plan) -> Option<Item> {
    let statistics = observed(plan)?.statistics.as_ref()?;
    let channels = statistics.drops.iter().map(|(.., local)| Expression::plain(local));
    let report = Expression::call("fwc_observed::report", channels);
    let spawn = Statement::run(Expression::call("spawn", [Expression::plain("spawner"), report]));
    Some(Item::new("What the tasks have done is told.", layout::statement(&spawn, indent(0))))
}

fn spawns(plan: &Plan, core: u8) -> Vec<Item> {
    let tasks = plan.tasks.iter().filter(|task| task.executor.core() == core);
    let items = tasks.map(|task| {
        let lines = task.code.spawn.iter().flat_map(|statement| layout::statement(statement, indent(core)));
        Item::new(task.from.marker(), lines.collect())
    });
    items.collect()
}

/// What `main` starts on the second core.
#[derive(Serialize)]
pub(super) struct SecondCore {
    pub(super) comment: String,
    pub(super) stack: &'static str,
    pub(super) handles: Vec<Item>,
    pub(super) channels: Vec<Item>,
    pub(super) starts: Vec<Item>,
    pub(super) tasks: Vec<Item>,
    pub(super) spawner: &'static str,
}

/// The static that is the second core's stack.
const CORE1_STACK: &str = "CORE1_STACK";

pub(super) fn second_core(plan: &Plan) -> Option<SecondCore> {
    plan.app.core1_stack_bytes.map(|_| SecondCore {
        comment: core1_comment(plan),
        stack: CORE1_STACK,
        handles: handles(plan, 1),
        channels: channel_variables(plan, 1),
        starts: executor_starts(plan, 1),
        tasks: spawns(plan, 1),
        spawner: spawner(plan, 1),
    })
}

/// Names the first task that wants the second core.
pub(super) fn core1_comment(plan: &Plan) -> String {
    let task = plan.tasks.iter().find(|task| task.executor.core() == 1);
    task.map(|task| format!("{} core = 1", task.from.marker())).unwrap_or_default()
}

/// The name of the spawner of a core's thread executor in `main`; none where no task needs it.
fn spawner(plan: &Plan, core: u8) -> &'static str {
    let mut tasks = plan.tasks.iter();
    let on_thread = tasks.any(|task| task.executor.core() == core && !task.executor.is_interrupt());
    let on_thread = on_thread || core == 0 && statistics(plan).is_some();
    if on_thread { "spawner" } else { "_" }
}
