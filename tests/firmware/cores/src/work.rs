//! Keeps core 0 for 10 ms at a time.

use embassy_time::{Duration, Instant};
use embedded_hal::digital::OutputPin;

use crate::io::WorkIo;

pub async fn work(mut io: WorkIo) -> ! {
    loop {
        io.tick.next().await;
        let Ok(()) = io.busy.set_high();
        let until = Instant::now() + Duration::from_millis(10);
        while Instant::now() < until {}
        let Ok(()) = io.busy.set_low();
    }
}
