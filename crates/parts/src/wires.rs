//! What travels between a chip and a part: the bytes of a bus, the levels of pins.

use crate::{Nanos, Part};

/// What a part answers in the ninth bit of a byte on an I2C bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledge {
    /// It pulled the line low: go on.
    Ack,
    /// It left the line high.
    Nack,
}

/// Which way the bytes go after an address on an I2C bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the chip to the part.
    Write,
    /// From the part to the chip.
    Read,
}

/// The level of a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Ground.
    Low,
    /// The supply voltage.
    High,
}

/// A part on an I2C bus (NXP UM10204). It is called for its own 7-bit address only.
pub trait I2cPart: Part {
    /// Its address came after a start or a repeated start.
    fn start(&mut self, direction: Direction, now: Nanos) -> Acknowledge;

    /// The chip wrote a byte.
    fn write(&mut self, byte: u8, now: Nanos) -> Acknowledge;

    /// The chip reads a byte. A part that has nothing to say leaves the line high: `0xFF`.
    fn read(&mut self, now: Nanos) -> u8;

    /// The transfer is over.
    fn stop(&mut self, now: Nanos);
}

/// A part on an SPI bus, with a chip select of its own.
pub trait SpiPart: Part {
    /// Its chip select went low.
    fn select(&mut self, now: Nanos);

    /// One byte each way at once, most significant bit first.
    fn transfer(&mut self, byte: u8, now: Nanos) -> u8;

    /// Its chip select went high.
    fn deselect(&mut self, now: Nanos);
}

/// A part on pins alone: edges and pulses. Its pins are numbered in the order of its `device.toml`.
pub trait PinPart: Part {
    /// The chip drives one of its pins.
    fn driven(&mut self, pin: usize, level: Level, now: Nanos);

    /// The next moment at which one of the pins that the part drives changes, with its new level; it is asked again
    /// after every call of [`PinPart::driven`] and [`Part::set`], and after the change has happened.
    fn next_change(&self, now: Nanos) -> Option<(Nanos, usize, Level)>;

    /// The change that [`PinPart::next_change`] told has happened.
    fn changed(&mut self, now: Nanos);
}

/// A part by the wires that it hangs on.
pub enum Wired {
    /// On an I2C bus.
    I2c(Box<dyn I2cPart>),
    /// On an SPI bus.
    Spi(Box<dyn SpiPart>),
    /// On pins.
    Pins(Box<dyn PinPart>),
}

impl Wired {
    /// The part as the world sees it.
    #[must_use]
    pub fn part(&mut self) -> &mut dyn Part {
        match self {
            Self::I2c(part) => part.as_mut(),
            Self::Spi(part) => part.as_mut(),
            Self::Pins(part) => part.as_mut(),
        }
    }
}
