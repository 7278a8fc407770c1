//! embassy-rp's converter: one driver, which the channels that are read share.

use crate::app::{Adc, AnalogSource, PeripheralId};
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::resolved::{Mutex, Resolved};

/// The handle of an analog input. The first that is made starts the converter.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, adc: &Adc, names: &HandleNames) -> Handle {
    let board = &resolved.app.board;
    let wiring = &resolved.adcs[&id];
    let turns = match wiring.mutex {
        Mutex::Noop => "OneExecutor",
        Mutex::CriticalSection => "SeveralExecutors",
    };
    let channel = match adc.source {
        AnalogSource::Pin(pin) => Expression::call(
            "embassy_rp::adc::Channel::new_pin",
            [singleton(resolved, pin), Expression::plain("Pull::None")],
        ),
        AnalogSource::Temperature(_) => Expression::call(
            "embassy_rp::adc::Channel::new_temp_sensor",
            [Expression::plain("p.ADC_TEMP_SENSOR")],
        ),
    };
    let shared = Expression::plain(&names.shared);
    let block = &board.chip.block(wiring.block).name;
    let start = names.makes_shared.then(|| {
        let driver = Expression::call(
            "embassy_rp::adc::Adc::new",
            [format!("p.{block}"), "Irqs".to_string(), "embassy_rp::adc::Config::default()".to_string()]
                .map(Expression::plain),
        );
        Statement::bind(&names.shared, Expression::call("fwc_hal_rp::adc::Converter::start", [driver]))
    });
    Handle {
        before: start.into_iter().collect(),
        ..Handle::new(
            format!(
                "fwc_hal_rp::adc::AnalogChannel<fwc_hal_rp::adc::{turns}, {}>",
                grouped(board.power.logic_millivolts.into())
            ),
            Expression::call(format!("board::{}::new", names.alias), [shared, channel]),
        )
    }
}
