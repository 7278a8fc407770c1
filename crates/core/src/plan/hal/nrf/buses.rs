//! embassy-nrf's I2C and SPI: a bus that one task has, or that several share. Each block's own DMA moves the bytes.

use crate::app::{I2c, PeripheralId, Spi};
use crate::catalog::InterruptId;
use crate::plan::Facts;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames, bus, singleton};
use crate::plan::pace;
use crate::resolved::Resolved;

/// Beyond it, an SPI clock is one that not every chip's blocks have.
const FAST_HZ: u64 = 8_000_000;

/// Whether the HAL knows clocks of this chip that are faster than those of every chip.
pub(super) fn is_fast(resolved: &Resolved) -> bool {
    let chip = &resolved.app.board.chip;
    let fastest = |block| chip.spi_limits(block, hertz_of(resolved.core_hz))[1].0 / 1_000;
    chip.blocks_of(fwc_schema::chip::BlockKind::Spi).any(|block| fastest(block) > FAST_HZ)
}

/// The handle of an I2C bus.
pub(super) fn i2c_handle(resolved: &Resolved, id: PeripheralId, i2c: &I2c, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.i2cs[&id];
    let block = &chip.block(wiring.block).hal;
    let [scl, sda] = [i2c.scl, i2c.sda].map(|pin| &chip.pin(pin.pin).hal);
    let clock = chip.named_i2c_clock(i2c.frequency.value).expect("a bus that was wired has a clock");
    let timeout = grouped(pace::micros(i2c.timeout));
    let types = [block, scl, sda].map(|name| format!("peripherals::{name}")).join(", ");
    let driver = format!("fwc_hal_nrf::i2c::I2cBus<{types}, Irqs, {}, {timeout}>", grouped(clock.hz.into()));
    let arguments = [
        Expression::plain(format!("{:?}", resolved.app.peripheral(id).name.value)),
        Expression::plain(format!("p.{block}")),
        singleton(resolved, i2c.scl),
        singleton(resolved, i2c.sda),
        Expression::plain("Irqs"),
        Expression::plain(format!("embassy_nrf::twim::Frequency::{}", clock.hal)),
    ];
    bus(driver, "fwc_hal_nrf::i2c::I2cBus", arguments, &wiring.sharing, names)
}

/// The handle of an SPI bus.
pub(super) fn spi_handle(resolved: &Resolved, id: PeripheralId, spi: &Spi, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.spis[&id];
    let block = chip.block(wiring.block);
    let [_, fastest] = chip.spi_limits(wiring.block, hertz_of(resolved.core_hz));
    let function = match (spi.mosi, spi.miso) {
        (_, None) => "Spim::new_txonly",
        (None, Some(_)) => "Spim::new_rxonly",
        (Some(_), Some(_)) => "Spim::new",
    };
    let lines = [Some(spi.sck), spi.miso, spi.mosi].into_iter().flatten();
    let arguments = [Expression::plain(format!("p.{}", block.hal)), Expression::plain("Irqs")]
        .into_iter()
        .chain(lines.map(|pin| singleton(resolved, pin)))
        .chain([Expression::call(format!("board::{}", names.config), [])]);
    let made = Expression::call(function, arguments);
    // A constructor in a constructor in a call reads better in two steps.
    let (before, made) = match &names.bus {
        Some(names) => (vec![Statement::bind(&names.driver, made)], Expression::plain(&names.driver)),
        None => (Vec::new(), made),
    };
    let driver = format!("fwc_hal_nrf::spi::SpiBus<{}, {}>", grouped(fastest.0 / 1_000), spi.miso.is_some());
    let arguments = [made, Expression::plain(format!("embassy_nrf::pac::{}", block.name))];
    let handle = bus(driver, "fwc_hal_nrf::spi::SpiBus", arguments, &wiring.sharing, names);
    let clock = chip.named_spi_clock(wiring.block, spi.frequency.value);
    let clock = clock.expect("a bus that was wired has a clock");
    Handle { config: Some(("spim::Config".to_string(), spi_config(spi, &clock.hal))), before, ..handle }
}

/// Sets what differs from the HAL's default, mode 0; the clock is always said.
fn spi_config(spi: &Spi, clock: &str) -> Vec<String> {
    let mut code = vec![
        "let mut config = spim::Config::default();".to_string(),
        format!("config.frequency = spim::Frequency::{clock};"),
    ];
    if spi.mode != 0 {
        code.push(format!("config.mode = spim::MODE_{};", spi.mode));
    }
    code.push("config".to_string());
    code
}

/// What the buses' interrupts are handled by.
pub(super) fn handlers(facts: &Facts<'_>) -> Vec<(PeripheralId, InterruptId, String)> {
    let chip = &facts.app().board.chip;
    let used = |id: &PeripheralId| facts.usage.is_used(*id);
    let i2cs = facts.resolved.i2cs.iter().map(|(id, wiring)| (*id, wiring.block, "twim"));
    let spis = facts.resolved.spis.iter().map(|(id, wiring)| (*id, wiring.block, "spim"));
    let buses = i2cs.chain(spis).filter(|(id, _, _)| used(id));
    let handlers = buses.map(|(id, block, module)| {
        let block = chip.block(block);
        (id, block.interrupts[0], format!("{module}::InterruptHandler<peripherals::{}>", block.hal))
    });
    handlers.collect()
}

fn hertz_of(core_hz: u64) -> u32 {
    u32::try_from(core_hz).unwrap_or(u32::MAX)
}
