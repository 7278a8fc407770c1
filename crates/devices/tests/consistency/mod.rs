//! What each device.toml says against what driver.rs has, what the model can be exposed to, and what Cargo.toml brings.

use std::fs;
use std::path::{Path, PathBuf};

use fwc_devices::{Settings, Stock, part, stock};
use fwc_parts::{Quantity, Wired};
use fwc_schema::SourceId;
use fwc_schema::app::Named;
use fwc_schema::device::{self, BusKind, DeviceFile, KeyKeys, KeyType, Raw};
use syn::{Fields, File, Item, ItemEnum, ItemFn, ItemStruct, Type};

/// Does something with each part, and says which one it was that failed.
fn each(check: impl Fn(&Stock, &DeviceFile, &File)) {
    assert!(!stock().is_empty());
    for part in stock() {
        let (file, faults) = device::read(SourceId::default(), part.description);
        assert_eq!(faults, [], "{}/device.toml", part.name);
        let driver = syn::parse_file(part.driver)
            .unwrap_or_else(|fault| panic!("{}/driver.rs is no Rust: {fault}", part.name));
        println!("{}", part.name);
        check(&part, &file, &driver);
    }
}

#[test]
fn options_are_the_keys() {
    each(|_, file, driver| {
        if file.keys.is_empty() {
            return assert!(find_struct(driver, "Options").is_none(), "`Options` without a key");
        }
        let expected = file.keys.iter().map(|key| (key.name.replace('-', "_"), rust_type(key))).collect();
        assert_eq!(fields(find_struct(driver, "Options").expect("a struct `Options`")), parsed(expected));
        for key in file.keys.iter().filter(|key| key_type(key) == KeyType::Choice) {
            let words = key.entry.values.get().expect("a choice has `values`").value.0.iter();
            let words: Vec<String> = words
                .map(|word| match &word.value {
                    Raw::Text(word) => camel_case(word),
                    other => panic!("a choice of {}", other.type_name()),
                })
                .collect();
            let choice = find_enum(driver, &camel_case(&key.name)).expect("an enum for the choice");
            let variants: Vec<String> =
                choice.variants.iter().map(|variant| variant.ident.to_string()).collect();
            assert_eq!(variants, words);
        }
    });
}

#[test]
fn readings_are_the_message() {
    each(|_, file, driver| {
        assert_eq!(find_fn(driver, "measure").is_some(), !file.message.is_empty(), "`measure` and [message]");
        if file.message.is_empty() {
            return;
        }
        let expected = file.message.iter().map(|field| {
            let field_type = field.entry.field_type.get().expect("a field has a type");
            (field.name.value.clone(), field_type.value.to_string())
        });
        let reading = find_struct(driver, "Reading").expect("a struct `Reading`");
        assert_eq!(fields(reading), parsed(expected.collect()));
    });
}

#[test]
fn a_driver_is_made_of_what_the_part_hangs_on() {
    each(|_, file, driver| {
        let new = find_fn(driver, "new").expect("`new`");
        assert!(find_fn(driver, "start").is_some_and(|start| start.sig.asyncness.is_some()), "`start`");
        let bus: &[&str] = match file.bus.kind.get().expect("a bus").value {
            BusKind::I2c => &["bus", "address"],
            BusKind::Spi => &["bus"],
            BusKind::Pins => &[],
        };
        let pins = file.pins.iter().map(|pin| pin.name.replace('-', "_"));
        let options = (!file.keys.is_empty()).then(|| "options".to_string());
        let expected: Vec<String> =
            bus.iter().map(|word| (*word).to_string()).chain(pins).chain(options).collect();
        let parameters: Vec<String> = new
            .sig
            .inputs
            .iter()
            .map(|input| match input {
                syn::FnArg::Typed(typed) => match &*typed.pat {
                    syn::Pat::Ident(name) => name.ident.to_string().trim_start_matches('_').to_string(),
                    _ => panic!("a parameter of `new` is no plain name"),
                },
                syn::FnArg::Receiver(_) => panic!("`new` is no method"),
            })
            .collect();
        assert_eq!(parameters, expected);
    });
}

#[test]
fn the_model_hangs_on_the_same_wires() {
    each(|stock, file, _| {
        let mut part = part(stock.name, &Settings::default()).expect("a model");
        let kind = match part {
            Wired::I2c(_) => BusKind::I2c,
            Wired::Spi(_) => BusKind::Spi,
            Wired::Pins(_) => BusKind::Pins,
        };
        assert_eq!(Some(kind), file.bus.kind.get().map(|kind| kind.value));
        for quantity in part.part().quantities() {
            assert!(quantity.least <= quantity.initial && quantity.initial <= quantity.most, "{quantity:?}");
        }
    });
}

/// The section of the README that says what can be set is made from the model.
#[test]
fn the_readme_says_what_can_be_set_in_a_simulation() {
    each(|stock, _, _| {
        let mut model = part(stock.name, &Settings::default()).expect("a model");
        let quantities = model.part().quantities();
        let path = root().join("catalog").join(stock.name).join("README.md");
        let readme = fs::read_to_string(&path).expect("a README can be read");
        let section = simulated(quantities);
        if std::env::var_os("UPDATE_README").is_some_and(|value| value == "1") {
            let kept = readme.split_once(SIMULATED).map_or(readme.as_str(), |(kept, _)| kept);
            return fs::write(&path, format!("{}\n\n{section}", kept.trim_end())).expect("it can be written");
        }
        let is_looked_at = model.part().face().is_some();
        assert_eq!(readme.contains("`shows = \""), is_looked_at, "whether it says what people see on it");
        assert!(readme.ends_with(&section), "it ends otherwise than UPDATE_README=1 writes it:\n{section}");
    });
}

const SIMULATED: &str = "## In a simulation\n";

fn simulated(quantities: &[Quantity]) -> String {
    if quantities.is_empty() {
        let nothing =
            "The world does nothing to it: there is nothing that a scenario or `fwc run` could set.";
        return format!("{SIMULATED}\n{nothing}\n");
    }
    let with_unit = |value: f64, unit: &str| match unit {
        "" => format!("{value}"),
        unit => format!("{value} {unit}"),
    };
    let row = |quantity: &Quantity| {
        let Quantity { name, unit, least, most, initial } = *quantity;
        let [least, most, initial] = [least, most, initial].map(|value| with_unit(value, unit));
        format!("| `{name}` | {least} | {most} | {initial} |\n")
    };
    format!(
        "{SIMULATED}\nA step of a scenario sets these, `set = {{ NAME = {{ {} = … }} }}`, and the keys of `fwc run` turn them:\n\n\
         | | from | to | at first |\n| --- | --- | --- | --- |\n{}",
        quantities[0].name,
        quantities.iter().map(row).collect::<String>()
    )
}

#[test]
fn the_folder_is_whole() {
    let list = fs::read_to_string(root().join("tests/drivers.rs")).expect("drivers.rs can be read");
    each(|stock, file, _| {
        assert_eq!(file.device.name.get().map(|name| name.value.as_str()), Some(stock.name));
        for needed in ["README.md", "model.rs", "test.rs"] {
            assert!(root().join("catalog").join(stock.name).join(needed).is_file(), "no {needed}");
        }
        let line = format!("#[path = \"../catalog/{}/test.rs\"]", stock.name);
        assert!(list.contains(&line), "tests/drivers.rs lacks {line}");
        for what in [&file.device.title, &file.device.vendor, &file.device.description] {
            assert!(what.get().is_some_and(|text| !text.value.is_empty()), "a key of the head is missing");
        }
        assert!(file.device.sources.get().is_some_and(|sources| !sources.value.0.is_empty()), "no source");
    });
}

#[test]
fn the_tests_run_the_version_that_is_shipped() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest can be read");
    each(|_, file, _| {
        let driver = file.driver.crate_name.get().map(|name| (name.value.as_str(), &file.driver.version));
        let others = file.crates.iter().map(|named| (named.name.value.as_str(), &named.entry.version));
        for (name, version) in driver.into_iter().chain(others) {
            let version = &version.get().expect("a crate has a version").value;
            let line = manifest.lines().find(|line| line.starts_with(&format!("{name} = ")));
            let line = line.unwrap_or_else(|| panic!("Cargo.toml has no dev-dependency `{name}`"));
            assert!(line.contains(&format!("\"={version}\"")), "`{line}` is not version {version}");
        }
    });
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn find_struct<'a>(file: &'a File, name: &str) -> Option<&'a ItemStruct> {
    file.items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    })
}

fn find_enum<'a>(file: &'a File, name: &str) -> Option<&'a ItemEnum> {
    file.items.iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == name => Some(item),
        _ => None,
    })
}

fn find_fn<'a>(file: &'a File, name: &str) -> Option<&'a ItemFn> {
    file.items.iter().find_map(|item| match item {
        Item::Fn(item) if item.sig.ident == name => Some(item),
        _ => None,
    })
}

fn fields(of: &ItemStruct) -> Vec<(String, Type)> {
    let Fields::Named(named) = &of.fields else { panic!("`{}` has no named fields", of.ident) };
    let fields = named.named.iter();
    fields.map(|field| (field.ident.as_ref().expect("it is named").to_string(), field.ty.clone())).collect()
}

fn parsed(fields: Vec<(String, String)>) -> Vec<(String, Type)> {
    let parse = |text: &str| syn::parse_str(text).unwrap_or_else(|fault| panic!("`{text}`: {fault}"));
    fields.into_iter().map(|(name, text)| (name, parse(&text))).collect()
}

fn key_type(key: &Named<KeyKeys>) -> KeyType {
    key.entry.key_type.get().expect("a key has a type").value
}

/// What a key is in `Options`.
fn rust_type(key: &Named<KeyKeys>) -> String {
    match key_type(key) {
        KeyType::Time => "Duration".to_string(),
        KeyType::Frequency => "u32".to_string(),
        KeyType::Choice => camel_case(&key.name),
        plain => plain.to_string(),
    }
}

fn camel_case(name: &str) -> String {
    name.split(['-', '_'])
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}
