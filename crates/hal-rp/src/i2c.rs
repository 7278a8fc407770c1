//! I2C masters become buses that cannot hang: every transfer has a timeout, after which the bus is freed.

use core::mem::replace;

use embassy_rp::Peri;
use embassy_rp::gpio::{Level, OutputOpenDrain};
use embassy_rp::i2c::{AbortReason, Async, Config, Error, I2c, Instance, InterruptHandler, SclPin, SdaPin};
use embassy_rp::interrupt::typelevel::Binding;
use embassy_time::with_timeout;
use embedded_hal_async::i2c::{ErrorType, Operation};
use fwc_runtime::bus::{Hangs, I2cError, free_lines, has_empty, transfer_limit};

/// RP2040 datasheet, section 4.3.17, IC_TX_ABRT_SOURCE: ABRT_TXDATA_NOACK.
const DATA_NOT_ACKNOWLEDGED: u32 = 1 << 3;

/// A bus on block `T` with its lines, at `HERTZ`. A transfer may take `TIMEOUT` microseconds more than its bits do.
pub struct I2cBus<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32>
where
    T: Instance + 'static,
    C: SclPin<T>,
    D: SdaPin<T>,
{
    hangs: Hangs,
    /// Whether a transfer has begun and not ended: where another one begins then, the first was given up halfway.
    busy: bool,
    driver: I2c<'static, T, Async>,
    block: Peri<'static, T>,
    scl: Peri<'static, C>,
    sda: Peri<'static, D>,
    interrupts: I,
}

impl<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32> I2cBus<T, C, D, I, HERTZ, TIMEOUT>
where
    T: Instance + 'static,
    C: SclPin<T>,
    D: SdaPin<T>,
    I: Binding<T::Interrupt, InterruptHandler<T>> + Copy,
{
    /// A bus that the log calls `name`.
    pub fn new(
        name: &'static str,
        block: Peri<'static, T>,
        scl: Peri<'static, C>,
        sda: Peri<'static, D>,
        interrupts: I,
    ) -> Self {
        let driver = driver::<T, C, D, I, HERTZ>(&block, &scl, &sda, interrupts);
        Self { hangs: Hangs::new(name), busy: false, driver, block, scl, sda, interrupts }
    }

    /// Frees the lines from a part that stopped in the middle of a byte, and sets the block up anew. Whether the lines
    /// are free then.
    ///
    /// It takes up to a tenth of a millisecond, and no other task runs meanwhile: whoever gave it up halfway would leave
    /// the lines in the middle of a clock.
    #[inline(never)]
    fn renew(&mut self) -> bool {
        let mut scl = OutputOpenDrain::new(self.scl.reborrow(), Level::High);
        let mut sda = OutputOpenDrain::new(self.sda.reborrow(), Level::High);
        scl.set_pullup(true);
        sda.set_pullup(true);
        let free = free_lines(scl, sda);
        self.driver = driver::<T, C, D, I, HERTZ>(&self.block, &self.scl, &self.sda, self.interrupts);
        free
    }
}

/// Sets a block up.
#[allow(unsafe_code)]
#[inline(never)]
fn driver<T, C, D, I, const HERTZ: u32>(
    block: &Peri<'static, T>,
    scl: &Peri<'static, C>,
    sda: &Peri<'static, D>,
    interrupts: I,
) -> I2c<'static, T, Async>
where
    T: Instance + 'static,
    C: SclPin<T>,
    D: SdaPin<T>,
    I: Binding<T::Interrupt, InterruptHandler<T>>,
{
    // SAFETY: only the bus has these, and it uses them for nothing but to make the one driver, or another in its place.
    let (block, scl, sda) =
        unsafe { (block.clone_unchecked(), scl.clone_unchecked(), sda.clone_unchecked()) };
    let mut config = Config::default();
    config.frequency = HERTZ;
    I2c::new_async(block, scl, sda, interrupts, config)
}

impl<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32> ErrorType for I2cBus<T, C, D, I, HERTZ, TIMEOUT>
where
    T: Instance + 'static,
    C: SclPin<T>,
    D: SdaPin<T>,
{
    type Error = I2cError;
}

impl<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32> embedded_hal_async::i2c::I2c
    for I2cBus<T, C, D, I, HERTZ, TIMEOUT>
where
    T: Instance + 'static,
    C: SclPin<T>,
    D: SdaPin<T>,
    I: Binding<T::Interrupt, InterruptHandler<T>> + Copy,
{
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), I2cError> {
        // The block has no transfer without bytes; the HAL's driver would wait for its end.
        if has_empty(operations) {
            return Err(I2cError::Empty);
        }
        if replace(&mut self.busy, true) {
            self.renew();
        }
        let limit = transfer_limit::<HERTZ, TIMEOUT>(operations);
        let transfer = self.driver.transaction(address, operations);
        let outcome = match with_timeout(limit, transfer).await {
            Ok(outcome) => outcome.map_err(cause),
            Err(_) => Err(I2cError::Timeout),
        };
        // There is one master, so arbitration is lost to a line that is held low.
        if matches!(outcome, Err(I2cError::Timeout | I2cError::ArbitrationLost)) {
            let free = self.renew();
            self.hangs.count(free);
        }
        self.busy = false;
        outcome
    }
}

fn cause(error: Error) -> I2cError {
    match error {
        Error::Abort(AbortReason::NoAcknowledge) => I2cError::NoPart,
        Error::Abort(AbortReason::ArbitrationLoss) => I2cError::ArbitrationLost,
        Error::Abort(AbortReason::Other(source)) if source & DATA_NOT_ACKNOWLEDGED != 0 => I2cError::Refused,
        _ => I2cError::Other,
    }
}
