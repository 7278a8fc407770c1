//! Works at each tick for up to nine milliseconds, one of them without a pause at each fiftieth; and at tick 200 for 36.

use embassy_time::{Duration, Timer, block_for};
use embedded_hal::digital::OutputPin;

use crate::io::WorkIo;

pub async fn work(mut io: WorkIo) -> ! {
    let mut tick: u32 = 0;
    loop {
        io.tick.next().await;
        tick += 1;
        io.working.set_high().ok();
        io.ticks.send(tick);
        if tick % 50 == 0 {
            block_for(Duration::from_millis(1));
        }
        let milliseconds = if tick == 200 { 35 } else { tick * 7 % 9 };
        Timer::after_millis(milliseconds.into()).await;
        io.working.set_low().ok();
    }
}
