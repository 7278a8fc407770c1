//! embassy-stm32's timers that pulse: one is started for all its outputs, each of which is a handle of its own.

use fwc_schema::chip::Signal;

use crate::app::{PeripheralId, Pwm};
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::stm32::maps_in_groups;
use crate::plan::hal::{Handle, HandleNames, polarity, singleton};
use crate::resolved::Resolved;

/// The handle of a pwm. The first on a timer starts the timer.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, pwm: &Pwm, names: &HandleNames) -> Handle {
    let wiring = &resolved.pwms[&id];
    let timer = &resolved.app.board.chip.block(wiring.block).hal;
    let Signal::Channel(channel) = wiring.signal else { unreachable!("a timer's outputs are its channels") };
    let counter = [u64::from(wiring.divider), u64::from(wiring.period)].map(grouped);
    let start = Expression::call(
        "fwc_hal_stm32::pwm::start",
        std::iter::once(format!("p.{timer}")).chain(counter).map(Expression::plain),
    );
    let steps = (pwm.initial.0 * u64::from(wiring.period) + 500_000) / 1_000_000;
    let arguments = [
        Expression::plain(format!("&{}", names.shared)),
        singleton(resolved, pwm.pin),
        Expression::plain(grouped(steps)),
    ];
    // Where pins are mapped in groups, the constructor is another, and is told which group it is where there are several.
    let constructor = match &wiring.remap {
        Some(remap) => format!("remapped::<embassy_stm32::gpio::{remap}>"),
        None if maps_in_groups(&resolved.app.board.chip) => "remapped".to_string(),
        None => "new".to_string(),
    };
    Handle {
        before: names.makes_shared.then(|| Statement::bind(&names.shared, start)).into_iter().collect(),
        ..Handle::new(
            format!(
                "fwc_hal_stm32::pwm::PwmOutput<peripherals::{timer}, timer::Ch{channel}, gpio::{}, {}>",
                polarity(pwm.active),
                grouped(wiring.period.into())
            ),
            Expression::call(format!("board::{}::{constructor}", names.alias), arguments),
        )
    }
}
