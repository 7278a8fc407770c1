//! An input that bounces becomes one whose level changes only after it was stable for a time.

use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Instant, Timer};
use embedded_hal::digital::{ErrorType, InputPin};
use embedded_hal_async::digital::Wait;

/// The end of time in place of an `Option`, which would take eight bytes more in every task that debounces.
const AT_REST: Instant = Instant::MAX;

/// An input whose level changes only when the pin has kept the new level for `MICROS` microseconds.
///
/// It starts low (inactive), so that a pin which its pull still has to lift makes no edge. Waiting and asking share
/// one state: what one has seen, the other goes on from, and a wait that is dropped and begun again loses no time.
pub struct Debounced<I, const MICROS: u32> {
    input: I,
    level: bool,
    /// When the pin left `level`; [`AT_REST`] while it has it.
    away_since: Instant,
}

impl<I, const MICROS: u32> Debounced<I, MICROS> {
    const STABLE: Duration = Duration::from_micros(MICROS as u64);

    /// Wraps an input.
    pub fn new(input: I) -> Self {
        Self { input, level: false, away_since: AT_REST }
    }
}

impl<I: Wait, const MICROS: u32> Debounced<I, MICROS> {
    /// Waits until the level changes; the new level.
    pub(crate) async fn change(&mut self) -> Result<bool, I::Error> {
        loop {
            // At rest, wait for the other level for ever; away, for the old one until the time is over.
            let at_rest = self.away_since == AT_REST;
            let next = self.level != at_rest;
            let until = if at_rest { Instant::MAX } else { self.away_since + Self::STABLE };
            let moved = async {
                if next { self.input.wait_for_high().await } else { self.input.wait_for_low().await }
            };
            match select(moved, Timer::at(until)).await {
                Either::First(result) => {
                    result?;
                    self.away_since = if self.away_since == AT_REST { Instant::now() } else { AT_REST };
                }
                Either::Second(()) => {
                    self.level = !self.level;
                    self.away_since = AT_REST;
                    return Ok(self.level);
                }
            }
        }
    }

    /// Waits for the level; `edge`: for a change to it.
    async fn reach(&mut self, level: bool, edge: bool) -> Result<(), I::Error> {
        if edge || self.level != level {
            while self.change().await? != level {}
        }
        Ok(())
    }
}

impl<I: ErrorType, const MICROS: u32> ErrorType for Debounced<I, MICROS> {
    type Error = I::Error;
}

impl<I: InputPin, const MICROS: u32> InputPin for Debounced<I, MICROS> {
    fn is_high(&mut self) -> Result<bool, I::Error> {
        if self.input.is_high()? == self.level {
            self.away_since = AT_REST;
        } else if self.away_since == AT_REST {
            self.away_since = Instant::now();
        } else if self.away_since.elapsed() >= Self::STABLE {
            self.level = !self.level;
            self.away_since = AT_REST;
        }
        Ok(self.level)
    }

    fn is_low(&mut self) -> Result<bool, I::Error> {
        self.is_high().map(|high| !high)
    }
}

impl<I: Wait, const MICROS: u32> Wait for Debounced<I, MICROS> {
    fn wait_for_high(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.reach(true, false)
    }

    fn wait_for_low(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.reach(false, false)
    }

    fn wait_for_rising_edge(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.reach(true, true)
    }

    fn wait_for_falling_edge(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.reach(false, true)
    }

    async fn wait_for_any_edge(&mut self) -> Result<(), I::Error> {
        self.change().await.map(|_level| ())
    }
}
