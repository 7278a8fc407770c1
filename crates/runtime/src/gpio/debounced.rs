//! An input that bounces becomes one whose level changes only after it was stable for a time.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embassy_time::{Duration, Instant, Timer};
use embedded_hal::digital::{ErrorType, InputPin};
use embedded_hal_async::digital::Wait;

/// When a level that is not about to change will change.
const NEVER: Instant = Instant::MAX;

/// An input whose level changes only when the pin has kept the new level for `MICROS` microseconds.
///
/// It starts low (inactive), so that a pin which its pull still has to lift makes no edge. Waiting and asking share
/// one state: what one has seen, the other goes on from, and a wait that is dropped and begun again loses no time.
pub struct Debounced<I, const MICROS: u32> {
    input: I,
    level: bool,
    /// When the level changes if the pin, which has left it, does not come back; [`NEVER`] while the pin has it.
    changes_at: Instant,
}

impl<I, const MICROS: u32> Debounced<I, MICROS> {
    /// Wraps an input.
    pub fn new(input: I) -> Self {
        Self { input, level: false, changes_at: NEVER }
    }

    /// The pin has left the level, or come back to it.
    fn moved(&mut self) {
        self.changes_at = match self.changes_at {
            // Saturating, because the panic of `+` would be in the image for nothing: time does not get that far.
            NEVER => Instant::now().saturating_add(Duration::from_micros(MICROS.into())),
            _ => NEVER,
        };
    }

    /// The pin has kept the other level long enough.
    fn settled(&mut self) {
        self.level = !self.level;
        self.changes_at = NEVER;
    }
}

impl<I: Wait, const MICROS: u32> Debounced<I, MICROS> {
    /// Waits until the level changes; the new level.
    pub(crate) async fn change(&mut self) -> Result<bool, I::Error> {
        loop {
            // At rest wait for the other level, and away from it for the same one. Levels, not edges: none is missed.
            let next = self.level != (self.changes_at == NEVER);
            let result = {
                let input = &mut self.input;
                let mut pin = pin!(async move {
                    if next { input.wait_for_high().await } else { input.wait_for_low().await }
                });
                poll_fn(|context| {
                    if let Poll::Ready(result) = pin.as_mut().poll(context) {
                        return Poll::Ready(Some(result));
                    }
                    if self.changes_at <= Instant::now() {
                        return Poll::Ready(None);
                    }
                    // A timer that is made anew at each poll takes no room between them.
                    pin!(Timer::at(self.changes_at)).poll(context).map(|()| None)
                })
                .await
            };
            match result {
                Some(result) => {
                    result?;
                    self.moved();
                }
                None => {
                    self.settled();
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
        let away = self.input.is_high()? != self.level;
        if away != (self.changes_at != NEVER) {
            self.moved();
        } else if self.changes_at <= Instant::now() {
            self.settled();
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
