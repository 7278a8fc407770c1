//! Peripherals: each a handle with its type, and the statements of `main` that make it.

use std::collections::BTreeMap;

use fwc_schema::app::{Active, Drain, Initial, Parity, Pull};
use fwc_schema::chip::BlockKind;
use serde::Serialize;

use crate::app::{Access, AnalogSource, App, PeripheralId, PeripheralKind, TaskId};
use crate::catalog::BlockId;
use crate::names::{camel_case, screaming_case};
use crate::plan::entry::Entry;
use crate::plan::expression::{Expression, Statement};
use crate::plan::hal::{self, BusNames, HandleNames, Pair};
use crate::plan::names::Scope;
use crate::plan::pace::{self, StaticCode};
use crate::plan::usage::Demand;
use crate::plan::{Facts, devices};

/// One `[peripherals.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeripheralPlan {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: Entry,
    /// What it is, with defaults filled in.
    #[serde(flatten)]
    pub settings: Settings,
    /// Who uses it: tasks, and `log`.
    pub users: Vec<String>,
    /// The generated code.
    pub code: PeripheralCode,
}

/// What a peripheral is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Settings {
    /// A pin that is driven.
    Output {
        /// The level that means active.
        active: Active,
        /// Whether it is active from the start.
        initial: Initial,
        /// How it drives its line.
        drain: Drain,
    },
    /// A pin that is read.
    Input {
        /// The level that means active.
        active: Active,
        /// The resistor on it.
        pull: Pull,
        /// How long a level must stand before it counts.
        debounce: Option<String>,
    },
    /// A serial line.
    Uart {
        /// Bits per second.
        baud: u32,
        /// Bits per character.
        data_bits: u8,
        /// The parity bit.
        parity: Parity,
        /// Stop bits.
        stop_bits: u8,
    },
    /// A pin that pulses.
    Pwm {
        /// How often a second a pulse begins.
        frequency: String,
        /// How much of a period a pulse lasts, from the start.
        initial: String,
        /// The level that a pulse has.
        active: Active,
    },
    /// A part on a bus or on pins.
    Device {
        /// What drives it.
        driver: String,
        /// The bus that it hangs on.
        bus: Option<String>,
        /// Its address on an I2C bus.
        address: Option<u8>,
        /// The driver's own keys.
        options: Vec<OptionPlan>,
    },
    /// An I2C bus.
    I2c {
        /// The clock.
        frequency: String,
        /// How long a transfer may take beyond the time that its bits need.
        timeout: String,
    },
    /// A serial port over USB, whose device has the rest.
    UsbSerial {},
    /// An SPI bus.
    Spi {
        /// The clock, at most.
        frequency: String,
        /// The clock's polarity and phase.
        mode: u8,
    },
    /// An analog input.
    Adc {
        /// The chip's own sensor in place of a pin.
        temperature: bool,
        /// The voltage of the greatest number that the converter gives.
        reference_millivolts: u32,
    },
    /// A chain of lights.
    LedStrip {
        /// How many there are.
        lights: u16,
    },
    /// What resets the chip when a supervised task stops.
    Watchdog {
        /// How long it may be left unfed, in microseconds.
        timeout_us: u64,
    },
}

/// The value of a driver's own key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionPlan {
    /// The key.
    pub key: String,
    /// Its value, as app.toml would write it.
    pub value: String,
}

/// A peripheral's part of the generated code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeripheralCode {
    /// The alias of its type in the module `board`.
    pub alias: String,
    /// The type.
    pub rust_type: String,
    /// The alias and type of the bus itself, where its users share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus: Option<BusCode>,
    /// The aliases and types of its halves, where it has two.
    pub halves: Vec<HalfCode>,
    /// Buffers that live for ever.
    pub buffers: Vec<BufferPlan>,
    /// Other statics that it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statics: Vec<StaticCode>,
    /// The function of the module `board` that configures it.
    pub config: Option<ConfigCode>,
    /// The statements of `main` that make it; none where nobody uses it.
    pub setup: Vec<Statement>,
    /// The core on which it is made, and which serves its interrupts.
    #[serde(skip_serializing_if = "is_first")]
    pub core: u8,
    /// What a comment says of it beyond its entry.
    pub remark: Option<String>,
    /// The local variables of `main` that hold it.
    pub locals: Locals,
}

/// What the users of a bus share; the handle of each is a reference to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BusCode {
    /// The alias of its type in the module `board`.
    pub alias: String,
    /// The type.
    pub rust_type: String,
}

/// The alias and type of a half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HalfCode {
    /// Which half.
    pub access: Access,
    /// The alias of its type in the module `board`.
    pub alias: String,
    /// The type.
    pub rust_type: String,
}

/// A function that configures a peripheral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigCode {
    /// Its name.
    pub function: String,
    /// What it returns.
    pub rust_type: String,
    /// Its body.
    pub body: Vec<String>,
}

/// A buffer that lives for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BufferPlan {
    /// The name of the static.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u32,
}

/// Types of a uart's halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HalvesPlan {
    pub(super) reader: String,
    pub(super) writer: String,
}

/// Local variables of `main` that hold a peripheral or its halves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Locals {
    /// All of it.
    pub whole: Option<String>,
    /// The receiving half.
    pub reader: Option<String>,
    /// The sending half.
    pub writer: Option<String>,
}

/// The scopes that peripherals, channels and tasks share.
pub(super) struct Scopes {
    /// Local variables of `main`.
    pub(super) locals: Scope,
    /// Statics of `main`.
    pub(super) statics: Scope,
    /// Types and functions of the module `board`.
    pub(super) board: Scope,
    /// Local variables of `main` that are there already: of peripherals that were made together with an earlier one.
    pub(super) made: BTreeMap<PeripheralId, String>,
    /// The local variables of `main` that hold what several peripherals on a block share, once there is one.
    pub(super) shared: BTreeMap<BlockId, String>,
}

/// In the order of the file.
pub(super) fn peripherals(facts: &Facts<'_>, scopes: &mut Scopes) -> Vec<PeripheralPlan> {
    let app = facts.app();
    // All aliases first: a half's alias gives way to a peripheral's.
    let aliases: Vec<String> = app
        .peripherals
        .iter()
        .map(|peripheral| scopes.board.take(&camel_case(&peripheral.name), "Handle"))
        .collect();
    let mut plans: Vec<PeripheralPlan> = Vec::new();
    for (alias, index) in aliases.into_iter().zip(0..) {
        let id = PeripheralId(index);
        let peripheral = app.peripheral(id);
        let code = match &peripheral.kind {
            PeripheralKind::Device(device) => devices::code(facts, id, device, alias, &plans, scopes),
            _ => code(facts, id, alias, scopes),
        };
        plans.push(PeripheralPlan {
            name: peripheral.name.value.clone(),
            from: facts.lines.of(peripheral),
            settings: settings(facts.app(), &peripheral.kind),
            users: users(facts, id),
            code,
        });
    }
    plans
}

fn settings(app: &App, kind: &PeripheralKind) -> Settings {
    match kind {
        PeripheralKind::Output(output) => {
            Settings::Output { active: output.active, initial: output.initial, drain: output.drain }
        }
        PeripheralKind::Input(input) => Settings::Input {
            active: input.active,
            pull: input.pull,
            debounce: input.debounce.map(|time| time.to_string()),
        },
        PeripheralKind::Uart(uart) => Settings::Uart {
            baud: uart.baud.value,
            data_bits: uart.data_bits,
            parity: uart.parity,
            stop_bits: uart.stop_bits,
        },
        PeripheralKind::Pwm(pwm) => Settings::Pwm {
            frequency: pwm.frequency.value.to_string(),
            initial: pwm.initial.to_string(),
            active: pwm.active,
        },
        PeripheralKind::Spi(spi) => {
            Settings::Spi { frequency: spi.frequency.value.to_string(), mode: spi.mode }
        }
        PeripheralKind::I2c(i2c) => {
            Settings::I2c { frequency: i2c.frequency.value.to_string(), timeout: i2c.timeout.to_string() }
        }
        PeripheralKind::UsbSerial(_) => Settings::UsbSerial {},
        PeripheralKind::Device(device) => Settings::Device {
            driver: device.driver.name.clone(),
            bus: device.bus.map(|bus| app.peripheral(bus.value).name.value.clone()),
            address: device.address.map(|address| address.value),
            options: device
                .driver
                .keys
                .iter()
                .zip(&device.options)
                .map(|(key, value)| OptionPlan { key: key.name.clone(), value: value.to_string() })
                .collect(),
        },
        PeripheralKind::Adc(adc) => Settings::Adc {
            temperature: matches!(adc.source, AnalogSource::Temperature(_)),
            reference_millivolts: app.board.full_scale_millivolts(),
        },
        PeripheralKind::LedStrip(strip) => Settings::LedStrip { lights: strip.lights },
        PeripheralKind::Watchdog(watchdog) => {
            Settings::Watchdog { timeout_us: pace::micros(watchdog.timeout.value) }
        }
    }
}

fn users(facts: &Facts<'_>, id: PeripheralId) -> Vec<String> {
    let name = |task: TaskId| facts.app().task(task).name.value.clone();
    let users = facts.usage.users(id).into_iter();
    users.map(|user| user.map_or_else(|| "log".to_string(), name)).collect()
}

fn code(facts: &Facts<'_>, id: PeripheralId, alias: String, scopes: &mut Scopes) -> PeripheralCode {
    let peripheral = facts.app().peripheral(id);
    let name = &peripheral.name.value;
    let is_uart = matches!(peripheral.kind, PeripheralKind::Uart(_));
    let mut names = HandleNames {
        alias: alias.clone(),
        config: String::new(),
        tx_buffer: String::new(),
        rx_buffer: String::new(),
        shared: String::new(),
        makes_shared: false,
        memory: String::new(),
        bus: None,
    };
    if is_uart {
        let screaming = screaming_case(name);
        names.config = scopes.board.take(&format!("{name}_config"), "_uart");
        names.tx_buffer = scopes.statics.take(&format!("{screaming}_TX"), "_BUFFER");
        names.rx_buffer = scopes.statics.take(&format!("{screaming}_RX"), "_BUFFER");
    }
    if matches!(peripheral.kind, PeripheralKind::Pwm(_)) {
        names.config = scopes.board.take(&format!("{name}_config"), "_pwm");
    }
    if matches!(peripheral.kind, PeripheralKind::Spi(_)) {
        names.config = scopes.board.take(&format!("{name}_config"), "_spi");
        names.memory = scopes.statics.take(&format!("{}_DMA", screaming_case(name)), "_MEMORY");
    }
    if matches!(peripheral.kind, PeripheralKind::LedStrip(_)) {
        names.config = scopes.board.take(&format!("{name}_config"), "_lights");
        names.memory = scopes.statics.take(&format!("{}_PULSES", screaming_case(name)), "_MEMORY");
    }
    let is_made = facts.usage.is_used(id) || matches!(peripheral.kind, PeripheralKind::Pwm(_));
    if let Some(block) = hal::shared_block(facts.resolved, id).filter(|_| is_made) {
        names.makes_shared = !scopes.shared.contains_key(&block);
        let chip = &facts.app().board.chip;
        let is_only = chip.blocks_of(chip.block(block).kind).count() == 1;
        let title = match chip.block(block).kind {
            BlockKind::Adc if is_only => "adc".to_string(),
            BlockKind::Rmt => "rmt".to_string(),
            _ => chip.block(block).title.to_lowercase(),
        };
        let take = || scopes.locals.take(&title, "_shared");
        names.shared = scopes.shared.entry(block).or_insert_with(take).clone();
        let has_memory = !names.memory.is_empty();
        if names.makes_shared && !has_memory {
            names.memory = scopes.statics.take(&screaming_case(&title), "_BLOCK");
        }
    }
    if facts.resolved.bus_sharing(id).is_some_and(|sharing| sharing.mutex.is_some()) {
        names.bus = Some(BusNames {
            alias: scopes.board.take(&format!("{alias}Bus"), "Shared"),
            place: scopes.statics.take(&screaming_case(name), "_BUS"),
            driver: scopes.locals.take(&format!("{name}_driver"), "_bus"),
        });
    }
    let handle = hal::handle(facts.resolved, id, &names);
    let pair = handle.pair.clone();
    let halves: Vec<HalfCode> = handle.halves.map_or(Vec::new(), |halves| {
        let half = |access, suffix, rust_type, board: &mut Scope| HalfCode {
            access,
            alias: board.take(&format!("{alias}{suffix}"), "Half"),
            rust_type,
        };
        vec![
            half(Access::Read, "Reader", halves.reader, &mut scopes.board),
            half(Access::Write, "Writer", halves.writer, &mut scopes.board),
        ]
    });
    let (setup, locals, remark) = match facts.usage.demand(id, !halves.is_empty()) {
        Demand::None => {
            // A pin that is declared as an output holds its first level even where no task moves it.
            // Dropping it would let go of the pin.
            let mut hold = |what| {
                let (local, made) =
                    make(facts.app(), id, handle.construct.clone(), handle.pair.clone(), scopes);
                let mut setup: Vec<Statement> = handle.before.iter().cloned().chain(made).collect();
                setup.push(Statement::run(Expression::call("core::mem::forget", [Expression::plain(local)])));
                (setup, Locals::default(), Some(what))
            };
            match peripheral.kind {
                _ if peripheral.is_pin_of_device() => (Vec::new(), Locals::default(), Some("not used")),
                PeripheralKind::Output(_) => hold("holds its first level"),
                PeripheralKind::Pwm(_) => hold("keeps its first duty"),
                PeripheralKind::Input(_)
                | PeripheralKind::Uart(_)
                | PeripheralKind::Adc(_)
                | PeripheralKind::I2c(_)
                | PeripheralKind::Spi(_)
                | PeripheralKind::LedStrip(_)
                | PeripheralKind::Watchdog(_)
                | PeripheralKind::UsbSerial(_)
                | PeripheralKind::Device(_) => (Vec::new(), Locals::default(), Some("not used")),
            }
        }
        // Tasks reach it by its type.
        Demand::Whole if matches!(peripheral.kind, PeripheralKind::Watchdog(_)) => {
            let setup = handle.before.into_iter().chain([Statement::run(handle.construct)]).collect();
            (setup, Locals::default(), None)
        }
        Demand::Whole => {
            let (local, made) = make(facts.app(), id, handle.construct, handle.pair, scopes);
            let setup = handle.before.into_iter().chain(made).collect();
            (setup, Locals { whole: Some(local), ..Locals::default() }, None)
        }
        Demand::Halves { read, write } => {
            let made = scopes.made.remove(&id);
            let whole = made.clone().unwrap_or_else(|| scopes.locals.take(name, "_handle"));
            let mut half = |wanted: bool, suffix: &str| {
                wanted.then(|| scopes.locals.take(&format!("{name}_{suffix}"), "_half"))
            };
            let locals = Locals { whole: None, reader: half(read, "reader"), writer: half(write, "writer") };
            let or_drop = |local: &Option<String>| local.clone().unwrap_or_else(|| "_".to_string());
            let pattern = format!("({}, {})", or_drop(&locals.reader), or_drop(&locals.writer));
            let split = Expression::plain(format!("{whole}.split()"));
            let bind = made.is_none().then(|| Statement::bind(whole, handle.construct));
            (bind.into_iter().chain([Statement::bind(pattern, split)]).collect(), locals, None)
        }
    };
    let together = pair.map_or(vec![id], |pair| pair.members.to_vec());
    let on_core1 = together.into_iter().all(|member| lives_on_core1(facts, member));
    let config =
        handle.config.map(|(rust_type, body)| ConfigCode { function: names.config, rust_type, body });
    let made = !setup.is_empty();
    PeripheralCode {
        alias,
        rust_type: handle.rust_type,
        bus: handle.bus,
        halves,
        buffers: if made { handle.buffers } else { Vec::new() },
        statics: if made { handle.statics } else { Vec::new() },
        config: config.filter(|_| made),
        setup,
        core: on_core1.into(),
        remark: remark.map(str::to_string),
        locals,
    }
}

/// Whether it is the first core, which goes without saying.
pub(super) fn is_first(core: &u8) -> bool {
    *core == 0
}

/// Whether a peripheral is made on core 1, so that core 0 need not serve its interrupts: where all its users run there.
/// What several peripherals share is made on core 0.
pub(super) fn lives_on_core1(facts: &Facts<'_>, id: PeripheralId) -> bool {
    let executors = &facts.resolved.executors;
    let runs_there = |user: &Option<TaskId>| user.is_some_and(|task| executors[task.index()].core() == 1);
    let users = facts.usage.users(id);
    let is_shared = match facts.app().peripheral(id).kind {
        PeripheralKind::Output(_)
        | PeripheralKind::Input(_)
        | PeripheralKind::Uart(_)
        | PeripheralKind::Pwm(_)
        | PeripheralKind::LedStrip(_)
        | PeripheralKind::Device(_) => false,
        PeripheralKind::I2c(_) | PeripheralKind::Spi(_) => users.len() > 1,
        PeripheralKind::Adc(_) | PeripheralKind::UsbSerial(_) | PeripheralKind::Watchdog(_) => true,
    };
    !is_shared && !users.is_empty() && users.iter().all(runs_there)
}

/// The local variable that holds a peripheral, and the statements that make it: none where an earlier one made both.
fn make(
    app: &App,
    id: PeripheralId,
    construct: Expression,
    pair: Option<Pair>,
    scopes: &mut Scopes,
) -> (String, Vec<Statement>) {
    if let Some(local) = scopes.made.remove(&id) {
        return (local, Vec::new());
    }
    let mut local = |id: PeripheralId| scopes.locals.take(&app.peripheral(id).name, "_handle");
    let Some(pair) = pair else {
        let local = local(id);
        return (local.clone(), vec![Statement::bind(local, construct)]);
    };
    let [first, second] = pair.members.map(&mut local);
    let whole = scopes.locals.take(&pair.local, "_pair");
    let apart = Expression::call(pair.function, [Expression::plain(&whole)]);
    let setup =
        vec![Statement::bind(whole, construct), Statement::bind(format!("({first}, {second})"), apart)];
    let [one, two] = pair.members;
    let (own, other, other_id) = if one == id { (first, second, two) } else { (second, first, one) };
    scopes.made.insert(other_id, other);
    (own, setup)
}

impl PeripheralPlan {
    /// The type, as other modules name it, of what a task gets.
    pub(super) fn alias_for(&self, access: Access) -> String {
        let half = self.code.halves.iter().find(|half| half.access == access);
        format!("board::{}", half.map_or(&self.code.alias, |half| &half.alias))
    }

    /// The variable of `main` that holds what a task gets.
    pub(super) fn local_for(&self, access: Access) -> String {
        let locals = &self.code.locals;
        let half = match access {
            Access::Whole => &locals.whole,
            Access::Read => &locals.reader,
            Access::Write => &locals.writer,
        };
        half.as_ref().or(locals.whole.as_ref()).cloned().unwrap_or_default()
    }
}
