//! A debounced button's presses, counted and measured, as lines of CSV.
#![no_std]
#![no_main]

use core::fmt::Write;

use embassy_executor::Spawner;
use embassy_rp::bind_interrupts;
use embassy_rp::dma;
use embassy_rp::gpio::{Input, Pull};
use embassy_rp::peripherals::DMA_CH0;
use embassy_rp::uart::{Async, Config, UartTx};
use embassy_sync::blocking_mutex::raw::ThreadModeRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, Instant, with_timeout};
use heapless::String;
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

struct Press {
    number: u32,
    seconds: f32,
    long: bool,
}

static LEVELS: Channel<ThreadModeRawMutex, bool, 4> = Channel::new();
static PRESSES: Channel<ThreadModeRawMutex, Press, 8> = Channel::new();

/// A level counts when it lasts this long.
const DEBOUNCE: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_millis(600);

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let uart = UartTx::new(p.UART0, p.PIN_0, p.DMA_CH0, Irqs, Config::default());
    spawner.spawn(print(uart).unwrap());
    spawner.spawn(measure().unwrap());

    let mut button = Input::new(p.PIN_15, Pull::Up);
    loop {
        button.wait_for_low().await;
        if with_timeout(DEBOUNCE, button.wait_for_high()).await.is_ok() {
            continue;
        }
        LEVELS.send(true).await;
        loop {
            button.wait_for_high().await;
            if with_timeout(DEBOUNCE, button.wait_for_low()).await.is_err() {
                break;
            }
        }
        LEVELS.send(false).await;
    }
}

#[embassy_executor::task]
async fn measure() {
    let mut number = 0;
    let mut pressed_at = None;
    loop {
        if LEVELS.receive().await {
            pressed_at = Some(Instant::now());
        } else if let Some(start) = pressed_at.take() {
            let lasted = start.elapsed();
            number += 1;
            let seconds = lasted.as_millis() as f32 / 1000.0;
            PRESSES.send(Press { number, seconds, long: lasted >= LONG }).await;
        }
    }
}

#[embassy_executor::task]
async fn print(mut uart: UartTx<'static, Async>) {
    loop {
        let press = PRESSES.receive().await;
        let ms = Instant::now().as_millis();
        let mut line: String<64> = String::new();
        let _ = write!(line, "presses,{ms},{},{:.2},{}\r\n", press.number, press.seconds, press.long);
        let _ = uart.write(line.as_bytes()).await;
    }
}
