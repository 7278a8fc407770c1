//! SPI masters: bytes take their time on the bus, at the clock of the device that has it.

use std::future::{Future, ready};

use embedded_hal_async::spi::{self, ErrorType};
use fwc_runtime::bus::{Clocked, Lend, SpiClock, SpiError};

use crate::{parts, world};

/// Bytes that the chip's FIFO holds (RP2040 datasheet, section 4.4.2): the parts see so many at a time.
const FIFO: usize = 8;

/// A bus, which reads only where it has a line for it.
pub struct SpiBus<const READS: bool> {
    bus: u8,
    hertz: u32,
}

impl<const READS: bool> SpiBus<READS> {
    /// The bus with this number, at a clock that each device may change.
    pub fn new(bus: u8, hertz: u32) -> Self {
        Self { bus, hertz }
    }

    /// Bytes go out, and as many come in.
    async fn exchange(
        &self,
        count: usize,
        mut byte: impl FnMut(usize) -> u8,
        mut take: impl FnMut(usize, u8),
    ) {
        let begun = world::now();
        for first in (0..count).step_by(FIFO) {
            let end = count.min(first + FIFO);
            world::until(begun + end as u64 * 8 * 1_000_000_000 / u64::from(self.hertz.max(1))).await;
            for index in first..end {
                take(index, parts::exchange(self.bus, byte(index)));
            }
        }
        parts::end_burst(self.bus);
    }
}

impl<const READS: bool> Clocked for SpiBus<READS> {
    fn set_clock(&mut self, clock: SpiClock) {
        self.hertz = clock.hertz;
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

impl<const READS: bool> spi::SpiBus for SpiBus<READS> {
    async fn read(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        self.exchange(words.len(), |_| 0, |index, answer| words[index] = answer).await;
        Ok(())
    }

    async fn write(&mut self, words: &[u8]) -> Result<(), SpiError> {
        self.exchange(words.len(), |index| words[index], |_, _| {}).await;
        Ok(())
    }

    async fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), SpiError> {
        if !READS && !read.is_empty() {
            return Err(SpiError::WriteOnly);
        }
        let count = write.len().max(read.len());
        let out = |index| write.get(index).copied().unwrap_or_default();
        let take = |index: usize, answer| {
            if let Some(place) = read.get_mut(index) {
                *place = answer;
            }
        };
        self.exchange(count, out, take).await;
        Ok(())
    }

    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), SpiError> {
        if !READS {
            return Err(SpiError::WriteOnly);
        }
        let sent = words.to_vec();
        self.exchange(sent.len(), |index| sent[index], |index, answer| words[index] = answer).await;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), SpiError> {
        // A transfer ends when the last bit has been sent.
        Ok(())
    }
}
