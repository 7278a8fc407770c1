//! A channel of esp-hal's RMT as what sends WS2812 lights their bits: a pair of levels each.

use fwc_schema::chip::{BlockKind, LedStripModel, PulseCodes};
use fwc_schema::units::Frequency;

use crate::app::{LedStrip, PeripheralId};
use crate::catalog::BlockId;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::plan::pace::StaticCode;
use crate::resolved::Resolved;

/// WS2812B-V5 datasheet, "data transfer time": 1.25 µs a bit.
const HERTZ: u32 = 800_000;
/// A pair of levels for each bit, and behind them the mark of their end (crates/hal-esp/src/led_strip.rs).
const CODES_PER_LIGHT: u64 = 24;
const END: u64 = 1;

/// The handle of a chain of lights. The first that is used makes the channels, for the others too.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, strip: &LedStrip, names: &HandleNames) -> Handle {
    let channel = number(resolved, resolved.led_strips[&id].block);
    let codes = grouped(u64::from(strip.lights) * CODES_PER_LIGHT + END);
    let start = names.makes_shared.then(|| {
        Statement::bind(
            &names.shared,
            Expression::call("fwc_hal_esp::led_strip::start", [Expression::plain("p.RMT")]),
        )
    });
    let arguments = [
        Expression::plain(format!("{}.channel{channel}", names.shared)),
        singleton(resolved, strip.pin),
        Expression::plain(memories(resolved, channel).to_string()),
        Expression::plain(&names.memory),
    ];
    let memory = StaticCode {
        name: names.memory.clone(),
        rust_type: format!("[fwc_hal_esp::led_strip::PulseCode; {codes}]"),
        value: Expression::plain(format!("[fwc_hal_esp::led_strip::END; {codes}]")),
    };
    Handle {
        before: start.into_iter().collect(),
        statics: vec![memory],
        ..Handle::new(
            "fwc_hal_esp::led_strip::LedStrip",
            Expression::call(format!("board::{}::new", names.alias), arguments),
        )
    }
}

/// Which channel a block is.
fn number(resolved: &Resolved, block: BlockId) -> usize {
    let place = resolved.app.board.chip.blocks_of(BlockKind::Rmt).position(|of| of == block);
    place.expect("a chain of lights is on a channel")
}

/// The blocks of memory that a channel can have: its own, and those behind it up to the next one that is in use.
fn memories(resolved: &Resolved, channel: usize) -> usize {
    let Some(LedStripModel::PulseCodes(model)) = &resolved.app.board.chip.led_strip else {
        unreachable!("a channel is in use")
    };
    let others = resolved.led_strips.values().map(|wiring| number(resolved, wiring.block));
    let next = others.filter(|other| *other > channel).min();
    next.unwrap_or(model.memories.into()) - channel
}

/// How fast bits shall be, and how fast they are: a whole number of ticks.
pub(in crate::plan) fn clock(model: &PulseCodes) -> (Frequency, Frequency) {
    let ticks = (model.clock_hz + HERTZ / 2) / HERTZ;
    let millihertz = u64::from(model.clock_hz) * 1_000 / u64::from(ticks);
    (Frequency(u64::from(HERTZ) * 1_000), Frequency(millihertz))
}
