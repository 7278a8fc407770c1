//! embassy-nrf's PWM: one driver a block, whose four outputs may be four peripherals.

use fwc_schema::app::Active;
use fwc_schema::units::Ratio;

use crate::app::{PeripheralId, PeripheralKind, Pwm};
use crate::catalog::BlockId;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::plan::pace::StaticCode;
use crate::resolved::{PwmWiring, Resolved};

/// nRF52 Product Specifications, PWM: with this bit the line is high while the counter is below the value.
const HIGH_BELOW: u64 = 0x8000;

/// The outputs of a block.
const OUTPUTS: usize = 4;

/// The handle of a pwm. The first pwm of a block that is used starts it, for the others too.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    let wiring = &resolved.pwms[&id];
    let outputs = outputs(resolved, wiring.block);
    let place = outputs.iter().position(|(of, _)| *of == id).expect("the block has the output");
    let (_, pwm) = outputs[place];
    let rust_type = format!(
        "fwc_hal_nrf::pwm::PwmOutput<{place}, {}, {}>",
        grouped(wiring.period.into()),
        pwm.active == Active::Low
    );
    let new = format!("board::{}::new", names.alias);
    let handle = Handle::new(rust_type, Expression::call(new, [Expression::plain(&names.shared)]));
    if !names.makes_shared {
        return handle;
    }
    let block = &resolved.app.board.chip.block(wiring.block).name;
    let pins = outputs.iter().map(|(_, pwm)| singleton(resolved, pwm.pin));
    let driver = Expression::call(
        format!("SimplePwm::new_{}ch", outputs.len()),
        std::iter::once(Expression::plain(format!("p.{block}")))
            .chain(pins)
            .chain([Expression::call(format!("&board::{}", names.config), [])]),
    );
    let mut values: Vec<String> =
        outputs.iter().map(|(_, pwm)| value(pwm, wiring.period).to_string()).collect();
    values.resize(OUTPUTS, "0".to_string());
    let values = Expression::plain(format!("[{}]", values.join(", ")));
    let start = Expression::call(format!("{}.start", names.memory), [driver, values]);
    Handle {
        config: Some(("pwm::SimpleConfig".to_string(), config(&outputs, wiring))),
        statics: vec![StaticCode {
            name: names.memory.clone(),
            rust_type: "fwc_hal_nrf::pwm::PwmBlock".to_string(),
            value: Expression::call(
                "fwc_hal_nrf::pwm::PwmBlock::new",
                [Expression::plain(format!("embassy_nrf::pac::{block}"))],
            ),
        }],
        before: vec![Statement::bind(&names.shared, start)],
        ..handle
    }
}

/// The pwms of a block, in the order of their outputs.
fn outputs(resolved: &Resolved, block: BlockId) -> Vec<(PeripheralId, &Pwm)> {
    let mut on_block: Vec<_> = resolved.pwms.iter().filter(|(_, wiring)| wiring.block == block).collect();
    on_block.sort_by_key(|(_, wiring)| wiring.signal);
    let outputs = on_block.into_iter().filter_map(|(id, _)| match &resolved.app.peripheral(*id).kind {
        PeripheralKind::Pwm(pwm) => Some((*id, pwm)),
        _ => None,
    });
    outputs.collect()
}

/// Sets the period, and the level that a line has before the first pulse.
fn config(outputs: &[(PeripheralId, &Pwm)], wiring: &PwmWiring) -> Vec<String> {
    let mut code = vec![
        "let mut config = pwm::SimpleConfig::default();".to_string(),
        format!("config.prescaler = pwm::Prescaler::Div{};", wiring.divider),
        format!("config.max_duty = {};", grouped(wiring.period.into())),
    ];
    let low = outputs.iter().enumerate().filter(|(_, (_, pwm))| pwm.active == Active::Low);
    code.extend(
        low.map(|(place, _)| format!("config.ch{place}_idle_level = embassy_nrf::gpio::Level::High;")),
    );
    code.push("config".to_string());
    code
}

/// What the block compares its counter with, for the duty at the start.
fn value(pwm: &Pwm, period: u16) -> u64 {
    let Ratio(millionths) = pwm.initial;
    let steps = (millionths * u64::from(period) + 500_000) / 1_000_000;
    match pwm.active {
        Active::High => steps | HIGH_BELOW,
        Active::Low => steps,
    }
}
