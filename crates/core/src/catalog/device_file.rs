//! The text of a device.toml to a [`Driver`], or to everything that is wrong with it.

use fwc_diag::{Code, Diagnostic, Severity, codes};
use fwc_schema::app::{DeviceEntryKeys, FieldType, Named};
use fwc_schema::device::{
    self, BusKeys, BusKind, CrateKeys, DeviceFile, DriverKeys, KeyKeys, KeyType, MessageFieldKeys, Numbers,
    PinKeys, PinUse, Raw,
};
use fwc_schema::read::Names;
use fwc_schema::{Field, SourceId, Span, Spanned};

use super::device::{
    Driver, DriverBus, DriverCode, DriverCrate, DriverField, DriverKey, DriverPin, OptionValue,
};
use super::option;
use crate::check::OWN_CRATES;
use crate::{names, parse};

/// The addresses that the I2C specification keeps for itself lie outside (NXP UM10204, table 4).
pub(crate) const FREE_ADDRESSES: std::ops::RangeInclusive<u8> = 0x08..=0x77;

/// Reads a device.toml, which stands in the folder `name`.
pub(super) fn driver(
    name: &str,
    source: SourceId,
    text: &str,
    code: Option<DriverCode>,
) -> Result<Driver, Vec<Diagnostic>> {
    let (file, read_faults) = device::read(source, text);
    let mut faults = Faults::new(parse::diagnostics(text, read_faults), file.span, codes::BAD_DEVICE);
    if code.is_none() {
        let title = format!("`devices/{name}/driver.rs` is missing");
        faults.add(file.span, title, "it is the code that drives the part: docs/devices.md shows one");
    }
    let driver = code.and_then(|code| link(name, &file, code, &mut faults));
    let is_sound = faults.list.iter().all(|fault| fault.severity != Severity::Error);
    driver.filter(|_| is_sound).ok_or(faults.list)
}

/// What was found so far in one file.
pub(super) struct Faults {
    pub(super) list: Vec<Diagnostic>,
    /// For what is missing.
    top: Span,
    /// What the file's own rules are called.
    code: Code,
}

impl Faults {
    pub(super) fn new(list: Vec<Diagnostic>, top: Span, code: Code) -> Faults {
        Faults { list, top, code }
    }

    pub(super) fn add(&mut self, span: Span, title: String, help: &str) {
        self.list.push(Diagnostic::error(self.code, title, span).help(help));
    }

    /// The value of a key that must be there.
    pub(super) fn required<T: Clone>(
        &mut self,
        field: &Field<T>,
        span: Span,
        what: &str,
        help: &str,
    ) -> Option<T> {
        if field.is_absent() {
            let help = help.to_string();
            self.list
                .push(Diagnostic::error(codes::MISSING_KEY, format!("{what} is missing"), span).help(help));
        }
        field.get().map(|value| value.value.clone())
    }
}

fn link(name: &str, file: &DeviceFile, code: DriverCode, faults: &mut Faults) -> Option<Driver> {
    check_name(name, file, faults);
    let keys: Vec<DriverKey> = file.keys.iter().filter_map(|named| key(named, faults)).collect();
    let pins: Vec<DriverPin> = file.pins.iter().filter_map(|named| pin(named, &keys, faults)).collect();
    for named in &file.keys {
        check_key_name("key", &named.name, faults);
        if let Some(pin) = file.pins.iter().find(|pin| pin.name.value == named.name.value) {
            let title = format!("`{}` is both a key and a pin", named.name.value);
            let fault = Diagnostic::error(codes::BAD_DEVICE, title, named.name.span);
            faults.list.push(fault.also(pin.name.span, "the pin").help("rename one of them"));
        }
    }
    let message = file.message.iter().filter_map(|named| field(named, faults)).collect();
    let text = |field: &Field<String>| field.get().map(|text| text.value.clone());
    let bus = bus(&file.bus, file.pins.is_empty(), faults);
    let used_crate = used_crate(&file.driver, faults);
    let other_crates = file.crates.iter().filter_map(|named| other_crate(named, faults)).collect();
    Some(Driver {
        name: name.to_string(),
        title: text(&file.device.title).unwrap_or_else(|| name.to_string()),
        vendor: text(&file.device.vendor),
        description: text(&file.device.description),
        sources: file.device.sources.get().map_or(Vec::new(), |sources| {
            sources.value.0.iter().map(|source| source.value.clone()).collect()
        }),
        bus: bus?,
        max_frequency: file.bus.max_frequency.get().map(|frequency| frequency.value),
        measure_bytes: file.bus.measure_bytes.get().map(|bytes| bytes.value),
        used_crate,
        other_crates,
        docs: text(&file.driver.docs),
        pins,
        keys,
        message,
        code,
    })
}

/// The folder's name becomes a module, so it must be one that a module can have.
fn check_name(name: &str, file: &DeviceFile, faults: &mut Faults) {
    let place = file.device.name.span().unwrap_or(faults.top);
    if let Some(written) = file.device.name.get().filter(|written| written.value != name) {
        let title = format!("the device `{}` is in a folder of another name", written.value);
        faults.add(written.span, title, &format!("write `{name}`, or rename the folder"));
    }
    faults.list.extend(names::identifier_fault("driver", &Spanned::new(name.to_string(), place)));
}

fn bus(keys: &BusKeys, is_without_pins: bool, faults: &mut Faults) -> Option<DriverBus> {
    let help = "write `[bus]` with `kind = \"i2c\"`, `\"spi\"` or `\"pins\"`";
    let kind = faults.required(&keys.kind, faults.top, "the kind of bus", help)?;
    let foreign: &[(&str, Option<Span>)] = match kind {
        BusKind::I2c => &[("modes", keys.modes.span()), ("lines", keys.lines.span())],
        BusKind::Spi => {
            &[("addresses", keys.addresses.span()), ("default-address", keys.default_address.span())]
        }
        BusKind::Pins => &[
            ("addresses", keys.addresses.span()),
            ("default-address", keys.default_address.span()),
            ("modes", keys.modes.span()),
            ("lines", keys.lines.span()),
            ("max-frequency", keys.max_frequency.span()),
        ],
    };
    for (key, span) in foreign {
        if let Some(span) = span {
            let title = format!("a device of the kind `{kind}` has no `{key}`");
            faults.add(*span, title, &format!("remove `{key}`"));
        }
    }
    match kind {
        BusKind::I2c => i2c(keys, faults),
        BusKind::Spi => {
            let modes = keys.modes.get().map_or(&[][..], |modes| modes.value.0.as_slice());
            for mode in modes.iter().filter(|mode| mode.value > 3) {
                faults.add(mode.span, format!("there is no SPI mode {}", mode.value), "modes are 0 to 3");
            }
            let lines = keys.lines.get().map_or(&[][..], |lines| lines.value.0.as_slice());
            for line in lines.iter().filter(|line| !["mosi", "miso"].contains(&line.as_str())) {
                let title = format!("an SPI bus has no data line `{}`", line.value);
                faults.add(line.span, title, "its data lines are `mosi` and `miso`");
            }
            let needs = |name: &str| lines.iter().any(|line| line.value == name);
            Some(DriverBus::Spi {
                mode: modes.first().map_or(0, |mode| mode.value),
                needs_mosi: needs("mosi"),
                needs_miso: needs("miso"),
            })
        }
        BusKind::Pins => {
            if is_without_pins {
                let help = "write `[pins.NAME]` with `use = \"output\"`, `\"input\"` or `\"pwm\"` for each";
                faults.add(faults.top, "the device has no pins".to_string(), help);
            }
            Some(DriverBus::Pins)
        }
    }
}

fn i2c(keys: &BusKeys, faults: &mut Faults) -> Option<DriverBus> {
    let help = "write `addresses = [0x48]`, with all that its pins can choose";
    let Numbers(addresses) = faults.required(&keys.addresses, faults.top, "`addresses`", help)?;
    if let (Some(list), true) = (keys.addresses.span(), addresses.is_empty()) {
        faults.add(list, "an I2C device has an address".to_string(), help);
    }
    for address in addresses.iter().filter(|address| !FREE_ADDRESSES.contains(&address.value)) {
        let title = format!("the address {:#04x} is reserved", address.value);
        faults.add(address.span, title, "addresses of parts have seven bits and go from 0x08 to 0x77");
    }
    let default = keys.default_address.get();
    if let Some(default) = default.filter(|default| addresses.iter().all(|one| one.value != default.value)) {
        let title = format!("the address {:#04x} is none of `addresses`", default.value);
        faults.add(default.span, title, "add it to `addresses`, or name one of them");
    }
    let addresses: Vec<u8> = addresses.iter().map(|address| address.value).collect();
    // One address needs no choice.
    let only = (addresses.len() == 1).then(|| addresses[0]);
    let default = default.map(|default| default.value).or(only);
    (!addresses.is_empty()).then_some(DriverBus::I2c { addresses, default })
}

fn used_crate(keys: &DriverKeys, faults: &mut Faults) -> Option<DriverCrate> {
    if keys.crate_name.is_absent() {
        if let Some(span) = keys.version.span().or(keys.features.span()) {
            faults.add(span, "there is no `crate` that this belongs to".to_string(), "add `crate = \"…\"`");
        }
        return None;
    }
    let written = WrittenCrate {
        version: &keys.version,
        features: &keys.features,
        no_default_features: &keys.no_default_features,
    };
    exact_crate(keys.crate_name.get()?, &written, faults)
}

fn other_crate(named: &Named<CrateKeys>, faults: &mut Faults) -> Option<DriverCrate> {
    let keys = &named.entry;
    let written = WrittenCrate {
        version: &keys.version,
        features: &keys.features,
        no_default_features: &keys.no_default_features,
    };
    exact_crate(&named.name, &written, faults)
}

/// What the file says of a crate.
struct WrittenCrate<'a> {
    version: &'a Field<String>,
    features: &'a Field<Names>,
    no_default_features: &'a Field<bool>,
}

fn exact_crate(
    name: &Spanned<String>,
    written: &WrittenCrate<'_>,
    faults: &mut Faults,
) -> Option<DriverCrate> {
    if OWN_CRATES.contains(&name.value.as_str()) {
        let title = format!("`{}` is there for every driver", name.value);
        faults.add(name.span, title, "remove it here: fwc brings the crate in the version that was tested");
    }
    let help = "write its exact version, such as `version = \"1.2.3\"`";
    let what = format!("`version` of the crate `{}`", name.value);
    let version = faults.required(written.version, name.span, &what, help)?;
    if semver::Version::parse(&version).is_err() {
        let span = written.version.span().unwrap_or(name.span);
        let help = "a version has three numbers: `\"1.2.3\"`";
        faults.add(span, format!("`{version}` is no exact version"), help);
    }
    Some(DriverCrate {
        name: name.value.clone(),
        version,
        features: written.features.get().map_or(Vec::new(), |features| {
            features.value.0.iter().map(|feature| feature.value.clone()).collect()
        }),
        default_features: !written.no_default_features.get().is_some_and(|without| without.value),
    })
}

/// A name that app.toml writes as a key: lower-case letters, digits and dashes, and none that every device has.
fn check_key_name(what: &str, name: &Spanned<String>, faults: &mut Faults) {
    let as_identifier = name.clone().map(|name| name.replace('-', "_"));
    faults.list.extend(names::identifier_fault(what, &as_identifier));
    if DeviceEntryKeys::has(&name.value) {
        faults.add(name.span, format!("every device has a key `{}`", name.value), "take another name");
    }
}

fn pin(named: &Named<PinKeys>, own: &[DriverKey], faults: &mut Faults) -> Option<DriverPin> {
    let (name, keys) = (&named.name, &named.entry);
    check_key_name("pin", name, faults);
    let help = "write `use = \"output\"`, `\"input\"`, `\"pwm\"` or `\"led-strip\"`";
    let used_as =
        faults.required(&keys.used_as, name.span, &format!("`use` of the pin `{}`", name.value), help)?;
    for (word, of, span, example) in [
        ("frequency", PinUse::Pwm, keys.frequency.span(), "a servo wants `\"50Hz\"`"),
        ("count", PinUse::LedStrip, keys.count.span(), "name the key that says how many lights there are"),
    ] {
        match span {
            None if used_as == of => {
                faults.add(name.span, format!("the {of} `{}` has no `{word}`", name.value), example);
            }
            Some(span) if used_as != of => {
                faults.add(span, format!("`{word}` is of a {of} alone"), &format!("remove `{word}`"));
            }
            _ => {}
        }
    }
    Some(DriverPin {
        name: name.value.clone(),
        used_as,
        frequency: keys.frequency.get().map(|frequency| frequency.value),
        count: match keys.count.get() {
            Some(count) if used_as == PinUse::LedStrip => counting_key(count, own, faults),
            _ => None,
        },
        description: keys.description.get().map(|text| text.value.clone()),
    })
}

/// The place of the key that counts lights: a `u16` that is never 0.
fn counting_key(name: &Spanned<String>, own: &[DriverKey], faults: &mut Faults) -> Option<usize> {
    let place = own.iter().position(|key| key.name == name.value);
    let counts = |key: &DriverKey| {
        key.key_type == KeyType::U16 && matches!(key.least, Some(OptionValue::Whole(least)) if least > 0)
    };
    if !place.is_some_and(|place| counts(&own[place])) {
        let title = format!("`{}` is no key that counts", name.value);
        faults.add(name.span, title, "name a key with `type = \"u16\"` and `least = 1`");
    }
    place
}

/// A key with its type and limits, whatever its name.
pub(super) fn key(named: &Named<KeyKeys>, faults: &mut Faults) -> Option<DriverKey> {
    let (name, keys) = (&named.name, &named.entry);
    let help = "write `type = \"u8\"`, `\"f32\"`, `\"bool\"`, `\"time\"`, `\"frequency\"` or `\"choice\"`";
    let key_type =
        faults.required(&keys.key_type, name.span, &format!("`type` of the key `{}`", name.value), help)?;
    let mut limit = |word: &str, raw: &Spanned<Raw>| match option::typed(key_type, &[], word, raw) {
        Ok(value) => Some(value),
        Err(fault) => {
            faults.list.extend(parse::diagnose(*fault));
            None
        }
    };
    let least = keys.least.get().and_then(|raw| limit("least", raw));
    let most = keys.most.get().and_then(|raw| limit("most", raw));
    let listed = keys.values.get().map_or(&[][..], |list| list.value.0.as_slice());
    let values: Vec<OptionValue> = listed.iter().filter_map(|raw| limit("values", raw)).collect();
    if key_type == KeyType::Choice && listed.is_empty() {
        let title = format!("the choice `{}` has no `values`", name.value);
        faults.add(name.span, title, "write for example `values = [\"fast\", \"slow\"]`");
    }
    let mut key = DriverKey {
        name: name.value.clone(),
        key_type,
        default: None,
        least,
        most,
        values,
        unit: keys.unit.get().map(|unit| unit.value.clone()),
        description: keys.description.get().map(|text| text.value.clone()),
    };
    if let Some(default) = keys.default.get() {
        key.default = option::read(&key, "default", default, &mut faults.list);
    }
    Some(key)
}

fn field(named: &Named<MessageFieldKeys>, faults: &mut Faults) -> Option<DriverField> {
    let (name, keys) = (&named.name, &named.entry);
    faults.list.extend(names::identifier_fault("field", name));
    let help = "write for example `type = \"f32\"`";
    let what = format!("`type` of the field `{}`", name.value);
    let written = faults.required(&keys.field_type, name.span, &what, help)?;
    if !is_plain(&written) {
        let span = keys.field_type.span().unwrap_or(name.span);
        let help = "a field is a plain type: `bool`, `u8` to `u64`, `i8` to `i64`, `f32`, `f64`, `string<N>` or `[T; N]`";
        faults.add(span, format!("`{written}` cannot be the type of what is measured"), help);
        return None;
    }
    Some(DriverField {
        name: name.value.clone(),
        field_type: written,
        unit: keys.unit.get().map(|unit| unit.value.clone()),
        description: keys.description.get().map(|text| text.value.clone()),
    })
}

/// Whether a type holds something, and names no message.
fn is_plain(written: &FieldType) -> bool {
    match written {
        FieldType::Primitive(_) => true,
        FieldType::String(length) => *length > 0,
        FieldType::Array(item, count) => *count > 0 && is_plain(item),
        FieldType::Message(_) => false,
    }
}
