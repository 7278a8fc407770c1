//! Outputs of PWM slices become `SetDutyCycle`s whose duty goes from nothing to all of a period.
//!
//! embassy-rp's own outputs end one step before the whole of a period, so that an output at "100 %" still has a gap in each.
//! They also change their half of the compare register by reading and writing all of it, which two tasks on two executors
//! must not do at the same time.

use core::convert::Infallible;

use embassy_rp::pac;
use embassy_rp::pwm::{Pwm, PwmOutput as HalOutput};
use embedded_hal::pwm::{ErrorType, SetDutyCycle};

/// RP2040 datasheet, section 2.1.2: what is written to a register's address plus this flips the bits that are set in it.
const FLIP: usize = 0x1000;

/// One output of a slice: `OUTPUT` is `'A'` or `'B'`, and a duty is a number of steps up to `PERIOD`.
///
/// It lets go of its pin when it is dropped.
pub struct PwmOutput<const SLICE: usize, const OUTPUT: char, const PERIOD: u16> {
    _pin: Option<HalOutput<'static>>,
}

impl<const SLICE: usize, const OUTPUT: char, const PERIOD: u16> PwmOutput<SLICE, OUTPUT, PERIOD> {
    /// The one output of a slice, which is configured with `top` one below `PERIOD`.
    pub fn new(slice: Pwm<'static>) -> Self {
        let (a, b) = slice.split();
        Self { _pin: if OUTPUT == 'A' { a } else { b } }
    }

    /// Where the output's half of the compare register begins.
    const SHIFT: u32 = if OUTPUT == 'A' { 0 } else { 16 };
}

/// Both outputs of a slice, which is configured with `top` one below `PERIOD`.
pub fn pair<const SLICE: usize, const PERIOD: u16>(
    slice: Pwm<'static>,
) -> (PwmOutput<SLICE, 'A', PERIOD>, PwmOutput<SLICE, 'B', PERIOD>) {
    let (a, b) = slice.split();
    (PwmOutput { _pin: a }, PwmOutput { _pin: b })
}

impl<const SLICE: usize, const OUTPUT: char, const PERIOD: u16> ErrorType
    for PwmOutput<SLICE, OUTPUT, PERIOD>
{
    type Error = Infallible;
}

impl<const SLICE: usize, const OUTPUT: char, const PERIOD: u16> SetDutyCycle
    for PwmOutput<SLICE, OUTPUT, PERIOD>
{
    fn max_duty_cycle(&self) -> u16 {
        PERIOD
    }

    /// What is more than `PERIOD` is all of the period.
    #[allow(unsafe_code)]
    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        let register = pac::PWM.ch(SLICE).cc();
        let old = register.read().0 >> Self::SHIFT & 0xffff;
        let changed = (old ^ u32::from(duty.min(PERIOD))) << Self::SHIFT;
        // SAFETY: the address is that of the compare register through its alias that flips bits (above), which can be
        // written at any time. Only this half changes, and nobody but this handle changes it, so no lock is needed.
        unsafe { register.as_ptr().cast::<u32>().byte_add(FLIP).write_volatile(changed) };
        Ok(())
    }
}
