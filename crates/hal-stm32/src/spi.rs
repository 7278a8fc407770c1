//! SPI masters become buses that lend themselves to devices, each with its own clock. DMA moves the bytes.

use core::future::{Future, ready};

use embassy_stm32::mode::Async;
use embassy_stm32::spi::mode::Master;
use embassy_stm32::spi::{Config, Error, Mode, Phase, Polarity, Spi};
use embassy_stm32::time::Hertz;
use embedded_hal_async::spi::{self, ErrorType};
use fwc_runtime::bus::{Clocked, Lend, SpiClock, SpiError};

/// A bus on a block that runs at `CLOCK` hertz, which reads only where it has a line for it.
pub struct SpiBus<const CLOCK: u32, const READS: bool> {
    driver: Spi<'static, Async, Master>,
    clock: Option<SpiClock>,
}

impl<const CLOCK: u32, const READS: bool> SpiBus<CLOCK, READS> {
    /// Wraps a configured master.
    pub fn new(driver: Spi<'static, Async, Master>) -> Self {
        Self { driver, clock: None }
    }
}

/// The fastest clock that is not above `wanted`: the block's own over a power of two, from 2 to 256.
///
/// Of what lies between two of these, the HAL takes the nearer one, which may be faster than a part can stand.
pub const fn not_above(wanted: u32, clock: u32) -> Hertz {
    let mut divider = 2;
    while divider < 256 && clock / divider > wanted {
        divider *= 2;
    }
    Hertz(clock / divider)
}

impl<const CLOCK: u32, const READS: bool> Clocked for SpiBus<CLOCK, READS> {
    fn set_clock(&mut self, clock: SpiClock) {
        // The block is stopped for it, and most buses have one device.
        if self.clock == Some(clock) {
            return;
        }
        self.clock = Some(clock);
        let mut config = Config::default();
        config.frequency = not_above(clock.hertz, CLOCK);
        config.mode = Mode {
            polarity: match clock.mode.polarity {
                spi::Polarity::IdleLow => Polarity::IdleLow,
                spi::Polarity::IdleHigh => Polarity::IdleHigh,
            },
            phase: match clock.mode.phase {
                spi::Phase::CaptureOnFirstTransition => Phase::CaptureOnFirstTransition,
                spi::Phase::CaptureOnSecondTransition => Phase::CaptureOnSecondTransition,
            },
        };
        // embassy-stm32 0.6.0, src/spi/mod.rs: there is nothing that this refuses.
        let _ = self.driver.set_config(&config);
    }
}

/// Whoever has a bus alone has it at once.
impl<const CLOCK: u32, const READS: bool> Lend for SpiBus<CLOCK, READS> {
    type Bus = Self;
    type Loan<'a> = &'a mut Self;

    fn lend(&mut self) -> impl Future<Output = Self::Loan<'_>> {
        ready(self)
    }
}

impl<const CLOCK: u32, const READS: bool> ErrorType for SpiBus<CLOCK, READS> {
    type Error = SpiError;
}

/// The HAL's errors are of modes that fwc does not use: frames, checksums, several masters; and of a receiver that was not
/// read in time, which DMA is.
fn done(_: Result<(), Error>) -> Result<(), SpiError> {
    Ok(())
}

/// What the counters of the DMA hold.
const PIECE: usize = 0xFFFF;

// Transfers of nothing are left out: the HAL's DMA panics at them, as it does at more than its counters hold.
impl<const CLOCK: u32, const READS: bool> spi::SpiBus for SpiBus<CLOCK, READS> {
    async fn read(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        for piece in words.chunks_mut(PIECE) {
            done(self.driver.read(piece).await)?;
        }
        Ok(())
    }

    async fn write(&mut self, words: &[u8]) -> Result<(), SpiError> {
        for piece in words.chunks(PIECE) {
            done(self.driver.write(piece).await)?;
        }
        Ok(())
    }

    /// The HAL's own transfer is of as many words both ways; what is left of the longer one goes by itself.
    async fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), SpiError> {
        let both = read.len().min(write.len());
        let (read, more_read) = read.split_at_mut(both);
        let (write, more_write) = write.split_at(both);
        if both > 0 && !READS {
            return Err(SpiError::WriteOnly);
        }
        for (read, write) in read.chunks_mut(PIECE).zip(write.chunks(PIECE)) {
            done(self.driver.transfer(read, write).await)?;
        }
        match more_read.is_empty() {
            true => self.write(more_write).await,
            false => self.read(more_read).await,
        }
    }

    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        for piece in words.chunks_mut(PIECE) {
            done(self.driver.transfer_in_place(piece).await)?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), SpiError> {
        // The HAL's transfers end when the last bit has been sent.
        Ok(())
    }
}
