//! Prints a line for each press and release of a debounced button, from another task.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_rp::bind_interrupts;
use embassy_rp::dma;
use embassy_rp::gpio::{Input, Pull};
use embassy_rp::peripherals::DMA_CH0;
use embassy_rp::uart::{Async, Config, UartTx};
use embassy_sync::blocking_mutex::raw::ThreadModeRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, with_timeout};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

static PRESSES: Channel<ThreadModeRawMutex, bool, 4> = Channel::new();

/// A level counts when it lasts this long.
const DEBOUNCE: Duration = Duration::from_millis(20);

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let uart = UartTx::new(p.UART0, p.PIN_0, p.DMA_CH0, Irqs, Config::default());
    spawner.spawn(print(uart).unwrap());

    let mut button = Input::new(p.PIN_15, Pull::Up);
    loop {
        button.wait_for_low().await;
        if with_timeout(DEBOUNCE, button.wait_for_high()).await.is_ok() {
            continue;
        }
        PRESSES.send(true).await;
        loop {
            button.wait_for_high().await;
            if with_timeout(DEBOUNCE, button.wait_for_low()).await.is_err() {
                break;
            }
        }
        PRESSES.send(false).await;
    }
}

#[embassy_executor::task]
async fn print(mut uart: UartTx<'static, Async>) {
    loop {
        let line: &[u8] = if PRESSES.receive().await { b"presses: true\r\n" } else { b"presses: false\r\n" };
        let _ = uart.write(line).await;
    }
}
