//! Pins of a HAL become handles whose `high` means active, and inputs that do not bounce.
//!
//! The polarity is a type: an active-low pin costs what an active-high one does.

use core::future::Future;
use core::marker::PhantomData;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};
use embedded_hal_async::digital::Wait;

pub use crate::gpio::debounced::Debounced;

mod debounced;

mod sealed {
    /// Keeps the set of polarities closed.
    pub trait Sealed {}
    impl Sealed for super::ActiveHigh {}
    impl Sealed for super::ActiveLow {}
}

/// Which electrical level means active: [`ActiveHigh`] or [`ActiveLow`].
pub trait Polarity: sealed::Sealed {
    /// Whether the active level is the low one.
    const INVERTED: bool;

    /// Waits for the active level.
    fn active<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>>;
    /// Waits for the inactive level.
    fn inactive<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>>;
    /// Waits for the edge to the active level.
    fn activation<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>>;
    /// Waits for the edge to the inactive level.
    fn deactivation<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>>;
}

/// Active is the high level.
pub struct ActiveHigh;

/// Active is the low level.
pub struct ActiveLow;

// The pin's own futures are handed on as they are: an `async fn` around them would take room in every task.
impl Polarity for ActiveHigh {
    const INVERTED: bool = false;

    fn active<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_high()
    }
    fn inactive<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_low()
    }
    fn activation<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_rising_edge()
    }
    fn deactivation<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_falling_edge()
    }
}

impl Polarity for ActiveLow {
    const INVERTED: bool = true;

    fn active<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_low()
    }
    fn inactive<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_high()
    }
    fn activation<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_falling_edge()
    }
    fn deactivation<P: Wait>(pin: &mut P) -> impl Future<Output = Result<(), P::Error>> {
        pin.wait_for_rising_edge()
    }
}

/// An output whose `set_high` means active.
pub struct Output<P, A = ActiveHigh> {
    pin: P,
    polarity: PhantomData<A>,
}

impl<P, A> Output<P, A> {
    /// Wraps a pin, which already has its first level.
    pub fn new(pin: P) -> Self {
        Self { pin, polarity: PhantomData }
    }
}

impl<P: ErrorType, A> ErrorType for Output<P, A> {
    type Error = P::Error;
}

impl<P: OutputPin, A: Polarity> OutputPin for Output<P, A> {
    fn set_low(&mut self) -> Result<(), P::Error> {
        if A::INVERTED { self.pin.set_high() } else { self.pin.set_low() }
    }

    fn set_high(&mut self) -> Result<(), P::Error> {
        if A::INVERTED { self.pin.set_low() } else { self.pin.set_high() }
    }
}

impl<P: StatefulOutputPin, A: Polarity> StatefulOutputPin for Output<P, A> {
    fn is_set_high(&mut self) -> Result<bool, P::Error> {
        if A::INVERTED { self.pin.is_set_low() } else { self.pin.is_set_high() }
    }

    fn is_set_low(&mut self) -> Result<bool, P::Error> {
        if A::INVERTED { self.pin.is_set_high() } else { self.pin.is_set_low() }
    }

    fn toggle(&mut self) -> Result<(), P::Error> {
        self.pin.toggle()
    }
}

/// An input whose `high` means active.
pub struct Input<P, A = ActiveHigh> {
    pin: P,
    polarity: PhantomData<A>,
}

impl<P, A> Input<P, A> {
    /// Wraps a pin, which already has its pull.
    pub fn new(pin: P) -> Self {
        Self { pin, polarity: PhantomData }
    }
}

impl<P: ErrorType, A> ErrorType for Input<P, A> {
    type Error = P::Error;
}

impl<P: InputPin, A: Polarity> InputPin for Input<P, A> {
    fn is_high(&mut self) -> Result<bool, P::Error> {
        if A::INVERTED { self.pin.is_low() } else { self.pin.is_high() }
    }

    fn is_low(&mut self) -> Result<bool, P::Error> {
        if A::INVERTED { self.pin.is_high() } else { self.pin.is_low() }
    }
}

impl<P: Wait, A: Polarity> Wait for Input<P, A> {
    fn wait_for_high(&mut self) -> impl Future<Output = Result<(), P::Error>> {
        A::active(&mut self.pin)
    }

    fn wait_for_low(&mut self) -> impl Future<Output = Result<(), P::Error>> {
        A::inactive(&mut self.pin)
    }

    fn wait_for_rising_edge(&mut self) -> impl Future<Output = Result<(), P::Error>> {
        A::activation(&mut self.pin)
    }

    fn wait_for_falling_edge(&mut self) -> impl Future<Output = Result<(), P::Error>> {
        A::deactivation(&mut self.pin)
    }

    fn wait_for_any_edge(&mut self) -> impl Future<Output = Result<(), P::Error>> {
        self.pin.wait_for_any_edge()
    }
}
