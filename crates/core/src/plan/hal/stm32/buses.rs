//! embassy-stm32's I2C and SPI: a bus that one task has, or that several share. DMA moves the bytes of both.

use fwc_schema::chip::SpiModel;

use crate::app::{I2c, PeripheralId, PeripheralKind, Spi};
use crate::catalog::{BlockId, Chip, DmaId, InterruptId};
use crate::plan::Facts;
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, bus, singleton, spi_driver};
use crate::plan::pace;
use crate::resolved::{Resolved, SpiWiring};

/// What binds a handler to a vector: whose, to which, and of which type.
type Bound = (PeripheralId, InterruptId, String);

/// The handle of an I2C bus.
pub(super) fn i2c_handle(resolved: &Resolved, id: PeripheralId, i2c: &I2c, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.i2cs[&id];
    let block = &chip.block(wiring.block).hal;
    let [scl, sda] = [i2c.scl, i2c.sda].map(|pin| &chip.pin(pin.pin).hal);
    let [tx, rx] = [wiring.tx, wiring.rx].map(|channel| channel_name(resolved, channel));
    let hertz = grouped(i2c.frequency.value.0 / 1_000);
    let timeout = grouped(pace::micros(i2c.timeout));
    let types = [block, scl, sda, tx, rx].map(|name| format!("peripherals::{name}")).join(", ");
    let driver = format!("fwc_hal_stm32::i2c::I2cBus<{types}, Irqs, {hertz}, {timeout}>");
    let arguments = [
        Expression::plain(format!("{:?}", resolved.app.peripheral(id).name.value)),
        Expression::plain(format!("p.{block}")),
        singleton(resolved, i2c.scl),
        singleton(resolved, i2c.sda),
        Expression::plain(format!("p.{tx}")),
        Expression::plain(format!("p.{rx}")),
        Expression::plain("Irqs"),
    ];
    bus(driver, "fwc_hal_stm32::i2c::I2cBus", arguments, &wiring.sharing, names)
}

/// The handle of an SPI bus.
pub(super) fn spi_handle(resolved: &Resolved, id: PeripheralId, spi: &Spi, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let wiring = &resolved.spis[&id];
    let block = &chip.block(wiring.block).hal;
    let tx = sending_channel(chip, spi, wiring);
    let (before, made) = spi_driver(resolved, block, spi, &SpiWiring { tx, ..wiring.clone() }, names);
    let clock = grouped(clock_hz(resolved, wiring.block));
    let driver = format!("fwc_hal_stm32::spi::SpiBus<{clock}, {}>", spi.miso.is_some());
    let handle = bus(driver, "fwc_hal_stm32::spi::SpiBus", [made], &wiring.sharing, names);
    Handle {
        config: Some(("spi::Config".to_string(), spi_config(spi, wiring.actual.0 / 1_000))),
        before,
        ..handle
    }
}

/// The DMA channel by which a master sends, or has its clock where it only reads.
fn sending_channel(chip: &Chip, spi: &Spi, wiring: &SpiWiring) -> Option<DmaId> {
    let clocks_by_itself = matches!(&chip.spi, Some(SpiModel::PowerOfTwo(model)) if model.clocks_by_itself);
    wiring.tx.filter(|_| spi.mosi.is_some() || !clocks_by_itself)
}

/// What a block runs on.
fn clock_hz(resolved: &Resolved, block: BlockId) -> u64 {
    let name = resolved.app.board.chip.block(block).clock.as_ref();
    let bus = resolved.buses.iter().find(|bus| Some(&bus.name) == name);
    bus.map_or(resolved.core_hz, |bus| bus.hz.into())
}

/// The HAL is told the very clock that comes out: of what lies between two, it takes the nearer one.
fn spi_config(spi: &Spi, hertz: u64) -> Vec<String> {
    let mut code = vec![
        "let mut config = spi::Config::default();".to_string(),
        format!("config.frequency = Hertz({});", grouped(hertz)),
    ];
    if spi.mode != 0 {
        code.push(format!("config.mode = spi::MODE_{};", spi.mode));
    }
    code.push("config".to_string());
    code
}

fn channel_name(resolved: &Resolved, channel: Option<DmaId>) -> &String {
    let channel = channel.expect("an I2C block of an STM32 has DMA requests both ways");
    &resolved.app.board.chip.dma_channel(channel).name
}

/// What the buses' interrupts and those of their DMA channels are handled by.
pub(super) fn handlers(facts: &Facts<'_>) -> Vec<Bound> {
    let chip = &facts.app().board.chip;
    let channel = |id: PeripheralId, channel: DmaId| {
        let channel = chip.dma_channel(channel);
        (id, channel.interrupt, format!("dma::InterruptHandler<peripherals::{}>", channel.name))
    };
    let used = |id: &PeripheralId| facts.usage.is_used(*id);
    let i2cs = facts.resolved.i2cs.iter().filter(|(id, _)| used(id)).flat_map(|(id, wiring)| {
        let block = chip.block(wiring.block);
        let (event, error) = (block.interrupts.first(), block.interrupts.last());
        let own = [(event, "Event"), (error, "Error")].into_iter().filter_map(|(vector, what)| {
            Some((*id, *vector?, format!("i2c::{what}InterruptHandler<peripherals::{}>", block.hal)))
        });
        own.chain([wiring.tx, wiring.rx].into_iter().flatten().map(|dma| channel(*id, dma)))
            .collect::<Vec<_>>()
    });
    let spis = facts.resolved.spis.iter().filter(|(id, _)| used(id));
    let spis = spis.flat_map(|(id, wiring)| {
        let PeripheralKind::Spi(spi) = &facts.app().peripheral(*id).kind else {
            unreachable!("what is wired as an SPI bus is one")
        };
        let channels = [sending_channel(chip, spi, wiring), wiring.rx];
        channels.into_iter().flatten().map(|dma| channel(*id, dma))
    });
    let strips = facts.resolved.led_strips.iter().filter(|(id, _)| used(id));
    let strips = strips.filter_map(|(id, wiring)| Some(channel(*id, wiring.dma?)));
    i2cs.chain(spis).chain(strips).collect()
}
