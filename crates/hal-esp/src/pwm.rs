//! Channels of the LED PWM controller become `SetDutyCycle`s whose duty goes from nothing to all of a period.
//!
//! esp-hal's channels borrow their timer, so that no task on an interrupt executor could have one, and its timers reckon with
//! another clock than the controller of the ESP32-C6 has (esp-hal 1.2.2, src/ledc/low_level/v3.rs: 80 MHz are selected, and
//! the APB's 40 MHz are reckoned with). Here the controller, its clock and its lines are set up by the HAL, and the registers
//! of timers and channels written as the plan has them.

use core::convert::Infallible;
use core::mem::forget;

use embedded_hal::pwm::{ErrorType, SetDutyCycle};
use esp_hal::gpio::{Level, Output, OutputConfig, OutputPin, OutputSignal};
use esp_hal::ledc::{LSGlobalClkSource, Ledc};
use esp_hal::peripherals::LEDC;

/// Lines of the channels, by their numbers.
const SIGNALS: [OutputSignal; 6] = [
    OutputSignal::LEDC_LS_SIG0,
    OutputSignal::LEDC_LS_SIG1,
    OutputSignal::LEDC_LS_SIG2,
    OutputSignal::LEDC_LS_SIG3,
    OutputSignal::LEDC_LS_SIG4,
    OutputSignal::LEDC_LS_SIG5,
];

/// Starts the controller, before its timers and channels.
pub fn start(controller: LEDC<'static>) {
    Ledc::new(controller).set_global_slow_clock(LSGlobalClkSource::APBClk);
}

/// A timer that is started: it counts to two to the power of `BITS`.
#[derive(Clone, Copy)]
pub struct Timer<const TIMER: usize, const BITS: u8>(());

impl<const TIMER: usize, const BITS: u8> Timer<TIMER, BITS> {
    /// Starts a timer of a controller that was started. Its clock of 80 MHz is divided by `divider`, which has eight binary
    /// places.
    pub fn start(divider: u32) -> Self {
        let timer = LEDC::regs().timer(TIMER);
        timer.conf().modify(|_, settings| {
            settings.rst().clear_bit().pause().clear_bit();
            // SAFETY: the plan has a divider and a resolution that the registers hold.
            #[allow(unsafe_code)]
            unsafe {
                settings.clk_div().bits(divider).duty_res().bits(BITS)
            }
        });
        timer.conf().modify(|_, settings| settings.para_up().set_bit());
        Self(())
    }
}

/// The output of a channel: a duty is a number of steps up to two to the power of `BITS`, in which the line is high, or low where
/// `LOW`.
pub struct PwmOutput<const CHANNEL: usize, const BITS: u8, const LOW: bool>(());

impl<const CHANNEL: usize, const BITS: u8, const LOW: bool> PwmOutput<CHANNEL, BITS, LOW> {
    const PERIOD: u16 = 1 << BITS;

    /// Has a channel pulse a pin with this duty, by a timer that was started.
    pub fn new<const TIMER: usize>(
        _timer: Timer<TIMER, BITS>,
        pin: impl OutputPin + 'static,
        duty: u16,
    ) -> Self {
        let channel = LEDC::regs().ch(CHANNEL);
        // SAFETY: there are such timers, and a pulse may begin with its period.
        #[allow(unsafe_code)]
        unsafe {
            channel.hpoint().write(|start| start.hpoint().bits(0));
            channel
                .conf0()
                .modify(|_, settings| settings.sig_out_en().set_bit().timer_sel().bits(TIMER as u8));
        }
        let mut output = Self(());
        output.write(duty);
        // The pin's level until the channel has it is that of no pulse.
        let idle = if LOW { Level::High } else { Level::Low };
        let pin = Output::new(pin, idle, OutputConfig::default());
        SIGNALS[CHANNEL].connect_to(&pin);
        forget(pin);
        output
    }

    /// Has the channel take a duty at the end of its period.
    fn write(&mut self, duty: u16) {
        let duty = duty.min(Self::PERIOD);
        let high = if LOW { Self::PERIOD - duty } else { duty };
        let channel = LEDC::regs().ch(CHANNEL);
        // The register has four binary places.
        // SAFETY: a duty is no more than a period, which the register holds.
        #[allow(unsafe_code)]
        unsafe {
            channel.duty().write(|register| register.duty().bits(u32::from(high) << 4));
        }
        fade::none(CHANNEL);
        channel.conf0().modify(|_, settings| settings.para_up().set_bit());
    }
}

mod fade {
    //! What a change of duty is told beside the duty: here, that it is made in one step.

    use esp_hal::peripherals::LEDC;

    /// A channel has one change, in its own registers.
    #[cfg(not(feature = "pwm-gamma"))]
    pub(super) fn none(channel: usize) {
        LEDC::regs().ch(channel).conf1().write(|fade| {
            // SAFETY: one step of nothing after one period.
            #[allow(unsafe_code)]
            unsafe {
                fade.duty_num().bits(1).duty_cycle().bits(1).duty_scale().bits(0);
            }
            fade.duty_inc().set_bit().duty_start().set_bit()
        });
    }

    /// A channel has a list of changes, in a memory of the controller's.
    #[cfg(feature = "pwm-gamma")]
    pub(super) fn none(channel: usize) {
        let registers = LEDC::regs();
        // SAFETY: one step of nothing after one period, at the first of the places for steps.
        #[allow(unsafe_code)]
        unsafe {
            registers.ch_gamma_wr_addr(channel).write(|address| address.bits(0));
            registers.ch_gamma_wr(channel).write(|fade| {
                fade.ch_gamma_duty_num().bits(1).ch_gamma_duty_cycle().bits(1).ch_gamma_scale().bits(0);
                fade.ch_gamma_duty_inc().set_bit()
            });
        }
        LEDC::regs().ch(channel).conf1().write(|fade| fade.duty_start().set_bit());
    }
}

impl<const CHANNEL: usize, const BITS: u8, const LOW: bool> ErrorType for PwmOutput<CHANNEL, BITS, LOW> {
    type Error = Infallible;
}

impl<const CHANNEL: usize, const BITS: u8, const LOW: bool> SetDutyCycle for PwmOutput<CHANNEL, BITS, LOW> {
    fn max_duty_cycle(&self) -> u16 {
        Self::PERIOD
    }

    /// What is more than a period is all of it.
    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.write(duty);
        Ok(())
    }
}
