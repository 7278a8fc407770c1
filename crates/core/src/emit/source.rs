//! The Rust sources of the generated crate.

mod executors;
mod main;
mod observed;
mod simulated;

use serde::Serialize;

use crate::emit::imports::{Importable, imports};
use crate::emit::{Header, layout, templates};
use crate::plan::{Expression, Logging, MessagePlan, PeripheralPlan, Plan, Shape, Statement, TaskPlan};
use crate::resolved::{BusPllSetting, BusPllSolution, ClockSolution, ClockSource};

pub(super) use observed::observed;

pub(super) fn main(plan: &Plan) -> String {
    if plan.is_simulated { simulated::main(plan) } else { main::main(plan) }
}

/// An item of generated code: what its comment says, and its lines.
#[derive(Serialize)]
struct Item {
    comment: String,
    lines: Vec<String>,
}

impl Item {
    fn new(comment: impl Into<String>, lines: Vec<String>) -> Item {
        Item { comment: comment.into(), lines }
    }
}

/// All lines of items, for a look at what they mention.
fn lines<'a>(items: impl IntoIterator<Item = &'a Item>) -> Vec<&'a str> {
    items.into_iter().flat_map(|item| item.lines.iter().map(String::as_str)).collect()
}

/// clippy's `too_many_arguments` speaks up beyond these.
const MANY_PARAMETERS: usize = 7;

/// What `board.rs` may import.
const BOARD: &[Importable] = &[
    ("crate", "devices"),
    ("embassy_nrf", "bind_interrupts"),
    ("embassy_nrf", "buffered_uarte"),
    ("embassy_nrf", "config"),
    ("embassy_nrf", "peripherals"),
    ("embassy_nrf", "pwm"),
    ("embassy_nrf", "saadc"),
    ("embassy_nrf", "spim"),
    ("embassy_nrf", "twim"),
    ("embassy_nrf", "uarte"),
    ("embassy_nrf", "usb"),
    ("embassy_rp", "adc"),
    ("embassy_rp", "bind_interrupts"),
    ("embassy_rp", "clocks"),
    ("embassy_rp", "config"),
    ("embassy_rp", "dma"),
    ("embassy_rp", "i2c"),
    ("embassy_rp", "peripherals"),
    ("embassy_rp", "pio"),
    ("embassy_rp", "pwm"),
    ("embassy_rp", "spi"),
    ("embassy_rp", "uart"),
    ("embassy_rp", "usb"),
    ("embassy_stm32", "bind_interrupts"),
    ("embassy_stm32", "dma"),
    ("embassy_stm32", "adc"),
    ("embassy_stm32", "exti"),
    ("embassy_stm32", "i2c"),
    ("embassy_stm32", "interrupt"),
    ("embassy_stm32", "peripherals"),
    ("embassy_stm32", "rcc"),
    ("embassy_stm32", "spi"),
    ("embassy_stm32", "timer"),
    ("embassy_stm32", "usart"),
    ("embassy_stm32", "usb"),
    ("embassy_stm32::time", "Hertz"),
    ("fwc_runtime", "gpio"),
];

pub(super) fn board(plan: &Plan) -> String {
    if plan.is_simulated {
        return simulated::board(plan);
    }
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        imports: Vec<String>,
        types: Vec<Item>,
        interrupts: Vec<Item>,
        config: Item,
        configs: Vec<Item>,
    }
    let interrupts = plan.interrupts.iter().filter(|interrupt| !interrupt.handlers.is_empty());
    let interrupts = interrupts.map(|interrupt| {
        let mut owners: Vec<String> =
            interrupt.handlers.iter().map(|handler| handler.from.marker()).collect();
        owners.dedup();
        let mut handlers: Vec<&str> =
            interrupt.handlers.iter().map(|handler| handler.handler.as_str()).collect();
        // Several inputs of one vector have one handler.
        handlers.dedup();
        let lines = vec![format!("{} => {};", interrupt.vector, handlers.join(", "))];
        Item::new(owners.join(", "), lines)
    });
    let mut view = View {
        header: Header::of(plan),
        imports: Vec::new(),
        types: plan.peripherals.iter().flat_map(types).collect(),
        interrupts: interrupts.collect(),
        config: clock(plan, indented(&plan.clock.code)),
        configs: config_items(plan),
    };
    let items = view.types.iter().chain(&view.interrupts).chain([&view.config]).chain(&view.configs);
    let mut body = lines(items);
    if !view.interrupts.is_empty() {
        body.push("bind_interrupts!");
    }
    view.imports = imports(&body, &of_hal(plan, BOARD));
    templates::render("shared/src/board.rs.j2", view)
}

/// The HAL's crates by their names in Rust: Embassy's, and fwc's adapters over it.
fn hal_crates(plan: &Plan) -> [String; 2] {
    let name = hal_name(plan);
    let hal = plan.board.hal.replace('-', "_");
    [hal, format!("fwc_hal_{name}")]
}

/// What fwc calls the HAL: the name of the chips.
pub(super) fn hal_name(plan: &Plan) -> &str {
    let hal = plan.board.hal.strip_prefix("embassy-").unwrap_or(&plan.board.hal);
    hal.strip_suffix("-hal").unwrap_or(hal)
}

/// Names that can be imported where the firmware is for the plan's HAL: other HALs have the same names.
fn of_hal(plan: &Plan, importable: &[Importable]) -> Vec<Importable> {
    let [embassy, adapters] = hal_crates(plan);
    let root = |module: &str| module.split("::").next().unwrap_or_default().to_string();
    let is_other = |root: &str| HALS.contains(&root) && root != embassy && root != adapters;
    importable.iter().copied().filter(|(module, _)| !is_other(&root(module))).collect()
}

/// The crates of all HALs.
const HALS: &[&str] = &[
    "embassy_nrf",
    "embassy_rp",
    "embassy_stm32",
    "esp_hal",
    "fwc_hal_esp",
    "fwc_hal_nrf",
    "fwc_hal_rp",
    "fwc_hal_stm32",
];

/// The functions that configure peripherals, and the usb device.
fn config_items(plan: &Plan) -> Vec<Item> {
    let device = plan.usb.iter().map(|usb| (&usb.from, &usb.code.config));
    let of_peripherals = plan
        .peripherals
        .iter()
        .filter_map(|peripheral| Some((&peripheral.from, peripheral.code.config.as_ref()?)));
    let configs = of_peripherals.chain(device).map(|(from, config)| {
        let head = format!("pub fn {}() -> {} {{", config.function, config.rust_type);
        let lines = std::iter::once(head).chain(indented(&config.body)).chain(["}".to_string()]).collect();
        Item::new(from.marker(), lines)
    });
    configs.collect()
}

fn indented(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| format!("    {line}")).collect()
}

fn types(peripheral: &PeripheralPlan) -> Vec<Item> {
    let marker = peripheral.from.marker();
    let whole = layout::type_alias(&peripheral.code.alias, &peripheral.code.rust_type);
    let halves = peripheral.code.halves.iter().map(|half| {
        let which = match half.access {
            crate::app::Access::Read => "the half that reads",
            crate::app::Access::Write | crate::app::Access::Whole => "the half that writes",
        };
        Item::new(format!("{marker}, {which}"), layout::type_alias(&half.alias, &half.rust_type))
    });
    let bus = peripheral.code.bus.iter().map(|bus| {
        Item::new(format!("{marker}, what its users share"), layout::type_alias(&bus.alias, &bus.rust_type))
    });
    std::iter::once(Item::new(&marker, whole)).chain(bus).chain(halves).collect()
}

fn clock(plan: &Plan, body: Vec<String>) -> Item {
    let clock = &plan.clock;
    let core = frequency(clock.core_hz);
    let crystal = clock.crystal_hz.map(|hz| frequency(hz.into()));
    let made = match (clock.pll, crystal) {
        (Some(ClockSolution::BusPll(made)), _) => format!("{core} = {}", of_source(&made)),
        (Some(ClockSolution::Rp(pll)), Some(crystal)) => {
            format!(
                "{core} = {crystal} / {} * {} / {} / {}",
                pll.refdiv, pll.fbdiv, pll.postdiv1, pll.postdiv2
            )
        }
        (_, Some(crystal)) => format!("{core} from a crystal of {crystal}, {}", clock.reason),
        (_, None) => format!("{core} from the chip's own oscillator, {}", clock.reason),
    };
    let comment = match &clock.from {
        Some(from) => format!("{} clock: {made}", from.marker()),
        None => format!("The clocks: {made}."),
    };
    let head = format!("pub fn config() -> {} {{", clock.config_type);
    Item::new(comment, std::iter::once(head).chain(body).chain(["}".to_string()]).collect())
}

/// How an STM32's core is made from what the clocks start from.
fn of_source(made: &BusPllSolution) -> String {
    let what = match made.source {
        ClockSource::Crystal => "the crystal's",
        ClockSource::ClockInput => "the board's",
        ClockSource::Internal => "the chip's own",
    };
    let source = format!("{what} {}", frequency(made.source_hz.into()));
    match made.pll {
        None => source,
        Some(BusPllSetting { prediv, mul, div, .. }) => format!("{source} / {prediv} * {mul} / {div}"),
    }
}

fn frequency(hz: u64) -> String {
    fwc_schema::units::Frequency(hz * 1_000).to_string()
}

pub(super) fn devices(plan: &Plan) -> Option<String> {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        drivers: Vec<Item>,
    }
    let drivers = plan.drivers.iter().map(|driver| {
        let path = driver.path.as_ref().map(|path| format!("#[path = {path:?}]"));
        let lines = path.into_iter().chain([format!("pub mod {};", driver.name)]).collect();
        Item::new(format!("{}: {}", driver.from.marker(), driver.title), lines)
    });
    let view = View { header: Header::of(plan), drivers: drivers.collect() };
    (!plan.drivers.is_empty()).then(|| templates::render("shared/src/devices.rs.j2", view))
}

/// The project's own behaviours, each a module with the user's text.
pub(super) fn behaviors(plan: &Plan) -> Option<String> {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        behaviors: Vec<Item>,
    }
    let behaviors = plan.behaviors.iter().map(|behavior| {
        let path = behavior.path.as_ref().map(|path| format!("#[path = {path:?}]"));
        let lines = path.into_iter().chain([format!("pub mod {};", behavior.name)]).collect();
        Item::new(behavior.from.marker(), lines)
    });
    let view = View { header: Header::of(plan), behaviors: behaviors.collect() };
    (!plan.behaviors.is_empty()).then(|| templates::render("shared/src/behaviors.rs.j2", view))
}

pub(super) fn messages(plan: &Plan) -> Option<String> {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        imports: Vec<String>,
        messages: Vec<Message<'a>>,
    }
    #[derive(Serialize)]
    struct Message<'a> {
        comment: String,
        #[serde(flatten)]
        message: &'a MessagePlan,
        alias: Vec<String>,
        /// How defmt shows what a driver measures, whose text knows nothing of defmt.
        shown: Vec<String>,
    }
    let is_rust = |message: &MessagePlan| matches!(message.shape, Shape::Rust { .. });
    let records = plan.messages.iter().any(|message| message.printable && !is_rust(message));
    let presses = plan.messages.iter().any(|message| message.press);
    let names = [("fwc_runtime", "record", records), ("fwc_runtime", "behaviors", presses)];
    let used = names.into_iter().filter(|(_, _, used)| *used);
    let view = View {
        header: Header::of(plan),
        imports: layout::imports(used.map(|(module, name, _)| (module, name))),
        messages: plan
            .messages
            .iter()
            .map(|message| Message {
                comment: message.from.marker(),
                message,
                alias: match (&message.shape, &message.driver) {
                    (Shape::Rust { path }, _) => layout::type_alias(&message.name, path),
                    (_, Some(driver)) => {
                        layout::type_alias(&message.name, &format!("crate::devices::{driver}::Reading"))
                    }
                    (Shape::Record { .. } | Shape::Enum { .. }, None) => Vec::new(),
                },
                shown: shown(plan, message),
            })
            .collect(),
    };
    (!plan.messages.is_empty()).then(|| templates::render("shared/src/messages.rs.j2", view))
}

/// The statement by which defmt shows a driver's message, where logs are made by defmt.
fn shown(plan: &Plan, message: &MessagePlan) -> Vec<String> {
    let (Shape::Record { fields }, Some(_), Logging::Defmt) =
        (&message.shape, &message.driver, plan.app.logging)
    else {
        return Vec::new();
    };
    let places: Vec<String> = fields.iter().map(|field| format!("{}: {{}}", field.name)).collect();
    let text = format!("\"{} {{{{ {} }}}}\"", message.name, places.join(", "));
    let values = fields.iter().map(|field| Expression::plain(format!("self.{}", field.name)));
    let arguments = [Expression::plain("to"), Expression::plain(text)].into_iter().chain(values);
    layout::statement(&Statement::run(Expression::call("defmt::write!", arguments)), 8)
}

/// What `channels.rs` may import.
const CHANNELS: &[Importable] = &[
    ("crate", "messages"),
    ("fwc_runtime", "CriticalSectionRawMutex"),
    ("fwc_runtime", "NoopRawMutex"),
    ("fwc_runtime", "channel"),
];

pub(super) fn channels(plan: &Plan) -> Option<String> {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        imports: Vec<String>,
        channels: Vec<Item>,
        names: Vec<Named<'a>>,
    }
    /// The type that gives a channel its name.
    #[derive(Serialize)]
    struct Named<'a> {
        marker: &'a str,
        name: &'a str,
    }
    let names = plan.channels.iter().filter_map(|channel| {
        let marker = channel.code.marker.as_deref()?;
        Some(Named { marker, name: &channel.name })
    });
    let names = names.collect();
    let items = plan.channels.iter().map(|channel| {
        let comment = format!("{}: {}", channel.from.marker(), channel.code.summary);
        Item::new(comment, layout::type_alias(&channel.code.alias, &channel.code.rust_type))
    });
    let items: Vec<Item> = items.collect();
    let imports = imports(&lines(&items), CHANNELS);
    let view = View { header: Header::of(plan), imports, channels: items, names };
    (!plan.channels.is_empty()).then(|| templates::render("shared/src/channels.rs.j2", view))
}

/// What `io.rs` may import.
const IO: &[Importable] = &[
    ("crate", "board"),
    ("crate", "channels"),
    ("fwc_runtime", "Deadline"),
    ("fwc_runtime", "MonitoredTicker"),
    ("fwc_runtime", "Supervised"),
    ("fwc_runtime", "Ticker"),
    ("fwc_runtime::channel", "Publisher"),
    ("fwc_runtime::channel", "Subscriber"),
];

pub(super) fn io(plan: &Plan) -> Option<String> {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        imports: Vec<String>,
        structs: Vec<Struct>,
    }
    #[derive(Serialize)]
    struct Struct {
        comment: String,
        name: String,
        fields: Vec<Item>,
    }
    let with_io = plan.tasks.iter().filter_map(|task| Some((task, task.code.io.as_ref()?)));
    let structs: Vec<Struct> = with_io
        .map(|(task, io)| Struct {
            comment: task.from.marker(),
            name: io.name.clone(),
            fields: io
                .fields
                .iter()
                .map(|field| {
                    let line = format!("    pub {}: {},", field.name, field.rust_type);
                    Item::new(&field.comment, vec![line])
                })
                .collect(),
        })
        .collect();
    let body = lines(structs.iter().flat_map(|item| &item.fields));
    let view = View { header: Header::of(plan), imports: imports(&body, IO), structs };
    (!view.structs.is_empty()).then(|| templates::render("shared/src/io.rs.j2", view))
}

/// What `tasks.rs` may import.
const TASKS: &[Importable] = &[
    ("crate", "board"),
    ("crate", "channels"),
    ("crate", "devices"),
    ("crate", "io"),
    ("crate", "messages"),
    ("fwc_runtime", "Deadline"),
    ("fwc_runtime", "Duration"),
    ("fwc_runtime", "MonitoredTicker"),
    ("fwc_runtime", "Never"),
    ("fwc_runtime", "Ticker"),
    ("fwc_runtime", "behaviors"),
    ("fwc_runtime::behaviors", "Band"),
    ("fwc_runtime::behaviors", "Ramp"),
    ("fwc_runtime::behaviors", "Source"),
    ("fwc_runtime::behaviors", "Sources"),
    ("fwc_runtime::channel", "Publisher"),
    ("fwc_runtime::channel", "Subscriber"),
    ("fwc_runtime::record", "Csv"),
    ("fwc_runtime::record", "Json"),
    ("fwc_runtime::record", "Text"),
];

pub(super) fn tasks(plan: &Plan) -> Option<String> {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        imports: Vec<String>,
        many_parameters: bool,
        tasks: Vec<Item>,
    }
    let items: Vec<Item> =
        plan.tasks.iter().flat_map(|item| deadline(item).into_iter().chain([task(item)])).collect();
    let mut body = lines(&items);
    // The trait that has the method.
    if body.iter().any(|line| line.contains(".and(")) {
        body.push("Sources");
    }
    let view = View {
        header: Header::of(plan),
        imports: imports(&body, TASKS),
        many_parameters: plan.tasks.iter().any(|task| task.code.parameters.len() > MANY_PARAMETERS),
        tasks: items,
    };
    (!plan.tasks.is_empty()).then(|| templates::render("shared/src/tasks.rs.j2", view))
}

/// The static that counts a task's missed deadlines.
fn deadline(task: &TaskPlan) -> Option<Item> {
    let deadline = task.code.deadline.as_ref()?;
    let head = format!("pub static {}: {}", deadline.name, deadline.rust_type);
    Some(Item::new(format!("{} deadline", task.from.marker()), layout::assignment(&head, &deadline.value)))
}

fn task(task: &TaskPlan) -> Item {
    let code = &task.code;
    let returns = match (code.is_async, code.never_ends) {
        (true, true) => "!",
        (true, false) => "()",
        (false, true) => "impl Future<Output = Never>",
        (false, false) => "impl Future<Output = ()>",
    };
    let keywords = if code.is_async { "pub async fn" } else { "pub fn" };
    let body = code.body.iter().flat_map(|statement| layout::statement(statement, 4));
    let head = layout::signature(&format!("{keywords} {}", code.function), &code.parameters, returns);
    let lines = ["#[embassy_executor::task]".to_string()]
        .into_iter()
        .chain(head)
        .chain(body)
        .chain(layout::value(&code.future, 4))
        .chain(["}".to_string()]);
    Item::new(task.from.marker(), lines.collect())
}
