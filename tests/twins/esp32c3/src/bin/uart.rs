//! A greeting, and then a line each second.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_time::{Duration, Ticker};
use embedded_io_async::Write;
use esp_hal::timer::timg::TimerGroup;
use esp_hal::uart::{Config, UartTx};
use twins_esp32c3 as _;

esp_bootloader_esp_idf::esp_app_desc!();

#[esp_rtos::main]
async fn main(_spawner: Spawner) {
    let p = esp_hal::init(esp_hal::Config::default());
    esp_rtos::start(TimerGroup::new(p.TIMG0).timer0, p.FROM_CPU_INTR0);
    let mut uart = UartTx::new(p.UART0, Config::default()).unwrap().with_tx(p.GPIO21).into_async();
    let mut ticker = Ticker::every(Duration::from_secs(1));
    uart.write_all(b"Hello World!\r\n").await.ok();
    loop {
        ticker.next().await;
        uart.write_all(b"hello there!\r\n").await.ok();
    }
}
