//! An LED that is on and off for 250 ms each, and the log says so.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_time::Timer;
use esp_hal::gpio::{Level, Output, OutputConfig};
use esp_hal::timer::timg::TimerGroup;
use twins_esp32c3 as _;

esp_bootloader_esp_idf::esp_app_desc!();

#[esp_rtos::main]
async fn main(_spawner: Spawner) {
    let p = esp_hal::init(esp_hal::Config::default());
    esp_rtos::start(TimerGroup::new(p.TIMG0).timer0, p.FROM_CPU_INTR0);
    let mut led = Output::new(p.GPIO10, Level::Low, OutputConfig::default());
    loop {
        info!("led on!");
        led.set_high();
        Timer::after_millis(250).await;
        info!("led off!");
        led.set_low();
        Timer::after_millis(250).await;
    }
}
