//! The values that a part is exposed to: its quantities, each at what was last set.

use crate::{Quantity, SetError};

/// What surrounds a part at the moment: one value for each of its quantities.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    quantities: &'static [Quantity],
    values: Vec<f64>,
}

impl Exposure {
    /// Every quantity at its initial value.
    #[must_use]
    pub fn new(quantities: &'static [Quantity]) -> Self {
        Self { quantities, values: quantities.iter().map(|quantity| quantity.initial).collect() }
    }

    /// The quantities, in their order.
    #[must_use]
    pub fn quantities(&self) -> &'static [Quantity] {
        self.quantities
    }

    /// The value of the quantity at that place of the list.
    ///
    /// # Panics
    /// The list is shorter: a part asks for its own quantities only.
    #[must_use]
    pub fn value(&self, place: usize) -> f64 {
        self.values[place]
    }

    /// Exposes the part to a new value; tells the place of the quantity.
    ///
    /// # Errors
    /// There is no such quantity, or the value is outside of its range or no number.
    pub fn set(&mut self, name: &str, value: f64) -> Result<usize, SetError> {
        let place =
            self.quantities.iter().position(|quantity| quantity.name == name).ok_or(SetError::Unknown)?;
        let quantity = self.quantities[place];
        if !(quantity.least..=quantity.most).contains(&value) {
            return Err(SetError::OutOfRange(quantity));
        }
        self.values[place] = value;
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUANTITIES: &[Quantity] = &[
        Quantity { name: "celsius", unit: "°C", least: -40.0, most: 125.0, initial: 25.0 },
        Quantity { name: "humidity", unit: "%", least: 0.0, most: 100.0, initial: 50.0 },
    ];

    #[test]
    fn holds_what_was_set_last() {
        let mut exposure = Exposure::new(QUANTITIES);
        assert_eq!((exposure.value(0), exposure.value(1)), (25.0, 50.0));
        assert_eq!(exposure.set("humidity", 100.0), Ok(1));
        assert_eq!((exposure.value(0), exposure.value(1)), (25.0, 100.0));
    }

    #[test]
    fn refuses_what_the_part_cannot_meet() {
        let mut exposure = Exposure::new(QUANTITIES);
        assert_eq!(exposure.set("pressure", 1.0), Err(SetError::Unknown));
        assert_eq!(exposure.set("celsius", 125.5), Err(SetError::OutOfRange(QUANTITIES[0])));
        assert_eq!(
            exposure.set("celsius", f64::NAN).map_err(|error| error.to_string()),
            Err("`celsius` goes from -40 to 125 °C".to_owned())
        );
        assert_eq!(exposure.value(0), 25.0);
    }
}
