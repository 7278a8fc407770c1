//! An input that bounces becomes one whose level changes only after it was stable for a time.

use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Instant, Timer};
use embedded_hal::digital::{ErrorType, InputPin};
use embedded_hal_async::digital::Wait;

/// An input whose level changes only when the pin has kept the new level for `MICROS` microseconds.
///
/// It starts low (inactive), so that a pin which its pull still has to lift makes no edge. Waiting and asking share
/// one state: what one has seen, the other goes on from, and a wait that is dropped and begun again loses no time.
pub struct Debounced<I, const MICROS: u32> {
    input: I,
    level: bool,
    /// Since when the pin has been away from `level`.
    away_since: Option<Instant>,
}

/// What a wait is for.
#[derive(Clone, Copy, PartialEq)]
enum Goal {
    Level(bool),
    Edge(bool),
    AnyEdge,
}

impl<I, const MICROS: u32> Debounced<I, MICROS> {
    const STABLE: Duration = Duration::from_micros(MICROS as u64);

    /// Wraps an input.
    pub fn new(input: I) -> Self {
        Self { input, level: false, away_since: None }
    }
}

impl<I: Wait + InputPin, const MICROS: u32> Debounced<I, MICROS> {
    async fn wait_for(&mut self, goal: Goal) -> Result<(), I::Error> {
        if goal == Goal::Level(self.level) {
            return Ok(());
        }
        loop {
            let Some(since) = self.away_since else {
                if self.level {
                    self.input.wait_for_low().await?
                } else {
                    self.input.wait_for_high().await?
                }
                self.away_since = Some(Instant::now());
                continue;
            };
            let stable = Timer::at(since + Self::STABLE);
            let back = async {
                if self.level { self.input.wait_for_high().await } else { self.input.wait_for_low().await }
            };
            let outcome = select(back, stable).await;
            self.away_since = None;
            match outcome {
                Either::First(result) => result?,
                Either::Second(()) => {
                    self.level = !self.level;
                    match goal {
                        Goal::Level(level) | Goal::Edge(level) if level != self.level => {}
                        _ => return Ok(()),
                    }
                }
            }
        }
    }
}

impl<I: ErrorType, const MICROS: u32> ErrorType for Debounced<I, MICROS> {
    type Error = I::Error;
}

impl<I: InputPin, const MICROS: u32> InputPin for Debounced<I, MICROS> {
    fn is_high(&mut self) -> Result<bool, I::Error> {
        if self.input.is_high()? == self.level {
            self.away_since = None;
        } else {
            let now = Instant::now();
            let since = *self.away_since.get_or_insert(now);
            if now - since >= Self::STABLE {
                self.level = !self.level;
                self.away_since = None;
            }
        }
        Ok(self.level)
    }

    fn is_low(&mut self) -> Result<bool, I::Error> {
        self.is_high().map(|high| !high)
    }
}

impl<I: Wait + InputPin, const MICROS: u32> Wait for Debounced<I, MICROS> {
    fn wait_for_high(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.wait_for(Goal::Level(true))
    }

    fn wait_for_low(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.wait_for(Goal::Level(false))
    }

    fn wait_for_rising_edge(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.wait_for(Goal::Edge(true))
    }

    fn wait_for_falling_edge(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.wait_for(Goal::Edge(false))
    }

    fn wait_for_any_edge(&mut self) -> impl Future<Output = Result<(), I::Error>> {
        self.wait_for(Goal::AnyEdge)
    }
}
