//! SPI masters become buses that lend themselves to devices, each with its own clock. DMA moves the bytes.

use core::future::{Future, ready};

use embassy_rp::spi::{Async, Config, Instance, Phase, Polarity, Spi};
use embedded_hal_async::spi::{self, ErrorType};
use fwc_runtime::bus::{Clocked, Lend, SpiClock, SpiError};

/// A bus on block `T`, which reads only where it has a line for it.
pub struct SpiBus<T: Instance + 'static, const READS: bool> {
    driver: Spi<'static, T, Async>,
    clock: Option<SpiClock>,
}

impl<T: Instance, const READS: bool> SpiBus<T, READS> {
    /// Wraps a configured master.
    pub fn new(driver: Spi<'static, T, Async>) -> Self {
        Self { driver, clock: None }
    }
}

impl<T: Instance, const READS: bool> Clocked for SpiBus<T, READS> {
    fn set_clock(&mut self, clock: SpiClock) {
        // The dividers cost some hundred cycles, and most buses have one device.
        if self.clock == Some(clock) {
            return;
        }
        self.clock = Some(clock);
        let mut config = Config::default();
        config.frequency = clock.hertz;
        config.polarity = match clock.mode.polarity {
            spi::Polarity::IdleLow => Polarity::IdleLow,
            spi::Polarity::IdleHigh => Polarity::IdleHigh,
        };
        config.phase = match clock.mode.phase {
            spi::Phase::CaptureOnFirstTransition => Phase::CaptureOnFirstTransition,
            spi::Phase::CaptureOnSecondTransition => Phase::CaptureOnSecondTransition,
        };
        self.driver.set_config(&config);
    }
}

/// Whoever has a bus alone has it at once.
impl<T: Instance, const READS: bool> Lend for SpiBus<T, READS> {
    type Bus = Self;
    type Loan<'a> = &'a mut Self;

    fn lend(&mut self) -> impl Future<Output = Self::Loan<'_>> {
        ready(self)
    }
}

impl<T: Instance, const READS: bool> ErrorType for SpiBus<T, READS> {
    type Error = SpiError;
}

// The HAL's own errors are never made: its error type has no values. Transfers of nothing are left out, as the datasheet
// does not say whether a DMA sequence of no transfers ends.
impl<T: Instance, const READS: bool> spi::SpiBus for SpiBus<T, READS> {
    async fn read(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        if !words.is_empty() {
            let _ = self.driver.read(words).await;
        }
        Ok(())
    }

    async fn write(&mut self, words: &[u8]) -> Result<(), SpiError> {
        if !words.is_empty() {
            let _ = self.driver.write(words).await;
        }
        Ok(())
    }

    async fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), SpiError> {
        if read.is_empty() {
            return self.write(write).await;
        }
        if write.is_empty() {
            return self.read(read).await;
        }
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        let _ = self.driver.transfer(read, write).await;
        Ok(())
    }

    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        if !words.is_empty() {
            let _ = self.driver.transfer_in_place(words).await;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), SpiError> {
        // The HAL's transfers end when the last bit has been sent.
        Ok(())
    }
}
