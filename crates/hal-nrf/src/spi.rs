//! SPI masters become buses that lend themselves to devices, each with its own clock. DMA moves the bytes.

use core::future::{Future, ready};

use embassy_embedded_hal::SetConfig;
use embassy_nrf::EASY_DMA_SIZE;
use embassy_nrf::pac::spim;
use embassy_nrf::spim::{Config, Frequency, MODE_0, MODE_1, MODE_2, MODE_3, Spim};
use embedded_hal_async::spi::{self, ErrorType};
use fwc_runtime::bus::{Clocked, Lend, SpiClock, SpiError};

/// A bus on a block that can be as fast as `FASTEST` hertz, which reads only where it has a line for it.
pub struct SpiBus<const FASTEST: u32, const READS: bool> {
    driver: Spim<'static>,
    registers: spim::Spim,
    clock: Option<SpiClock>,
}

impl<const FASTEST: u32, const READS: bool> SpiBus<FASTEST, READS> {
    /// Wraps a configured master, which has these registers.
    pub fn new(driver: Spim<'static>, registers: spim::Spim) -> Self {
        Self { driver, registers, clock: None }
    }
}

/// The clocks of every chip's blocks, slowest first.
const CLOCKS: &[(u32, Frequency)] = &[
    (125_000, Frequency::K125),
    (250_000, Frequency::K250),
    (500_000, Frequency::K500),
    (1_000_000, Frequency::M1),
    (2_000_000, Frequency::M2),
    (4_000_000, Frequency::M4),
    (8_000_000, Frequency::M8),
    #[cfg(feature = "spi-fast")]
    (16_000_000, Frequency::M16),
    #[cfg(feature = "spi-fast")]
    (32_000_000, Frequency::M32),
];

/// The fastest clock of a block that is not above `wanted`; where all are, the slowest.
fn not_above(wanted: u32, fastest: u32) -> Frequency {
    let clocks = CLOCKS.iter().rev();
    clocks.copied().find(|(hertz, _)| *hertz <= wanted.min(fastest)).map_or(Frequency::K125, |(_, clock)| clock)
}

impl<const FASTEST: u32, const READS: bool> Clocked for SpiBus<FASTEST, READS> {
    fn set_clock(&mut self, clock: SpiClock) {
        // Most buses have one device.
        if self.clock == Some(clock) {
            return;
        }
        self.clock = Some(clock);
        let mut config = Config::default();
        config.frequency = not_above(clock.hertz, FASTEST);
        config.mode = match (clock.mode.polarity, clock.mode.phase) {
            (spi::Polarity::IdleLow, spi::Phase::CaptureOnFirstTransition) => MODE_0,
            (spi::Polarity::IdleLow, spi::Phase::CaptureOnSecondTransition) => MODE_1,
            (spi::Polarity::IdleHigh, spi::Phase::CaptureOnFirstTransition) => MODE_2,
            (spi::Polarity::IdleHigh, spi::Phase::CaptureOnSecondTransition) => MODE_3,
        };
        // embassy-nrf 0.11.0, src/spim.rs: there is nothing that this refuses.
        let _ = self.driver.set_config(&config);
    }
}

/// Whoever has a bus alone has it at once.
impl<const FASTEST: u32, const READS: bool> Lend for SpiBus<FASTEST, READS> {
    type Bus = Self;
    type Loan<'a> = &'a mut Self;

    fn lend(&mut self) -> impl Future<Output = Self::Loan<'_>> {
        ready(self)
    }
}

impl<const FASTEST: u32, const READS: bool> ErrorType for SpiBus<FASTEST, READS> {
    type Error = SpiError;
}

/// Ends a transfer that its task gives up: the HAL's driver lets the DMA go on, into memory that others have by then.
struct Running(spim::Spim);

impl Running {
    /// The transfer has ended by itself.
    fn ended(self) {
        core::mem::forget(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.events_end().read() != 0 {
            return;
        }
        self.0.events_stopped().write_value(0);
        self.0.tasks_stop().write_value(1);
        for _ in 0..PATIENCE {
            if self.0.events_stopped().read() != 0 {
                return;
            }
        }
    }
}

/// How often it is asked whether a transfer has stopped: longer than a byte takes at the slowest clock.
const PATIENCE: u32 = 10_000;

/// Bytes of flash that go at once: the DMA reads RAM alone, so they are copied.
const COPIED: usize = if EASY_DMA_SIZE < 64 { EASY_DMA_SIZE } else { 64 };

/// nRF52 Product Specifications, Memory map: where code and its constants end, and RAM begins.
const RAM: usize = 0x2000_0000;

fn is_in_flash(words: &[u8]) -> bool {
    words.as_ptr().addr() < RAM
}

// The driver's error is of bytes in flash, which are copied before.
impl<const FASTEST: u32, const READS: bool> spi::SpiBus for SpiBus<FASTEST, READS> {
    async fn read(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        for piece in words.chunks_mut(EASY_DMA_SIZE) {
            #[cfg(feature = "spi-single")]
            if let [byte] = piece {
                *byte = single::exchange(self.registers, 0);
                continue;
            }
            let running = Running(self.registers);
            // The HAL's own `read` has room for bytes of flash in its future.
            let _ = self.driver.transfer_from_ram(piece, &[]).await;
            running.ended();
        }
        Ok(())
    }

    async fn write(&mut self, words: &[u8]) -> Result<(), SpiError> {
        if is_in_flash(words) {
            for piece in words.chunks(COPIED) {
                let mut copy = [0; COPIED];
                let copy = &mut copy[..piece.len()];
                copy.copy_from_slice(piece);
                let running = Running(self.registers);
                let _ = self.driver.write_from_ram(copy).await;
                running.ended();
            }
        } else if !words.is_empty() {
            let running = Running(self.registers);
            let _ = self.driver.write_from_ram(words).await;
            running.ended();
        }
        Ok(())
    }

    /// As many words both ways; what is left of the longer one goes by itself.
    async fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), SpiError> {
        let both = read.len().min(write.len());
        if both > 0 && !READS {
            return Err(SpiError::WriteOnly);
        }
        let (read, more_read) = read.split_at_mut(both);
        let (write, more_write) = write.split_at(both);
        // What is sent stands where the answer will: so it is in RAM.
        read.copy_from_slice(write);
        self.transfer_in_place(read).await?;
        match more_read.is_empty() {
            true => self.write(more_write).await,
            false => self.read(more_read).await,
        }
    }

    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        for piece in words.chunks_mut(EASY_DMA_SIZE) {
            #[cfg(feature = "spi-single")]
            if let [byte] = piece {
                *byte = single::exchange(self.registers, *byte);
                continue;
            }
            let running = Running(self.registers);
            let _ = self.driver.transfer_in_place(piece).await;
            running.ended();
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), SpiError> {
        // The HAL's transfers end when the last bit has been sent.
        Ok(())
    }
}

#[cfg(feature = "spi-single")]
mod single {
    //! A single byte, by the block without DMA that has the same registers.
    //!
    //! nRF52832 Errata, 58: a block with DMA clocks a byte too many where it receives one and sends no more than one. The
    //! workaround there is the other block.

    use embassy_nrf::pac::{spi, spim};

    use super::PATIENCE;

    /// Sends a byte while one is received. It takes eight clocks, in which no other task runs.
    pub(super) fn exchange(block: spim::Spim, byte: u8) -> u8 {
        // SAFETY: the two blocks are one, with pins, clock and mode in registers that they have in common (nRF52832 Product
        // Specification, SPI and SPIM, Registers); its owner lends it, and none of its DMA goes on.
        #[allow(unsafe_code)]
        let plain = unsafe { spi::Spi::from_ptr(block.as_ptr()) };
        block.enable().write(|state| state.set_enable(spim::vals::Enable::Disabled));
        plain.enable().write(|state| state.set_enable(spi::vals::Enable::Enabled));
        plain.events_ready().write_value(0);
        plain.txd().write(|sent| sent.set_txd(byte));
        for _ in 0..PATIENCE {
            if plain.events_ready().read() != 0 {
                break;
            }
        }
        let received = plain.rxd().read().rxd();
        plain.events_ready().write_value(0);
        plain.enable().write(|state| state.set_enable(spi::vals::Enable::Disabled));
        block.enable().write(|state| state.set_enable(spim::vals::Enable::Enabled));
        received
    }
}
