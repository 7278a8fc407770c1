//! `fwc devices`: the list; `fwc devices NAME`: one driver, what app.toml may say to it and what it measures.

use std::sync::Arc;

use fwc_core::catalog::{Catalog, Driver, DriverBus, DriverKey, OptionValue};
use fwc_diag::Sources;
use fwc_diag::suggest::closest;
use serde_json::{Value, json};

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::own_drivers;
use crate::failure::{Failure, Kind};
use crate::project::Project;
use crate::shell::Shell;
use crate::table::{Table, wrap};

pub(crate) fn run(name: Option<&str>, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let devices = Devices::of(global)?;
    match name {
        Some(name) => show(&*devices.find(name, shell)?, shell),
        None => devices.list(shell),
    }
}

/// The drivers that can be named here.
struct Devices {
    catalog: Catalog,
    sources: Sources,
}

impl Devices {
    /// The bundled drivers, and those of the project when there is one.
    fn of(global: &GlobalOptions) -> Result<Devices, Failure> {
        let mut sources = Sources::default();
        let own = match Project::find(global) {
            Ok(project) => own_drivers(&project, &mut sources)?,
            Err(failure) if failure.kind == Kind::Usage && global.project.is_none() => Vec::new(),
            Err(failure) => return Err(failure),
        };
        Ok(Devices { catalog: Catalog::default().with_drivers(own), sources })
    }

    /// The driver with that name, or the nearest name.
    fn find(&self, name: &str, shell: &Shell) -> Result<Arc<Driver>, Failure> {
        match self.catalog.driver(name) {
            Some(Ok(driver)) => Ok(driver),
            Some(Err(faults)) => {
                shell.diagnostics(faults, &self.sources)?;
                Err(Failure::files(format!("the device `{name}` cannot be read")))
            }
            None => {
                let failure = Failure::usage(format!("there is no driver `{name}`"));
                Err(match closest(name, self.catalog.driver_names()) {
                    Some(meant) => {
                        failure.help(format!("did you mean `{meant}`? `fwc devices` lists them all"))
                    }
                    None => failure.help(
                        "`fwc devices` lists them all; a project brings its own in a folder `devices/NAME/`",
                    ),
                })
            }
        }
    }

    /// A driver that cannot be read is left out; naming it tells why.
    fn list(&self, shell: &Shell) -> Outcome {
        let names = self.catalog.driver_names().into_iter();
        let drivers: Vec<Arc<Driver>> = names.filter_map(|name| self.catalog.driver(name)?.ok()).collect();
        if shell.is_json() {
            return drivers.iter().try_for_each(|driver| shell.record(&head(driver)));
        }
        let mut table = Table::new(&["driver", "bus", "what it is"]);
        for driver in drivers {
            let what = [Some(driver.title.clone()), driver.description.clone()];
            let what: Vec<String> = what.into_iter().flatten().collect();
            table.row([driver.name.clone(), bus_word(&driver).to_owned(), what.join(": ")]);
        }
        shell.data(&table.text(shell))
    }
}

fn bus_word(driver: &Driver) -> &'static str {
    match driver.bus {
        DriverBus::I2c { .. } => "i2c",
        DriverBus::Spi { .. } => "spi",
        DriverBus::Pins => "pins",
    }
}

/// What is said of a driver in the list.
fn head(driver: &Driver) -> Value {
    json!({
        "reason": "device",
        "name": driver.name,
        "title": driver.title,
        "vendor": driver.vendor,
        "description": driver.description,
        "bus": bus_word(driver),
    })
}

fn show(driver: &Driver, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&record(driver));
    }
    let mut text = shell.strong(&driver.title) + "\n";
    for (name, value) in facts(driver) {
        let mut lines = wrap(&value, shell.width().saturating_sub(12).max(40)).into_iter();
        text.push_str(&format!("  {name:<9} {}\n", lines.next().unwrap_or_default()));
        lines.for_each(|line| text.push_str(&format!("            {line}\n")));
    }
    text.push('\n');
    text.push_str(&keys(driver).text(shell));
    if !driver.message.is_empty() {
        let mut table = Table::new(&["field", "type", "what it measures"]);
        for field in &driver.message {
            let unit = field.unit.as_ref().map(|unit| format!(" ({unit})")).unwrap_or_default();
            let what = field.description.clone().unwrap_or_default() + &unit;
            table.row([field.name.clone(), field.field_type.to_string(), what.trim_start().to_owned()]);
        }
        text.push('\n');
        text.push_str(&table.text(shell));
    }
    shell.data(&text)
}

fn facts(driver: &Driver) -> Vec<(&'static str, String)> {
    let mut facts = vec![("driver", format!("`{}`", driver.name))];
    facts.extend(driver.description.clone().map(|text| ("what", text)));
    facts.extend(driver.vendor.clone().map(|text| ("vendor", text)));
    let speed = driver.max_frequency.map(|most| format!(", at most {most}")).unwrap_or_default();
    facts.push(("bus", format!("{}{speed}", bus_word(driver))));
    facts.extend(driver.used_crate.as_ref().map(|used| {
        let docs = driver.docs.as_ref().map(|docs| format!(": {docs}")).unwrap_or_default();
        ("crate", format!("{} {}{docs}", used.name, used.version))
    }));
    if !driver.message.is_empty() {
        facts.push(("message", format!("`{}`, which `sample` publishes", driver.name)));
    }
    facts.extend(driver.sources.iter().map(|source| ("source", source.clone())));
    facts
}

/// What an entry of app.toml can have.
fn keys(driver: &Driver) -> Table {
    let mut table = Table::new(&["key", "default", "what it can be"]);
    let mut row = |key: &str, default: &str, what: String| {
        table.row([key.to_owned(), default.to_owned(), what]);
    };
    match &driver.bus {
        DriverBus::I2c { addresses, default } => {
            row("bus", "required", "the name of an `i2c`".to_owned());
            let default = default.map_or("required".to_owned(), hex);
            let all: Vec<String> = addresses.iter().copied().map(hex).collect();
            row("address", &default, all.join(", "));
        }
        DriverBus::Spi { needs_mosi, needs_miso, .. } => {
            let lines = match (needs_mosi, needs_miso) {
                (true, true) => " with `mosi` and `miso`",
                (true, false) => " with `mosi`",
                (false, true) => " with `miso`",
                (false, false) => "",
            };
            row("bus", "required", format!("the name of an `spi`{lines}"));
            row("chip-select", "required", "a pin".to_owned());
        }
        DriverBus::Pins => {}
    }
    for pin in &driver.pins {
        let what = pin.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        row(&pin.name, "required", format!("a pin, as an {}{what}", pin.used_as).replace("an pwm", "a pwm"));
    }
    for key in &driver.keys {
        let default = key.default.as_ref().map_or("required".to_owned(), OptionValue::to_string);
        row(&key.name, &default, key_words(key));
    }
    table
}

/// What a key can be, in words.
fn key_words(key: &DriverKey) -> String {
    let limit = |limit: &Option<OptionValue>| limit.as_ref().map(OptionValue::to_string);
    let mut can_be = match (key.values.as_slice(), limit(&key.least), limit(&key.most)) {
        ([], None, None) => format!("`{}`", key.key_type),
        ([], Some(least), None) => format!("at least {least}"),
        ([], None, Some(most)) => format!("at most {most}"),
        ([], Some(least), Some(most)) => format!("{least} to {most}"),
        (values, _, _) => values.iter().map(OptionValue::to_string).collect::<Vec<_>>().join(", "),
    };
    can_be.extend(key.unit.iter().map(|unit| format!(" {unit}")));
    can_be.extend(key.description.iter().map(|text| format!(": {text}")));
    can_be
}

fn hex(address: u8) -> String {
    format!("{address:#04x}")
}

fn record(driver: &Driver) -> Value {
    let mut record = head(driver);
    let (addresses, default) = match &driver.bus {
        DriverBus::I2c { addresses, default } => (addresses.clone(), *default),
        DriverBus::Spi { .. } | DriverBus::Pins => (Vec::new(), None),
    };
    let pins = driver
        .pins
        .iter()
        .map(|pin| json!({ "name": pin.name, "use": pin.used_as, "description": pin.description }));
    let keys = driver.keys.iter().map(|key| {
        json!({
            "name": key.name,
            "type": key.key_type,
            "default": key.default.as_ref().map(value),
            "least": key.least.as_ref().map(value),
            "most": key.most.as_ref().map(value),
            "values": key.values.iter().map(value).collect::<Vec<_>>(),
            "unit": key.unit,
            "description": key.description,
        })
    });
    let message = driver.message.iter().map(|field| {
        json!({
            "name": field.name,
            "type": field.field_type.to_string(),
            "unit": field.unit,
            "description": field.description,
        })
    });
    let more = json!({
        "addresses": addresses,
        "default_address": default,
        "max_frequency": driver.max_frequency.map(|most| most.to_string()),
        "crate": driver.used_crate.as_ref().map(|used| json!({ "name": used.name, "version": used.version })),
        "docs": driver.docs,
        "sources": driver.sources,
        "pins": pins.collect::<Vec<_>>(),
        "keys": keys.collect::<Vec<_>>(),
        "message": message.collect::<Vec<_>>(),
    });
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more);
    }
    record
}

/// A value as app.toml has it; quantities are strings there, too.
fn value(of: &OptionValue) -> Value {
    match of {
        OptionValue::Flag(flag) => json!(flag),
        OptionValue::Whole(number) => json!(number),
        OptionValue::Real(number) => json!(number),
        OptionValue::Time(time) => json!(time.to_string()),
        OptionValue::Frequency(frequency) => json!(frequency.to_string()),
        OptionValue::Word(word) => json!(word),
    }
}
