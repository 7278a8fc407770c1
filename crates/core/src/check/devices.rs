//! `[devices.*]`: drivers by name, buses, addresses, pins, and the keys that belong to each driver.
//!
//! A device becomes a peripheral like any other: a task owns it, and gets its handle. So does each pin of it.

use std::collections::HashSet;
use std::sync::Arc;

use fwc_diag::suggest::{closest, closest_number};
use fwc_diag::words::listed;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{Active, DeviceEntry, Drain, Initial, Named, Pull};
use fwc_schema::device::PinUse as UsedAs;
use fwc_schema::read::ReadFault;
use fwc_schema::units::{Frequency, Ratio};
use fwc_schema::{Field, Span, Spanned};

use crate::app::{Device, Input, LedStrip, Output, Peripheral, PeripheralId, PeripheralKind, PinUse, Pwm};
use crate::catalog::{Catalog, Driver, DriverBus, DriverKey, DriverPin, FREE_ADDRESSES, OptionValue, option};
use crate::check::board::PinNames;
use crate::check::examples::Job;
use crate::check::peripherals::{Peripherals, RESERVED_TYPES};
use crate::check::symbols::Kind;
use crate::{names, parse};

/// A driver that a device names; nothing where that is faulty, which has been said.
pub(super) struct NamedDriver {
    pub(super) name: Spanned<String>,
    pub(super) driver: Option<Arc<Driver>>,
}

/// The drivers of all devices, each at its first use.
pub(super) fn drivers(
    entries: &[Named<DeviceEntry>],
    catalog: &Catalog,
    faults: &mut Vec<Diagnostic>,
) -> Vec<NamedDriver> {
    let mut drivers: Vec<NamedDriver> = Vec::new();
    for named in entries {
        if named.entry.keys.driver.is_absent() {
            let title = format!("the device `{}` has no `driver`", named.name.value);
            faults.push(
                Diagnostic::error(codes::MISSING_KEY, title, named.name.span)
                    .about("driver")
                    .help("give it for example `driver = \"bme280\"`; `fwc devices` lists them all"),
            );
        }
        let Some(name) = named.entry.keys.driver.get() else { continue };
        if drivers.iter().any(|known| known.name.value == name.value) {
            continue;
        }
        let driver = match catalog.driver(name) {
            Some(Ok(driver)) => Some(driver),
            Some(Err(in_file)) => {
                let chosen = |fault: &Diagnostic| fault.clone().also(name.span, "the driver is chosen here");
                faults.extend(in_file.iter().map(chosen));
                None
            }
            None => {
                faults.push(unknown_driver(name, catalog));
                None
            }
        };
        drivers.push(NamedDriver { name: name.clone(), driver });
    }
    refuse_two_versions(&drivers, faults);
    drivers
}

/// The driver that brings a crate, and the crate's version. The name may be the package's or what code calls it.
pub(super) fn brings<'a>(drivers: &'a [NamedDriver], name: &str) -> Option<(&'a Spanned<String>, &'a str)> {
    let as_crate = |name: &str| name.replace('-', "_");
    drivers.iter().find_map(|known| {
        let mut crates = known.driver.as_ref()?.crates();
        let used = crates.find(|used| as_crate(&used.name) == as_crate(name))?;
        Some((&known.name, used.version.as_str()))
    })
}

/// One crate cannot be there in two versions under one name.
fn refuse_two_versions(drivers: &[NamedDriver], faults: &mut Vec<Diagnostic>) {
    for (index, known) in drivers.iter().enumerate() {
        for used in known.driver.iter().flat_map(|driver| driver.crates()) {
            let Some((first, version)) = brings(&drivers[..index], &used.name) else { continue };
            if version == used.version {
                continue;
            }
            let (one, other) = (&first.value, &known.name.value);
            let title = format!("`{one}` and `{other}` need two versions of `{}`", used.name);
            faults.push(
                Diagnostic::error(codes::BAD_DEVICE, title, known.name.span)
                    .here(format!("version {}", used.version))
                    .also(first.span, format!("version {version}"))
                    .help("name the same version in the device.toml of your own"),
            );
        }
    }
}

fn unknown_driver(name: &Spanned<String>, catalog: &Catalog) -> Diagnostic {
    let title = format!("there is no driver `{}`", name.value);
    let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, name.span);
    let near = closest(name, catalog.driver_names()).or_else(|| closest_number(name, catalog.driver_names()));
    match near {
        Some(near) => fault.help(format!("did you mean `{near}`? `fwc devices` lists them all")),
        None => fault.help(format!(
            "`fwc devices` lists them all; a project brings its own in a folder `devices/{}/`",
            name.value
        )),
    }
}

/// Adds every device, and its pins, to the peripherals.
pub(super) fn check(
    entries: &[Named<DeviceEntry>],
    drivers: &[NamedDriver],
    pins: &PinNames<'_>,
    peripherals: &mut Peripherals,
    faults: &mut Vec<Diagnostic>,
) {
    let before = faults.len();
    refuse_name_clashes(entries, &peripherals.list, faults);
    // A task that names the two has one of them.
    peripherals.incomplete |= faults.len() > before;
    for named in entries {
        let name_fault = names::identifier_fault("device", &named.name);
        let sound_name = name_fault.is_none();
        faults.extend(name_fault);
        let driver = named.entry.keys.driver.get();
        let driver = driver.and_then(|name| drivers.iter().find(|known| known.name.value == name.value));
        let driver = driver.and_then(|known| known.driver.as_ref());
        let device = driver.and_then(|driver| {
            let mut entry = Entry { named, driver, pins, peripherals, faults };
            entry.device()
        });
        let Some(device) = device.filter(|_| sound_name) else {
            peripherals.names.declare_as("device", &named.name, None);
            peripherals.incomplete = true;
            continue;
        };
        let id = add(peripherals, named.name.clone(), &named.name, PeripheralKind::Device(device));
        peripherals.names.declare_as("device", &named.name, Some(id));
    }
    refuse_address_clashes(&peripherals.list, faults);
}

fn add(
    peripherals: &mut Peripherals,
    name: Spanned<String>,
    device: &Spanned<String>,
    kind: PeripheralKind,
) -> PeripheralId {
    let id = PeripheralId(peripherals.list.len() as u32);
    peripherals.list.push(Peripheral { name, kind, device: Some(device.clone()) });
    id
}

/// `uses` names peripherals and devices alike, and both become types of one module.
fn refuse_name_clashes(
    entries: &[Named<DeviceEntry>],
    peripherals: &[Peripheral],
    faults: &mut Vec<Diagnostic>,
) {
    faults.extend(names::camel_clashes("device", entries.iter().map(|named| &named.name), RESERVED_TYPES));
    for named in entries {
        let camel = names::camel_case(&named.name);
        let Some(other) = peripherals.iter().find(|other| names::camel_case(&other.name) == camel) else {
            continue;
        };
        let title = format!("`{}` is both a device and a peripheral", named.name.value);
        faults.push(
            Diagnostic::error(codes::NAME_CLASH, title, named.name.span)
                .also(other.name.span, "the peripheral")
                .note("a task names both in `uses`")
                .help("rename one of them"),
        );
    }
}

/// One device being checked.
struct Entry<'a> {
    named: &'a Named<DeviceEntry>,
    driver: &'a Arc<Driver>,
    pins: &'a PinNames<'a>,
    peripherals: &'a mut Peripherals,
    faults: &'a mut Vec<Diagnostic>,
}

impl Entry<'_> {
    fn device(&mut self) -> Option<Device> {
        self.refuse_unknown_keys();
        let bus = self.bus();
        let address = self.address();
        let chip_select = self.chip_select();
        let options: Vec<Option<OptionValue>> =
            self.driver.clone().keys.iter().map(|key| self.option(key)).collect();
        let pins: Vec<Option<PeripheralId>> =
            self.driver.clone().pins.iter().map(|pin| self.own_pin(pin, &options)).collect();
        Some(Device {
            driver: Arc::clone(self.driver),
            bus: bus?,
            address: address?,
            chip_select: chip_select?,
            pins: pins.into_iter().collect::<Option<_>>()?,
            options: options.into_iter().collect::<Option<_>>()?,
        })
    }

    fn name(&self) -> &str {
        &self.named.name.value
    }

    fn own_key(&self, name: &str) -> Option<&Field<fwc_schema::device::Raw>> {
        self.named.entry.own.iter().find(|(key, _)| key.value == name).map(|(_, value)| value)
    }

    fn refuse_unknown_keys(&mut self) {
        let driver = &self.driver;
        let common: &[&str] = match driver.bus {
            DriverBus::I2c { .. } => &["driver", "bus", "address"],
            DriverBus::Spi { .. } => &["driver", "bus", "chip-select"],
            DriverBus::Pins => &["driver"],
        };
        let own = driver.pins.iter().map(|pin| &pin.name).chain(driver.keys.iter().map(|key| &key.name));
        let known: Vec<String> =
            common.iter().map(ToString::to_string).chain(own.map(String::clone)).collect();
        for (key, _) in &self.named.entry.own {
            if known.contains(&key.value) {
                continue;
            }
            self.faults.extend(parse::diagnose(ReadFault::UnknownKey {
                key: key.value.clone(),
                span: key.span,
                table: format!("`[devices.{}]` with driver `{}`", self.named.name.value, driver.name),
                known: known.clone(),
                owner: None,
            }));
        }
    }

    fn missing(&mut self, key: &str, help: String) {
        let title = format!("the device `{}` has no `{key}`", self.name());
        let fault = Diagnostic::error(codes::MISSING_KEY, title, self.named.name.span);
        self.faults.push(fault.about(key).help(help));
    }

    fn inapplicable(&mut self, key: &str, span: Option<Span>, why: &str) {
        let Some(span) = span else { return };
        let title = format!("a device with the driver `{}` has no `{key}`", self.driver.name);
        let fault = Diagnostic::error(codes::NOT_APPLICABLE, title, span);
        self.faults.push(fault.note(why).help(format!("remove `{key}`")));
    }

    /// The bus, which is of the driver's kind and no faster than the part stands.
    fn bus(&mut self) -> Option<Option<Spanned<PeripheralId>>> {
        let keys = &self.named.entry.keys;
        let kind = match self.driver.bus {
            DriverBus::I2c { .. } => Kind::I2c,
            DriverBus::Spi { .. } => Kind::Spi,
            DriverBus::Pins => {
                self.inapplicable("bus", keys.bus.span(), "it is on pins of its own");
                return Some(None);
            }
        };
        if keys.bus.is_absent() {
            let help = format!("give it `bus = \"…\"` with the name of {}", kind.description());
            self.missing("bus", help);
        }
        let name = keys.bus.get()?;
        let id = self.peripherals.names.link(name, self.faults)?;
        let bus = &self.peripherals.list[id.index()];
        if let Some(fault) = kind.fault("bus", name, bus, &self.peripherals.list) {
            self.faults.push(fault);
            return None;
        }
        let faults: Vec<Diagnostic> =
            self.too_fast(bus).into_iter().chain(self.without_lines(name, bus)).collect();
        self.faults.extend(faults);
        Some(Some(Spanned::new(id, name.span)))
    }

    /// The lines of an SPI bus that the part needs and the bus lacks.
    fn without_lines(&self, named: &Spanned<String>, bus: &Peripheral) -> Option<Diagnostic> {
        let PeripheralKind::Spi(spi) = &bus.kind else { return None };
        let DriverBus::Spi { needs_mosi, needs_miso, .. } = self.driver.bus else { return None };
        let lines = [
            (needs_mosi && spi.mosi.is_none(), "`mosi`", "is told what to do"),
            (needs_miso && spi.miso.is_none(), "`miso`", "answers"),
        ];
        let (lacking, does): (Vec<String>, Vec<String>) = lines
            .into_iter()
            .filter(|(lacks, ..)| *lacks)
            .map(|(_, line, does)| (line.to_owned(), does.to_owned()))
            .unzip();
        if lacking.is_empty() {
            return None;
        }
        let (keys, does) = (listed(&lacking, "and", lacking.len()), listed(&does, "and", does.len()));
        let title = format!("the bus `{}` has no {keys}, which `{}` needs", bus.name.value, self.name());
        Some(
            Diagnostic::error(codes::MISSING_KEY, title, named.span)
                .here(format!("{} {does}", self.driver.title))
                .also(bus.name.span, "the bus")
                .help(format!("add {keys} to `[peripherals.{}]`", bus.name.value)),
        )
    }

    /// All parts on an I2C bus share its clock; an SPI device has a speed of its own.
    fn too_fast(&self, bus: &Peripheral) -> Option<Diagnostic> {
        let PeripheralKind::I2c(i2c) = &bus.kind else { return None };
        let most = self.driver.max_frequency.filter(|most| i2c.frequency.value > *most)?;
        let title = format!("the bus `{}` is too fast for `{}`", bus.name.value, self.name());
        Some(
            Diagnostic::error(codes::BAD_VALUE, title, i2c.frequency.span)
                .here(format!("{} is at most {most} for it", self.driver.title))
                .also(self.named.name.span, "this device")
                .help(format!("give the bus `frequency = \"{most}\"`, or the device a bus of its own")),
        )
    }

    fn address(&mut self) -> Option<Option<Spanned<u8>>> {
        let field = &self.named.entry.keys.address;
        let DriverBus::I2c { addresses, default } = &self.driver.bus else {
            self.inapplicable("address", field.span(), "addresses are of I2C buses");
            return Some(None);
        };
        let all = hex_list(addresses);
        match (field, default) {
            (Field::Given(address), _) if addresses.contains(&address.value) => Some(Some(*address)),
            (Field::Given(address), _) => {
                let title = format!("`{}` cannot be at the address {:#04x}", self.name(), address.value);
                let mut fault = Diagnostic::error(codes::BAD_VALUE, title, address.span);
                if !FREE_ADDRESSES.contains(&address.value) {
                    fault = fault
                        .note("addresses below 0x08 and above 0x77 are reserved by the I2C specification");
                    // The eight bits that some data sheets write have the direction as the last one.
                    let shifted = address.value >> 1;
                    if addresses.contains(&shifted) {
                        fault = fault
                            .note(format!("{:#04x} with the direction bit is {shifted:#04x}", address.value));
                    }
                }
                self.faults.push(fault.help(format!("{} can be at {all}", self.driver.title)));
                None
            }
            (Field::Faulty(_), _) => None,
            (Field::Absent, Some(default)) => Some(Some(Spanned::new(*default, self.named.name.span))),
            (Field::Absent, None) => {
                self.missing(
                    "address",
                    format!("give it `address = {:#04x}`: it can be at {all}", addresses[0]),
                );
                None
            }
        }
    }

    fn chip_select(&mut self) -> Option<Option<PeripheralId>> {
        let field = &self.named.entry.keys.chip_select;
        if !matches!(self.driver.bus, DriverBus::Spi { .. }) {
            self.inapplicable("chip-select", field.span(), "chip selects are of SPI buses");
            return Some(None);
        }
        if field.is_absent() {
            let help = format!("give it for example `chip-select = \"{}\"`", self.pins.example(Job::Gpio));
            self.missing("chip-select", help);
        }
        let pin = self.pins.link(field.get()?, self.faults)?;
        Some(Some(self.add_pin("chip_select", output(pin, Active::Low))))
    }

    /// A pin of the part's own, as a peripheral that belongs to the device.
    fn own_pin(&mut self, pin: &DriverPin, options: &[Option<OptionValue>]) -> Option<PeripheralId> {
        let Some(field) = self.own_key(&pin.name) else {
            let job = match pin.used_as {
                UsedAs::Output | UsedAs::Input => Job::Gpio,
                UsedAs::Pwm => Job::Pwm,
                UsedAs::LedStrip => Job::Lights,
            };
            let help = format!("give it for example `{} = \"{}\"`", pin.name, self.pins.example(job));
            self.missing(&pin.name, help);
            return None;
        };
        let raw = field.get()?.clone();
        let fwc_schema::device::Raw::Text(name) = raw.value else {
            self.faults.extend(parse::diagnose(ReadFault::WrongType {
                key: pin.name.clone(),
                expected: "a string".to_string(),
                found: raw.value.type_name(),
                span: raw.span,
            }));
            return None;
        };
        let used = self.pins.link(&Spanned::new(name, raw.span), self.faults)?;
        let kind = match pin.used_as {
            UsedAs::Output => output(used, Active::High),
            UsedAs::Input => PeripheralKind::Input(Input {
                pin: used,
                pull: Pull::None,
                active: Active::High,
                debounce: None,
            }),
            UsedAs::LedStrip => {
                let lights = options.get(pin.count?)?.as_ref()?.number()? as u16;
                PeripheralKind::LedStrip(LedStrip { pin: used, lights })
            }
            UsedAs::Pwm => PeripheralKind::Pwm(Pwm {
                pin: used,
                frequency: Spanned::new(pin.frequency.unwrap_or(Frequency(50_000)), raw.span),
                initial: Ratio(0),
                active: Active::High,
                instance: None,
            }),
        };
        Some(self.add_pin(&pin.name.replace('-', "_"), kind))
    }

    fn add_pin(&mut self, pin: &str, kind: PeripheralKind) -> PeripheralId {
        let device = &self.named.name;
        let name = Spanned::new(format!("{}_{pin}", device.value), device.span);
        add(self.peripherals, name, device, kind)
    }

    fn option(&mut self, key: &DriverKey) -> Option<OptionValue> {
        match self.own_key(&key.name) {
            Some(Field::Given(raw)) => {
                let raw = raw.clone();
                option::read(key, &key.name, &raw, self.faults)
            }
            Some(Field::Faulty(_)) => None,
            Some(Field::Absent) | None => {
                if key.default.is_none() {
                    let what = key.description.as_deref().unwrap_or("its driver has no default for it");
                    self.missing(&key.name, format!("give it `{} = …`: {what}", key.name));
                }
                key.default.clone()
            }
        }
    }
}

fn output(pin: PinUse, active: Active) -> PeripheralKind {
    PeripheralKind::Output(Output { pin, active, initial: Initial::Off, drain: Drain::PushPull })
}

/// Two parts that answer to one address would spoil each other's words.
fn refuse_address_clashes(list: &[Peripheral], faults: &mut Vec<Diagnostic>) {
    let mut seen: Vec<(PeripheralId, Spanned<u8>, &Peripheral)> = Vec::new();
    for peripheral in list {
        let PeripheralKind::Device(device) = &peripheral.kind else { continue };
        let (Some(bus), Some(address)) = (device.bus, device.address) else { continue };
        let first = seen.iter().find(|(other, at, _)| *other == bus.value && at.value == address.value);
        if let Some((_, first_at, first)) = first {
            let taken: HashSet<u8> =
                seen.iter().filter(|(other, _, _)| *other == bus.value).map(|(_, at, _)| at.value).collect();
            faults.push(address_clash(peripheral, device, address, (first, *first_at), &taken, list));
        }
        seen.push((bus.value, address, peripheral));
    }
}

fn address_clash(
    peripheral: &Peripheral,
    device: &Device,
    address: Spanned<u8>,
    (first, first_at): (&Peripheral, Spanned<u8>),
    taken: &HashSet<u8>,
    list: &[Peripheral],
) -> Diagnostic {
    let bus = device.bus.map_or("", |bus| list[bus.value.index()].name.as_str());
    let (name, other) = (&peripheral.name.value, &first.name.value);
    let title = format!("`{other}` and `{name}` are both at the address {:#04x} of `{bus}`", address.value);
    let free: Vec<u8> = match &device.driver.bus {
        DriverBus::I2c { addresses, .. } => {
            addresses.iter().copied().filter(|address| !taken.contains(address)).collect()
        }
        DriverBus::Spi { .. } | DriverBus::Pins => Vec::new(),
    };
    Diagnostic::error(codes::ADDRESS_CLASH, title, address.span)
        .also(first_at.span, "the first of the two")
        .help(match free.as_slice() {
            [] => "give one of them a bus of its own".to_string(),
            free => format!("{} can also be at {}", device.driver.title, hex_list(free)),
        })
}

/// `0x48`, `0x49` or `0x4a`.
fn hex_list(addresses: &[u8]) -> String {
    let words: Vec<String> = addresses.iter().map(|address| format!("{address:#04x}")).collect();
    match words.split_last() {
        Some((last, front @ [_, ..])) => format!("{} or {last}", front.join(", ")),
        _ => words.concat(),
    }
}
