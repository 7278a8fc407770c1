//! Names of the file's tables and what they stand for.

use std::collections::HashMap;

use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::{Span, Spanned};

use crate::app::{ChannelId, Peripheral, PeripheralId, PeripheralKind};
use crate::names;

/// The entries of one table by name. An entry that is faulty itself is declared without an id.
#[derive(Debug)]
pub(super) struct Symbols<Id> {
    /// What an entry is called in messages: `peripheral`.
    what: &'static str,
    /// The table: `peripherals`.
    table: &'static str,
    entries: HashMap<String, Declared<Id>>,
}

/// An entry.
#[derive(Debug)]
struct Declared<Id> {
    /// What it is called in messages, which need not be what most of them are.
    what: &'static str,
    id: Option<Id>,
    span: Span,
}

impl<Id: Copy> Symbols<Id> {
    pub(super) fn new(what: &'static str, table: &'static str) -> Symbols<Id> {
        Symbols { what, table, entries: HashMap::new() }
    }

    pub(super) fn declare(&mut self, name: &Spanned<String>, id: Option<Id>) {
        self.declare_as(self.what, name, id);
    }

    /// Declares an entry that messages call something else than the others.
    pub(super) fn declare_as(&mut self, what: &'static str, name: &Spanned<String>, id: Option<Id>) {
        self.entries.insert(name.value.clone(), Declared { what, id, span: name.span });
    }

    /// Whether `name` is one of them, sound or not.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// What `name` stands for. An unknown name is a fault; a faulty entry is nothing without a word.
    pub(super) fn link(&self, name: &Spanned<String>, faults: &mut Vec<Diagnostic>) -> Option<Id> {
        if let Some(declared) = self.entries.get(name.as_str()) {
            return declared.id;
        }
        let title = format!("there is no {} `{}`", self.what, name.value);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, title, name.span);
        // A suggestion looks at every name; a file with hundreds of faults is not mended by suggestions.
        let near = (faults.len() < MOST_SUGGESTIONS)
            .then(|| closest(name, self.entries.keys().map(String::as_str)))
            .flatten();
        faults.push(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(self.how_to_declare(name)),
        });
        None
    }

    fn how_to_declare(&self, name: &Spanned<String>) -> String {
        let may_be_entry = names::identifier_fault(self.what, name).is_none()
            || (self.table == "messages" && names::type_name_fault(name).is_none());
        match (may_be_entry, self.table) {
            (true, table) => format!("declare it as `[{table}.{}]`", name.value),
            (false, "peripherals") => {
                "a task names peripherals, not pins: declare `[peripherals.NAME]` with this `pin`".to_string()
            }
            (false, table) => format!("it must be the name of an entry `[{table}.NAME]`"),
        }
    }

    /// The fault of naming an entry of this table under a key that wants one of another table.
    pub(super) fn misplaced(&self, name: &Spanned<String>, key: &str, wanted: &str) -> Option<Diagnostic> {
        let Declared { what, span, .. } = self.entries.get(name.as_str())?;
        let title = format!("`{}` is a {what}, but `{key}` names {wanted}s", name.value);
        Some(
            Diagnostic::error(codes::WRONG_KIND, title, name.span)
                .also(*span, format!("declared here as a {what}")),
        )
    }
}

/// Beyond so many faults, no more suggestions are searched for.
const MOST_SUGGESTIONS: usize = 100;

/// The names that tasks refer to.
pub(super) struct Names<'a> {
    pub(super) peripherals: &'a Symbols<PeripheralId>,
    pub(super) channels: &'a Symbols<ChannelId>,
}

/// What a behaviour's key must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An `output`.
    Output,
    /// An `input`.
    Input,
    /// Something that bytes can be read from.
    Readable,
    /// Something that bytes can be written to.
    Writable,
    /// A uart that bytes can be written to.
    WritableUart,
    /// A `pwm`.
    Pwm,
    /// An `adc`.
    Adc,
    /// An `adc`, or a device that measures.
    Measuring,
    /// An `i2c`.
    I2c,
    /// An `spi`.
    Spi,
}

impl Kind {
    pub(super) fn description(self) -> &'static str {
        match self {
            Kind::Output => "an `output`",
            Kind::Input => "an `input`",
            Kind::Readable => "a `uart` with `rx` or a `usb-serial`",
            Kind::Writable => "a `uart` with `tx` or a `usb-serial`",
            Kind::WritableUart => "a `uart` with `tx`",
            Kind::Pwm => "a `pwm`",
            Kind::Adc => "an `adc`",
            Kind::Measuring => "an `adc`, or a device that measures",
            Kind::I2c => "an `i2c`",
            Kind::Spi => "an `spi`",
        }
    }

    /// What to write where no entry is of this kind.
    fn how_to_have_one(self) -> String {
        let (kind, keys) = match self {
            Kind::Output => ("output", "a `pin`"),
            Kind::Input => ("input", "a `pin`"),
            Kind::Readable => ("uart", "`rx` and `baud`"),
            Kind::Writable | Kind::WritableUart => ("uart", "`tx` and `baud`"),
            Kind::Pwm => ("pwm", "a `pin` and a `frequency`"),
            Kind::Adc | Kind::Measuring => ("adc", "a `pin`"),
            Kind::I2c => ("i2c", "`sda` and `scl`"),
            Kind::Spi => ("spi", "`sck` and a `frequency`"),
        };
        format!("declare one: `[peripherals.NAME]` with `kind = \"{kind}\"`, and {keys}")
    }

    fn fits(self, kind: &PeripheralKind) -> bool {
        match (self, kind) {
            (Kind::Output, PeripheralKind::Output(_))
            | (Kind::Input, PeripheralKind::Input(_))
            | (Kind::Pwm, PeripheralKind::Pwm(_))
            | (Kind::Readable | Kind::Writable, PeripheralKind::UsbSerial(_))
            | (Kind::Adc | Kind::Measuring, PeripheralKind::Adc(_)) => true,
            (Kind::Measuring, PeripheralKind::Device(device)) => !device.driver.message.is_empty(),
            (Kind::I2c, PeripheralKind::I2c(_)) | (Kind::Spi, PeripheralKind::Spi(_)) => true,
            (Kind::Readable, PeripheralKind::Uart(uart)) => uart.rx.is_some(),
            (Kind::Writable | Kind::WritableUart, PeripheralKind::Uart(uart)) => uart.tx.is_some(),
            _ => false,
        }
    }

    /// The fault of naming `peripheral` where this kind is needed; the help names those that would do.
    pub(super) fn fault(
        self,
        key: &str,
        name: &Spanned<String>,
        peripheral: &Peripheral,
        all: &[Peripheral],
    ) -> Option<Diagnostic> {
        if self.fits(&peripheral.kind) {
            return None;
        }
        let found = match &peripheral.kind {
            PeripheralKind::Output(_) => "an `output`",
            PeripheralKind::Input(_) => "an `input`",
            PeripheralKind::Uart(_) if self == Kind::Readable => "a `uart` without `rx`",
            PeripheralKind::Uart(_) if matches!(self, Kind::Writable | Kind::WritableUart) => {
                "a `uart` without `tx`"
            }
            PeripheralKind::Uart(_) => "a `uart`",
            PeripheralKind::Pwm(_) => "a `pwm`",
            PeripheralKind::Adc(_) => "an `adc`",
            PeripheralKind::Watchdog(_) => "a `watchdog`",
            PeripheralKind::I2c(_) => "an `i2c`",
            PeripheralKind::Spi(_) => "an `spi`",
            PeripheralKind::UsbSerial(_) => "a `usb-serial`",
            PeripheralKind::Device(_) if self == Kind::Measuring => "a device that measures nothing",
            PeripheralKind::Device(_) => "a device",
            PeripheralKind::LedStrip(_) => "a pin of a device",
        };
        let title = format!("`{}` is {found}, but `{key}` needs {}", name.value, self.description());
        let fitting: Vec<String> = all
            .iter()
            .filter(|other| self.fits(&other.kind) && !other.is_pin_of_device())
            .take(5)
            .map(|other| format!("`{}`", other.name.value))
            .collect();
        Some(
            Diagnostic::error(codes::WRONG_KIND, title, name.span)
                .also(peripheral.name.span, format!("declared here as {found}"))
                .help(match fitting.as_slice() {
                    [] => self.how_to_have_one(),
                    names => format!("this would do: {}", names.join(", ")),
                }),
        )
    }
}
