//! Channels of timers become `SetDutyCycle`s whose duty goes from nothing to all of a period.
//!
//! embassy-stm32's own driver works the prescaler and the period out at run time, and holds a duty against them at every
//! change; here both are known when the firmware is built.

use core::convert::Infallible;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;

use embassy_stm32::Peri;
use embassy_stm32::gpio::OutputType;
use embassy_stm32::timer::low_level::{OutputCompareMode, OutputPolarity, Timer};
use embassy_stm32::timer::simple_pwm::PwmPin;
use embassy_stm32::timer::{GeneralInstance4Channel, TimerChannel, TimerPin};
use embedded_hal::pwm::{ErrorType, SetDutyCycle};
use fwc_runtime::gpio::{ActiveHigh, ActiveLow};

/// Reference manuals, TIMx_CCR1: where the first of four compare registers is, each of which has a word.
const FIRST_COMPARE: usize = 0x34;

/// A timer that counts, for ever.
pub struct PwmTimer<T: GeneralInstance4Channel>(ManuallyDrop<Timer<'static, T>>);

/// Has a timer count `period` steps, each of as many clocks as `divider` says.
pub fn start<T: GeneralInstance4Channel>(timer: Peri<'static, T>, divider: u16, period: u16) -> PwmTimer<T> {
    let timer = ManuallyDrop::new(Timer::new(timer));
    timer.regs_core().psc().write_value(divider - 1);
    // The HAL brings the prescaler into effect with it.
    timer.set_max_compare_value((period - 1).into());
    timer.set_autoreload_preload(true);
    timer.enable_outputs();
    timer.start();
    PwmTimer(timer)
}

/// The level that a pulse has.
pub trait Pulse {
    /// What the HAL calls it.
    const POLARITY: OutputPolarity;
}

impl Pulse for ActiveHigh {
    const POLARITY: OutputPolarity = OutputPolarity::ActiveHigh;
}

impl Pulse for ActiveLow {
    const POLARITY: OutputPolarity = OutputPolarity::ActiveLow;
}

/// Channel `C` of timer `T`, whose duty is a number of steps up to `PERIOD`. It lets go of its pin when it is dropped, but for
/// the STM32F1, whose pins are the timer's for ever.
pub struct PwmOutput<T, C, P, const PERIOD: u16> {
    #[cfg(not(feature = "afio"))]
    _pin: PwmPin<'static, T, C>,
    pulse: PhantomData<fn() -> (T, C, P)>,
}

impl<T: GeneralInstance4Channel, C: TimerChannel, P: Pulse, const PERIOD: u16> PwmOutput<T, C, P, PERIOD> {
    /// The channel of a timer that counts to `PERIOD`, with a first duty.
    ///
    /// The pin is the timer's last, so that it has no other level before.
    #[cfg(not(feature = "afio"))]
    pub fn new(timer: &PwmTimer<T>, pin: Peri<'static, impl TimerPin<T, C>>, duty: u16) -> Self {
        Self::begin(timer, duty);
        Self { _pin: PwmPin::new(pin, OutputType::PushPull), pulse: PhantomData }
    }

    /// The same, with the timer's pins mapped in the group `A`.
    #[cfg(feature = "afio")]
    pub fn remapped<A>(timer: &PwmTimer<T>, pin: Peri<'static, impl TimerPin<T, C, A>>, duty: u16) -> Self {
        Self::begin(timer, duty);
        core::mem::forget(PwmPin::new(pin, OutputType::PushPull));
        Self { pulse: PhantomData }
    }

    fn begin(timer: &PwmTimer<T>, duty: u16) {
        let timer = &timer.0;
        timer.set_output_compare_mode(C::CHANNEL, OutputCompareMode::PwmMode1);
        timer.set_compare_value(C::CHANNEL, duty.into());
        // From here on a new duty waits for the end of a period.
        timer.set_output_compare_preload(C::CHANNEL, true);
        timer.set_output_polarity(C::CHANNEL, P::POLARITY);
        timer.enable_channel(C::CHANNEL, true);
    }
}

impl<T, C, P, const PERIOD: u16> ErrorType for PwmOutput<T, C, P, PERIOD> {
    type Error = Infallible;
}

impl<T: GeneralInstance4Channel, C: TimerChannel, P, const PERIOD: u16> SetDutyCycle
    for PwmOutput<T, C, P, PERIOD>
{
    fn max_duty_cycle(&self) -> u16 {
        PERIOD
    }

    /// What is more than `PERIOD` is all of the period.
    #[allow(unsafe_code)]
    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        let steps = u32::from(duty.min(PERIOD));
        let register = FIRST_COMPARE + 4 * C::CHANNEL.index();
        // SAFETY: the address is that of the channel's compare register, a word that can be written at any time. Nobody but
        // this handle writes it.
        unsafe { T::regs().byte_add(register).cast::<u32>().write_volatile(steps) };
        Ok(())
    }
}
