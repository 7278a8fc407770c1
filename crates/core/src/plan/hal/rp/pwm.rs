//! embassy-rp's PWM: one driver a slice, whose two outputs may be two peripherals.

use fwc_schema::app::Active;
use fwc_schema::chip::Signal;
use fwc_schema::units::Ratio;

use crate::app::{PeripheralId, PeripheralKind, Pwm};
use crate::catalog::BlockId;
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, Pair, singleton};
use crate::resolved::{PwmWiring, Resolved};

/// A pwm on its slice.
struct Output<'a> {
    id: PeripheralId,
    pwm: &'a Pwm,
    wiring: &'a PwmWiring,
}

impl Output<'_> {
    /// The letter of the output in names of the HAL's.
    fn letter(&self) -> &'static str {
        if self.wiring.signal == Signal::A { "a" } else { "b" }
    }
}

/// The handle of a pwm. The first pwm of a slice makes the slice, for the other one too.
pub(super) fn handle(resolved: &Resolved, id: PeripheralId, names: &HandleNames) -> Handle {
    let outputs = outputs(resolved, resolved.pwms[&id].block);
    let wiring = &resolved.pwms[&id];
    let slice = resolved.app.board.chip.block(wiring.block);
    let first = outputs.iter().all(|output| output.id >= id);
    let letters: Vec<&str> = outputs.iter().map(Output::letter).collect();
    let pins = outputs.iter().map(|output| singleton(resolved, output.pwm.pin));
    let driver = Expression::call(
        format!("Pwm::new_output_{}", letters.concat()),
        std::iter::once(Expression::plain(format!("p.{}", slice.name)))
            .chain(pins)
            .chain([Expression::call(format!("board::{}", names.config), [])]),
    );
    let pin =
        |output: &Output<'_>| pin_number(&resolved.app.board.chip.pin(output.pwm.pin.pin).hal).to_string();
    let pair = (outputs.len() == 2).then(|| Pair {
        local: slice.title.to_lowercase(),
        // Said here, because the type of an output that no task uses does not say it.
        function: format!("fwc_hal_rp::pwm::pair::<{}, {}, _, _>", pin(&outputs[0]), pin(&outputs[1])),
        members: [outputs[0].id, outputs[1].id],
    });
    let own = outputs.iter().find(|output| output.id == id).expect("the slice has the output");
    let construct = match pair {
        Some(_) => driver,
        None => Expression::call(format!("board::{}::new", names.alias), [driver]),
    };
    Handle {
        config: first.then(|| ("pwm::Config".to_string(), config(&outputs))),
        pair,
        ..Handle::new(
            format!(
                "fwc_hal_rp::pwm::PwmOutput<{}, {}, '{}', {}>",
                pin(own),
                slice_number(&slice.name),
                wiring.signal,
                grouped(wiring.period.into())
            ),
            construct,
        )
    }
}

/// The pwms on a slice, output A first.
fn outputs(resolved: &Resolved, block: BlockId) -> Vec<Output<'_>> {
    let on_slice = resolved.pwms.iter().filter(|(_, wiring)| wiring.block == block);
    let mut outputs: Vec<Output<'_>> = on_slice
        .filter_map(|(id, wiring)| match &resolved.app.peripheral(*id).kind {
            PeripheralKind::Pwm(pwm) => Some(Output { id: *id, pwm, wiring }),
            _ => None,
        })
        .collect();
    outputs.sort_by_key(|output| output.wiring.signal);
    outputs
}

/// Sets what differs from the HAL's default: high pulses of no length.
fn config(outputs: &[Output<'_>]) -> Vec<String> {
    let PwmWiring { divider, period, .. } = outputs[0].wiring;
    let mut code = vec![
        "let mut config = pwm::Config::default();".to_string(),
        format!("config.top = {};", grouped(u64::from(*period) - 1)),
    ];
    if *divider != 16 {
        // The divider's type is of a crate that generated code does not name; its default is 1.
        code.push(format!("config.divider = config.divider * {} / 16;", grouped((*divider).into())));
    }
    for output in outputs {
        if output.pwm.active == Active::Low {
            code.push(format!("config.invert_{} = true;", output.letter()));
        }
        let compare = steps(output.pwm.initial, *period);
        if compare != 0 {
            code.push(format!("config.compare_{} = {};", output.letter(), grouped(compare)));
        }
    }
    code.push("config".to_string());
    code
}

/// The part of a period in steps, to the nearest.
fn steps(duty: Ratio, period: u16) -> u64 {
    (duty.0 * u64::from(period) + 500_000) / 1_000_000
}

/// embassy-rp numbers the singletons `PIN_0` and so on as the registers are numbered.
fn pin_number(singleton: &str) -> &str {
    singleton.strip_prefix("PIN_").unwrap_or_else(|| panic!("`{singleton}` is no pin of embassy-rp's"))
}

/// embassy-rp numbers the singletons `PWM_SLICE0` and so on as the registers are numbered.
fn slice_number(singleton: &str) -> &str {
    singleton.strip_prefix("PWM_SLICE").unwrap_or_else(|| panic!("`{singleton}` is no slice of embassy-rp's"))
}
