//! The hardware side of a plan: clock, memory, and who owns each pin, DMA channel and interrupt.

use std::collections::BTreeMap;

use fwc_schema::chip::{ClockModel, MemoryRole};
use serde::Serialize;

use crate::catalog::InterruptId;
use crate::plan::Facts;
use crate::plan::entry::Entry;
use crate::plan::{hal, peripherals, usb};
use crate::resolved::{BusClock, ClockSolution, PinRole, Resolved, UartDriver};

/// The board and its chip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoardPlan {
    /// The name that app.toml uses.
    pub name: String,
    /// The name as its vendor writes it.
    pub title: String,
    /// The chip's name.
    pub chip: String,
    /// The chip's name as people write it.
    pub chip_title: String,
    /// The crate that drives the chip.
    pub hal: String,
    /// The compiler's target triple.
    pub target: String,
    /// The linker scripts beside `memory.x`, in the order in which the linker reads them.
    pub linker_scripts: Vec<String>,
    /// The section that the bootrom looks for, right behind the vector table.
    pub boot_section: Option<String>,
}

/// The core's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockPlan {
    /// The core's frequency.
    pub core_hz: u64,
    /// The crystal's frequency; absent where the chip runs from its own oscillator.
    pub crystal_hz: Option<u32>,
    /// How the one is made of the other; absent where the HAL's default is kept.
    pub pll: Option<ClockSolution>,
    /// What the buses run at, where that is not the core's clock.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buses: Vec<BusClock>,
    /// The entry that asks for it.
    pub from: Option<Entry>,
    /// Why it is so.
    pub reason: String,
    /// The type that the generated function `board::config` returns.
    #[serde(skip)]
    pub config_type: &'static str,
    /// Its body.
    pub code: Vec<String>,
}

/// A region of the linker script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryPlan {
    /// Its name there.
    pub name: String,
    /// What it is for.
    pub role: MemoryRole,
    /// The first address.
    pub origin: u32,
    /// Length in bytes.
    pub length: u32,
}

/// A pin in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PinPlan {
    /// The chip's name of it.
    pub pin: String,
    /// The board's names of it.
    pub labels: Vec<String>,
    /// Who owns it.
    pub peripheral: String,
    /// What it is to its owner.
    pub role: PinRole,
    /// The owner's entry.
    #[serde(flatten)]
    pub from: Entry,
}

/// A DMA channel in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DmaPlan {
    /// The chip's name of it.
    pub channel: String,
    /// Who owns it.
    pub peripheral: String,
    /// What it moves.
    pub role: PinRole,
    /// The owner's entry.
    #[serde(flatten)]
    pub from: Entry,
}

/// An interrupt in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterruptPlan {
    /// Its vector.
    pub vector: String,
    /// Its number at the interrupt controller.
    pub number: u16,
    /// The level that it is set to, 0 being the most urgent; absent where it keeps the HAL's.
    pub level: Option<u8>,
    /// The handlers that generated code binds to it; empty where the HAL handles it itself.
    pub handlers: Vec<HandlerPlan>,
    /// What it is for.
    pub reason: String,
}

/// A handler on an interrupt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandlerPlan {
    /// Its type.
    pub handler: String,
    /// Whose it is.
    pub peripheral: String,
    /// The owner's entry.
    #[serde(flatten)]
    pub from: Entry,
}

pub(super) fn board(facts: &Facts<'_>) -> BoardPlan {
    let board = &facts.app().board;
    BoardPlan {
        name: board.name.clone(),
        title: board.title.clone(),
        chip: board.chip.name.clone(),
        chip_title: board.chip.title.clone(),
        hal: hal::crate_name(board.chip.hal).to_string(),
        target: board.chip.target.clone(),
        linker_scripts: hal::linker_scripts(facts.resolved).into_iter().map(str::to_string).collect(),
        boot_section: board.chip.boot_section.clone(),
    }
}

pub(super) fn clock(facts: &Facts<'_>) -> ClockPlan {
    let app = facts.app();
    let from = app
        .clock
        .as_ref()
        .map(|clock| Entry { entry: "app".to_string(), line: facts.lines.line(clock.span) });
    let reason = match (&app.clock, &facts.resolved.clock) {
        (Some(clock), _) => format!("asked for by `clock = \"{}\"`", clock.value),
        (None, Some(ClockSolution::Rp(_))) => "the HAL's default is made for another crystal".to_string(),
        (None, Some(ClockSolution::BusPll(_))) => "as fast as the chip can be from there".to_string(),
        (None, None) if matches!(&app.board.chip.clocks, ClockModel::Fixed(clocks) if clocks.other_core_hz.is_empty()) => {
            "the only frequency of the core".to_string()
        }
        (None, None) => "the HAL's default".to_string(),
    };
    ClockPlan {
        core_hz: facts.resolved.core_hz,
        crystal_hz: app.board.crystal_hz,
        pll: facts.resolved.clock,
        buses: facts.resolved.buses.clone(),
        from,
        reason,
        config_type: hal::config_type(app.board.chip.hal),
        code: hal::clock_code(facts.resolved),
    }
}

/// By address.
pub(super) fn memory(facts: &Facts<'_>) -> Vec<MemoryPlan> {
    let regions = facts.app().board.link_regions().into_iter();
    regions
        .map(|region| MemoryPlan {
            name: region.name,
            role: region.role,
            origin: region.origin,
            length: region.length,
        })
        .collect()
}

/// By the pins' numbers.
pub(super) fn pins(facts: &Facts<'_>) -> Vec<PinPlan> {
    let board = &facts.app().board;
    let pins = facts.resolved.pins.iter().map(|(pin, owner)| {
        let peripheral = facts.app().peripheral(owner.peripheral);
        PinPlan {
            pin: board.chip.pin(*pin).name.clone(),
            labels: board.labels_of(*pin).map(str::to_string).collect(),
            peripheral: peripheral.name.value.clone(),
            role: owner.role,
            from: facts.lines.of(peripheral),
        }
    });
    pins.collect()
}

/// By the channels' numbers.
pub(super) fn dma(facts: &Facts<'_>) -> Vec<DmaPlan> {
    let mut owners: BTreeMap<_, _> = facts
        .resolved
        .uarts
        .iter()
        .filter_map(|(id, wiring)| match wiring.driver {
            UartDriver::DmaTx { tx } => Some((tx?, (*id, PinRole::Tx))),
            UartDriver::DmaRx { rx } => Some((rx, (*id, PinRole::Rx))),
            UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => None,
        })
        .collect();
    let spis = facts.resolved.spis.iter().flat_map(|(id, wiring)| {
        let rx = wiring.rx.map(|rx| (rx, (*id, PinRole::Miso)));
        wiring.tx.map(|tx| (tx, (*id, PinRole::Mosi))).into_iter().chain(rx)
    });
    owners.extend(spis);
    let i2cs = facts.resolved.i2cs.iter().flat_map(|(id, wiring)| {
        let rx = wiring.rx.map(|rx| (rx, (*id, PinRole::Sda)));
        wiring.tx.map(|tx| (tx, (*id, PinRole::Sda))).into_iter().chain(rx)
    });
    owners.extend(i2cs);
    let strips = facts.resolved.led_strips.iter();
    let strips = strips.filter_map(|(id, wiring)| Some((wiring.dma?, (*id, PinRole::Lights))));
    owners.extend(strips);
    let channels = owners.into_iter().map(|(channel, (id, role))| {
        let peripheral = facts.app().peripheral(id);
        DmaPlan {
            channel: facts.app().board.chip.dma_channel(channel).name.clone(),
            peripheral: peripheral.name.value.clone(),
            role,
            from: facts.lines.of(peripheral),
        }
    });
    channels.collect()
}

/// By the vectors' numbers.
pub(super) fn interrupts(facts: &Facts<'_>) -> Vec<InterruptPlan> {
    let chip = &facts.app().board.chip;
    let mut vectors: BTreeMap<InterruptId, (Vec<HandlerPlan>, String)> = BTreeMap::new();
    let time = format!("alarm of {}, which counts time", chip.time_driver.timer);
    vectors.insert(chip.time_driver.interrupt, (Vec::new(), time));
    for (vector, reason) in hal::own_interrupts(facts) {
        vectors.insert(vector, (Vec::new(), reason));
    }
    for (id, vector, handler) in hal::handlers(facts) {
        let peripheral = facts.app().peripheral(id);
        let from = facts.lines.of(peripheral);
        let (handlers, reason) = vectors.entry(vector).or_default();
        handlers.push(HandlerPlan { handler, peripheral: peripheral.name.value.clone(), from });
        *reason = serves(handlers);
        if peripherals::lives_on_core1(facts, id) {
            reason.push_str(" on core 1");
        }
    }
    if let Some((owner, from)) = usb::owner(facts) {
        for (vector, handler) in hal::usb_handlers(facts.resolved) {
            let handlers = vec![HandlerPlan { handler, peripheral: owner.clone(), from: from.clone() }];
            let reason = serves(&handlers);
            vectors.insert(vector, (handlers, reason));
        }
    }
    let urgent = urgent_level(facts.resolved);
    let before = match urgent_cores(facts.resolved)[..] {
        [core] if facts.resolved.uses_core1() => {
            format!("; before the tasks of both priorities on core {core}")
        }
        _ => "; before the tasks of both priorities".to_string(),
    };
    let drivers = vectors.into_iter().map(|(vector, (handlers, mut reason))| {
        let interrupt = chip.interrupt(vector);
        let late = hal::least_urgent(chip.hal).contains(&interrupt.name.as_str());
        let level = urgent.filter(|_| late);
        if level.is_some() {
            reason.push_str(&before);
        }
        InterruptPlan { vector: interrupt.name.clone(), number: interrupt.number, level, handlers, reason }
    });
    let mut interrupts: Vec<InterruptPlan> = drivers.chain(executor_interrupts(facts.resolved)).collect();
    interrupts.sort_by_key(|interrupt| interrupt.number);
    interrupts
}

/// The level that drivers' interrupts need where tasks of two priorities run in interrupts: else a task of priority
/// `high` would hold up the driver that a task of priority `highest` waits for.
fn urgent_level(resolved: &Resolved) -> Option<u8> {
    let core = *urgent_cores(resolved).first()?;
    let levels = resolved.interrupt_executors.iter().filter(|wiring| wiring.executor.core() == core);
    levels.map(|wiring| wiring.level).min()?.checked_sub(1)
}

/// The cores that run tasks of both priorities.
fn urgent_cores(resolved: &Resolved) -> Vec<u8> {
    let count =
        |core| resolved.interrupt_executors.iter().filter(|wiring| wiring.executor.core() == core).count();
    [0, 1].into_iter().filter(|core| count(*core) == 2).collect()
}

fn executor_interrupts(resolved: &Resolved) -> impl Iterator<Item = InterruptPlan> {
    resolved.interrupt_executors.iter().map(|wiring| {
        let interrupt = resolved.app.board.chip.interrupt(wiring.interrupt);
        InterruptPlan {
            vector: interrupt.name.clone(),
            number: interrupt.number,
            level: Some(wiring.level),
            handlers: Vec::new(),
            reason: {
                let on = if resolved.uses_core1() {
                    format!(" on core {}", wiring.executor.core())
                } else {
                    String::new()
                };
                format!("runs the tasks of priority `{}`{on}", wiring.executor.priority())
            },
        }
    })
}

fn serves(handlers: &[HandlerPlan]) -> String {
    let mut names: Vec<String> = handlers.iter().map(|handler| format!("`{}`", handler.peripheral)).collect();
    names.dedup();
    format!("serves {}", names.join(", "))
}
