//! embassy-nrf's pwm as what makes the pulses of WS2812 lights: a period is a bit, and a sequence of duties the whole chain.

use fwc_schema::chip::PwmSequence;

use crate::app::{LedStrip, PeripheralId};
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::plan::pace::StaticCode;
use crate::resolved::Resolved;

/// The handle of a chain of lights. It has a duty for each bit, and one behind them (crates/hal-nrf/src/led_strip.rs).
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, strip: &LedStrip, names: &HandleNames) -> Handle {
    let block = &resolved.app.board.chip.block(resolved.led_strips[&id].block).hal;
    let arguments = [
        Expression::plain(format!("p.{block}")),
        singleton(resolved, strip.pin),
        Expression::plain(&names.memory),
    ];
    let duties = grouped(u64::from(strip.bits() + PwmSequence::LAST_DUTIES));
    let memory = StaticCode {
        name: names.memory.clone(),
        rust_type: format!("[u16; {duties}]"),
        value: Expression::plain(format!("[0; {duties}]")),
    };
    let construct = Expression::call(format!("board::{}::new", names.alias), arguments);
    Handle { statics: vec![memory], ..Handle::new("fwc_hal_nrf::led_strip::LedStrip", construct) }
}
