//! What both programs begin with: both clocks from the board's crystals.
#![no_std]

use embassy_nrf::Peripherals;
use embassy_nrf::config::{Config, HfclkSource, LfclkSource};

/// Sets the chip up.
pub fn init() -> Peripherals {
    let mut config = Config::default();
    config.hfclk_source = HfclkSource::ExternalXtal;
    config.lfclk_source = LfclkSource::ExternalXtal;
    embassy_nrf::init(config)
}
