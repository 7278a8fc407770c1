//! esp-hal's first converter, which the inputs that are read share.

use crate::app::{Adc, AnalogSource, PeripheralId};
use crate::plan::expression::{Expression, Statement};
use crate::plan::hal::{Handle, HandleNames, refused, singleton};
use crate::resolved::{Mutex, Resolved};

/// The handle of an analog input. The first that is made starts the converter.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, adc: &Adc, names: &HandleNames) -> Handle {
    let wiring = &resolved.adcs[&id];
    let turns = match wiring.mutex {
        Mutex::Noop => "OneExecutor",
        Mutex::CriticalSection => "SeveralExecutors",
    };
    let AnalogSource::Pin(pin) = adc.source else { refused("the chip's temperature") };
    let chip = &resolved.app.board.chip;
    let block = &chip.block(wiring.block).hal;
    let start = names.makes_shared.then(|| {
        let converter = Expression::plain(format!("p.{block}"));
        Statement::bind(&names.shared, Expression::call("fwc_hal_esp::adc::Converter::start", [converter]))
    });
    let arguments = [Expression::plain(&names.shared), singleton(resolved, pin)];
    let pin = &chip.pin(pin.pin).hal;
    Handle {
        before: start.into_iter().collect(),
        ..Handle::new(
            format!(
                "fwc_hal_esp::adc::AnalogChannel<fwc_hal_esp::adc::{turns}, esp_hal::peripherals::{pin}<'static>>"
            ),
            Expression::call(format!("board::{}::new", names.alias), arguments),
        )
    }
}
