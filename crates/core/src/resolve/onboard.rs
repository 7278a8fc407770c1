//! Pins that the board itself uses, and pins that cannot do all that others can: warnings.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::Pull;
use fwc_schema::board::Wiring;
use fwc_schema::chip::LimitationKind;

use crate::app::PeripheralKind;
use crate::catalog::{Onboard, PinId};
use crate::resolve::context::Context;
use crate::resolve::pins::Claim;
use crate::resolve::proposals::Proposals;
use crate::resolved::PinRole;

/// Warns of each use that gets in the way of what is on the board, and of each that meets a pin's limits.
pub(super) fn warn(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for (pin, claims) in context.pins.iter() {
        // A pin with two owners moves anyway.
        let [claim] = claims else { continue };
        let onboard = context.app.board.onboard(pin);
        if let Some(onboard) = onboard.filter(|onboard| !is_meant(context, onboard, *claim)) {
            faults.push(used_on_board(context, onboard, *claim));
        }
        faults.extend(limits(context, pin, *claim));
        faults.extend(pull_down(context, pin, *claim));
    }
}

/// Whether the pin is used as the board means it.
fn is_meant(context: &Context<'_>, onboard: &Onboard, claim: Claim) -> bool {
    let kind = &context.app.peripheral(claim.owner.peripheral).kind;
    match onboard.wiring {
        Wiring::Indicator => matches!(kind, PeripheralKind::Output(_) | PeripheralKind::Pwm(_)),
        Wiring::Button => matches!(kind, PeripheralKind::Input(_)),
        Wiring::Sense => matches!(kind, PeripheralKind::Input(_) | PeripheralKind::Adc(_)),
        // A control line that is led out is easily taken for a free pin; one that is not can only be meant. Where the board's
        // headers are not known, any pin may be led out.
        Wiring::Control => match kind {
            PeripheralKind::LedStrip(_) => true,
            PeripheralKind::Output(_) => {
                let board = &context.app.board;
                !board.headers.is_empty() && board.contacts_of(onboard.pin).next().is_none()
            }
            _ => false,
        },
        Wiring::Bus => match kind {
            PeripheralKind::I2c(_) | PeripheralKind::Spi(_) => true,
            PeripheralKind::Output(_) => has_bus_to(context, &onboard.part),
            _ => false,
        },
        Wiring::Serial => claim.owner.role == PinRole::Rx || matches!(kind, PeripheralKind::Input(_)),
    }
}

/// Whether the application has a bus on other lines of the part, so that an output can be its chip select.
fn has_bus_to(context: &Context<'_>, part: &str) -> bool {
    context.pins.iter().any(|(pin, claims)| {
        let is_its = context.app.board.onboard(pin).is_some_and(|onboard| onboard.part == part);
        let is_bus = |claim: &Claim| {
            let kind = &context.app.peripheral(claim.owner.peripheral).kind;
            matches!(kind, PeripheralKind::I2c(_) | PeripheralKind::Spi(_))
        };
        is_its && claims.iter().any(is_bus)
    })
}

fn used_on_board(context: &Context<'_>, onboard: &Onboard, claim: Claim) -> Diagnostic {
    let board = &context.app.board;
    let title = format!(
        "on {}, `{}` belongs to the board: {}",
        board.name,
        context.pin_name(onboard.pin),
        onboard.part
    );
    let fault = Diagnostic::warning(codes::USED_ON_BOARD, title, claim.used.span)
        .here(context.at_pin(claim.used, &onboard.note));
    fault.help_if(Proposals::new(context).instead_of(onboard.pin, claim.owner))
}

/// Whether the other side decides the pin's voltage. A button between an input and ground, with a pull-up, does not.
fn is_driven_from_outside(context: &Context<'_>, claim: Claim) -> bool {
    match (&context.app.peripheral(claim.owner.peripheral).kind, claim.owner.role) {
        (PeripheralKind::Output(_) | PeripheralKind::Pwm(_) | PeripheralKind::LedStrip(_), _) => false,
        // What is measured is never above the reference, and so not above the supply.
        (PeripheralKind::Adc(_), _) => false,
        // It has no pin.
        (PeripheralKind::Watchdog(_), _) => false,
        // Its pins are its own, and no application names them.
        (PeripheralKind::UsbSerial(_), _) => false,
        (PeripheralKind::Input(input), _) => input.pull != Pull::Up,
        (PeripheralKind::Uart(_), role) => matches!(role, PinRole::Rx | PinRole::Cts),
        // Parts pull the lines down; what pulls them up may be another supply.
        (PeripheralKind::I2c(_), _) => true,
        // A device's pins are peripherals of their own.
        (PeripheralKind::Device(_), _) => false,
        (PeripheralKind::Spi(_), role) => role == PinRole::Miso,
    }
}

/// A pull-down that does not hold its input low.
fn pull_down(context: &Context<'_>, pin: PinId, claim: Claim) -> Option<Diagnostic> {
    let weak = context.chip.weak_pull_down.as_ref()?;
    let PeripheralKind::Input(input) = &context.app.peripheral(claim.owner.peripheral).kind else {
        return None;
    };
    if input.pull != Pull::Down {
        return None;
    }
    let title = format!(
        "the chip's pull-down may not bring `{}` back to low: on {} of stepping {} an input that was high rests at {} V ({})",
        context.pin_name(pin),
        context.chip.title,
        weak.stepping,
        f64::from(weak.rests_at_millivolts) / 1_000.0,
        weak.erratum
    );
    let help = format!(
        "put a resistor of {} kΩ or less from the pin to ground, or use a contact to ground with `pull = \"up\"` and `active = \"low\"`",
        f64::from(weak.max_ohms) / 1_000.0
    );
    Some(Diagnostic::warning(codes::PIN_LIMIT, title, claim.used.span).help(help))
}

fn limits(context: &Context<'_>, pin: PinId, claim: Claim) -> impl Iterator<Item = Diagnostic> {
    let counts = move |kind: &LimitationKind| match kind {
        LimitationKind::DiodeToSupply => is_driven_from_outside(context, claim),
        LimitationKind::NfcAntenna
        | LimitationKind::DebugPort
        | LimitationKind::FlashBus
        | LimitationKind::Reset => true,
        // Generated code lets go of it.
        LimitationKind::Jtag => false,
        // A board's own part on the pin is made for it.
        LimitationKind::Strapping | LimitationKind::Boot => context.app.board.onboard(pin).is_none(),
    };
    context.chip.limits_of(pin).filter(counts).map(move |kind| {
        let help = match (kind, claim.owner.role) {
            (LimitationKind::DiodeToSupply, PinRole::Gpio) => {
                "take another pin, a part that keeps the voltage down, or a contact to ground with `pull = \"up\"`"
            }
            (LimitationKind::DiodeToSupply, _) => "take another pin, or a part that keeps the voltage down",
            (LimitationKind::NfcAntenna, _) => "take another pin where the antenna shall stay one",
            (LimitationKind::Strapping, _) => {
                "take another pin, or a part that lets go of it while the chip is reset"
            }
            (LimitationKind::Boot, _) => {
                "take another pin, one that nothing pulls up while the chip is reset, or clear the option bit by which this pin counts"
            }
            (
                LimitationKind::DebugPort
                | LimitationKind::FlashBus
                | LimitationKind::Jtag
                | LimitationKind::Reset,
                _,
            ) => "take another pin",
        };
        let sentence = kind.sentence(context.pin_name(pin));
        match kind {
            LimitationKind::FlashBus => Diagnostic::error(codes::PIN_LIMIT, sentence, claim.used.span).help(help),
            _ => Diagnostic::warning(codes::PIN_LIMIT, sentence, claim.used.span).help(help),
        }
    })
}
