//! An LED that is on while a button is held.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use {defmt_rtt as _, panic_probe as _};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut led = Output::new(p.PIN_25, Level::Low);
    let mut button = Input::new(p.PIN_15, Pull::Up);
    loop {
        button.wait_for_low().await;
        led.set_high();
        button.wait_for_high().await;
        led.set_low();
    }
}
