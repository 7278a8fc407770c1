//! A task that answers each edge of an input on an output.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use {defmt_rtt as _, panic_probe as _};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut edge = Input::new(p.PIN_2, Pull::None);
    let mut answer = Output::new(p.PIN_3, Level::Low);
    loop {
        edge.wait_for_rising_edge().await;
        answer.set_high();
        edge.wait_for_falling_edge().await;
        answer.set_low();
    }
}
