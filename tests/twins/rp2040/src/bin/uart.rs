//! A greeting, and then a line each second.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_rp::peripherals::DMA_CH0;
use embassy_rp::uart::{Config, UartTx};
use embassy_rp::{bind_interrupts, dma};
use embassy_time::{Duration, Ticker};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut uart = UartTx::new(p.UART0, p.PIN_0, p.DMA_CH0, Irqs, Config::default());
    let mut ticker = Ticker::every(Duration::from_secs(1));
    uart.write(b"Hello World!\r\n").await.ok();
    loop {
        ticker.next().await;
        uart.write(b"hello there!\r\n").await.ok();
    }
}
