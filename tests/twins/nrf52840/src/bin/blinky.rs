//! An LED that is on and off for 250 ms each, and the log says so.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_nrf::gpio::{Level, Output, OutputDrive};
use embassy_time::Timer;
use {defmt_rtt as _, panic_probe as _};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = twins_nrf52840::init();
    let mut led = Output::new(p.P0_13, Level::Low, OutputDrive::Standard);
    loop {
        info!("led on!");
        led.set_high();
        Timer::after_millis(250).await;
        info!("led off!");
        led.set_low();
        Timer::after_millis(250).await;
    }
}
