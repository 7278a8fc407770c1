//! embassy-rp's I2C: a bus that one task has, or that several share.

use super::singleton;
use crate::app::{I2c, PeripheralId};
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames};
use crate::plan::pace::{self, StaticCode};
use crate::plan::peripherals::BusCode;
use crate::resolved::{BusSharing, Mutex, Resolved};

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

/// The handle of a bus: the driver itself, or a reference to what its users share. `generic` is the driver's type without
/// its arguments, which follow from that of the shared one.
fn bus(
    driver: String,
    generic: &str,
    arguments: impl IntoIterator<Item = Expression>,
    sharing: &BusSharing,
    names: &HandleNames,
) -> Handle {
    let new = |of: &str| Expression::call(format!("{of}::new"), arguments);
    let shared = sharing.mutex.zip(names.bus.as_ref()).map(|(mutex, names)| {
        let mutex = match mutex {
            Mutex::Noop => "fwc_runtime::NoopRawMutex",
            Mutex::CriticalSection => "fwc_runtime::CriticalSectionRawMutex",
        };
        (names, format!("fwc_runtime::bus::Shared<{mutex}, {driver}>"))
    });
    let (rust_type, bus, construct, statics) = match shared {
        None => (driver, None, new(&format!("board::{}", names.alias)), Vec::new()),
        Some((names, rust_type)) => {
            let place = StaticCode {
                name: names.place.clone(),
                rust_type: format!("MaybeUninit<board::{}>", names.alias),
                value: Expression::call("MaybeUninit::uninit", []),
            };
            let arguments = [Expression::plain(&names.place), new(generic)];
            let construct = Expression::call("fwc_runtime::bus::share", arguments);
            let bus = BusCode { alias: names.alias.clone(), rust_type };
            (format!("&'static {}", bus.alias), Some(bus), construct, vec![place])
        }
    };
    Handle {
        rust_type,
        bus,
        halves: None,
        buffers: Vec::new(),
        config: None,
        construct,
        pair: None,
        statics,
        before: Vec::new(),
    }
}
