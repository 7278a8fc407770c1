//! Works for 8 ms every fourth time, else for 2 ms. The counters can be read anywhere.

use embassy_time::{Duration, Instant};

use crate::io::WorkIo;
use crate::tasks::{LAG_DEADLINE, WORK_DEADLINE};

pub async fn work(mut io: WorkIo) -> ! {
    let mut count = 0;
    loop {
        io.tick.next().await;
        count += 1;
        let end = Instant::now() + Duration::from_millis(if count % 4 == 0 { 8 } else { 2 });
        while Instant::now() < end {}
        if count == 10 {
            fwc_runtime::info!("work {}, lag {}", WORK_DEADLINE.missed(), LAG_DEADLINE.missed());
        }
    }
}
