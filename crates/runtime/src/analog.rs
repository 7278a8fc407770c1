//! What is common to analog inputs of all chips.

use core::future::Future;

/// An analog input.
pub trait AnalogInput {
    /// Why a reading failed.
    type Error;

    /// Reads the voltage, in millivolts.
    fn millivolts(&mut self) -> impl Future<Output = Result<u16, Self::Error>>;
}
