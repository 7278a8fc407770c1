//! Presses of a debounced button, short or long: each flips the LED when it is short, and is printed.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_rp::bind_interrupts;
use embassy_rp::dma;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::DMA_CH0;
use embassy_rp::uart::{Async, Config, UartTx};
use embassy_sync::blocking_mutex::raw::ThreadModeRawMutex;
use embassy_sync::pubsub::PubSubChannel;
use embassy_time::{Duration, with_timeout};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

#[derive(Clone, Copy, PartialEq, defmt::Format)]
enum Press {
    Short,
    Long,
}

static PRESSES: PubSubChannel<ThreadModeRawMutex, Press, 4, 2, 1> = PubSubChannel::new();

/// A level counts when it lasts this long.
const DEBOUNCE: Duration = Duration::from_millis(20);
const LONG_PRESS: Duration = Duration::from_millis(600);

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let led = Output::new(p.PIN_25, Level::Low);
    spawner.spawn(lamp(led).unwrap());
    let uart = UartTx::new(p.UART0, p.PIN_0, p.DMA_CH0, Irqs, Config::default());
    spawner.spawn(print(uart).unwrap());

    let presses = PRESSES.publisher().unwrap();
    let mut button = Input::new(p.PIN_15, Pull::Up);
    loop {
        stable_low(&mut button).await;
        if with_timeout(LONG_PRESS, stable_high(&mut button)).await.is_ok() {
            presses.publish(Press::Short).await;
        } else {
            presses.publish(Press::Long).await;
            stable_high(&mut button).await;
        }
    }
}

async fn stable_low(button: &mut Input<'static>) {
    loop {
        button.wait_for_low().await;
        if with_timeout(DEBOUNCE, button.wait_for_high()).await.is_err() {
            return;
        }
    }
}

async fn stable_high(button: &mut Input<'static>) {
    loop {
        button.wait_for_high().await;
        if with_timeout(DEBOUNCE, button.wait_for_low()).await.is_err() {
            return;
        }
    }
}

#[embassy_executor::task]
async fn lamp(mut led: Output<'static>) {
    let mut presses = PRESSES.subscriber().unwrap();
    loop {
        if presses.next_message_pure().await == Press::Short {
            led.toggle();
        }
    }
}

#[embassy_executor::task]
async fn print(mut uart: UartTx<'static, Async>) {
    let mut presses = PRESSES.subscriber().unwrap();
    loop {
        let line: &[u8] = match presses.next_message_pure().await {
            Press::Short => b"presses: short\r\n",
            Press::Long => b"presses: long\r\n",
        };
        let _ = uart.write(line).await;
    }
}
