//! embassy-nrf's pwm as what makes the pulses of WS2812 lights: a period is a bit, and a sequence of duties the whole chain.

use fwc_schema::chip::PwmSequence;
use fwc_schema::units::Frequency;

use crate::app::{LedStrip, PeripheralId};
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::plan::pace::StaticCode;
use crate::resolved::Resolved;

/// WS2812B-V5 datasheet, "data transfer time": 1.25 µs a bit.
const HERTZ: u32 = 800_000;
/// A duty for each bit, and one behind them that leaves the line low (crates/hal-nrf/src/led_strip.rs).
const DUTIES_PER_LIGHT: u64 = 24;
const LAST_DUTIES: u64 = 1;

/// The handle of a chain of lights.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, strip: &LedStrip, names: &HandleNames) -> Handle {
    let block = &resolved.app.board.chip.block(resolved.led_strips[&id].block).hal;
    let arguments = [
        Expression::plain(format!("p.{block}")),
        singleton(resolved, strip.pin),
        Expression::plain(&names.memory),
    ];
    let duties = grouped(u64::from(strip.lights) * DUTIES_PER_LIGHT + LAST_DUTIES);
    let memory = StaticCode {
        name: names.memory.clone(),
        rust_type: format!("[u16; {duties}]"),
        value: Expression::plain(format!("[0; {duties}]")),
    };
    let construct = Expression::call(format!("board::{}::new", names.alias), arguments);
    Handle { statics: vec![memory], ..Handle::new("fwc_hal_nrf::led_strip::LedStrip", construct) }
}

/// How fast bits shall be, and how fast they are: a whole number of steps of the block's clock.
pub(in crate::plan) fn clock(model: &PwmSequence) -> (Frequency, Frequency) {
    let steps = (model.clock_hz + HERTZ / 2) / HERTZ;
    let millihertz = u64::from(model.clock_hz) * 1_000 / u64::from(steps);
    (Frequency(u64::from(HERTZ) * 1_000), Frequency(millihertz))
}
