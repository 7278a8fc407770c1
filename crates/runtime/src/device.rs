//! What is common to the drivers of devices.

/// Why a device could not be started or read. `E` is the error of its bus.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// The bus failed: nobody answered, or a line was held.
    Bus(E),
    /// Another part answers: this is what it says that it is.
    WrongPart(u32),
    /// The part answers, and what it says cannot be: a checksum does not fit, a value is none.
    Corrupt,
    /// The part did not finish in the time that its datasheet gives it.
    NotReady,
    /// The part says itself that something is wrong.
    Reports(&'static str),
}

impl<E> From<E> for Error<E> {
    fn from(error: E) -> Self {
        Self::Bus(error)
    }
}

/// What the log can show, whichever one it is.
#[cfg(feature = "defmt")]
pub trait Logged: defmt::Format {}

#[cfg(feature = "defmt")]
impl<T: defmt::Format> Logged for T {}

/// What the log can show, whichever one it is.
#[cfg(not(feature = "defmt"))]
pub trait Logged: core::fmt::Debug {}

#[cfg(not(feature = "defmt"))]
impl<T: core::fmt::Debug> Logged for T {}
