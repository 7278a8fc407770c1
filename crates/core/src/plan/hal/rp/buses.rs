//! embassy-rp's I2C and SPI: a bus that one task has, or that several share.

use crate::app::{I2c, PeripheralId, Spi};
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, bus, singleton, spi_driver};
use crate::plan::pace;
use crate::resolved::Resolved;

/// The handle of an I2C bus.
pub(super) fn i2c_handle(resolved: &Resolved, id: PeripheralId, i2c: &I2c, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.i2cs[&id];
    let block = &chip.block(wiring.block).name;
    let [scl, sda] = [i2c.scl, i2c.sda].map(|pin| &chip.pin(pin.pin).hal);
    let hertz = grouped(i2c.frequency.value.0 / 1_000);
    let timeout = grouped(pace::micros(i2c.timeout));
    let driver = format!(
        "fwc_hal_rp::i2c::I2cBus<peripherals::{block}, peripherals::{scl}, peripherals::{sda}, Irqs, {hertz}, {timeout}>"
    );
    let arguments = [
        Expression::plain(format!("{:?}", resolved.app.peripheral(id).name.value)),
        Expression::plain(format!("p.{block}")),
        singleton(resolved, i2c.scl),
        singleton(resolved, i2c.sda),
        Expression::plain("Irqs"),
    ];
    bus(driver, "fwc_hal_rp::i2c::I2cBus", arguments, &wiring.sharing, names)
}

/// The handle of an SPI bus.
pub(super) fn spi_handle(resolved: &Resolved, id: PeripheralId, spi: &Spi, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.spis[&id];
    let block = &chip.block(wiring.block).name;
    let (before, made) = spi_driver(resolved, block, spi, wiring, names);
    let driver = format!("fwc_hal_rp::spi::SpiBus<peripherals::{block}, {}>", spi.miso.is_some());
    let handle = bus(driver, "fwc_hal_rp::spi::SpiBus", [made], &wiring.sharing, names);
    Handle { config: Some(("spi::Config".to_string(), spi_config(spi))), before, ..handle }
}

/// Sets what differs from the HAL's default, mode 0; the clock is always said.
fn spi_config(spi: &Spi) -> Vec<String> {
    let mut code = vec![
        "let mut config = spi::Config::default();".to_string(),
        format!("config.frequency = {};", grouped(spi.frequency.value.0 / 1_000)),
    ];
    if spi.mode & 2 != 0 {
        code.push("config.polarity = spi::Polarity::IdleHigh;".to_string());
    }
    if spi.mode & 1 != 0 {
        code.push("config.phase = spi::Phase::CaptureOnSecondTransition;".to_string());
    }
    code.push("config".to_string());
    code
}
