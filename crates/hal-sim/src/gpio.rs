//! Pins: levels that are driven, and levels that are waited for.

use std::convert::Infallible;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};
use embedded_hal_async::digital::Wait;

use crate::world;

/// The resistor on an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pull {
    /// To the supply.
    Up,
    /// To ground.
    Down,
    /// None: the pin keeps its level.
    None,
}

/// A pin that drives its line.
pub struct Output {
    pin: u8,
    high: bool,
}

impl Output {
    /// Drives the pin with this number.
    pub fn new(pin: u8, high: bool) -> Self {
        world::drive(pin, high);
        Self { pin, high }
    }
}

/// A pin that drives its line low and else leaves it to a pull-up.
pub struct OpenDrain(Output);

impl OpenDrain {
    /// Drives the pin with this number where the level is low.
    pub fn new(pin: u8, high: bool) -> Self {
        let mut this = Self(Output { pin, high });
        this.set(high);
        this
    }

    fn set(&mut self, high: bool) {
        self.0.high = high;
        match high {
            true => world::pull(self.0.pin, true),
            false => world::drive(self.0.pin, false),
        }
    }
}

/// A pin that is read.
pub struct Input {
    pin: u8,
}

impl Input {
    /// Reads the pin with this number.
    pub fn new(pin: u8, pull: Pull) -> Self {
        match pull {
            Pull::Up => world::pull(pin, true),
            Pull::Down => world::pull(pin, false),
            Pull::None => {}
        }
        Self { pin }
    }

    fn level(&self) -> bool {
        world::look_at_pin(self.pin, None, |pin| Some(pin.level)).unwrap_or_default()
    }

    fn wait_for_level(&mut self, level: bool) -> impl Future<Output = Result<(), Infallible>> {
        let pin = self.pin;
        poll_fn(move |context| {
            let found =
                world::look_at_pin(pin, Some(context.waker()), |pin| (pin.level == level).then_some(()));
            found.map_or(Poll::Pending, |()| Poll::Ready(Ok(())))
        })
    }

    /// Waits until there are more of these edges than when it was called.
    fn wait_for_edge(&mut self, count: fn(u64, u64) -> u64) -> impl Future<Output = Result<(), Infallible>> {
        let pin = self.pin;
        let before = edges(pin, None, count, None);
        poll_fn(move |context| match edges(pin, Some(context.waker()), count, before) {
            Some(_) => Poll::Ready(Ok(())),
            None => Poll::Pending,
        })
    }
}

/// How many edges of a kind a pin has seen, where that is not what it was before.
fn edges(pin: u8, waker: Option<&Waker>, count: fn(u64, u64) -> u64, before: Option<u64>) -> Option<u64> {
    world::look_at_pin(pin, waker, |pin| {
        let edges = count(pin.rises, pin.falls);
        (Some(edges) != before).then_some(edges)
    })
}

impl ErrorType for Output {
    type Error = Infallible;
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.high = false;
        world::drive(self.pin, false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.high = true;
        world::drive(self.pin, true);
        Ok(())
    }
}

impl StatefulOutputPin for Output {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.high)
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.high)
    }
}

impl ErrorType for OpenDrain {
    type Error = Infallible;
}

impl OutputPin for OpenDrain {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

impl StatefulOutputPin for OpenDrain {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.high)
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.0.high)
    }
}

impl ErrorType for Input {
    type Error = Infallible;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.level())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.level())
    }
}

impl Wait for Input {
    fn wait_for_high(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        self.wait_for_level(true)
    }

    fn wait_for_low(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        self.wait_for_level(false)
    }

    fn wait_for_rising_edge(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        self.wait_for_edge(|rises, _| rises)
    }

    fn wait_for_falling_edge(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        self.wait_for_edge(|_, falls| falls)
    }

    fn wait_for_any_edge(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        self.wait_for_edge(|rises, falls| rises + falls)
    }
}
