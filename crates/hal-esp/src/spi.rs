//! The SPI master becomes a bus that lends itself to devices, each with its own clock. DMA moves the bytes.

use core::future::{Future, ready};

use embedded_hal_async::spi::{self, ErrorType};
use esp_hal::Async;
use esp_hal::dma::aligned::DmaAlignedMut;
use esp_hal::dma::{DmaBufError, DmaDescriptor, DmaRxBuf, DmaTxBuf};
use esp_hal::gpio::interconnect::{PeripheralInput, PeripheralOutput};
use esp_hal::peripherals::{DMA_CH0, SPI2};
use esp_hal::spi::Mode;
use esp_hal::spi::master::{Config, Spi, SpiDma};
use esp_hal::time::Rate;
use fwc_runtime::bus::{Clocked, Lend, SpiClock, SpiError};

use crate::OnOneCore;

/// Bytes that the DMA cannot reach, such as those in flash, go through a buffer of this size.
const COPIED: usize = 64;

/// What the DMA of a bus needs for ever.
#[repr(align(4))]
pub struct DmaMemory {
    sent: [u8; COPIED],
    received: [u8; COPIED],
    sends: [DmaDescriptor; 1],
    receives: [DmaDescriptor; 1],
}

impl DmaMemory {
    /// Memory of a bus that is not set up.
    #[expect(clippy::new_without_default, reason = "it is made once, in a static")]
    pub const fn new() -> Self {
        Self {
            sent: [0; COPIED],
            received: [0; COPIED],
            sends: [DmaDescriptor::EMPTY],
            receives: [DmaDescriptor::EMPTY],
        }
    }

    /// The HAL's buffers, of memory that is aligned as the DMA wants it.
    fn buffers(&'static mut self) -> Result<(DmaTxBuf, DmaRxBuf), DmaBufError> {
        let (sends, sent) = (aligned(&mut self.sends)?, aligned(&mut self.sent)?);
        let (receives, received) = (aligned(&mut self.receives)?, aligned(&mut self.received)?);
        Ok((DmaTxBuf::new(sends, sent)?, DmaRxBuf::new(receives, received)?))
    }
}

fn aligned<T, const N: usize>(
    memory: &'static mut [T; N],
) -> Result<DmaAlignedMut<'static, [T]>, DmaBufError> {
    Ok(DmaAlignedMut::new(memory)?.unsize())
}

/// Sets a master up, without its lines but the clock's. What the chip cannot have is what `fwc check` refuses.
pub fn driver(
    block: SPI2<'static>,
    channel: DMA_CH0<'static>,
    memory: &'static mut DmaMemory,
    config: Config,
    sck: impl PeripheralOutput<'static>,
    mosi: impl PeripheralOutput<'static>,
    miso: impl PeripheralInput<'static>,
) -> SpiDma<'static, Async> {
    let (Ok(driver), Ok((sent, received))) = (Spi::new(block, config), memory.buffers()) else {
        crate::panic::halt()
    };
    let driver = driver.with_sck(sck).with_mosi(mosi).with_miso(miso);
    driver.with_dma(channel).with_buffers(received, sent).into_async()
}

/// A bus, which reads only where it has a line for it.
pub struct SpiBus<const READS: bool> {
    driver: OnOneCore<SpiDma<'static, Async>>,
    clock: Option<SpiClock>,
}

impl<const READS: bool> SpiBus<READS> {
    /// Wraps a configured master.
    pub fn new(driver: SpiDma<'static, Async>) -> Self {
        Self { driver: OnOneCore(driver), clock: None }
    }
}

/// esp-hal 1.2.2, src/spi/master/mod.rs: 80 MHz over 1 to 1,024.
const CLOCKS: core::ops::RangeInclusive<u32> = 78_125..=80_000_000;

impl<const READS: bool> Clocked for SpiBus<READS> {
    fn set_clock(&mut self, clock: SpiClock) {
        // Most buses have one device.
        if self.clock == Some(clock) {
            return;
        }
        self.clock = Some(clock);
        let hertz = clock.hertz.clamp(*CLOCKS.start(), *CLOCKS.end());
        let mode = match (clock.mode.polarity, clock.mode.phase) {
            (spi::Polarity::IdleLow, spi::Phase::CaptureOnFirstTransition) => Mode::_0,
            (spi::Polarity::IdleLow, spi::Phase::CaptureOnSecondTransition) => Mode::_1,
            (spi::Polarity::IdleHigh, spi::Phase::CaptureOnFirstTransition) => Mode::_2,
            (spi::Polarity::IdleHigh, spi::Phase::CaptureOnSecondTransition) => Mode::_3,
        };
        // It refuses what is not among the clocks.
        let _ = self
            .driver
            .0
            .apply_config(&Config::default().with_frequency(Rate::from_hz(hertz)).with_mode(mode));
    }
}

/// Whoever has a bus alone has it at once.
impl<const READS: bool> Lend for SpiBus<READS> {
    type Bus = Self;
    type Loan<'a> = &'a mut Self;

    fn lend(&mut self) -> impl Future<Output = Self::Loan<'_>> {
        ready(self)
    }
}

impl<const READS: bool> ErrorType for SpiBus<READS> {
    type Error = SpiError;
}

// The driver's errors are of memory that the DMA cannot reach, for which it has its buffers. It ends a transfer that its task
// gives up (esp-hal 1.2.2, src/spi/master/dma.rs, `transfer_buffers_dma_async`).
impl<const READS: bool> spi::SpiBus for SpiBus<READS> {
    async fn read(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        let _ = OnOneCore(self.driver.0.read_async(words)).await;
        Ok(())
    }

    async fn write(&mut self, words: &[u8]) -> Result<(), SpiError> {
        let _ = OnOneCore(self.driver.0.write_async(words)).await;
        Ok(())
    }

    /// As many words both ways; what is left of the longer one goes by itself.
    async fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), SpiError> {
        if !READS && !read.is_empty() && !write.is_empty() {
            return Err(SpiError::WriteOnly);
        }
        let _ = OnOneCore(self.driver.0.transfer_async(read, write)).await;
        Ok(())
    }

    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        let _ = OnOneCore(self.driver.0.transfer_in_place_async(words)).await;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), SpiError> {
        // The HAL's transfers end when the last bit has been sent.
        Ok(())
    }
}
