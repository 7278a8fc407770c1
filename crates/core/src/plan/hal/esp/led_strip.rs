//! A channel of esp-hal's RMT as what sends WS2812 lights their bits: a pair of levels each.

use fwc_schema::chip::{BlockKind, LedStripModel};

use crate::app::{LedStrip, PeripheralId};
use crate::catalog::BlockId;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::plan::pace::StaticCode;
use crate::resolved::Resolved;

/// Behind the pairs of levels, one for each bit, stands the mark of their end (crates/hal-esp/src/led_strip.rs).
const END: u32 = 1;

/// The handle of a chain of lights. The first that is used makes the channels, for the others too.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, strip: &LedStrip, names: &HandleNames) -> Handle {
    let channel = number(resolved, resolved.led_strips[&id].block);
    let codes = grouped(u64::from(strip.bits() + END));
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
