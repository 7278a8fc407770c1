//! An LED that is on and off for 250 ms each, and the log says so.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_stm32::gpio::{Level, Output, Speed};
use embassy_time::Timer;
use {defmt_rtt as _, panic_probe as _};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = twins_stm32f401::init();
    let mut led = Output::new(p.PA5, Level::Low, Speed::Low);
    loop {
        info!("led on!");
        led.set_high();
        Timer::after_millis(250).await;
        info!("led off!");
        led.set_low();
        Timer::after_millis(250).await;
    }
}
