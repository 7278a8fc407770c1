//! Buses: how their users take turns, and what can go wrong on them on every chip.

use core::mem::MaybeUninit;

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::mutex::Mutex;
use embedded_hal_async::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};

/// A bus whose users take turns, each for a whole transaction. The handle of a user is a reference to it.
pub struct Shared<M: RawMutex, B>(Mutex<M, B>);

/// Puts a bus where it stays for ever, for all of its users.
pub fn share<M: RawMutex, B>(place: &'static mut MaybeUninit<Shared<M, B>>, bus: B) -> &'static Shared<M, B> {
    place.write(Shared(Mutex::new(bus)))
}

impl<M: RawMutex, B: ErrorType> ErrorType for &Shared<M, B> {
    type Error = B::Error;
}

impl<M: RawMutex, B: I2c> I2c for &Shared<M, B> {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), Self::Error> {
        self.0.lock().await.transaction(address, operations).await
    }
}

/// How often a bus hung, for the log.
pub struct Hangs {
    bus: &'static str,
    count: u32,
}

impl Hangs {
    /// None yet, of the bus that the log calls so.
    pub const fn new(bus: &'static str) -> Self {
        Self { bus, count: 0 }
    }

    /// The bus hung and was set up anew; whether its lines are `free` now.
    pub fn count(&mut self, free: bool) {
        self.count = self.count.wrapping_add(1);
        let state = if free { "is free again" } else { "is held low" };
        error!("{}: the bus hung and {}; {} times", self.bus, state, self.count);
    }
}

/// Why a transfer on an I2C bus failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum I2cError {
    /// Nobody acknowledged the address.
    NoPart,
    /// The part did not acknowledge a byte that was written.
    Refused,
    /// Something else drove the data line.
    ArbitrationLost,
    /// The part, or something else on the bus, held it up for too long. The bus has been set up anew.
    Timeout,
    /// There is no transfer of no bytes.
    Empty,
    /// Something else that the hardware reports.
    Other,
}

impl embedded_hal_async::i2c::Error for I2cError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPart => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address),
            Self::Refused => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data),
            Self::ArbitrationLost => ErrorKind::ArbitrationLoss,
            Self::Timeout => ErrorKind::Bus,
            Self::Empty | Self::Other => ErrorKind::Other,
        }
    }
}
