//! An LED that blinks for 10 s and then hangs: the watchdog starts the firmware again, and the log says why.
#![no_std]
#![no_main]

use defmt::{error, info};
use embassy_executor::Spawner;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::watchdog::{ResetReason, Watchdog};
use embassy_time::{Duration, Ticker};
use {defmt_rtt as _, panic_probe as _};

const TIMEOUT: Duration = Duration::from_millis(1_050);

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut led = Output::new(p.PIN_25, Level::Low);
    let mut watchdog = Watchdog::new(p.WATCHDOG);
    if watchdog.reset_reason() == Some(ResetReason::TimedOut) {
        error!("the watchdog has reset the chip: `blink` stopped");
    }
    watchdog.start(TIMEOUT);
    info!("Hello world!");
    let mut ticker = Ticker::every(Duration::from_millis(500));
    for _ in 0..20 {
        ticker.next().await;
        led.toggle();
        watchdog.feed(TIMEOUT);
    }
    info!("Stopped feeding the watchdog");
    core::future::pending().await
}
