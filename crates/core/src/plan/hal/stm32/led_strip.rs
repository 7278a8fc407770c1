//! embassy-stm32's SPI as what sends WS2812 lights their bits: a master without a clock line, some of whose bits are one of theirs.

use fwc_schema::units::Frequency;

use crate::app::{LedStrip, PeripheralId};
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::plan::pace::StaticCode;
use crate::resolved::{LedStripWiring, LightBits, Resolved};

/// A byte before the lights' and one behind them, with which the line is low (crates/hal-stm32/src/led_strip.rs).
const LOW_BYTES: u64 = 2;

/// The handle of a chain of lights.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, strip: &LedStrip, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.led_strips[&id];
    let LightBits { clock_hz, bits, high: [zero, one] } = light_bits(wiring);
    let channel = wiring.dma.expect("the search found a channel for whoever needs one");
    let arguments = [
        Expression::plain(format!("p.{}", chip.block(wiring.block).hal)),
        singleton(resolved, strip.pin),
        Expression::plain(format!("p.{}", chip.dma_channel(channel).name)),
        Expression::plain("Irqs"),
        Expression::call(format!("board::{}", names.config), []),
    ];
    let driver = Expression::call("Spi::new_txonly_nosck", arguments);
    let bytes = grouped(u64::from(strip.bits() / 8 * u32::from(bits)) + LOW_BYTES);
    let memory = StaticCode {
        name: names.memory.clone(),
        rust_type: format!("[u8; {bytes}]"),
        value: Expression::plain(format!("[0; {bytes}]")),
    };
    let construct =
        Expression::call(format!("board::{}::new", names.alias), [driver, Expression::plain(&names.memory)]);
    let config = vec![
        "let mut config = spi::Config::default();".to_string(),
        format!("config.frequency = Hertz({});", grouped(clock_hz.into())),
        "config".to_string(),
    ];
    Handle {
        config: Some(("spi::Config".to_string(), config)),
        statics: vec![memory],
        ..Handle::new(format!("fwc_hal_stm32::led_strip::LedStrip<{bits}, {zero}, {one}>"), construct)
    }
}

/// How fast the lights' bits are.
pub(in crate::plan) fn clock(wiring: &LedStripWiring) -> Frequency {
    let LightBits { clock_hz, bits, .. } = light_bits(wiring);
    Frequency(u64::from(clock_hz) * 1_000 / u64::from(bits))
}

fn light_bits(wiring: &LedStripWiring) -> LightBits {
    wiring.bits.expect("what an SPI master sends has its bits")
}
