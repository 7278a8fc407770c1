//! Outputs of PWM blocks become `SetDutyCycle`s whose duty goes from nothing to all of a period.
//!
//! embassy-nrf's driver waits in a loop until the block has read a new duty, which may be a period, and has one owner for all
//! outputs. Here each output writes its own half word, and has the block read all of them anew at its next period.

use core::convert::Infallible;
use core::mem::forget;
use core::sync::atomic::{AtomicU16, Ordering, compiler_fence};

use embassy_nrf::pac::pwm::Pwm;
use embassy_nrf::pwm::SimplePwm;
use embedded_hal::pwm::{ErrorType, SetDutyCycle};

/// nRF52 Product Specifications, PWM: with this bit the output is high while the counter is below the value, else low.
const HIGH_BELOW: u16 = 0x8000;

/// The outputs of a block: it reads a sequence of one value for each.
const OUTPUTS: usize = 4;

/// A block, and what it reads by its own DMA.
pub struct PwmBlock {
    registers: Pwm,
    values: [AtomicU16; OUTPUTS],
}

impl PwmBlock {
    /// A block with these registers that is not started.
    pub const fn new(registers: Pwm) -> Self {
        Self { registers, values: [const { AtomicU16::new(0) }; OUTPUTS] }
    }

    /// Starts a block that is configured, with these values.
    pub fn start(&'static mut self, driver: SimplePwm<'static>, values: [u16; OUTPUTS]) -> &'static PwmBlock {
        // The driver would let go of the pins here and now.
        forget(driver);
        self.values = values.map(AtomicU16::new);
        self.registers.dma().seq(0).ptr().write_value(self.values.as_ptr().addr() as u32);
        self.reload();
        self
    }

    /// Has the block read the values at the end of its period. While it does so already, it begins anew.
    fn reload(&self) {
        // The DMA reads what the compiler must have written by now.
        compiler_fence(Ordering::SeqCst);
        self.registers.tasks_dma().seq(0).start().write_value(1);
    }
}

/// The output with this number of a block: a duty is a number of steps up to `PERIOD`, in which the line is high, or low
/// where `LOW`.
pub struct PwmOutput<const OUTPUT: usize, const PERIOD: u16, const LOW: bool>(&'static PwmBlock);

impl<const OUTPUT: usize, const PERIOD: u16, const LOW: bool> PwmOutput<OUTPUT, PERIOD, LOW> {
    /// An output of a block that was started.
    pub fn new(block: &'static PwmBlock) -> Self {
        Self(block)
    }
}

impl<const OUTPUT: usize, const PERIOD: u16, const LOW: bool> ErrorType for PwmOutput<OUTPUT, PERIOD, LOW> {
    type Error = Infallible;
}

impl<const OUTPUT: usize, const PERIOD: u16, const LOW: bool> SetDutyCycle for PwmOutput<OUTPUT, PERIOD, LOW> {
    fn max_duty_cycle(&self) -> u16 {
        PERIOD
    }

    /// What is more than `PERIOD` is all of the period.
    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        let polarity = if LOW { 0 } else { HIGH_BELOW };
        self.0.values[OUTPUT].store(duty.min(PERIOD) | polarity, Ordering::Relaxed);
        self.0.reload();
        Ok(())
    }
}
