//! embassy-rp's driver of WS2812 lights: the first state machine of a PIO block, fed by DMA.

use fwc_schema::units::Frequency;

use crate::app::{LedStrip, PeripheralId};
use crate::plan::expression::Expression;
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::resolved::Resolved;

/// embassy-rp 0.10.0, src/pio_programs/ws2812.rs: 800 kHz, ten clocks of the state machine a bit.
const KILOHERTZ: u64 = 800;
const CLOCKS_PER_BIT: u64 = 10;

/// The handle of a chain of lights.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, strip: &LedStrip, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.led_strips[&id];
    let block = &chip.block(wiring.block).name;
    let channel = &super::channel_of(resolved, wiring.dma).name;
    let arguments = [
        Expression::plain(format!("p.{block}")),
        Expression::plain("Irqs"),
        Expression::plain(format!("p.{channel}")),
        singleton(resolved, strip.pin),
    ];
    Handle::new(
        format!("fwc_hal_rp::led_strip::LedStrip<peripherals::{block}, {}>", strip.lights),
        Expression::call(format!("board::{}::new", names.alias), arguments),
    )
}

/// What comes of the driver's divider: the core's kilohertz over those of the state machine, with eight binary places, cut
/// off.
pub(super) fn clock(resolved: &Resolved) -> Frequency {
    let divider = (resolved.core_hz / 1_000 * 256 / (KILOHERTZ * CLOCKS_PER_BIT)).max(256);
    Frequency(resolved.core_hz * 1_000 * 256 / (divider * CLOCKS_PER_BIT))
}
