//! Counts, and toggles the led with each count that the shell has taken.

use embedded_hal::digital::StatefulOutputPin;

use crate::io::CountIo;

pub async fn count(mut io: CountIo) -> ! {
    let mut count: u32 = 0;
    loop {
        io.tick.next().await;
        if count % 10 == 0 {
            fwc_runtime::info!("count {}", count);
        }
        io.counts.send(count).await;
        let _ = io.led.toggle();
        count += 1;
    }
}
