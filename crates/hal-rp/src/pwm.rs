//! Outputs of PWM slices become `SetDutyCycle`s whose duty goes from nothing to all of a period.
//!
//! embassy-rp's own outputs end one step before the whole of a period, so that an output at "100 %" still has a gap in each.
//! They also change their half of the compare register by reading and writing all of it, which two tasks on two executors
//! must not do at the same time.

use core::convert::Infallible;
use core::mem::forget;

use embassy_rp::pac;
use embassy_rp::pwm::Pwm;
use embedded_hal::pwm::{ErrorType, SetDutyCycle};

/// RP2040 datasheet, section 2.1.2: what is written to a register's address plus this flips the bits that are set in it.
const FLIP: usize = 0x1000;

/// RP2040 datasheet, section 2.19.2: the function of a pin that no block drives.
const NO_FUNCTION: u8 = 31;

/// One output of a slice on the pin with that number: `OUTPUT` is `'A'` or `'B'`, and a duty is a number of steps up to
/// `PERIOD`.
///
/// All of that is in the type, so the handle holds nothing. It lets go of its pin when it is dropped.
pub struct PwmOutput<const PIN: usize, const SLICE: usize, const OUTPUT: char, const PERIOD: u16>(());

impl<const PIN: usize, const SLICE: usize, const OUTPUT: char, const PERIOD: u16>
    PwmOutput<PIN, SLICE, OUTPUT, PERIOD>
{
    /// The one output of a slice, which is configured with `top` one below `PERIOD`.
    pub fn new(slice: Pwm<'static>) -> Self {
        // The driver would let go of the pin here and now.
        forget(slice);
        Self(())
    }

    /// Where the output's half of the compare register begins.
    const SHIFT: u32 = if OUTPUT == 'A' { 0 } else { 16 };
}

/// Both outputs of a slice, which is configured with `top` one below `PERIOD`.
pub fn pair<const PIN_A: usize, const PIN_B: usize, const SLICE: usize, const PERIOD: u16>(
    slice: Pwm<'static>,
) -> (PwmOutput<PIN_A, SLICE, 'A', PERIOD>, PwmOutput<PIN_B, SLICE, 'B', PERIOD>) {
    forget(slice);
    (PwmOutput(()), PwmOutput(()))
}

impl<const PIN: usize, const SLICE: usize, const OUTPUT: char, const PERIOD: u16> Drop
    for PwmOutput<PIN, SLICE, OUTPUT, PERIOD>
{
    fn drop(&mut self) {
        let Ok(()) = self.set_duty_cycle(0);
        pac::IO_BANK0.gpio(PIN).ctrl().write(|control| control.set_funcsel(NO_FUNCTION));
        pac::PADS_BANK0.gpio(PIN).modify(|pad| pad.set_pde(true));
    }
}

impl<const PIN: usize, const SLICE: usize, const OUTPUT: char, const PERIOD: u16> ErrorType
    for PwmOutput<PIN, SLICE, OUTPUT, PERIOD>
{
    type Error = Infallible;
}

impl<const PIN: usize, const SLICE: usize, const OUTPUT: char, const PERIOD: u16> SetDutyCycle
    for PwmOutput<PIN, SLICE, OUTPUT, PERIOD>
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
