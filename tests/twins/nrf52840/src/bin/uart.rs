//! A greeting, and then a line each second.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_nrf::peripherals::UARTE0;
use embassy_nrf::uarte::{Config, UarteTx};
use embassy_nrf::{bind_interrupts, uarte};
use embassy_time::{Duration, Ticker};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    UARTE0 => uarte::InterruptHandler<UARTE0>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = twins_nrf52840::init();
    let mut uart = UarteTx::new(p.UARTE0, Irqs, p.P0_06, Config::default());
    let mut ticker = Ticker::every(Duration::from_secs(1));
    uart.write(b"Hello World!\r\n").await.ok();
    loop {
        ticker.next().await;
        uart.write(b"hello there!\r\n").await.ok();
    }
}
