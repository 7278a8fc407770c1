//! An LED that blinks for 10 s and then hangs: the watchdog starts the firmware again, and the log says why.
#![no_std]
#![no_main]

use defmt::{error, info};
use embassy_executor::Spawner;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::watchdog::{ResetReason, Watchdog};
use embassy_time::{Duration, Instant, Ticker};
use {defmt_rtt as _, panic_probe as _};

const TIMEOUT: Duration = Duration::from_millis(1_050);
const PERIOD: Duration = Duration::from_millis(500);
/// The scratch register that says whether the task is at work on a tick. It outlives the reset.
const AT_WORK: usize = 1;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut led = Output::new(p.PIN_25, Level::Low);
    let mut watchdog = Watchdog::new(p.WATCHDOG);
    if watchdog.reset_reason() == Some(ResetReason::TimedOut) {
        if watchdog.get_scratch(AT_WORK) == 0 {
            error!("the watchdog has reset the chip: `blink` was not on time for its ticks");
        } else {
            error!("the watchdog has reset the chip: `blink` was not done with the work of a tick");
        }
    }
    watchdog.set_scratch(AT_WORK, 0);
    watchdog.start(TIMEOUT);
    info!("Hello world!");
    let mut ticker = Ticker::every(PERIOD);
    let mut due = Instant::now();
    for _ in 0..20 {
        watchdog.set_scratch(AT_WORK, 0);
        // A task that is late by two periods and more does not keep its pace.
        if due.elapsed() <= PERIOD * 2 {
            watchdog.feed(TIMEOUT);
        }
        ticker.next().await;
        due += PERIOD;
        watchdog.set_scratch(AT_WORK, 1);
        led.toggle();
    }
    info!("Stopped feeding the watchdog");
    core::future::pending().await
}
