//! The simulated parts by their drivers' names: one module and one line for each.

use fwc_parts::Wired;

use crate::Settings;

#[path = "../catalog/tmp117/model.rs"]
mod tmp117;

/// A new part, just powered; none for a name that the catalogue does not have.
pub fn part(driver: &str, _settings: &Settings) -> Option<Wired> {
    Some(match driver {
        "tmp117" => Wired::I2c(Box::new(tmp117::Model::default())),
        _ => return None,
    })
}
