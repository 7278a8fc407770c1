//! Analog inputs to channels of the converter, which all of them share.

use std::collections::BTreeMap;

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::chip::{BlockKind, Signal};
use fwc_schema::{Span, Spanned};

use crate::app::{Adc, AnalogSource, PeripheralId, PeripheralKind, PinUse};
use crate::catalog::{BlockId, PinId};
use crate::resolve::context::Context;
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
    if context.chip.blocks_of(BlockKind::Adc).next().is_none() {
        faults.extend(inputs.iter().map(|(id, _)| no_converter(context, *id)));
        return inputs.is_empty().then(BTreeMap::new);
    }
    refuse_two_thermometers(context, &inputs, faults);
    let several = context.chip.blocks_of(BlockKind::Adc).nth(1).is_some();
    let instances = inputs.iter().filter_map(|(_, adc)| adc.instance.as_ref());
    faults.extend(instances.filter_map(|instance| match several {
        true => not_one_of_several(context, instance),
        false => usb::not_the_only(context, instance, BlockKind::Adc, "an analog converter"),
    }));
    let mutex = mutex(context, executors);
    let wirings = inputs.iter().map(|(id, adc)| {
        let block = match adc.source {
            AnalogSource::Temperature(span) => on_sensor(context, adc, span, faults)?,
            AnalogSource::Pin(pin) => on_pin(context, *id, pin, adc.instance.as_ref(), faults)?,
        };
        Some((*id, AdcWiring { block, mutex }))
    });
    // All are looked at before one that is missing counts.
    let wirings: Vec<Option<(PeripheralId, AdcWiring)>> = wirings.collect();
    wirings.into_iter().collect()
}

/// An input of a chip none of whose converters is in its tables.
fn no_converter(context: &Context<'_>, id: PeripheralId) -> Diagnostic {
    let title = format!("fwc drives no analog converter of {}", context.chip.title);
    let name = &context.app.peripheral(id).name;
    Diagnostic::error(codes::NOT_APPLICABLE, title, name.span)
        .here(format!("{} is an input of one", quoted(name)))
        .help("measure it by a part on a bus, which `fwc devices` lists, or take another board")
}

fn inputs<'a>(context: &Context<'a>) -> Vec<(PeripheralId, &'a Adc)> {
    let numbered = (0..).map(PeripheralId).zip(&context.app.peripherals);
    let inputs = numbered.filter_map(|(id, peripheral)| match &peripheral.kind {
        PeripheralKind::Adc(adc) => Some((id, adc)),
        _ => None,
    });
    inputs.collect()
}

/// The converters that a pin leads to, the chip's first first.
pub(super) fn converters_of<'a>(
    context: &Context<'a>,
    pin: PinId,
) -> impl Iterator<Item = BlockId> + use<'a> {
    let functions = context.chip.pin(pin).functions.iter();
    let analog = |signal| matches!(signal, Signal::In(_));
    functions.filter(move |function| analog(function.signal)).map(|function| function.block)
}

/// An `instance` that is none of the converters.
fn not_one_of_several(context: &Context<'_>, instance: &Spanned<String>) -> Option<Diagnostic> {
    let forced = context.chip.block_named(instance);
    let (code, title) = match forced {
        Some(block) if context.chip.block(block).kind == BlockKind::Adc => return None,
        Some(_) => (codes::WRONG_KIND, format!("`{}` is not an analog converter", instance.value)),
        None => (codes::UNKNOWN_NAME, format!("{} has no `{}`", context.chip.title, instance.value)),
    };
    let titles: Vec<String> =
        context.chip.blocks_of(BlockKind::Adc).map(|block| quoted(context.block_title(block))).collect();
    let help = format!("the analog converters are {}", listed(&titles, "and", titles.len()));
    Some(Diagnostic::error(code, title, instance.span).help(help))
}

/// The converter that measures the chip's own sensor: the first, unless the chip's facts name another.
fn on_sensor(context: &Context<'_>, adc: &Adc, span: Span, faults: &mut Vec<Diagnostic>) -> Option<BlockId> {
    let named = context.chip.thermometer.as_ref().map(|name| context.chip.block_named(name));
    if named == Some(None) || context.chip.adc.as_ref().is_some_and(|adc| !adc.temperature) {
        let title = match named {
            Some(None) => format!(
                "fwc does not drive the converter that measures the temperature of {}",
                context.chip.title
            ),
            _ => format!("the converter of {} does not measure its temperature", context.chip.title),
        };
        faults.push(
            Diagnostic::error(codes::NOT_APPLICABLE, title, span)
                .help("measure it by a part on a bus: `fwc devices` lists them"),
        );
        return None;
    }
    let able = named.flatten().or_else(|| context.chip.blocks_of(BlockKind::Adc).next())?;
    let forced =
        adc.instance.as_ref().and_then(|instance| Some((instance, context.chip.block_named(instance)?)));
    let is_adc = |block: BlockId| context.chip.block(block).kind == BlockKind::Adc;
    if let Some((instance, _)) = forced.filter(|(_, block)| *block != able && is_adc(*block)) {
        let title = format!("`{}` does not measure the temperature", instance.value);
        let only = context.block_title(able);
        faults.push(
            Diagnostic::error(codes::PIN_FUNCTION, title, instance.span)
                .help(format!("remove `instance`: the chip's sensor is an input of {only}")),
        );
        return None;
    }
    Some(able)
}

fn on_pin(
    context: &Context<'_>,
    id: PeripheralId,
    used: PinUse,
    instance: Option<&Spanned<String>>,
    faults: &mut Vec<Diagnostic>,
) -> Option<BlockId> {
    let block = converters_of(context, used.pin).next();
    let forced = instance.and_then(|instance| Some((instance, context.chip.block_named(instance)?)));
    if let (Some(block), Some((instance, forced))) = (block, forced) {
        if converters_of(context, used.pin).any(|block| block == forced) {
            return Some(forced);
        }
        if context.chip.block(forced).kind == BlockKind::Adc {
            let titles: Vec<String> =
                converters_of(context, used.pin).map(|block| context.block_title(block).to_owned()).collect();
            let pin = quoted(context.pin_name(used.pin));
            let title = format!("{pin} does not lead to {}", context.block_title(forced));
            faults.push(
                Diagnostic::error(codes::PIN_FUNCTION, title, used.span)
                    .here(format!("leads to {}", listed(&titles, "and", titles.len())))
                    .also(instance.span, "forced here")
                    .help("remove `instance`: it follows from the pin"),
            );
            return None;
        }
        return Some(block);
    }
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
    let both = if names.len() == 2 { "both" } else { "all" };
    let title = format!("{} are {both} the one temperature sensor", listed(&names, "and", names.len()));
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
