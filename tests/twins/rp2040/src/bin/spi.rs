//! Reads X and Y of an XPT2046, ten times a second.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::{DMA_CH0, DMA_CH1};
use embassy_rp::spi::{Config, Spi};
use embassy_rp::{bind_interrupts, dma};
use embassy_time::{Duration, Ticker};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>, dma::InterruptHandler<DMA_CH1>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut config = Config::default();
    config.frequency = 2_000_000;
    let mut bus = Spi::new(p.SPI1, p.PIN_10, p.PIN_11, p.PIN_12, p.DMA_CH0, p.DMA_CH1, Irqs, config);
    let mut select = Output::new(p.PIN_16, Level::High);
    let mut ticker = Ticker::every(Duration::from_millis(100));
    loop {
        ticker.next().await;
        select.set_low();
        let mut bytes = [0x90, 0x00, 0x00, 0xd0, 0x00, 0x00];
        let outcome = bus.transfer_in_place(&mut bytes).await;
        select.set_high();
        if outcome.is_ok() {
            let x = u16::from_be_bytes([bytes[1], bytes[2]]) >> 3;
            let y = u16::from_be_bytes([bytes[4], bytes[5]]) >> 3;
            info!("x {} y {}", x, y);
        }
    }
}
