//! `[peripherals.*]`: kinds, pins by name, defaults.

mod buses;

use std::collections::HashSet;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{
    Active, AdcKeys, Drain, Initial, InputKeys, Named, OutputKeys, Parity, PeripheralEntry, PeripheralKeys,
    Pull, PwmKeys, UartKeys, WatchdogKeys,
};
use fwc_schema::chip::{BlockKind, Signal};
use fwc_schema::units::{Frequency, Ratio, Size};
use fwc_schema::{Field, Spanned};

use crate::app::{
    Adc, AnalogSource, Input, Output, Peripheral, PeripheralId, PeripheralKind, PinUse, Pwm, Uart, Watchdog,
};
use crate::check::board::PinNames;
use crate::check::examples::Job;
use crate::check::symbols::Symbols;
use crate::check::usb;
use crate::names;

/// Bytes of each of a uart's software buffers where the file does not say: 5.6 ms of reception at 115,200 baud.
const DEFAULT_BUFFER: u32 = 64;
/// The largest buffer: the HAL counts positions in a ring in 16 bits.
const LARGEST_BUFFER: u64 = 32 * 1024;

/// What to write where nothing tells the kind.
const ALL_KINDS: &str = "give it `kind = \"output\"`, `\"input\"`, `\"uart\"`, `\"pwm\"`, `\"adc\"`, `\"i2c\"`, `\"spi\"`, `\"usb-serial\"` or `\"watchdog\"`";

/// A duty of the whole period.
const WHOLE: Ratio = Ratio(1_000_000);

/// Names in board.rs that a peripheral's type would hide.
pub(super) const RESERVED_TYPES: &[&str] = &["Irqs", "Self"];

/// The peripherals of the file.
pub(super) struct Peripherals {
    pub(super) list: Vec<Peripheral>,
    pub(super) names: Symbols<PeripheralId>,
    /// Outputs whose `initial` is given: they hold a level even where no task moves them.
    pub(super) held: HashSet<PeripheralId>,
    /// Whether a device was faulty, so that the user of a bus may be missing for that.
    pub(super) incomplete: bool,
}

/// Checks every peripheral by itself.
pub(super) fn check(
    entries: &[Named<PeripheralEntry>],
    pins: &PinNames<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Peripherals {
    let mut peripherals = Peripherals {
        list: Vec::new(),
        names: Symbols::new("peripheral", "peripherals"),
        held: HashSet::new(),
        incomplete: false,
    };
    let all_names = entries.iter().map(|named| &named.name);
    faults.extend(names::camel_clashes("peripheral", all_names, RESERVED_TYPES));
    for named in entries {
        let name_fault = names::identifier_fault("peripheral", &named.name);
        let sound_name = name_fault.is_none();
        faults.extend(name_fault);
        let kind = kind(named, pins, faults).filter(|_| sound_name);
        let id = PeripheralId(peripherals.list.len() as u32);
        peripherals.names.declare(&named.name, kind.is_some().then_some(id));
        let Some(kind) = kind else { continue };
        if gives_initial(&named.entry.keys) {
            peripherals.held.insert(id);
        }
        peripherals.list.push(Peripheral { name: named.name.clone(), kind, device: None });
    }
    peripherals
}

fn gives_initial(keys: &PeripheralKeys) -> bool {
    match keys {
        PeripheralKeys::Output(keys) => !keys.initial.is_absent(),
        PeripheralKeys::Pwm(keys) => !keys.initial.is_absent(),
        _ => false,
    }
}

fn kind(
    named: &Named<PeripheralEntry>,
    pins: &PinNames<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<PeripheralKind> {
    let common = &named.entry.common;
    if common.kind.is_absent() {
        let title = format!("the peripheral `{}` has no `kind`", named.name.value);
        let help = match named.entry.told {
            Some(kind) => format!("by its keys it is a `{}`: give it `kind = \"{0}\"`", kind.word()),
            None => ALL_KINDS.to_owned(),
        };
        faults.push(Diagnostic::error(codes::MISSING_KEY, title, named.name.span).about("kind").help(help));
    }
    let owner = Owner { name: &named.name, pins };
    match &named.entry.keys {
        PeripheralKeys::Output(keys) => {
            refuse_instance(&common.instance, "an output", faults);
            output(keys, &owner, faults).map(PeripheralKind::Output)
        }
        PeripheralKeys::Input(keys) => {
            refuse_instance(&common.instance, "an input", faults);
            input(keys, &owner, faults).map(PeripheralKind::Input)
        }
        PeripheralKeys::Uart(keys) => uart(keys, &common.instance, &owner, faults).map(PeripheralKind::Uart),
        PeripheralKeys::Pwm(keys) => pwm(keys, &common.instance, &owner, faults).map(PeripheralKind::Pwm),
        PeripheralKeys::Adc(keys) => adc(keys, &common.instance, &owner, faults).map(PeripheralKind::Adc),
        PeripheralKeys::I2c(keys) => {
            buses::i2c(keys, &common.instance, &owner, faults).map(PeripheralKind::I2c)
        }
        PeripheralKeys::Spi(keys) => {
            buses::spi(keys, &common.instance, &owner, faults).map(PeripheralKind::Spi)
        }
        PeripheralKeys::Watchdog(keys) => {
            refuse_instance(&common.instance, "a watchdog", faults);
            watchdog(keys, &owner, faults).map(PeripheralKind::Watchdog)
        }
        PeripheralKeys::UsbSerial(keys) => {
            usb::serial(keys, &common.instance, faults).map(PeripheralKind::UsbSerial)
        }
        PeripheralKeys::Unknown => None,
    }
}

fn refuse_instance(instance: &Field<String>, what: &str, faults: &mut Vec<Diagnostic>) {
    if let Some(span) = instance.span() {
        faults.push(
            Diagnostic::error(codes::NOT_APPLICABLE, format!("{what} has no `instance`"), span)
                .note("`instance` chooses one of several hardware blocks; here there is nothing to choose")
                .help("remove `instance`"),
        );
    }
}

/// Whose keys are being checked.
struct Owner<'a> {
    name: &'a Spanned<String>,
    pins: &'a PinNames<'a>,
}

impl Owner<'_> {
    fn pin(&self, field: &Field<String>, faults: &mut Vec<Diagnostic>) -> Option<PinUse> {
        let name = field.get()?;
        self.pins.link(name, faults)
    }

    fn required_pin(&self, job: Job, field: &Field<String>, faults: &mut Vec<Diagnostic>) -> Option<PinUse> {
        if field.is_absent() {
            self.missing("pin", &format!("`pin = \"{}\"`", self.pins.example(job)), faults);
        }
        self.pin(field, faults)
    }

    fn missing(&self, key: &str, example: &str, faults: &mut Vec<Diagnostic>) {
        let title = format!("the peripheral `{}` has no `{key}`", self.name.value);
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, title, self.name.span)
                .about(key)
                .help(format!("give it for example {example}")),
        );
    }
}

fn given<T: Copy>(field: &Field<T>, default: T) -> T {
    field.get().map_or(default, |value| value.value)
}

fn output(keys: &OutputKeys, owner: &Owner<'_>, faults: &mut Vec<Diagnostic>) -> Option<Output> {
    Some(Output {
        pin: owner.required_pin(Job::Gpio, &keys.pin, faults)?,
        active: given(&keys.active, Active::High),
        initial: given(&keys.initial, Initial::Off),
        drain: given(&keys.drain, Drain::PushPull),
    })
}

fn input(keys: &InputKeys, owner: &Owner<'_>, faults: &mut Vec<Diagnostic>) -> Option<Input> {
    Some(Input {
        pin: owner.required_pin(Job::Gpio, &keys.pin, faults)?,
        pull: given(&keys.pull, Pull::None),
        active: given(&keys.active, Active::High),
        debounce: keys.debounce.get().map(|time| time.value),
    })
}

fn uart(
    keys: &UartKeys,
    instance: &Field<String>,
    owner: &Owner<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Uart> {
    if keys.tx.is_absent() && keys.rx.is_absent() {
        let lines = [(Signal::Tx, &keys.tx), (Signal::Rx, &keys.rx)];
        let examples = owner.pins.line_examples(BlockKind::Uart, &lines);
        let [tx, rx] = [0, 1].map(|line| examples[line].as_str());
        owner.missing("tx` or `rx", &format!("`tx = \"{tx}\"` and `rx = \"{rx}\"`, or one of them"), faults);
    }
    if keys.baud.is_absent() {
        owner.missing("baud", "`baud = 115200`", faults);
    }
    needs_partner("rts", &keys.rts, "rx", &keys.rx, faults);
    needs_partner("cts", &keys.cts, "tx", &keys.tx, faults);
    let pins = [&keys.tx, &keys.rx, &keys.rts, &keys.cts].map(|field| owner.pin(field, faults));
    let data_bits = in_range("data-bits", &keys.data_bits, 5..=8, 8, faults);
    let stop_bits = in_range("stop-bits", &keys.stop_bits, 1..=2, 1, faults);
    let buffer = buffer(&keys.buffer, faults)?;
    let baud = *keys.baud.get()?;
    if baud.value == 0 {
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, "a baud rate of 0 sends nothing", baud.span)
                .help("common rates are 9600, 115200 and 921600"),
        );
        return None;
    }
    let [tx, rx, rts, cts] = pins;
    // A pin that is named and unknown has its own fault already; without it the uart is not the one that its tasks need.
    let is_whole = |field: &Field<String>, pin: &Option<PinUse>| field.is_absent() || pin.is_some();
    let is_sound = is_whole(&keys.tx, &tx) && is_whole(&keys.rx, &rx);
    (is_sound && (tx.is_some() || rx.is_some())).then(|| Uart {
        tx,
        rx,
        rts,
        cts,
        baud,
        data_bits,
        parity: given(&keys.parity, Parity::None),
        stop_bits,
        buffer,
        instance: instance.get().cloned(),
    })
}

fn pwm(
    keys: &PwmKeys,
    instance: &Field<String>,
    owner: &Owner<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Pwm> {
    let pin = owner.required_pin(Job::Pwm, &keys.pin, faults);
    if keys.frequency.is_absent() {
        owner.missing("frequency", "`frequency = \"25kHz\"`", faults);
    }
    let initial = duty("initial", &keys.initial, faults);
    let frequency = *keys.frequency.get()?;
    if frequency.value == Frequency(0) {
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, "a pwm with a frequency of 0 never pulses", frequency.span)
                .help("a fan wants `\"25kHz\"`, a servo `\"50Hz\"`, a lamp `\"1kHz\"`"),
        );
        return None;
    }
    Some(Pwm {
        pin: pin?,
        frequency,
        initial: initial?,
        active: given(&keys.active, Active::High),
        instance: instance.get().cloned(),
    })
}

/// What an adc names in place of a pin for the chip's own sensor.
pub(crate) const TEMPERATURE: &str = "TEMPERATURE";

fn adc(
    keys: &AdcKeys,
    instance: &Field<String>,
    owner: &Owner<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Adc> {
    let sensor = keys.pin.get().filter(|pin| pin.value == TEMPERATURE);
    let source = match sensor {
        Some(sensor) => AnalogSource::Temperature(sensor.span),
        None => AnalogSource::Pin(owner.required_pin(Job::Analog, &keys.pin, faults)?),
    };
    Some(Adc { source, instance: instance.get().cloned() })
}

fn watchdog(keys: &WatchdogKeys, owner: &Owner<'_>, faults: &mut Vec<Diagnostic>) -> Option<Watchdog> {
    if keys.timeout.is_absent() {
        owner.missing("timeout", "`timeout = \"2s\"`", faults);
    }
    Some(Watchdog { timeout: *keys.timeout.get()? })
}

/// A duty of at most 100 %; 0 where the key is absent.
fn duty(key: &str, field: &Field<Ratio>, faults: &mut Vec<Diagnostic>) -> Option<Ratio> {
    match field {
        Field::Absent => Some(Ratio(0)),
        Field::Faulty(_) => None,
        Field::Given(duty) => at_most_all(key, duty, faults),
    }
}

/// A duty, when it is at most 100 %.
pub(super) fn at_most_all(key: &str, duty: &Spanned<Ratio>, faults: &mut Vec<Diagnostic>) -> Option<Ratio> {
    if duty.value <= WHOLE {
        return Some(duty.value);
    }
    faults.push(
        Diagnostic::error(codes::BAD_VALUE, format!("`{key}` cannot be `{}`", duty.value), duty.span)
            .help("a duty is `\"100%\"` at most: all of the period"),
    );
    None
}

fn needs_partner(
    key: &str,
    field: &Field<String>,
    partner: &str,
    partner_field: &Field<String>,
    faults: &mut Vec<Diagnostic>,
) {
    if let (Some(span), true) = (field.span(), partner_field.is_absent()) {
        faults.push(
            Diagnostic::error(codes::NOT_APPLICABLE, format!("`{key}` works only with `{partner}`"), span)
                .help(format!("add `{partner}`, or remove `{key}`")),
        );
    }
}

fn in_range(
    key: &str,
    field: &Field<u8>,
    range: std::ops::RangeInclusive<u8>,
    default: u8,
    faults: &mut Vec<Diagnostic>,
) -> u8 {
    let Some(number) = field.get() else { return default };
    if range.contains(&number.value) {
        return number.value;
    }
    faults.push(
        Diagnostic::error(codes::BAD_VALUE, format!("`{key}` cannot be `{}`", number.value), number.span)
            .here(format!("expected a number from {} to {}", range.start(), range.end())),
    );
    default
}

fn buffer(field: &Field<Size>, faults: &mut Vec<Diagnostic>) -> Option<u32> {
    let size = match field {
        Field::Absent => return Some(DEFAULT_BUFFER),
        Field::Faulty(_) => return None,
        Field::Given(size) => size,
    };
    if (1..=LARGEST_BUFFER).contains(&size.value.0) {
        return u32::try_from(size.value.0).ok();
    }
    faults.push(
        Diagnostic::error(codes::BAD_VALUE, format!("`buffer` cannot be `{}`", size.value), size.span)
            .here(format!("expected a size from 1B to {}", Size(LARGEST_BUFFER))),
    );
    None
}
