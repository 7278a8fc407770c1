//! The USB device: its identity, its ports, and the code that makes both.

use serde::Serialize;

use crate::app::{LogOver, PeripheralId, PeripheralKind, UsbIds, UsbSerial};
use crate::plan::Facts;
use crate::plan::crates::Logging;
use crate::plan::entry::Entry;
use crate::plan::expression::Statement;
use crate::plan::hal;
use crate::plan::pace::StaticCode;
use crate::plan::peripherals::{ConfigCode, Scopes};

/// What a device says that has no ids of its own: the first test id of pid.codes, whose terms allow it to everybody
/// for tests, and not for what is passed on to others.
const TEST_IDS: UsbIds = UsbIds { vendor_id: 0x1209, product_id: 0x0001 };

/// What the log's port is called among the ports.
pub(super) const LOG: &str = "log";

/// The USB device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsbPlan {
    /// The entry of its serial port, or of the log's choice.
    #[serde(flatten)]
    pub from: Entry,
    /// The datasheet's name of the controller.
    pub block: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub identity: UsbIdentity,
    /// Who owns each port, in the order in which a host finds them: a peripheral, or `log`.
    pub ports: Vec<String>,
    /// The generated code.
    pub code: UsbCode,
}

/// What the device says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsbIdentity {
    /// What a host knows it by.
    #[serde(flatten)]
    pub ids: UsbIds,
    /// Whether these are the ids that are for tests alone.
    pub test_ids: bool,
    /// The maker's name.
    pub manufacturer: Option<String>,
    /// The device's name.
    pub product: String,
}

/// The device's part of the generated code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsbCode {
    /// What the device needs for ever.
    pub memory: StaticCode,
    /// The function of the module `board` that says what the device is.
    pub config: ConfigCode,
    /// The statement of `main` that makes the device and its ports.
    pub setup: Statement,
    /// The variable of `main` that holds the device, and its type.
    pub device: VariableCode,
    /// The variable of `main` that holds the log's port, and the type of what writes to it.
    pub log: Option<VariableCode>,
}

/// A variable of `main`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariableCode {
    /// Its name.
    pub name: String,
    /// Its type, or the type of what is made of it.
    pub rust_type: String,
}

/// Names that the device's code mentions.
pub(super) struct DeviceNames<'a> {
    pub(super) memory: &'a str,
    pub(super) config: &'a str,
    pub(super) device: &'a str,
    /// The variables of its ports, in their order.
    pub(super) ports: &'a [String],
}

/// Whether the log has a port.
pub(super) fn has_log(facts: &Facts<'_>) -> bool {
    facts.logging == Logging::Log && facts.app().log_over == LogOver::Usb
}

/// The serial port that somebody uses.
fn serial<'a>(facts: &Facts<'a>) -> Option<(PeripheralId, &'a UsbSerial)> {
    let id = facts.resolved.usb?.serial.filter(|id| facts.usage.is_used(*id))?;
    match &facts.resolved.app.peripheral(id).kind {
        PeripheralKind::UsbSerial(serial) => Some((id, serial)),
        _ => None,
    }
}

/// Where the device comes from: the entry of the first who has a port; none where nobody has.
pub(super) fn owner(facts: &Facts<'_>) -> Option<(String, Entry)> {
    if let Some((id, _)) = serial(facts) {
        let name = &facts.app().peripheral(id).name;
        return Some((name.value.clone(), facts.lines.entry("peripherals", name)));
    }
    let line = || facts.lines.line(facts.app().span);
    has_log(facts).then(|| (LOG.to_string(), Entry { entry: "app".to_string(), line: line() }))
}

/// The device, where anything uses it. Its ports' variables are made together, and are there for the peripheral.
pub(super) fn usb(facts: &Facts<'_>, scopes: &mut Scopes) -> Option<UsbPlan> {
    let wiring = facts.resolved.usb?;
    let (_, from) = owner(facts).filter(|_| !hal::usb_is_fixed(facts.app().board.chip.hal))?;
    let serial = serial(facts);
    let mut ports = Vec::new();
    let mut variables = Vec::new();
    if let Some((id, _)) = serial {
        let name = &facts.app().peripheral(id).name.value;
        let variable = scopes.locals.take(name, "_handle");
        scopes.made.insert(id, variable.clone());
        ports.push(name.clone());
        variables.push(variable);
    }
    let log = has_log(facts).then(|| scopes.locals.take("log", "_port"));
    if let Some(variable) = &log {
        ports.push(LOG.to_string());
        variables.push(variable.clone());
    }
    let identity = identity(facts, serial.map(|(_, serial)| serial));
    let names = DeviceNames {
        memory: &scopes.statics.take("USB", "_MEMORY"),
        config: &scopes.board.take("usb_config", "_device"),
        device: &scopes.locals.take("usb", "_device"),
        ports: &variables,
    };
    let mut code = hal::usb_device(facts.resolved, &identity, &names);
    code.log = log.map(|name| VariableCode { name, rust_type: hal::usb_log(facts.app().board.chip.hal) });
    let block = facts.app().board.chip.block(wiring.block).title.clone();
    Some(UsbPlan { from, block, identity, ports, code })
}

fn identity(facts: &Facts<'_>, serial: Option<&UsbSerial>) -> UsbIdentity {
    let ids = serial.and_then(|serial| serial.ids);
    let product = serial.and_then(|serial| serial.product.clone());
    UsbIdentity {
        ids: ids.unwrap_or(TEST_IDS),
        test_ids: ids.is_none(),
        manufacturer: serial.and_then(|serial| serial.manufacturer.clone()),
        product: product.unwrap_or_else(|| facts.app().name.value.clone()),
    }
}

impl UsbPlan {
    /// The endpoint on which the log's port, the last one, sends. embassy-usb gives each port two in this direction:
    /// one for notifications, then one for data.
    pub(super) fn log_endpoint(&self) -> Option<usize> {
        self.code.log.as_ref().map(|_| 2 * self.ports.len())
    }
}

impl UsbIdentity {
    /// UTF-16 units of the longest text that a host may ask for.
    pub(super) fn longest_text(&self) -> usize {
        let texts = self.manufacturer.iter().chain([&self.product]);
        texts.map(|text| text.encode_utf16().count()).max().unwrap_or_default()
    }
}
