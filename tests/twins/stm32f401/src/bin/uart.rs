//! A greeting, and then a line each second.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_stm32::peripherals::{DMA1_CH6, USART2};
use embassy_stm32::usart::{Config, UartTx};
use embassy_stm32::{bind_interrupts, dma, usart};
use embassy_time::{Duration, Ticker};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    USART2 => usart::InterruptHandler<USART2>;
    DMA1_STREAM6 => dma::InterruptHandler<DMA1_CH6>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = twins_stm32f401::init();
    let mut uart = UartTx::new(p.USART2, p.PA2, p.DMA1_CH6, Irqs, Config::default()).unwrap();
    let mut ticker = Ticker::every(Duration::from_secs(1));
    uart.write(b"Hello World!\r\n").await.ok();
    loop {
        ticker.next().await;
        uart.write(b"hello there!\r\n").await.ok();
    }
}
