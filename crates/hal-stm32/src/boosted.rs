//! An STM32U3 with a fast core: what must be ready before the core's oscillator is.
//!
//! embassy-stm32 0.6.0, src/rcc/u3.rs, makes the oscillator faster while the core runs from it, and only then has the flash wait
//! and turns the booster on, for which it chooses no clock, so that it would wait for it for ever. The order here is that of ST's
//! examples (STM32CubeU3, Projects/NUCLEO-U385RG-Q, `SystemClock_Config`); what comes after is the HAL's.

use embassy_stm32::pac::rcc::vals::{Boostdiv, Boostsel};
use embassy_stm32::pac::{FLASH, PWR, RCC};
use embassy_stm32::{Config, Peripherals};

/// What the flash needs at 96 MHz, and at 48 MHz with the lower voltage; the HAL sets what the clock that was chosen needs.
const MOST_WAIT_STATES: u8 = 2;

/// As `embassy_stm32::init` is for a slow core.
pub fn init(config: Config) -> Peripherals {
    RCC.ahb1enr2().modify(|w| w.set_pwren(true));
    // What is read back is there.
    RCC.ahb1enr2().read();
    RCC.cfgr4().modify(|w| {
        w.set_boostsel(Boostsel::MSIS);
        w.set_boostdiv(Boostdiv::DIV1);
    });
    PWR.vosr().modify(|w| w.set_boosten(true));
    while !PWR.vosr().read().boostrdy() {}
    FLASH.acr().modify(|w| w.set_latency(MOST_WAIT_STATES));
    while FLASH.acr().read().latency() != MOST_WAIT_STATES {}
    embassy_stm32::init(config)
}
