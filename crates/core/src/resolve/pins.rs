//! One owner for each pin.

use std::collections::{BTreeMap, BTreeSet};

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};

use crate::app::{AnalogSource, App, PeripheralId, PeripheralKind, PinUse};
use crate::catalog::PinId;
use crate::resolve::context::Context;
use crate::resolve::ports::PortKind;
use crate::resolve::proposals::Proposals;
use crate::resolved::{PinOwner, PinRole};

/// Claims on one pin that are shown with their place; the others are counted.
const SHOWN_CLAIMS: usize = 4;

/// Somebody who wants a pin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) owner: PinOwner,
    pub(super) used: PinUse,
}

/// Who wants which pin, each list in the order of the file's text.
pub(super) struct PinMap(BTreeMap<PinId, Vec<Claim>>);

impl PinMap {
    /// All claims of an application.
    pub(super) fn of(app: &App) -> PinMap {
        let mut claims: BTreeMap<PinId, Vec<Claim>> = BTreeMap::new();
        for (id, peripheral) in (0..).map(PeripheralId).zip(&app.peripherals) {
            for (role, used) in pins_of(&peripheral.kind) {
                let owner = PinOwner { peripheral: id, role };
                claims.entry(used.pin).or_default().push(Claim { owner, used });
            }
        }
        for list in claims.values_mut() {
            list.sort_by_key(|claim| claim.used.span);
        }
        PinMap(claims)
    }

    /// Each pin with its claims, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PinId, &[Claim])> {
        self.0.iter().map(|(pin, claims)| (*pin, claims.as_slice()))
    }

    /// Whether nobody wants the pin.
    pub(super) fn is_free(&self, pin: PinId) -> bool {
        !self.0.contains_key(&pin)
    }

    /// Whether just one wants the pin.
    pub(super) fn is_settled(&self, pin: PinId) -> bool {
        self.0.get(&pin).is_some_and(|claims| claims.len() == 1)
    }

    /// Who wants the pin first.
    pub(super) fn first_owner(&self, pin: PinId) -> Option<PinOwner> {
        self.0.get(&pin).map(|claims| claims[0].owner)
    }

    /// The owner of each pin: the first who wants it.
    pub(super) fn owners(&self) -> BTreeMap<PinId, PinOwner> {
        self.iter().map(|(pin, claims)| (pin, claims[0].owner)).collect()
    }
}

/// The pins that a peripheral wants, and as what.
fn pins_of(kind: &PeripheralKind) -> Vec<(PinRole, PinUse)> {
    match kind {
        PeripheralKind::Output(output) => vec![(PinRole::Gpio, output.pin)],
        PeripheralKind::Input(input) => vec![(PinRole::Gpio, input.pin)],
        PeripheralKind::Uart(_)
        | PeripheralKind::I2c(_)
        | PeripheralKind::Spi(_)
        | PeripheralKind::LedStrip(_) => PortKind::of(kind).map_or(Vec::new(), PortKind::pins),
        PeripheralKind::Pwm(pwm) => vec![(PinRole::Pwm, pwm.pin)],
        PeripheralKind::Adc(adc) => match adc.source {
            AnalogSource::Pin(pin) => vec![(PinRole::Adc, pin)],
            AnalogSource::Temperature(_) => Vec::new(),
        },
        PeripheralKind::Watchdog(_) => Vec::new(),
        PeripheralKind::UsbSerial(_) => Vec::new(),
        // Its pins are peripherals of their own.
        PeripheralKind::Device(_) => Vec::new(),
    }
}

/// Refuses a second owner of a pin.
pub(super) fn refuse_conflicts(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let conflicts = context.pins.iter().filter(|(_, claims)| claims.len() > 1);
    faults.extend(conflicts.map(|(pin, claims)| conflict(context, pin, claims)));
}

fn conflict(context: &Context<'_>, pin: PinId, claims: &[Claim]) -> Diagnostic {
    let times = match claims.len() {
        2 => "twice".to_owned(),
        times => format!("{times} times"),
    };
    let (first, second) = (claims[0], claims[1]);
    let title = format!("`{}` is claimed {times}", context.pin_name(pin));
    let mut fault = Diagnostic::error(codes::PIN_CONFLICT, title, second.used.span)
        .here(later_claim(context, first, second))
        .also(first.used.span, first_claim(context, first, second));
    for later in claims.iter().skip(2).take(SHOWN_CLAIMS - 2) {
        fault = fault.also(later.used.span, later_claim(context, first, *later));
    }
    if claims.len() > SHOWN_CLAIMS {
        let others: BTreeSet<&str> =
            claims[SHOWN_CLAIMS..].iter().map(|claim| owner_name(context, *claim)).collect();
        let others: Vec<String> = others.into_iter().map(quoted).collect();
        fault = fault.note(format!("it is claimed by {} as well", listed(&others, "and", 5)));
    }
    fault.help_if(Proposals::new(context).instead_of(pin, second.owner))
}

fn owner_name<'a>(context: &Context<'a>, claim: Claim) -> &'a str {
    context.app.peripheral(claim.owner.peripheral).entry().1
}

fn owner_entry(context: &Context<'_>, claim: Claim) -> String {
    let (table, name) = context.app.peripheral(claim.owner.peripheral).entry();
    format!("{table}.{}", name.value)
}

fn first_claim(context: &Context<'_>, first: Claim, second: Claim) -> String {
    let word = match first.owner.peripheral == second.owner.peripheral {
        true => format!("first claimed here, as `{}`", first.owner.role.key()),
        false => format!("first claimed by `{}`", owner_entry(context, first)),
    };
    context.at_pin(first.used, &word)
}

fn later_claim(context: &Context<'_>, first: Claim, later: Claim) -> String {
    let word = match first.owner.peripheral == later.owner.peripheral {
        true => format!("claimed again, as `{}`", later.owner.role.key()),
        false => format!("also claimed by `{}`", owner_entry(context, later)),
    };
    context.at_pin(later.used, &word)
}
