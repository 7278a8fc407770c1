//! What the world around a part can do to it and see of it.

use std::fmt;

use crate::Nanos;

/// Something that the world sets on a part, such as the temperature that a thermometer measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// As scenarios name it; the same word as the driver's field where the driver measures it: `celsius`.
    pub name: &'static str,
    /// For people, after the value: `°C`; empty for a bare number.
    pub unit: &'static str,
    /// The least that the part can be exposed to.
    pub least: f64,
    /// The most that the part can be exposed to.
    pub most: f64,
    /// What it is until something is set.
    pub initial: f64,
}

/// Why a quantity was not set.
#[derive(Debug, Clone, PartialEq)]
pub enum SetError {
    /// The part has no quantity of that name.
    Unknown,
    /// The value is outside of what the part can be exposed to.
    OutOfRange(Quantity),
}

impl fmt::Display for SetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("the part has no such quantity"),
            Self::OutOfRange(Quantity { name, unit, least, most, .. }) => {
                write!(formatter, "`{name}` goes from {least} to {most} {unit}")
            }
        }
    }
}

impl std::error::Error for SetError {}

/// A simulated part, as the world sees it.
pub trait Part: Send {
    /// What can be set, in the order in which people would list it.
    fn quantities(&self) -> &'static [Quantity];

    /// Exposes the part to a new value from this moment on.
    ///
    /// # Errors
    /// The part has no such quantity, or cannot be exposed to that value.
    fn set(&mut self, quantity: &str, value: f64, now: Nanos) -> Result<(), SetError>;

    /// What a person would see on it: a display's lines of text, a strip's colours, a memory's bytes; empty where there
    /// is nothing to be seen.
    fn shows(&self) -> Vec<String> {
        Vec::new()
    }

    /// Of what people look at while it works, a display or lights: a number that is another one whenever what it shows
    /// may have changed. Nobody watches a memory's bytes.
    fn face(&self) -> Option<u64> {
        None
    }

    /// What it does when its supply comes back: registers take their values at power-up, a memory keeps its bytes.
    fn power_up(&mut self, now: Nanos);
}
