//! Pins of embassy-rp become handles of one pin each: which one is part of the type, so that a level costs one write.
//!
//! embassy-rp's own drivers keep their pin's number in the task's memory, and compute registers and masks from it each time.
//! They set the pins up here, and let go of them when a handle is dropped.

use core::convert::Infallible;
use core::future::Future;
use core::mem::forget;
use core::pin::Pin as Pinned;
use core::task::{Context, Poll};

use embassy_rp::gpio::{Flex, Level, Pin, Pull};
use embassy_rp::{Peri, gpio, pac};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};
use embedded_hal_async::digital::Wait;

/// An output that drives both levels.
pub struct Output<P: Pin>(Peri<'static, P>);

impl<P: Pin> Output<P> {
    /// Makes an output of a pin, with its first level.
    pub fn new(mut pin: Peri<'static, P>, level: Level) -> Self {
        forget(gpio::Output::new(pin.reborrow(), level));
        Self(pin)
    }

    fn register(&self) -> pac::sio::Gpio {
        pac::SIO.gpio_out(bank(&*self.0))
    }
}

impl<P: Pin> Drop for Output<P> {
    fn drop(&mut self) {
        let_go(self.0.reborrow());
    }
}

impl<P: Pin> ErrorType for Output<P> {
    type Error = Infallible;
}

impl<P: Pin> OutputPin for Output<P> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.register().value_clr().write_value(bit(&*self.0));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.register().value_set().write_value(bit(&*self.0));
        Ok(())
    }
}

impl<P: Pin> StatefulOutputPin for Output<P> {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.register().value().read() & bit(&*self.0) != 0)
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        self.is_set_high().map(|high| !high)
    }

    fn toggle(&mut self) -> Result<(), Infallible> {
        self.register().value_xor().write_value(bit(&*self.0));
        Ok(())
    }
}

/// An output that drives the low level alone, and leaves the other to a pull-up.
pub struct OutputOpenDrain<P: Pin>(Peri<'static, P>);

impl<P: Pin> OutputOpenDrain<P> {
    /// Makes an output of a pin, with its first level.
    pub fn new(mut pin: Peri<'static, P>, level: Level) -> Self {
        forget(gpio::OutputOpenDrain::new(pin.reborrow(), level));
        Self(pin)
    }

    /// The level to drive is low for ever; here is whether it is driven.
    fn register(&self) -> pac::sio::Gpio {
        pac::SIO.gpio_oe(bank(&*self.0))
    }
}

impl<P: Pin> Drop for OutputOpenDrain<P> {
    fn drop(&mut self) {
        let_go(self.0.reborrow());
    }
}

impl<P: Pin> ErrorType for OutputOpenDrain<P> {
    type Error = Infallible;
}

impl<P: Pin> OutputPin for OutputOpenDrain<P> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.register().value_set().write_value(bit(&*self.0));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.register().value_clr().write_value(bit(&*self.0));
        Ok(())
    }
}

impl<P: Pin> StatefulOutputPin for OutputOpenDrain<P> {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        self.is_set_low().map(|low| !low)
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        Ok(self.register().value().read() & bit(&*self.0) != 0)
    }

    fn toggle(&mut self) -> Result<(), Infallible> {
        self.register().value_xor().write_value(bit(&*self.0));
        Ok(())
    }
}

/// An input. Which pin it is, is kept after all: embassy-rp has its waits for drivers that keep it, and for no others.
pub struct Input(Flex<'static>);

impl Input {
    /// Makes an input of a pin.
    pub fn new(pin: Peri<'static, impl Pin>, pull: Pull) -> Self {
        let mut pin = Flex::new(pin);
        pin.set_as_input();
        pin.set_pull(pull);
        Self(pin)
    }
}

impl ErrorType for Input {
    type Error = Infallible;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.is_high())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.is_low())
    }
}

impl Wait for Input {
    fn wait_for_high(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        Certain(self.0.wait_for_high())
    }

    fn wait_for_low(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        Certain(self.0.wait_for_low())
    }

    fn wait_for_rising_edge(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        Certain(self.0.wait_for_rising_edge())
    }

    fn wait_for_falling_edge(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        Certain(self.0.wait_for_falling_edge())
    }

    fn wait_for_any_edge(&mut self) -> impl Future<Output = Result<(), Infallible>> {
        Certain(self.0.wait_for_any_edge())
    }
}

/// A wait that does not fail. An `async` block in its place would have a state of its own, to keep and to ask at each poll.
struct Certain<F>(F);

impl<F: Future<Output = ()>> Future for Certain<F> {
    type Output = Result<(), Infallible>;

    fn poll(self: Pinned<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the field is pinned whenever the whole is: it is never moved out of it, and nothing else hands it out.
        #[allow(unsafe_code)]
        let wait = unsafe { self.map_unchecked_mut(|whole| &mut whole.0) };
        wait.poll(context).map(Ok)
    }
}

/// Where a register of pins has this one: RP2350 datasheet, section 3.1.3, for those from 32 on.
fn bank(pin: &impl Pin) -> usize {
    usize::from(pin.pin() / 32)
}

fn bit(pin: &impl Pin) -> u32 {
    1 << (pin.pin() % 32)
}

/// Disconnects a pin, as embassy-rp's drivers do when they are dropped.
fn let_go(pin: Peri<'_, impl Pin>) {
    drop(Flex::new(pin));
}
