//! A fast producer and a slow consumer, which prints the numbers that it gets.
#![no_std]
#![no_main]

use core::fmt::Write;

use embassy_executor::Spawner;
use embassy_rp::bind_interrupts;
use embassy_rp::dma;
use embassy_rp::peripherals::DMA_CH0;
use embassy_rp::uart::{Async, Config, UartTx};
use embassy_sync::blocking_mutex::raw::ThreadModeRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, Ticker};
use heapless::String;
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

static NUMBERS: Channel<ThreadModeRawMutex, u32, 4> = Channel::new();

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let uart = UartTx::new(p.UART0, p.PIN_0, p.DMA_CH0, Irqs, Config::default());
    spawner.spawn(print(uart).unwrap());

    let mut ticker = Ticker::every(Duration::from_micros(100));
    let mut number = 0;
    loop {
        ticker.next().await;
        number += 1;
        // Drop the newest where the consumer is behind.
        let _ = NUMBERS.try_send(number);
    }
}

#[embassy_executor::task]
async fn print(mut uart: UartTx<'static, Async>) {
    loop {
        let number = NUMBERS.receive().await;
        let mut line: String<32> = String::new();
        let _ = write!(line, "numbers: {number}\r\n");
        let _ = uart.write(line.as_bytes()).await;
    }
}
