//! The device catalogue: one folder a part, `catalog/<driver>/`.
//!
//! ```text
//! device.toml   what app.toml may say of it, what it measures, which crate drives it    shape: `fwc_schema::device`
//! driver.rs     over the driver crate: how it is made, started and measured             copied into the generated crate
//! model.rs      its registers, as the wires and the world see them                      compiled here
//! test.rs       the driver talks to the model                                           compiled in this crate's tests
//! README.md     for people: wiring, keys, what it measures
//! ```
//!
//! device.toml and driver.rs are handed on as text to the chain, which reads a project's own `devices/<driver>/` in the
//! same way.

mod models;

use include_dir::{Dir, include_dir};

pub use models::part;

static CATALOG: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/catalog");

/// A part of the catalogue, as text.
#[derive(Clone, Copy, Debug)]
pub struct Stock {
    /// The driver's name, as app.toml writes it.
    pub name: &'static str,
    /// Its device.toml.
    pub description: &'static str,
    /// Its driver.rs.
    pub driver: &'static str,
}

/// Every part, by name.
///
/// # Panics
/// When a folder of the catalogue lacks a file, which the tests would have found.
pub fn stock() -> Vec<Stock> {
    let mut parts: Vec<Stock> = CATALOG.dirs().map(of_folder).collect();
    parts.sort_unstable_by_key(|part| part.name);
    parts
}

fn of_folder(folder: &'static Dir<'static>) -> Stock {
    let path = folder.path();
    let text = |file: &str| {
        let text = folder.get_file(path.join(file)).and_then(include_dir::File::contents_utf8);
        text.unwrap_or_else(|| panic!("the catalogue's `{}` has no `{file}`", path.display()))
    };
    let name = path.to_str().unwrap_or_else(|| panic!("`{}` is no name of a part", path.display()));
    Stock { name, description: text("device.toml"), driver: text("driver.rs") }
}

/// What a part is told of how it is built in: the numbers among the keys of its entry in app.toml, such as the resistance
/// of the shunt beside a current monitor.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    numbers: Vec<(String, f64)>,
}

impl Settings {
    /// These keys with their numbers.
    pub fn new(numbers: impl IntoIterator<Item = (String, f64)>) -> Settings {
        Settings { numbers: numbers.into_iter().collect() }
    }

    /// The number of a key, where it is given.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.numbers.iter().find(|(name, _)| name == key).map(|(_, number)| *number)
    }
}
