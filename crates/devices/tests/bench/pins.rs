//! Pins of the bench: what the chip's own pins would be to a driver, with the part at their other end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use embassy_time::{Duration, Timer};
use embedded_hal::digital::{self, InputPin as _};
use embedded_hal::pwm::{self, SetDutyCycle};
use embedded_hal_async::digital::Wait;
use fwc_parts::{Level, Nanos, PinPart, Wired};
use smart_leds::{RGB8, SmartLedsWriteAsync};

use super::{Bench, Part, now};

impl Bench {
    /// The pin of the part with this number, as one that the chip drives.
    pub(crate) fn output(&self, pin: usize) -> OutputPin {
        OutputPin { part: Rc::clone(&self.0), pin }
    }

    /// The pin of the part with this number, as one that the chip reads.
    pub(crate) fn input(&self, pin: usize) -> InputPin {
        InputPin { part: Rc::clone(&self.0), pin }
    }

    /// The pin of the part with this number, as one that the chip pulses so many times a second.
    pub(crate) fn pwm(&self, pin: usize, hertz: u64) -> PwmPin {
        PwmPin { part: Rc::clone(&self.0), pin, period: Nanos(1_000_000_000 / hertz) }
    }

    /// The pin of the part with this number, as one from which the chip sends colours.
    pub(crate) fn strip(&self, pin: usize, lights: usize) -> StripPin {
        StripPin { part: Rc::clone(&self.0), pin, colors: vec![RGB8::default(); lights] }
    }
}

impl Part {
    fn on_pins<T>(&self, act: impl FnOnce(&mut dyn PinPart) -> T) -> T {
        let Wired::Pins(part) = &mut *self.part.borrow_mut() else { panic!("the part is on no pins") };
        act(part.as_mut())
    }

    fn drive(&self, pin: usize, level: Level, at: Nanos) {
        if !self.unplugged.get() {
            self.on_pins(|part| part.driven(pin, level, at));
        }
    }

    /// Lets happen what the part has done until now.
    fn settle(&self) {
        if self.unplugged.get() {
            return;
        }
        while let Some((at, pin, level)) = self.on_pins(|part| part.next_change(now())) {
            if at > now() {
                return;
            }
            self.on_pins(|part| part.changed(at));
            self.levels.borrow_mut().insert(pin, level);
        }
    }

    fn level(&self, pin: usize) -> Level {
        self.settle();
        self.levels.borrow().get(&pin).copied().unwrap_or(Level::Low)
    }
}

/// A pin that the chip drives.
pub(crate) struct OutputPin {
    part: Rc<Part>,
    pin: usize,
}

impl digital::ErrorType for OutputPin {
    type Error = Infallible;
}

impl digital::OutputPin for OutputPin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.part.drive(self.pin, Level::Low, now());
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.part.drive(self.pin, Level::High, now());
        Ok(())
    }
}

/// A pin that the chip reads.
pub(crate) struct InputPin {
    part: Rc<Part>,
    pin: usize,
}

impl digital::ErrorType for InputPin {
    type Error = Infallible;
}

impl digital::InputPin for InputPin {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.part.level(self.pin) == Level::High)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(self.part.level(self.pin) == Level::Low)
    }
}

impl InputPin {
    async fn wait_for(&mut self, level: Level) {
        poll_fn(|_| if self.part.level(self.pin) == level { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

impl Wait for InputPin {
    async fn wait_for_high(&mut self) -> Result<(), Infallible> {
        self.wait_for(Level::High).await;
        Ok(())
    }

    async fn wait_for_low(&mut self) -> Result<(), Infallible> {
        self.wait_for(Level::Low).await;
        Ok(())
    }

    async fn wait_for_rising_edge(&mut self) -> Result<(), Infallible> {
        self.wait_for(Level::Low).await;
        self.wait_for_high().await
    }

    async fn wait_for_falling_edge(&mut self) -> Result<(), Infallible> {
        self.wait_for(Level::High).await;
        self.wait_for_low().await
    }

    async fn wait_for_any_edge(&mut self) -> Result<(), Infallible> {
        if self.is_high()? { self.wait_for_low().await } else { self.wait_for_high().await }
    }
}

/// A pin that the chip pulses. Each new duty is one pulse, at once.
pub(crate) struct PwmPin {
    part: Rc<Part>,
    pin: usize,
    period: Nanos,
}

impl pwm::ErrorType for PwmPin {
    type Error = Infallible;
}

impl SetDutyCycle for PwmPin {
    fn max_duty_cycle(&self) -> u16 {
        65_000
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        if duty > 0 {
            let pulse = Nanos(self.period.0 * u64::from(duty) / u64::from(self.max_duty_cycle()));
            self.part.drive(self.pin, Level::High, now());
            self.part.drive(self.pin, Level::Low, now() + pulse);
        }
        Ok(())
    }
}

/// A pin from which the chip sends colours, each bit as a pulse.
pub(crate) struct StripPin {
    part: Rc<Part>,
    pin: usize,
    colors: Vec<RGB8>,
}

impl SmartLedsWriteAsync for StripPin {
    type Error = Infallible;
    type Color = RGB8;

    async fn write<T, I>(&mut self, colors: T) -> Result<(), Infallible>
    where
        T: IntoIterator<Item = I>,
        I: Into<RGB8>,
    {
        for (kept, color) in self.colors.iter_mut().zip(colors) {
            *kept = color.into();
        }
        let mut at = now();
        for byte in self.colors.iter().flat_map(|color| [color.g, color.r, color.b]) {
            for bit in (0..8).rev() {
                let pulse = if byte >> bit & 1 == 1 { 875 } else { 250 };
                self.part.drive(self.pin, Level::High, at);
                self.part.drive(self.pin, Level::Low, at + Nanos(pulse));
                at = at + Nanos(1_250);
            }
        }
        let frame = Nanos(at.0 - now().0) + Nanos::from_micros(300);
        Timer::after(Duration::from_micros(frame.0.div_ceil(1_000))).await;
        Ok(())
    }
}
