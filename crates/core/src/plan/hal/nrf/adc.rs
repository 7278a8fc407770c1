//! embassy-nrf's converter, which the inputs that are read share.

use crate::app::{Adc, AnalogSource, PeripheralId};
use crate::plan::expression::{Expression, Statement};
use crate::plan::hal::{Handle, HandleNames, refused, singleton};
use crate::resolved::{Mutex, Resolved};

/// What the converter's interrupt is handled by.
pub(super) const HANDLER: &str = "saadc::InterruptHandler";

/// The handle of an analog input. The first that is made starts the converter.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, adc: &Adc, names: &HandleNames) -> Handle {
    let wiring = &resolved.adcs[&id];
    let turns = match wiring.mutex {
        Mutex::Noop => "OneExecutor",
        Mutex::CriticalSection => "SeveralExecutors",
    };
    let AnalogSource::Pin(pin) = adc.source else { refused("the chip's temperature") };
    let shared = Expression::plain(&names.shared);
    let block = &resolved.app.board.chip.block(wiring.block).hal;
    let start = names.makes_shared.then(|| {
        let converter = Expression::plain(format!("p.{block}"));
        Statement::bind(&names.shared, Expression::call("fwc_hal_nrf::adc::Converter::start", [converter]))
    });
    let arguments = [shared, singleton(resolved, pin), Expression::plain("Irqs")];
    Handle {
        before: start.into_iter().collect(),
        ..Handle::new(
            format!("fwc_hal_nrf::adc::AnalogChannel<fwc_hal_nrf::adc::{turns}, Irqs>"),
            Expression::call(format!("board::{}::new", names.alias), arguments),
        )
    }
}
