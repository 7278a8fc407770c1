//! What a uart's frames and buffer can be where its chip or its HAL has not all of them.

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::Parity;
use fwc_schema::chip::{Bounds, RateTable, UartModel};

use crate::app::{PinUse, Uart};
use crate::resolve::context::Context;
use crate::resolve::ports::Port;
use crate::resolved::PinRole;

/// A fault for each key of the uart's that cannot be had.
pub(super) fn faults(context: &Context<'_>, port: &Port<'_>, uart: &Uart) -> Vec<Diagnostic> {
    let limits = match &context.chip.uart {
        UartModel::RateTable(limits) => limits,
        UartModel::FractionalDivider(limits) => {
            let mut faults = data_bits(context, port, uart, limits.data_bits);
            faults.extend(limits.receive_buffer.and_then(|bounds| buffer(context, port, uart, bounds)));
            return faults;
        }
    };
    let wrong = [
        (!limits.data_bits.contains(uart.data_bits.into()), format!("`data-bits = {}`", uart.data_bits)),
        (!limits.stop_bits.contains(uart.stop_bits.into()), format!("`stop-bits = {}`", uart.stop_bits)),
        (
            uart.rx.is_some() && !limits.receive_buffer.contains(uart.buffer.into()),
            format!("`buffer = \"{}B\"`", uart.buffer),
        ),
        (uart.parity == Parity::Odd && !limits.odd_parity, "`parity = \"odd\"`".to_owned()),
    ];
    let wrong = wrong.into_iter().filter(|(is_wrong, _)| *is_wrong);
    let faults = wrong.map(|(_, key)| {
        let title = format!("a uart of {} cannot have {key}", context.chip.title);
        Diagnostic::error(codes::NOT_APPLICABLE, title, context.app.peripheral(port.id).name.span)
            .here(format!("{} has it", quoted(port.name)))
            .help(possible(limits, key.starts_with("`buffer")))
    });
    faults.collect()
}

/// The fault of a uart with a handshake on a chip for which fwc drives none.
pub(super) fn undriven_handshake(context: &Context<'_>, port: &Port<'_>) -> Option<Diagnostic> {
    let is_undriven = |(role, _): &(PinRole, PinUse)| {
        matches!(role, PinRole::Rts | PinRole::Cts)
            && role.signal().is_some_and(|signal| !context.chip.has_signal(port.kind(), signal))
    };
    let pins: Vec<(PinRole, PinUse)> = port.pins().into_iter().filter(is_undriven).collect();
    let (_, first) = pins.first()?;
    let keys: Vec<String> = pins.iter().map(|(role, _)| quoted(role.key())).collect();
    let keys = listed(&keys, "and", keys.len());
    let title = format!("fwc does not drive the handshake of a uart of {}", context.chip.title);
    Some(Diagnostic::error(codes::NOT_APPLICABLE, title, first.span).help(format!("remove {keys}")))
}

/// The fault of a frame that is longer or shorter than the block can have.
fn data_bits(context: &Context<'_>, port: &Port<'_>, uart: &Uart, bounds: Bounds) -> Vec<Diagnostic> {
    let fault = (!bounds.contains(uart.data_bits.into())).then(|| {
        let title = format!("a uart of {} cannot have `data-bits = {}`", context.chip.title, uart.data_bits);
        Diagnostic::error(codes::NOT_APPLICABLE, title, context.app.peripheral(port.id).name.span)
            .here(format!("{} has it", quoted(port.name)))
            .help(format!("frames there have {} data bits", range(bounds)))
    });
    fault.into_iter().collect()
}

/// The fault of a buffer that is larger than what the hardware has in its place.
fn buffer(context: &Context<'_>, port: &Port<'_>, uart: &Uart, bounds: Bounds) -> Option<Diagnostic> {
    (uart.rx.is_some() && !bounds.contains(uart.buffer.into())).then(|| {
        let title = format!("a uart of {} cannot have `buffer = \"{}B\"`", context.chip.title, uart.buffer);
        Diagnostic::error(codes::NOT_APPLICABLE, title, context.app.peripheral(port.id).name.span)
            .here(format!("{} has it", quoted(port.name)))
            .help(format!("a buffer can have {} to {} bytes there", bounds.min, bounds.max))
    })
}

/// What can be had.
fn possible(limits: &RateTable, of_buffer: bool) -> String {
    if of_buffer {
        return format!(
            "a buffer can have {} to {} bytes there",
            limits.receive_buffer.min, limits.receive_buffer.max
        );
    }
    let parity = if limits.odd_parity { "even, odd or none" } else { "even or none" };
    format!(
        "frames there have {} data bits, parity {parity}, and {} stop bit",
        range(limits.data_bits),
        range(limits.stop_bits)
    )
}

fn range(bounds: Bounds) -> String {
    match (bounds.min, bounds.max) {
        (min, max) if min == max => min.to_string(),
        (min, max) => format!("{min} to {max}"),
    }
}
