//! Names of a scenario to the application's peripherals and channels.

use fwc_core::app::{App, ChannelId, Peripheral, PeripheralId, PeripheralKind};
use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;

use crate::parts::part;

/// The names that a scenario can use.
pub(super) struct Names<'a> {
    pub(super) app: &'a App,
}

/// What a key of a scenario must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Output,
    Pwm,
    /// A uart or usb-serial that sends.
    Sender,
    /// A uart or usb-serial that receives.
    Receiver,
    /// A device that people look at.
    Face,
    /// Something that `set` can set.
    Settable,
    /// Something that `fault` can disturb.
    Disturbable,
}

impl Kind {
    fn fits(self, kind: &PeripheralKind) -> bool {
        match (self, kind) {
            (Kind::Output, PeripheralKind::Output(_))
            | (Kind::Pwm, PeripheralKind::Pwm(_))
            | (Kind::Sender | Kind::Receiver, PeripheralKind::UsbSerial(_))
            | (
                Kind::Settable,
                PeripheralKind::Input(_) | PeripheralKind::Adc(_) | PeripheralKind::Device(_),
            )
            | (Kind::Disturbable, PeripheralKind::I2c(_) | PeripheralKind::Spi(_) | PeripheralKind::Adc(_)) => {
                true
            }
            (Kind::Face, PeripheralKind::Device(device)) => {
                part(device).is_some_and(|mut part| part.part().face().is_some())
            }
            (Kind::Sender, PeripheralKind::Uart(uart)) => uart.tx.is_some(),
            (Kind::Receiver | Kind::Disturbable, PeripheralKind::Uart(uart)) => uart.rx.is_some(),
            _ => false,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Kind::Output => "an `output`",
            Kind::Pwm => "a `pwm`",
            Kind::Sender => "a `uart` with `tx` or a `usb-serial`",
            Kind::Receiver => "a `uart` with `rx` or a `usb-serial`",
            Kind::Face => "a device that shows something: a display, lights, a servo",
            Kind::Settable => "an `input`, an `adc` or a device",
            Kind::Disturbable => "an `i2c` or `spi` bus, a `uart` with `rx` or an `adc`",
        }
    }
}

/// What a peripheral is, in words.
fn description(peripheral: &Peripheral, wanted: Kind) -> &'static str {
    match &peripheral.kind {
        PeripheralKind::Output(_) => "an `output`",
        PeripheralKind::Input(_) => "an `input`",
        PeripheralKind::Pwm(_) => "a `pwm`",
        PeripheralKind::Adc(_) => "an `adc`",
        PeripheralKind::Uart(_) if wanted == Kind::Sender => "a `uart` without `tx`",
        PeripheralKind::Uart(uart) if wanted != Kind::Sender && uart.rx.is_none() => "a `uart` without `rx`",
        PeripheralKind::Uart(_) => "a `uart`",
        PeripheralKind::UsbSerial(_) => "a `usb-serial`",
        PeripheralKind::I2c(_) => "an `i2c` bus",
        PeripheralKind::Spi(_) => "an `spi` bus",
        PeripheralKind::Watchdog(_) => "a `watchdog`",
        PeripheralKind::LedStrip(_) => "a chain of lights",
        PeripheralKind::Device(_) if wanted == Kind::Face => "a device that shows nothing",
        PeripheralKind::Device(_) => "a device",
    }
}

impl Names<'_> {
    /// The peripheral of that name, when it is of the right kind.
    pub(super) fn peripheral(
        &self,
        key: &str,
        name: &Spanned<String>,
        kind: Kind,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<PeripheralId> {
        let all = &self.app.peripherals;
        let Some(index) = all.iter().position(|peripheral| peripheral.name.value == name.value) else {
            let known = all.iter().filter(|other| kind.fits(&other.kind)).map(|other| other.name.as_str());
            faults.push(self.unknown("peripheral", name, known.collect()));
            return None;
        };
        let peripheral = &all[index];
        if kind.fits(&peripheral.kind) {
            return Some(PeripheralId(index as u32));
        }
        let found = description(peripheral, kind);
        let title = format!("`{}` is {found}, but `{key}` needs {}", name.value, kind.description());
        let fitting = all.iter().filter(|other| kind.fits(&other.kind)).take(5);
        let fitting: Vec<String> = fitting.map(|other| format!("`{}`", other.name.value)).collect();
        faults.push(
            Diagnostic::error(codes::WRONG_KIND, title, name.span)
                .also(peripheral.name.span, format!("declared here as {found}"))
                .help_if((!fitting.is_empty()).then(|| format!("this would do: {}", fitting.join(", ")))),
        );
        None
    }

    /// The channel of that name.
    pub(super) fn channel(&self, name: &Spanned<String>, faults: &mut Vec<Diagnostic>) -> Option<ChannelId> {
        let found = self.app.channels.iter().position(|channel| channel.name.value == name.value);
        if found.is_none() {
            let known = self.app.channels.iter().map(|channel| channel.name.as_str());
            faults.push(self.unknown("channel", name, known.collect()));
        }
        found.map(|index| ChannelId(index as u32))
    }

    fn unknown(&self, what: &str, name: &Spanned<String>, known: Vec<&str>) -> Diagnostic {
        let title = format!("app.toml has no {what} `{}`", name.value);
        let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, name.span);
        match closest(name, known.iter().copied()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => fault,
            None => {
                let list: Vec<String> = known.iter().take(8).map(|name| format!("`{name}`")).collect();
                fault.help(format!("there is {}", list.join(", ")))
            }
        }
    }
}
