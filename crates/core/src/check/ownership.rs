//! One owner for each peripheral, or for each half of a uart; and what nobody uses.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;
use fwc_schema::units::Duration;

use crate::app::{Access, Body, LogOver, Peripheral, PeripheralId, PeripheralKind, Task};
use crate::check::peripherals::Peripherals;
use crate::check::tasks::Tasks;

/// How long a button's level must stand where neither the input nor the task says: contacts bounce for up to 10 ms.
const BUTTON_DEBOUNCE: Duration = Duration(20_000_000);

/// Somebody who uses a peripheral.
struct Claim<'a> {
    access: Access,
    span: Span,
    owner: Owner<'a>,
}

#[derive(Clone, Copy)]
enum Owner<'a> {
    Task(&'a Task),
    Log,
}

impl Owner<'_> {
    fn name(self) -> String {
        match self {
            Owner::Task(task) => format!("the task `{}`", task.name.value),
            Owner::Log => "the log".to_string(),
        }
    }
}

/// Refuses a second owner, warns of what has none, and fills in what follows from who owns it.
pub(super) fn check(
    peripherals: Peripherals,
    tasks: &Tasks,
    log_over: Option<(LogOver, Span)>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Peripheral> {
    let mut claims: Vec<Vec<Claim<'_>>> = peripherals.list.iter().map(|_| Vec::new()).collect();
    if let Some((LogOver::Uart(uart), span)) = log_over {
        claims[uart.index()].push(Claim { access: Access::Write, span, owner: Owner::Log });
    }
    for task in &tasks.list {
        for used in &task.uses {
            let claim = Claim { access: used.access, span: used.span, owner: Owner::Task(task) };
            claims[used.peripheral.index()].push(claim);
        }
    }
    for (index, claims) in claims.iter().enumerate() {
        let peripheral = &peripherals.list[index];
        refuse_second_owner(peripheral, claims, faults);
        let held = peripherals.held.contains(&PeripheralId(index as u32));
        // A faulty task or device may be the user that is missing: its own fault is enough.
        let is_fed = matches!(peripheral.kind, PeripheralKind::Watchdog(_))
            && tasks.list.iter().any(|task| task.supervised.is_some());
        let has_device = peripherals.list.iter().any(|other| hangs_on(other, PeripheralId(index as u32)));
        if let (PeripheralKind::Spi(_), [claim, ..]) = (&peripheral.kind, claims.as_slice()) {
            let on_it = |other: &&Peripheral| hangs_on(other, PeripheralId(index as u32));
            faults.extend(
                peripherals.list.iter().find(on_it).map(|device| beside_device(peripheral, claim, device)),
            );
        }
        let is_lonely = claims.is_empty() && !has_device && !peripheral.is_pin_of_device();
        if is_lonely && !held && !is_fed && !tasks.incomplete && !peripherals.incomplete {
            faults.push(unused(peripheral));
        }
    }
    fill_debounce(peripherals.list, &tasks.list)
}

/// A task that uses an SPI bus by itself knows nothing of the devices' chip selects.
fn beside_device(bus: &Peripheral, claim: &Claim<'_>, device: &Peripheral) -> Diagnostic {
    let (bus, name) = (&bus.name.value, &device.name.value);
    let title = format!("`{bus}` is used by {}, and the device `{name}` is on it", claim.owner.name());
    Diagnostic::error(codes::OWNED_TWICE, title, claim.span)
        .here("the bus itself")
        .also(device.name.span, "a device on it")
        .note(
            "whoever uses an SPI bus itself has it alone: a device's chip select holds for its own transfers",
        )
        .help("make what the task talks to a `[devices.NAME]` as well")
}

fn refuse_second_owner(peripheral: &Peripheral, claims: &[Claim<'_>], faults: &mut Vec<Diagnostic>) {
    if matches!(peripheral.kind, PeripheralKind::I2c(_)) {
        // Its users take turns.
        return;
    }
    for (index, claim) in claims.iter().enumerate() {
        let Some(first) = claims[..index].iter().find(|first| overlap(first.access, claim.access)) else {
            continue;
        };
        let part = match (&peripheral.kind, claim.access, first.access) {
            (PeripheralKind::Uart(_) | PeripheralKind::UsbSerial(_), Access::Read, Access::Read) => {
                "the receiving half of "
            }
            (PeripheralKind::Uart(_) | PeripheralKind::UsbSerial(_), Access::Write, Access::Write) => {
                "the sending half of "
            }
            _ => "",
        };
        let title = format!(
            "{part}`{}` is used by {} and by {}",
            peripheral.name.value,
            first.owner.name(),
            claim.owner.name()
        );
        let help = match &peripheral.kind {
            PeripheralKind::Uart(_)
                if matches!(claim.owner, Owner::Log) || matches!(first.owner, Owner::Log) =>
            {
                "send the log elsewhere (`log-over = \"rtt\"`), or write the task's text by `info!` in the log"
            }
            PeripheralKind::Spi(_) => {
                "make each part on it a `[devices.NAME]` with a `chip-select` of its own: devices share a bus"
            }
            PeripheralKind::Uart(_) | PeripheralKind::UsbSerial(_) => {
                "let one task own it and give the others a channel to that task; \
                 one task may read it while another writes it"
            }
            PeripheralKind::Output(_)
            | PeripheralKind::Input(_)
            | PeripheralKind::Pwm(_)
            | PeripheralKind::Adc(_)
            | PeripheralKind::LedStrip(_)
            | PeripheralKind::Watchdog(_)
            | PeripheralKind::I2c(_)
            | PeripheralKind::Device(_) => "let one task own it and give the others a channel to that task",
        };
        faults.push(
            Diagnostic::error(codes::OWNED_TWICE, title, claim.span)
                .here("the second owner")
                .also(first.span, "the first owner")
                .note("two tasks on one peripheral would disturb each other at every `.await`")
                .help(help),
        );
    }
}

/// Whether a device hangs on this bus.
fn hangs_on(device: &Peripheral, bus: PeripheralId) -> bool {
    matches!(&device.kind, PeripheralKind::Device(device) if device.bus.is_some_and(|on| on.value == bus))
}

fn overlap(one: Access, other: Access) -> bool {
    one == Access::Whole || other == Access::Whole || one == other
}

fn unused(peripheral: &Peripheral) -> Diagnostic {
    let name = &peripheral.name;
    let what = if peripheral.device.is_some() { "device" } else { "peripheral" };
    let title = format!("nothing uses the {what} `{}`", name.value);
    let fault = Diagnostic::warning(codes::UNUSED, title, name.span);
    match &peripheral.kind {
        PeripheralKind::Output(_) => {
            fault.help("give it to a task by `uses`, or `initial = \"on\"` or `\"off\"` if it shall only hold that level")
        }
        PeripheralKind::Pwm(_) => fault.help(
            "give it to a task by `uses`, or `initial = \"50%\"` if it shall only pulse as it begins",
        ),
        PeripheralKind::Input(_)
        | PeripheralKind::Uart(_)
        | PeripheralKind::Adc(_)
        | PeripheralKind::LedStrip(_)
        | PeripheralKind::I2c(_)
        | PeripheralKind::Spi(_)
        | PeripheralKind::UsbSerial(_)
        | PeripheralKind::Device(_) => {
            fault.help("give it to a task by `uses`, or remove it")
        }
        PeripheralKind::Watchdog(_) => fault
            .here("without a task that it supervises it is not started")
            .help("write `supervised = true` for a task that must not stop, or remove it"),
    }
}

/// A button's input is debounced even where the file does not say so.
fn fill_debounce(mut list: Vec<Peripheral>, tasks: &[Task]) -> Vec<Peripheral> {
    for task in tasks {
        let Body::Button { input, .. } = task.body else { continue };
        if let PeripheralKind::Input(input) = &mut list[input.index()].kind {
            input.debounce.get_or_insert(BUTTON_DEBOUNCE);
        }
    }
    list
}
