//! Works for 500 us at each tick, and interrupts whoever works then.

use embassy_time::{Duration, block_for};
use embedded_hal::digital::OutputPin;

use crate::io::QuickIo;

pub async fn quick(mut io: QuickIo) -> ! {
    loop {
        io.tick.next().await;
        io.urgent.set_high().ok();
        block_for(Duration::from_micros(500));
        io.urgent.set_low().ok();
    }
}
