//! Hardware that is not there: pins that tell what happens to them, a key that is pressed at set times, a rising voltage.

use core::convert::Infallible;

use embassy_time::{Instant, Timer};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};
use embedded_hal::pwm::SetDutyCycle;
use embedded_hal_async::digital::Wait;
use embedded_io_async::{Read, Write};
use fwc_runtime::AnalogInput;
use semihosting::println;

/// Milliseconds since the start.
pub fn now() -> u64 {
    Instant::now().as_millis()
}

/// An output that tells of every change.
pub struct Lamp {
    name: &'static str,
    is_on: bool,
}

impl Lamp {
    pub fn new(name: &'static str) -> Self {
        Self { name, is_on: false }
    }

    fn set(&mut self, is_on: bool) -> Result<(), Infallible> {
        if is_on != self.is_on {
            println!("{} {} {}", now(), self.name, if is_on { "on" } else { "off" });
        }
        self.is_on = is_on;
        Ok(())
    }
}

impl ErrorType for Lamp {
    type Error = Infallible;
}

impl OutputPin for Lamp {
    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true)
    }

    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false)
    }
}

impl StatefulOutputPin for Lamp {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.is_on)
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.is_on)
    }
}

/// When the key's level changes: it bounces when it is pressed, and again when it is let go.
const EDGES: [u64; 8] = [200, 202, 204, 300, 301, 303, 500, 560];

/// The key.
pub struct Key;

impl ErrorType for Key {
    type Error = Infallible;
}

impl InputPin for Key {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(EDGES.iter().filter(|edge| **edge <= now()).count() % 2 == 1)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|is_high| !is_high)
    }
}

impl Key {
    async fn next_edge(&mut self) {
        match EDGES.iter().find(|edge| **edge > now()) {
            Some(edge) => Timer::at(Instant::from_millis(*edge)).await,
            None => core::future::pending().await,
        }
    }
}

impl Wait for Key {
    async fn wait_for_high(&mut self) -> Result<(), Infallible> {
        while self.is_low()? {
            self.next_edge().await;
        }
        Ok(())
    }

    async fn wait_for_low(&mut self) -> Result<(), Infallible> {
        while self.is_high()? {
            self.next_edge().await;
        }
        Ok(())
    }

    async fn wait_for_rising_edge(&mut self) -> Result<(), Infallible> {
        self.wait_for_low().await?;
        self.wait_for_high().await
    }

    async fn wait_for_falling_edge(&mut self) -> Result<(), Infallible> {
        self.wait_for_high().await?;
        self.wait_for_low().await
    }

    async fn wait_for_any_edge(&mut self) -> Result<(), Infallible> {
        self.next_edge().await;
        Ok(())
    }
}

/// A voltage that rises by 2 mV a millisecond for half a second, and falls again.
pub struct Knob;

impl AnalogInput for Knob {
    type Error = Infallible;

    async fn millivolts(&mut self) -> Result<u16, Infallible> {
        let time = now().min(1_000);
        Ok(2 * time.min(1_000 - time) as u16)
    }
}

/// A pwm that tells of every new duty.
pub struct Fan(pub u16);

impl embedded_hal::pwm::ErrorType for Fan {
    type Error = Infallible;
}

impl SetDutyCycle for Fan {
    fn max_duty_cycle(&self) -> u16 {
        1_000
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        if duty != self.0 {
            println!("{} fan {duty}", now());
        }
        self.0 = duty;
        Ok(())
    }
}

/// A serial line: what is sent is shown, and some bytes come in after a while.
pub struct Line {
    name: &'static str,
    comes: &'static [u8],
}

impl Line {
    pub fn new(name: &'static str, comes: &'static [u8]) -> Self {
        Self { name, comes }
    }
}

impl embedded_io_async::ErrorType for Line {
    type Error = Infallible;
}

impl Read for Line {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        if self.comes.is_empty() {
            return core::future::pending().await;
        }
        Timer::after_millis(150).await;
        let count = self.comes.len().min(bytes.len());
        let (now, later) = self.comes.split_at(count);
        bytes[..count].copy_from_slice(now);
        self.comes = later;
        Ok(count)
    }
}

impl Write for Line {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let text = core::str::from_utf8(bytes).unwrap_or("?");
        println!("{} {} {text:?}", now(), self.name);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
