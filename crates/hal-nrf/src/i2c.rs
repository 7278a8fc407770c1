//! I2C masters become buses that cannot hang: every transfer has a timeout, after which the bus is freed.
//!
//! A driver is made for each transfer and gone after it: so none of its DMA goes on when a task gives its transfer up, and
//! the block draws no current in between.

use core::mem::replace;

use embassy_nrf::Peri;
use embassy_nrf::gpio::{Flex, OutputDrive, Pin, Pull};
use embassy_nrf::interrupt::typelevel::Binding;
use embassy_nrf::twim::{Config, Error, Frequency, Instance, InterruptHandler, Twim};
use embassy_time::with_timeout;
use embedded_hal_async::i2c::{ErrorType, I2c, Operation};
use fwc_runtime::bus::{Hangs, I2cError, free_lines, has_empty, transfer_limit};

/// Bytes that can be written from flash, which the DMA does not read: they are copied first.
const COPIED: usize = 128;

/// A bus on block `T` with its lines, at `HERTZ`. A transfer may take `TIMEOUT` microseconds more than its bits do.
pub struct I2cBus<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32>
where
    T: Instance,
    C: Pin,
    D: Pin,
{
    hangs: Hangs,
    /// Whether a transfer has begun and not ended: where another one begins then, the first was given up halfway.
    busy: bool,
    block: Peri<'static, T>,
    scl: Peri<'static, C>,
    sda: Peri<'static, D>,
    interrupts: I,
    frequency: Frequency,
    copy: [u8; COPIED],
}

impl<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32> I2cBus<T, C, D, I, HERTZ, TIMEOUT>
where
    T: Instance,
    C: Pin,
    D: Pin,
    I: Binding<T::Interrupt, InterruptHandler<T>> + Copy + 'static,
{
    /// A bus that the log calls `name`, at `frequency`, which is the HAL's word for `HERTZ`.
    pub fn new(
        name: &'static str,
        block: Peri<'static, T>,
        scl: Peri<'static, C>,
        sda: Peri<'static, D>,
        interrupts: I,
        frequency: Frequency,
    ) -> Self {
        let hangs = Hangs::new(name);
        Self { hangs, busy: false, block, scl, sda, interrupts, frequency, copy: [0; COPIED] }
    }

    /// Frees the lines from a part that stopped in the middle of a byte. Whether the lines are free then.
    ///
    /// It takes up to a tenth of a millisecond, and no other task runs meanwhile: whoever gave it up halfway would leave
    /// the lines in the middle of a clock.
    #[inline(never)]
    fn free(&mut self) -> bool {
        let mut scl = Flex::new(self.scl.reborrow());
        let mut sda = Flex::new(self.sda.reborrow());
        for line in [&mut scl, &mut sda] {
            line.set_high();
            line.set_as_input_output(Pull::Up, OutputDrive::Standard0Disconnect1);
        }
        free_lines(scl, sda)
    }

    fn driver(&mut self) -> Twim<'_> {
        let mut config = Config::default();
        config.frequency = self.frequency;
        let (sda, scl) = (self.sda.reborrow(), self.scl.reborrow());
        Twim::new(self.block.reborrow(), self.interrupts, sda, scl, config, &mut self.copy)
    }
}

impl<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32> ErrorType for I2cBus<T, C, D, I, HERTZ, TIMEOUT>
where
    T: Instance,
    C: Pin,
    D: Pin,
{
    type Error = I2cError;
}

impl<T, C, D, I, const HERTZ: u32, const TIMEOUT: u32> I2c for I2cBus<T, C, D, I, HERTZ, TIMEOUT>
where
    T: Instance,
    C: Pin,
    D: Pin,
    I: Binding<T::Interrupt, InterruptHandler<T>> + Copy + 'static,
{
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), I2cError> {
        if has_empty(operations) {
            return Err(I2cError::Empty);
        }
        if !alternates(operations) {
            return Err(I2cError::Unsupported);
        }
        if replace(&mut self.busy, true) {
            self.free();
        }
        let limit = transfer_limit::<HERTZ, TIMEOUT>(operations);
        let mut driver = self.driver();
        let outcome = match with_timeout(limit, driver.transaction(address, operations)).await {
            Ok(outcome) => outcome.map_err(cause),
            Err(_) => Err(I2cError::Timeout),
        };
        drop(driver);
        if matches!(outcome, Err(I2cError::Timeout)) {
            let free = self.free();
            self.hangs.count(free);
        }
        self.busy = false;
        outcome
    }
}

/// Whether no two operations of a kind follow each other. embassy-nrf 0.11.0, src/twim.rs: two reads panic, and between two
/// writes the block would begin anew, which is another transfer than embedded-hal means.
fn alternates(operations: &[Operation<'_>]) -> bool {
    let reads = |operation: &Operation<'_>| matches!(operation, Operation::Read(_));
    operations.windows(2).all(|pair| reads(&pair[0]) != reads(&pair[1]))
}

fn cause(error: Error) -> I2cError {
    match error {
        Error::AddressNack => I2cError::NoPart,
        Error::DataNack => I2cError::Refused,
        Error::TxBufferTooLong | Error::RxBufferTooLong | Error::RAMBufferTooSmall => I2cError::TooLong,
        _ => I2cError::Other,
    }
}
