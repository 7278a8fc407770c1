//! The devices of an application to simulated parts, each on the wires that it has on the board.

use fwc_core::app::{Device, PeripheralId, PeripheralKind};
use fwc_core::catalog::DriverCode;
use fwc_core::resolved::Resolved;
use fwc_devices::Settings;
use fwc_parts::Wired;
use fwc_sim::{I2c, Parts, Pin, Spi};

use crate::wiring::{block_number, period};

/// A new part for a device; none where its driver is a project's own.
pub(crate) fn part(device: &Device) -> Option<Wired> {
    let driver = &device.driver;
    let numbers = driver.keys.iter().zip(&device.options);
    let numbers = numbers.filter_map(|(key, value)| Some((key.name.clone(), value.number()?)));
    match driver.code {
        DriverCode::Stock(_) => fwc_devices::part(&driver.name, &Settings::new(numbers)),
        DriverCode::Project => None,
    }
}

/// A new part for each device, under its name.
pub(crate) fn parts(resolved: &Resolved) -> Parts {
    let app = &resolved.app;
    let mut parts = Parts::new();
    for peripheral in &app.peripherals {
        let PeripheralKind::Device(device) = &peripheral.kind else { continue };
        let name = peripheral.name.value.as_str();
        let bus = device.bus.map(|bus| bus.value);
        parts = match (part(device), bus) {
            (Some(Wired::I2c(part)), Some(bus)) => match (resolved.i2cs.get(&bus), device.address) {
                (Some(wiring), Some(address)) => {
                    let bus = I2c(block_number(&app.board.chip.block(wiring.block).name));
                    parts.i2c(name, bus, address.value, part)
                }
                _ => parts,
            },
            (Some(Wired::Spi(part)), Some(bus)) => match (resolved.spis.get(&bus), device.chip_select) {
                (Some(wiring), Some(select)) => {
                    let bus = Spi(block_number(&app.board.chip.block(wiring.block).name));
                    parts.spi(name, bus, pin(resolved, select), part)
                }
                _ => parts,
            },
            (Some(Wired::Pins(part)), None) => match device.pins.as_slice() {
                [one] if resolved.pwms.contains_key(one) => {
                    parts.pulsed(name, pin(resolved, *one), period(resolved, *one), part)
                }
                pins => parts.pins(name, pins.iter().map(|id| pin(resolved, *id)), part),
            },
            // A part is on the wires that its device.toml says, and one without a model on none.
            _ => parts,
        };
    }
    parts
}

/// The number of the one pin of a peripheral that belongs to a device.
fn pin(resolved: &Resolved, id: PeripheralId) -> Pin {
    let used = match &resolved.app.peripheral(id).kind {
        PeripheralKind::Output(output) => output.pin,
        PeripheralKind::Input(input) => input.pin,
        PeripheralKind::Pwm(pwm) => pwm.pin,
        PeripheralKind::LedStrip(strip) => strip.pin,
        other => panic!("a device has no pin that is {other:?}"),
    };
    let number = resolved.app.board.chip.pin(used.pin).number;
    Pin(u8::try_from(number).expect("a simulated chip has less than 256 pins"))
}
