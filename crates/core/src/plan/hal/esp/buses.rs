//! esp-hal's I2C and SPI: a bus that one task has, or that several share. SPI's bytes are moved by DMA, I2C's by its interrupt.

use crate::app::{I2c, PeripheralId, PinUse, Spi};
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames, bus, singleton};
use crate::plan::pace::{self, StaticCode};
use crate::resolved::Resolved;

/// The handle of an I2C bus.
pub(super) fn i2c_handle(resolved: &Resolved, id: PeripheralId, i2c: &I2c, names: &HandleNames) -> Handle {
    let wiring = &resolved.i2cs[&id];
    let hertz = grouped(i2c.frequency.value.0 / 1_000);
    let driver = format!("fwc_hal_esp::i2c::I2cBus<{hertz}, {}>", grouped(pace::micros(i2c.timeout)));
    let arguments = [
        Expression::plain(format!("{:?}", resolved.app.peripheral(id).name.value)),
        Expression::plain(format!("p.{}", resolved.app.board.chip.block(wiring.block).hal)),
        singleton(resolved, i2c.scl),
        singleton(resolved, i2c.sda),
    ];
    bus(driver, "fwc_hal_esp::i2c::I2cBus", arguments, &wiring.sharing, names)
}

/// The handle of an SPI bus.
pub(super) fn spi_handle(resolved: &Resolved, id: PeripheralId, spi: &Spi, names: &HandleNames) -> Handle {
    let wiring = &resolved.spis[&id];
    let block = resolved.app.board.chip.block(wiring.block);
    let line =
        |pin: Option<PinUse>| pin.map_or_else(|| Expression::plain("NoPin"), |pin| singleton(resolved, pin));
    let arguments = [Expression::plain(format!("p.{}", block.hal))]
        .into_iter()
        .chain(block.companions.iter().map(|name| Expression::plain(format!("p.{name}"))))
        .chain([Expression::plain(&names.memory), Expression::call(format!("board::{}", names.config), [])])
        .chain([Some(spi.sck), spi.mosi, spi.miso].map(line));
    let made = Expression::call("fwc_hal_esp::spi::driver", arguments);
    // A constructor in a constructor in a call reads better in two steps.
    let (before, made) = match &names.bus {
        Some(names) => (vec![Statement::bind(&names.driver, made)], Expression::plain(&names.driver)),
        None => (Vec::new(), made),
    };
    let driver = format!("fwc_hal_esp::spi::SpiBus<{}>", spi.miso.is_some());
    let handle = bus(driver, "fwc_hal_esp::spi::SpiBus", [made], &wiring.sharing, names);
    let memory = StaticCode {
        name: names.memory.clone(),
        rust_type: "fwc_hal_esp::spi::DmaMemory".to_string(),
        value: Expression::call("fwc_hal_esp::spi::DmaMemory::new", []),
    };
    Handle {
        config: Some(("esp_hal::spi::master::Config".to_string(), spi_config(spi))),
        statics: std::iter::once(memory).chain(handle.statics).collect(),
        before,
        ..handle
    }
}

/// Sets what differs from the HAL's default, mode 0; the clock is always said.
fn spi_config(spi: &Spi) -> Vec<String> {
    let hertz = grouped(spi.frequency.value.0 / 1_000);
    let clock = format!("config.with_frequency(esp_hal::time::Rate::from_hz({hertz}))");
    let new = "let config = esp_hal::spi::master::Config::default();".to_string();
    if spi.mode == 0 {
        return vec![new, clock];
    }
    let mode = format!("config.with_mode(esp_hal::spi::Mode::_{})", spi.mode);
    vec![new, format!("let config = {clock};"), mode]
}
