//! The LED PWM controller: a channel pulses a pin, by a timer that others of the same frequency share.

use fwc_schema::app::Active;
use fwc_schema::chip::Signal;

use crate::app::{PeripheralId, Pwm};
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::resolved::Resolved;

/// The handle of a pwm. The first of all starts the controller, the first on a timer the timer.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, pwm: &Pwm, names: &HandleNames) -> Handle {
    let wiring = &resolved.pwms[&id];
    let Signal::Channel(channel) = wiring.signal else { unreachable!("an output is a channel") };
    let chip = &resolved.app.board.chip;
    let timer = chip.blocks_of(fwc_schema::chip::BlockKind::Pwm).position(|block| block == wiring.block);
    let timer = timer.expect("a pwm is on a timer");
    let bits = wiring.period.ilog2();
    let is_first = resolved.pwms.keys().next() == Some(&id);
    let controller = is_first.then(|| {
        let block = &chip.block(wiring.block).hal;
        Statement::run(Expression::call("fwc_hal_esp::pwm::start", [Expression::plain(format!("p.{block}"))]))
    });
    let start = names.makes_shared.then(|| {
        let function = format!("fwc_hal_esp::pwm::Timer::<{timer}, {bits}>::start");
        let divider = Expression::plain(grouped(wiring.divider.into()));
        Statement::bind(&names.shared, Expression::call(function, [divider]))
    });
    let steps = (pwm.initial.0 * u64::from(wiring.period) + 500_000) / 1_000_000;
    let arguments =
        [Expression::plain(&names.shared), singleton(resolved, pwm.pin), Expression::plain(grouped(steps))];
    Handle {
        before: controller.into_iter().chain(start).collect(),
        ..Handle::new(
            format!("fwc_hal_esp::pwm::PwmOutput<{channel}, {bits}, {}>", pwm.active == Active::Low),
            Expression::call(format!("board::{}::new", names.alias), arguments),
        )
    }
}
