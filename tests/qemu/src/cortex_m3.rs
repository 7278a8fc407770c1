//! QEMU's lm3s6965evb: a Cortex-M3 whose SysTick counts time.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{entry, exception};

use crate::clock;

/// QEMU's model of the chip starts at 200 MHz / 16.
const HERTZ: u32 = 12_500_000;

#[entry]
fn main() -> ! {
    let mut core = cortex_m::Peripherals::take().expect("it is taken once");
    core.SYST.set_clock_source(SystClkSource::Core);
    core.SYST.set_reload(HERTZ / 1_000 - 1);
    core.SYST.clear_current();
    core.SYST.enable_counter();
    core.SYST.enable_interrupt();
    crate::run()
}

#[exception]
fn SysTick() {
    clock::tick();
}
