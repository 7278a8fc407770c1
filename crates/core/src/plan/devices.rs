//! Devices: the handle of each, and the drivers whose text becomes modules.

use serde::Serialize;

use crate::app::Access;
use crate::app::{Device, PeripheralId, PeripheralKind};
use crate::catalog::{Driver, DriverBus, DriverCode, DriverKey, OptionValue};
use crate::names::camel_case;
use crate::plan::entry::Entry;
use crate::plan::expression::{Expression, Statement, grouped};
use crate::plan::peripherals::{Locals, PeripheralCode, PeripheralPlan, Scopes, lives_on_core1};
use crate::plan::{Facts, UserCode, pace};

/// A driver of one or more devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceDriverPlan {
    /// Its name, also the module's in `devices`.
    pub name: String,
    /// The part's name as its vendor writes it.
    pub title: String,
    /// The first device that it drives.
    #[serde(flatten)]
    pub from: Entry,
    /// The crate that drives the part.
    pub used_crate: Option<String>,
    /// The path of a driver of the project's own, as seen from the generated `src` folder; absent where that is where
    /// Rust looks anyway.
    pub path: Option<String>,
    /// The text of a driver of the catalogue.
    #[serde(skip)]
    pub text: Option<String>,
}

/// Each driver at its first device.
pub(super) fn drivers(facts: &Facts<'_>, user_code: UserCode<'_>) -> Vec<DeviceDriverPlan> {
    let mut plans: Vec<DeviceDriverPlan> = Vec::new();
    for peripheral in &facts.app().peripherals {
        let PeripheralKind::Device(device) = &peripheral.kind else { continue };
        let driver = &device.driver;
        if plans.iter().any(|plan| plan.name == driver.name) {
            continue;
        }
        let (text, path) = match (&driver.code, user_code) {
            (DriverCode::Stock(text), _) => (Some((*text).to_string()), None),
            (DriverCode::Project, UserCode::Beside(folder)) => (None, Some(own_path(folder, driver))),
            (DriverCode::Project, UserCode::Inside) => (None, None),
        };
        plans.push(DeviceDriverPlan {
            name: driver.name.clone(),
            title: driver.title.clone(),
            from: facts.lines.of(peripheral),
            used_crate: driver.used_crate.as_ref().map(|used| used.name.clone()),
            path,
            text,
        });
    }
    plans
}

/// A driver of the project's own as seen from the generated `src` folder; `source_folder` is the project's `src`.
fn own_path(source_folder: &str, driver: &Driver) -> String {
    let project = source_folder.rsplit_once('/').map_or("..", |(project, _)| project);
    format!("{project}/devices/{}/driver.rs", driver.name)
}

/// A device's handle: made from its bus, its pins and its keys, which stand before it among the plans.
pub(super) fn code(
    facts: &Facts<'_>,
    id: PeripheralId,
    device: &Device,
    alias: String,
    before: &[PeripheralPlan],
    scopes: &mut Scopes,
) -> PeripheralCode {
    let driver = &device.driver;
    let module = format!("devices::{}", driver.name);
    let bus = device.bus.map(|bus| bus_handle(facts, device, bus.value, before));
    let pins = device.pins.iter().map(|pin| own_handle(&before[pin.index()]));
    let (types, parts): (Vec<String>, Vec<Expression>) = bus.into_iter().chain(pins).unzip();
    let rust_type = format!("{module}::Handle<{}>", types.join(", "));
    let mut setup = Vec::new();
    let mut locals = Locals::default();
    if facts.usage.is_used(id) {
        let name = &facts.app().peripheral(id).name.value;
        let local = scopes.locals.take(name, "_handle");
        let mut arguments = parts;
        if let Some(address) = device.address {
            arguments.insert(1, Expression::plain(format!("{:#04x}", address.value)));
        }
        if let Some(options) = options(driver, &device.options) {
            let options_local = scopes.locals.take(&format!("{name}_options"), "_value");
            arguments.push(Expression::plain(&options_local));
            setup.push(Statement::bind(options_local, options));
        }
        setup.push(Statement::bind(&local, Expression::call(format!("{module}::new"), arguments)));
        locals.whole = Some(local);
    }
    PeripheralCode {
        alias,
        rust_type,
        bus: None,
        halves: Vec::new(),
        buffers: Vec::new(),
        statics: Vec::new(),
        config: None,
        core: lives_on_core1(facts, id).into(),
        remark: setup.is_empty().then(|| "not used".to_string()),
        setup,
        locals,
    }
}

/// A peripheral's type in the module `board`, and the variable of `main` that holds it.
fn own_handle(part: &PeripheralPlan) -> (String, Expression) {
    (part.code.alias.clone(), Expression::plain(part.local_for(Access::Whole)))
}

/// What a device gets of its bus: on SPI with its own chip select, clock and mode. The driver's datasheet and the bus
/// both limit the clock.
fn bus_handle(
    facts: &Facts<'_>,
    device: &Device,
    bus: PeripheralId,
    before: &[PeripheralPlan],
) -> (String, Expression) {
    let (bus_type, bus_local) = own_handle(&before[bus.index()]);
    let kinds = (&facts.app().peripheral(bus).kind, &device.driver.bus, device.chip_select);
    let (PeripheralKind::Spi(spi), DriverBus::Spi { mode, .. }, Some(select)) = kinds else {
        return (bus_type, bus_local);
    };
    let (select_type, select_local) = own_handle(&before[select.index()]);
    let wanted = spi.frequency.value;
    let frequency = device.driver.max_frequency.map_or(wanted, |most| most.min(wanted));
    let clock = [grouped(frequency.0 / 1_000), format!("embedded_hal::spi::MODE_{mode}")];
    let clock = Expression::call("fwc_runtime::bus::SpiClock::new", clock.map(Expression::plain));
    (
        format!("fwc_runtime::bus::SpiDevice<{bus_type}, {select_type}>"),
        Expression::call("fwc_runtime::bus::SpiDevice::new", [bus_local, select_local, clock]),
    )
}

/// The driver's `Options`; nothing where it has none.
fn options(driver: &Driver, values: &[OptionValue]) -> Option<Expression> {
    let module = format!("devices::{}", driver.name);
    let fields = driver.keys.iter().zip(values);
    let fields = fields.map(|(key, value)| (key.name.replace('-', "_"), option(&module, key, value)));
    let name = format!("{module}::Options");
    (!driver.keys.is_empty()).then(|| Expression::Struct { name, fields: fields.collect() })
}

/// The value of a key; the words of a choice are an enum of the module, named after the key.
pub(super) fn option(module: &str, key: &DriverKey, value: &OptionValue) -> Expression {
    Expression::plain(match value {
        OptionValue::Flag(flag) => flag.to_string(),
        OptionValue::Whole(number) if *number < 0 => format!("-{}", grouped(number.unsigned_abs())),
        OptionValue::Whole(number) => grouped(number.unsigned_abs()),
        OptionValue::Real(number) => format!("{number:?}"),
        OptionValue::Time(time) => return pace::duration(*time),
        OptionValue::Frequency(frequency) => grouped(frequency.0 / 1_000),
        OptionValue::Word(word) => {
            format!("{module}::{}::{}", camel_case(&key.name), camel_case(word))
        }
    })
}
