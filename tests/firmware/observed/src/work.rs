//! Works for 2.5 ms at each tick, which is beyond its deadline.

use embassy_time::{Duration, block_for};
use embedded_hal::digital::OutputPin;

use crate::io::WorkIo;

pub async fn work(mut io: WorkIo) -> ! {
    loop {
        io.tick.next().await;
        io.working.set_high().ok();
        block_for(Duration::from_micros(2_500));
        io.working.set_low().ok();
    }
}
