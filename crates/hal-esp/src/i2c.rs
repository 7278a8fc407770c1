//! The I2C master becomes a bus that cannot hang: every transfer has a timeout.
//!
//! esp-hal's driver itself frees the lines of a transfer that its task gives up, and sets the block up anew (esp-hal 1.2.2,
//! src/i2c/master/low_level/mod.rs, `I2cFuture` and `ensure_idle`). Where something holds a line low for good, that takes 50 ms
//! in which no other task of the executor runs.

use embassy_time::with_timeout;
use embedded_hal_async::i2c::{ErrorType, Operation};
use esp_hal::Async;
use esp_hal::gpio::interconnect::InputSignal;
use esp_hal::gpio::{AnyPin, Flex, Level, Pin};
use esp_hal::i2c::master::{AcknowledgeCheckFailedReason, Config, Error, I2c, Instance};
use esp_hal::time::Rate;
use fwc_runtime::bus::{Hangs, I2cError, has_empty, transfer_limit};

use crate::OnOneCore;

/// A bus at `HERTZ`. A transfer may take `TIMEOUT` microseconds more than its bits do.
pub struct I2cBus<const HERTZ: u32, const TIMEOUT: u32> {
    hangs: Hangs,
    driver: OnOneCore<I2c<'static, Async>>,
    lines: [InputSignal<'static>; 2],
}

impl<const HERTZ: u32, const TIMEOUT: u32> I2cBus<HERTZ, TIMEOUT> {
    /// A bus that the log calls `name`.
    pub fn new(
        name: &'static str,
        block: impl Instance + 'static,
        scl: impl Pin + 'static,
        sda: impl Pin + 'static,
    ) -> Self {
        let (scl, scl_level) = line(scl);
        let (sda, sda_level) = line(sda);
        let config = Config::default().with_frequency(Rate::from_hz(HERTZ));
        // A frequency that the block cannot have is one that `fwc check` refuses.
        let driver = match I2c::new(block, config) {
            Ok(driver) => driver.with_scl(scl).with_sda(sda).into_async(),
            Err(_) => crate::panic::halt(),
        };
        Self { hangs: Hangs::new(name), driver: OnOneCore(driver), lines: [scl_level, sda_level] }
    }

    fn is_free(&self) -> bool {
        self.lines.iter().all(|line| line.level() == Level::High)
    }
}

/// A line for the driver, and what tells its level.
fn line(pin: impl Pin + 'static) -> (AnyPin<'static>, InputSignal<'static>) {
    let pin = pin.degrade();
    // SAFETY: what is made of the copy reads the line's level and nothing else.
    #[allow(unsafe_code)]
    let copy = unsafe { pin.clone_unchecked() };
    (pin, Flex::new(copy).peripheral_input())
}

impl<const HERTZ: u32, const TIMEOUT: u32> ErrorType for I2cBus<HERTZ, TIMEOUT> {
    type Error = I2cError;
}

impl<const HERTZ: u32, const TIMEOUT: u32> embedded_hal_async::i2c::I2c for I2cBus<HERTZ, TIMEOUT> {
    async fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), I2cError> {
        if has_empty(operations) {
            return Err(I2cError::Empty);
        }
        let limit = transfer_limit::<HERTZ, TIMEOUT>(operations);
        let driver = &mut self.driver.0;
        let transfer = OnOneCore(embedded_hal_async::i2c::I2c::transaction(driver, address, operations));
        let outcome = match with_timeout(limit, transfer).await {
            Ok(outcome) => outcome.map_err(cause),
            Err(_) => Err(I2cError::Timeout),
        };
        // There is one master, so arbitration is lost to a line that is held low.
        if matches!(outcome, Err(I2cError::Timeout | I2cError::ArbitrationLost)) {
            self.hangs.count(self.is_free());
        }
        outcome
    }
}

fn cause(error: Error) -> I2cError {
    match error {
        Error::AcknowledgeCheckFailed(AcknowledgeCheckFailedReason::Data) => I2cError::Refused,
        // The ESP32-C3 does not tell what was not acknowledged.
        Error::AcknowledgeCheckFailed(_) => I2cError::NoPart,
        Error::ArbitrationLost => I2cError::ArbitrationLost,
        Error::Timeout => I2cError::Timeout,
        Error::FifoExceeded | Error::CommandNumberExceeded => I2cError::TooLong,
        _ => I2cError::Other,
    }
}
