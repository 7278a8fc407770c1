//! Keeps the core for 30 ms of each tick. What it holds at an `.await` need not be `Send`.

use core::cell::Cell;

use embassy_time::{Duration, Instant};
use embedded_hal::digital::OutputPin;

use crate::io::HoldIo;

pub async fn hold(mut io: HoldIo) -> ! {
    let count = &Cell::new(0);
    loop {
        io.tick.next().await;
        io.holding.set_high().ok();
        let end = Instant::now() + Duration::from_millis(30);
        while Instant::now() < end {}
        io.holding.set_low().ok();
        count.set(count.get() + 1);
        io.counts.send(count.get()).await;
    }
}
