//! A chip of two cores is set up by the first, for itself alone.

use core::mem::MaybeUninit;

use embassy_stm32::{Config, Peripherals, SharedData};

/// What the second core would learn of the clocks. Nobody starts it, so any memory will do.
static SHARED: MaybeUninit<SharedData> = MaybeUninit::uninit();

/// As `embassy_stm32::init` is for chips of one core.
pub fn init(config: Config) -> Peripherals {
    embassy_stm32::init_primary(config, &SHARED)
}
