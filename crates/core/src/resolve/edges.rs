//! Lines on which the edges of inputs come in, where pins share them.
//!
//! STM32 reference manuals, EXTI: each of sixteen lines is connected to one of the pins that have its number, so `PA5` and
//! `PB5` cannot both wake a task. Every input can be waited for, so each needs its line.

use std::collections::BTreeMap;

use fwc_diag::{Diagnostic, codes};

use crate::app::{PeripheralId, PeripheralKind, PinUse};
use crate::catalog::{Chip, InterruptId, PinId};
use crate::resolve::context::Context;
use crate::resolve::proposals::Proposals;
use crate::resolved::{PinOwner, PinRole};

/// Pins of a port.
const LINES: u16 = 16;

impl Chip {
    /// The line of a pin and its vector; nothing where every pin has a line of its own.
    pub(crate) fn edge_line(&self, pin: PinId) -> Option<(u16, InterruptId)> {
        let line = self.pin(pin).number % LINES;
        self.edges.get(usize::from(line)).map(|vector| (line, *vector))
    }
}

/// Refuses an input whose line another input has.
pub(super) fn refuse(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let mut lines: BTreeMap<u16, Vec<(PeripheralId, PinUse)>> = BTreeMap::new();
    for (id, pin) in inputs(context) {
        if let Some((line, _)) = context.chip.edge_line(pin.pin) {
            lines.entry(line).or_default().push((id, pin));
        }
    }
    for (line, mut users) in lines {
        users.sort_by_key(|(_, used)| used.span);
        let Some((first, later)) = users.split_first() else { continue };
        // One pin for two is a fault of its own.
        let later = later.iter().filter(|(_, used)| used.pin != first.1.pin);
        faults.extend(later.map(|(id, used)| conflict(context, line, first.1, *id, *used)));
    }
}

/// Whether an input could have its edges looked at on a pin, beside all others.
pub(super) fn has_room(context: &Context<'_>, id: PeripheralId, pin: PinId) -> bool {
    let Some((line, _)) = context.chip.edge_line(pin) else { return true };
    let mut others = inputs(context).filter(|(other, _)| *other != id);
    others.all(|(_, used)| context.chip.edge_line(used.pin).is_none_or(|(taken, _)| taken != line))
}

fn inputs<'a>(context: &Context<'a>) -> impl Iterator<Item = (PeripheralId, PinUse)> + use<'a> {
    let numbered = (0..).map(PeripheralId).zip(&context.app.peripherals);
    numbered.filter_map(|(id, peripheral)| match &peripheral.kind {
        PeripheralKind::Input(input) => Some((id, input.pin)),
        _ => None,
    })
}

fn conflict(context: &Context<'_>, line: u16, first: PinUse, id: PeripheralId, used: PinUse) -> Diagnostic {
    let (first_name, name) = (context.pin_name(first.pin), context.pin_name(used.pin));
    let title = format!("`{first_name}` and `{name}` cannot both be inputs");
    let owner = PinOwner { peripheral: id, role: PinRole::Gpio };
    Diagnostic::error(codes::PIN_CONFLICT, title, used.span)
        .here(context.at_pin(used, &format!("needs line {line} of the edges as well")))
        .also(first.span, context.at_pin(first, &format!("has line {line} of the edges")))
        .note(format!("of the pins of {} with one number, one can wake a task", context.chip.title))
        .help_if(Proposals::new(context).instead_of(used.pin, owner))
}
