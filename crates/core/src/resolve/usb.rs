//! The USB device to the controller that serves it, which it has alone, and to a clock of the right frequency.

use fwc_diag::{Diagnostic, Severity, codes};
use fwc_schema::board::UsbLines;
use fwc_schema::chip::{BlockKind, ClockModel, Signal};
use fwc_schema::units::Frequency;
use fwc_schema::{Span, Spanned};

use crate::app::{LogOver, PeripheralId, PeripheralKind, UsbSerial};
use crate::catalog::{BlockId, Function, PinId};
use crate::resolve::clock::{Core, UsbClock};
use crate::resolve::context::Context;
use crate::resolve::undriven;
use crate::resolved::UsbWiring;

/// A crystal that every STM32's clocks can start from.
const BUS_PLL_CRYSTAL_HZ: u32 = 8_000_000;

/// A serial port that the file declares.
struct Port<'a> {
    id: PeripheralId,
    name: &'a Spanned<String>,
    serial: &'a UsbSerial,
}

/// The device, where the application has one; nothing outside where it cannot have it. `core` is absent where the
/// core's clock has a fault of its own.
pub(super) fn wire(
    context: &Context<'_>,
    core: Option<&Core>,
    clock: UsbClock,
    faults: &mut Vec<Diagnostic>,
) -> Option<Option<UsbWiring>> {
    let ports = ports(context);
    let has_log = context.app.log_over == LogOver::Usb;
    if ports.is_empty() && !has_log {
        return Some(None);
    }
    if !context.drives("usb-serial") {
        // A port of the file is refused with its kind.
        if ports.is_empty() {
            faults.push(undriven::log(context));
        }
        return None;
    }
    let before = faults.len();
    if let Some(lines) = &context.chip.fixed_usb {
        fixed(context, &ports, lines, faults);
    }
    let place = ports.first().map_or(context.app.log_over_span, |port| port.name.span);
    faults.extend(off_the_socket(context, place));
    refuse_second(context, &ports, faults);
    faults.extend(ports.iter().filter_map(|port| wrong_instance(context, port.serial)));
    let block = context.chip.blocks_of(BlockKind::Usb).next();
    if block.is_none() {
        let title = format!("{} has no USB controller", context.chip.title);
        faults.push(
            Diagnostic::error(codes::BLOCK_EXHAUSTED, title, place)
                .help("use a uart, or a board whose chip has one"),
        );
    }
    let lines = block.and_then(|block| lines_of(context, block));
    if let Some(lines) = lines {
        faults.extend(claimed(context, &lines, ports.first().map(|port| port.name)));
    }
    let count = ports.len() + usize::from(has_log);
    let most = context.chip.usb.as_ref().map(|usb| usb.ports);
    // A second port of the file is refused anyway.
    if let Some(most) = most.filter(|most| ports.len() == 1 && count > usize::from(*most)) {
        faults.push(too_many_ports(context, most, place));
    }
    refuse_slow_core(context, core, faults);
    if clock == UsbClock::OutOfReach {
        faults.extend(no_clock(context, place));
    }
    if faults[before..].iter().any(|fault| fault.severity == Severity::Error) {
        return None;
    }
    Some(Some(UsbWiring { block: block?, lines, serial: ports.first().map(|port| port.id), has_log }))
}

fn ports<'a>(context: &Context<'a>) -> Vec<Port<'a>> {
    let numbered = (0..).map(PeripheralId).zip(&context.app.peripherals);
    let ports = numbered.filter_map(|(id, peripheral)| match &peripheral.kind {
        PeripheralKind::UsbSerial(serial) => Some(Port { id, name: &peripheral.name, serial }),
        _ => None,
    });
    ports.collect()
}

/// A board whose socket is not the chip's.
fn off_the_socket(context: &Context<'_>, place: Span) -> Option<Diagnostic> {
    let board = &context.app.board;
    let usb = board.usb.as_ref()?;
    let title = |what: &str| format!("on {}, USB of {} {what}", board.name, context.chip.title);
    match usb.lines {
        UsbLines::Socket => None,
        UsbLines::Contacts => Some(
            Diagnostic::warning(codes::NOT_APPLICABLE, title("has no socket"), place)
                .note(usb.note.clone())
                .help("wire a USB socket to them, or use a uart"),
        ),
        UsbLines::Nowhere => Some(
            Diagnostic::error(codes::NOT_APPLICABLE, title("leads nowhere"), place)
                .note(usb.note.clone())
                .help("use a uart, or another board: `fwc boards` lists them"),
        ),
    }
}

/// What a block that is one serial port by itself cannot do.
fn fixed(context: &Context<'_>, ports: &[Port<'_>], lines: &[PinId], faults: &mut Vec<Diagnostic>) {
    let title = &context.chip.title;
    if context.app.log_over == LogOver::Usb {
        faults.push(
            Diagnostic::error(
                codes::NOT_APPLICABLE,
                format!("the USB block of {title} has no port for the log"),
                context.app.log_over_span,
            )
            .note("`log-over = \"usb\"` needs it; the block is one serial port and the debug probe")
            .help("write `log-over = \"rtt\"`, which the probe reads over the same cable, or name a uart"),
        );
    }
    let Some(port) = ports.first() else { return };
    let serial = port.serial;
    if serial.ids.is_some() || serial.manufacturer.is_some() || serial.product.is_some() {
        faults.push(
            Diagnostic::warning(
                codes::NOT_APPLICABLE,
                format!("the USB block of {title} has an identity of its own"),
                port.name.span,
            )
            .note(
                "its ids and names are in the hardware: what the file says of them is not used on this board",
            ),
        );
    }
    faults.extend(claimed(context, lines, Some(port.name)));
}

/// Lines of USB that somebody else uses.
fn claimed<'a>(
    context: &'a Context<'_>,
    lines: &'a [PinId],
    port: Option<&Spanned<String>>,
) -> impl Iterator<Item = Diagnostic> + use<'a> {
    let (needs, place) = match port {
        Some(port) => (format!("`{}`", port.value), port.span),
        None => ("the log".to_string(), context.app.span),
    };
    let claimed = lines.iter().filter_map(|pin| Some((*pin, context.pins.first_owner(*pin)?)));
    claimed.map(move |(pin, owner)| {
        let owner = &context.app.peripheral(owner.peripheral).name;
        let title = format!("`{}` is a line of USB, which {needs} needs", context.pin_name(pin));
        Diagnostic::error(codes::PIN_CONFLICT, title, owner.span)
            .here("uses it")
            .also(place, "needs both lines")
            .help("take another pin, or do without USB")
    })
}

/// The pins of a controller's two lines, where they are pins like others.
fn lines_of(context: &Context<'_>, block: BlockId) -> Option<[PinId; 2]> {
    let pin = |signal| {
        let function = Function { block, signal };
        let mut pins = context.chip.pins.iter().zip(0..);
        pins.find(|(pin, _)| pin.functions.contains(&function)).map(|(_, index)| PinId(index))
    };
    Some([pin(Signal::Dp)?, pin(Signal::Dm)?])
}

fn too_many_ports(context: &Context<'_>, most: u8, place: Span) -> Diagnostic {
    let title = format!("USB of {} has no endpoints for the log's port", context.chip.title);
    Diagnostic::error(codes::BLOCK_EXHAUSTED, title, place)
        .note(format!("each port takes two that send, and there are enough for {most}"))
        .help("write `log-over = \"rtt\"`, name a uart, or leave the port to the log alone")
}

/// One device has one identity, so the file has one entry for it.
fn refuse_second(context: &Context<'_>, ports: &[Port<'_>], faults: &mut Vec<Diagnostic>) {
    let [first, second, ..] = ports else { return };
    let title = format!("`{}` and `{}` both need the USB controller", first.name.value, second.name.value);
    faults.push(
        Diagnostic::error(codes::BLOCK_EXHAUSTED, title, second.name.span)
            .here("the second")
            .also(first.name.span, "the first")
            .note(format!(
                "{} has one, and fwc gives it one serial port beside the log's",
                context.chip.title
            ))
            .help("keep one of them; a task can tell apart what comes in over it"),
    );
}

fn wrong_instance(context: &Context<'_>, serial: &UsbSerial) -> Option<Diagnostic> {
    not_the_only(context, serial.instance.as_ref()?, BlockKind::Usb, "a USB controller")
}

/// An `instance` that is not the one block of its kind, which is called `what`.
pub(super) fn not_the_only(
    context: &Context<'_>,
    instance: &Spanned<String>,
    kind: BlockKind,
    what: &str,
) -> Option<Diagnostic> {
    let forced = context.chip.block_named(instance);
    let is_right = forced.is_some_and(|block| context.chip.block(block).kind == kind);
    let (code, title) = match forced {
        Some(_) => (codes::WRONG_KIND, format!("`{}` is not {what}", instance.value)),
        None => (codes::UNKNOWN_NAME, format!("{} has no `{}`", context.chip.title, instance.value)),
    };
    let only = context.chip.blocks_of(kind).next().map(|block| context.block_title(block));
    let help = only.map_or("remove `instance`".to_string(), |title| {
        format!("remove `instance`: the one there is is {title}")
    });
    (!is_right).then(|| Diagnostic::error(code, title, instance.span).help(help))
}

/// Raspberry Pi's answer to "USB stdio issue at lower sys clock" (pico-sdk's tracker, July 2024): the controller is
/// designed for a core clock that is at least as fast as its own.
fn refuse_slow_core(context: &Context<'_>, core: Option<&Core>, faults: &mut Vec<Diagnostic>) {
    let ClockModel::RpPll(limits) = &context.chip.clocks else { return };
    let (Some(core), Some(clock)) = (core, &context.app.clock) else { return };
    if core.hz >= limits.usb_hz {
        return;
    }
    let least = Frequency(u64::from(limits.usb_hz) * 1_000);
    let title = format!("USB does not work while the core runs at {}", clock.value);
    faults.push(
        Diagnostic::error(codes::CLOCK_OUT_OF_REACH, title, clock.span)
            .here(format!("at least {least}"))
            .note("the controller is made for a core that is at least as fast as its own clock")
            .help(format!("write `clock = \"{least}\"` or more, or do without USB")),
    );
}

fn no_clock(context: &Context<'_>, place: Span) -> Option<Diagnostic> {
    let board = &context.app.board;
    let fault = |note: String, crystal_hz: u32| {
        let crystal = Frequency(u64::from(crystal_hz) * 1_000);
        Diagnostic::error(codes::CLOCK_OUT_OF_REACH, format!("{} has no clock for USB", board.name), place)
            .note(note)
            .help(format!("use a uart, or a board with a crystal of {crystal}"))
    };
    match &context.chip.clocks {
        ClockModel::RpPll(limits) => {
            let crystal = Frequency(u64::from(board.crystal_hz.unwrap_or_default()) * 1_000);
            let needed = Frequency(u64::from(limits.usb_hz) * 1_000);
            let note =
                format!("USB needs exactly {needed}, which its crystal of {crystal} cannot be turned into");
            Some(fault(note, limits.default_crystal_hz))
        }
        ClockModel::Fixed(fixed) => {
            let title = &context.chip.title;
            let note = format!("USB of {title} needs a crystal: its own oscillator is not exact enough");
            Some(fault(note, fixed.crystal_hz))
        }
        ClockModel::BusPll(_) => {
            let title = &context.chip.title;
            let note = format!("USB of {title} needs a crystal: its own oscillator is not exact enough");
            Some(fault(note, BUS_PLL_CRYSTAL_HZ))
        }
    }
}
