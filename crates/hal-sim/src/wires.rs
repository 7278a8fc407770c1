//! Words of a job about wires: what hangs on them, and what is wrong with them.

use std::fmt;

/// A bus of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bus {
    /// An I2C bus by its number.
    I2c(u8),
    /// An SPI bus by its number.
    Spi(u8),
}

/// What is wrong on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// No part answers.
    Nack,
    /// A line is held low.
    Stuck,
    /// A part holds I2C's data line low, until it is clocked free.
    Hung,
    /// A part gives so many bytes of each read.
    Short(u16),
}

/// The wires that a part hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mount {
    /// An address of an I2C bus.
    I2c {
        /// The bus.
        bus: u8,
        /// The address.
        address: u8,
    },
    /// An SPI bus, with a pin as its chip select.
    Spi {
        /// The bus.
        bus: u8,
        /// The pin.
        select: u8,
    },
    /// Pins, in the part's own order.
    Pins {
        /// The pins.
        pins: Vec<u8>,
    },
}

impl Bus {
    /// From a kind and a number.
    pub(crate) fn parse(kind: &str, number: &str) -> Option<Bus> {
        let number = number.parse().ok()?;
        match kind {
            "i2c" => Some(Bus::I2c(number)),
            "spi" => Some(Bus::Spi(number)),
            _ => None,
        }
    }
}

impl Fault {
    /// From its words.
    pub(crate) fn parse(words: &[&str]) -> Option<Fault> {
        Some(match words {
            ["none"] => Fault::None,
            ["nack"] => Fault::Nack,
            ["stuck"] => Fault::Stuck,
            ["hung"] => Fault::Hung,
            ["short", bytes] => Fault::Short(bytes.parse().ok()?),
            _ => return None,
        })
    }
}

impl Mount {
    /// From its words.
    pub(crate) fn parse(words: &[&str]) -> Option<Mount> {
        Some(match words {
            ["i2c", bus, address] => Mount::I2c { bus: bus.parse().ok()?, address: address.parse().ok()? },
            ["spi", bus, select] => Mount::Spi { bus: bus.parse().ok()?, select: select.parse().ok()? },
            ["pins", pins @ ..] => {
                Mount::Pins { pins: pins.iter().map(|pin| pin.parse().ok()).collect::<Option<_>>()? }
            }
            _ => return None,
        })
    }
}

/// As in a job.
impl fmt::Display for Bus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bus::I2c(number) => write!(formatter, "i2c {number}"),
            Bus::Spi(number) => write!(formatter, "spi {number}"),
        }
    }
}

/// As in a job.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::None => formatter.write_str("none"),
            Fault::Nack => formatter.write_str("nack"),
            Fault::Stuck => formatter.write_str("stuck"),
            Fault::Hung => formatter.write_str("hung"),
            Fault::Short(bytes) => write!(formatter, "short {bytes}"),
        }
    }
}

/// As in a job.
impl fmt::Display for Mount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mount::I2c { bus, address } => write!(formatter, "i2c {bus} {address}"),
            Mount::Spi { bus, select } => write!(formatter, "spi {bus} {select}"),
            Mount::Pins { pins } => {
                formatter.write_str("pins")?;
                pins.iter().try_for_each(|pin| write!(formatter, " {pin}"))
            }
        }
    }
}
