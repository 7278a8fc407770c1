//! Core 0 tells core 1 when the LED is on and off.
#![no_std]
#![no_main]

use core::ptr::addr_of_mut;

use defmt::info;
use embassy_executor::Executor;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::multicore::{Stack, spawn_core1};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, Ticker};
use static_cell::StaticCell;
use {defmt_rtt as _, panic_probe as _};

static mut CORE1_STACK: Stack<4096> = Stack::new();
static EXECUTOR0: StaticCell<Executor> = StaticCell::new();
static EXECUTOR1: StaticCell<Executor> = StaticCell::new();
static STATES: Channel<CriticalSectionRawMutex, bool, 1> = Channel::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    let p = embassy_rp::init(Default::default());
    let led = Output::new(p.PIN_25, Level::Low);
    spawn_core1(p.CORE1, unsafe { &mut *addr_of_mut!(CORE1_STACK) }, move || {
        let executor1 = EXECUTOR1.init(Executor::new());
        executor1.run(|spawner| spawner.spawn(show(led).unwrap()));
    });
    let executor0 = EXECUTOR0.init(Executor::new());
    executor0.run(|spawner| spawner.spawn(tell().unwrap()))
}

#[embassy_executor::task]
async fn tell() {
    info!("Hello from core 0");
    let mut ticker = Ticker::every(Duration::from_millis(100));
    loop {
        STATES.send(true).await;
        ticker.next().await;
        STATES.send(false).await;
        ticker.next().await;
    }
}

#[embassy_executor::task]
async fn show(mut led: Output<'static>) {
    info!("Hello from core 1");
    loop {
        led.set_level(STATES.receive().await.into());
    }
}
