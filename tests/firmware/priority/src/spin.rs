//! Keeps the core for 20 ms at a time, and tells by pin 2 that it runs.

use embassy_time::{Duration, Instant};
use embedded_hal::digital::StatefulOutputPin;

use crate::io::SpinIo;

pub async fn spin(mut io: SpinIo) -> ! {
    let mut expected = 1;
    loop {
        let end = Instant::now() + Duration::from_millis(20);
        while Instant::now() < end {
            io.spinning.toggle().ok();
        }
        while let Ok(count) = io.counts.try_receive() {
            assert_eq!(count, expected, "a message from another priority is lost");
            expected += 1;
        }
        embassy_futures::yield_now().await;
    }
}
