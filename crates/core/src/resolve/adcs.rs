//! Analog inputs to channels of the converter, which all of them share.

use std::collections::BTreeMap;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;
use fwc_schema::chip::{BlockKind, Signal};

use crate::app::{Adc, AnalogSource, PeripheralId, PeripheralKind, PinUse};
use crate::catalog::{BlockId, PinId};
use crate::resolve::context::{Context, listed, quoted};
use crate::resolve::proposals::Proposals;
use crate::resolve::usb;
use crate::resolved::{AdcWiring, Executor, Mutex, PinOwner, PinRole};

/// The channel of every analog input; nothing when one of them cannot have any. `executors` is indexed by task.
pub(super) fn wire(
    context: &Context<'_>,
    executors: &[Executor],
    faults: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<PeripheralId, AdcWiring>> {
    let inputs = if context.drives("adc") { inputs(context) } else { Vec::new() };
    refuse_two_thermometers(context, &inputs, faults);
    let instances = inputs.iter().filter_map(|(_, adc)| adc.instance.as_ref());
    faults.extend(
        instances.filter_map(|instance| {
            usb::not_the_only(context, instance, BlockKind::Adc, "an analog converter")
        }),
    );
    let mutex = mutex(context, executors);
    let wirings = inputs.iter().map(|(id, adc)| {
        let block = match adc.source {
            AnalogSource::Temperature(span) => thermometer(context, span, faults)?,
            AnalogSource::Pin(pin) => on_pin(context, *id, pin, faults)?,
        };
        Some((*id, AdcWiring { block, mutex }))
    });
    // All are looked at before one that is missing counts.
    let wirings: Vec<Option<(PeripheralId, AdcWiring)>> = wirings.collect();
    wirings.into_iter().collect()
}

/// The converter that the chip's own temperature leads to.
fn thermometer(context: &Context<'_>, span: Span, faults: &mut Vec<Diagnostic>) -> Option<BlockId> {
    if context.chip.adc.as_ref().is_some_and(|adc| !adc.temperature) {
        let title = format!("the converter of {} does not measure its temperature", context.chip.title);
        faults.push(
            Diagnostic::error(codes::NOT_APPLICABLE, title, span)
                .help("measure it by a part on a bus: `fwc devices` lists them"),
        );
        return None;
    }
    context.chip.blocks_of(BlockKind::Adc).next()
}

fn inputs<'a>(context: &Context<'a>) -> Vec<(PeripheralId, &'a Adc)> {
    let numbered = (0..).map(PeripheralId).zip(&context.app.peripherals);
    let inputs = numbered.filter_map(|(id, peripheral)| match &peripheral.kind {
        PeripheralKind::Adc(adc) => Some((id, adc)),
        _ => None,
    });
    inputs.collect()
}

/// The converter that a pin leads to.
pub(super) fn converter_of(context: &Context<'_>, pin: PinId) -> Option<BlockId> {
    let functions = context.chip.pin(pin).functions.iter();
    let analog = |signal| matches!(signal, Signal::In(_));
    functions.filter(|function| analog(function.signal)).map(|function| function.block).next()
}

fn on_pin(
    context: &Context<'_>,
    id: PeripheralId,
    used: PinUse,
    faults: &mut Vec<Diagnostic>,
) -> Option<BlockId> {
    let block = converter_of(context, used.pin);
    // A pin that is wanted twice has its own fault, and the input may yet move.
    if block.is_none() && context.pins.is_settled(used.pin) {
        let title = format!("`{}` is no analog input", context.pin_name(used.pin));
        let owner = PinOwner { peripheral: id, role: PinRole::Adc };
        faults.push(
            Diagnostic::error(codes::PIN_FUNCTION, title, used.span)
                .here("does not lead to the converter")
                .help_if(Proposals::new(context).instead_of(used.pin, owner)),
        );
    }
    block
}

fn refuse_two_thermometers(
    context: &Context<'_>,
    inputs: &[(PeripheralId, &Adc)],
    faults: &mut Vec<Diagnostic>,
) {
    let mut spans: Vec<_> = inputs
        .iter()
        .filter_map(|(id, adc)| match adc.source {
            AnalogSource::Temperature(span) => Some((span, *id)),
            AnalogSource::Pin(_) => None,
        })
        .collect();
    spans.sort_unstable_by_key(|(span, _)| *span);
    let [(first, _), (second, _), ..] = spans[..] else { return };
    let names: Vec<String> = spans.iter().map(|(_, id)| quoted(&context.app.peripheral(*id).name)).collect();
    let title = format!("{} are all the one temperature sensor", listed(&names, "and", names.len()));
    faults.push(
        Diagnostic::error(codes::PIN_CONFLICT, title, second)
            .here("claimed again")
            .also(first, "first claimed here")
            .help("let one task read it and give the others a channel to that task"),
    );
}

/// Tasks of one executor take turns without a lock; see the channels, where it is the same.
fn mutex(context: &Context<'_>, executors: &[Executor]) -> Mutex {
    let uses_adc = |id: PeripheralId| matches!(context.app.peripheral(id).kind, PeripheralKind::Adc(_));
    let tasks = context.app.tasks.iter().zip(executors);
    let mut on = tasks.filter(|(task, _)| task.uses.iter().any(|used| uses_adc(used.peripheral)));
    if on.all(|(_, executor)| *executor == Executor::Thread) { Mutex::Noop } else { Mutex::CriticalSection }
}
