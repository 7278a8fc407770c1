//! Shows what messages, polls and lines of the log take: a pin is high for ten of each.

use embassy_futures::yield_now;
use embassy_time::Timer;
use embedded_hal::digital::OutputPin;

use crate::io::CostsIo;

pub async fn costs(mut io: CostsIo) -> ! {
    loop {
        io.tick.next().await;
        // Nobody else is at work 7 ms later.
        Timer::after_millis(7).await;
        io.sending.set_high().ok();
        for number in 0..10 {
            io.counts.send(number);
        }
        io.sending.set_low().ok();
        io.yielding.set_high().ok();
        for _ in 0..10 {
            yield_now().await;
        }
        io.yielding.set_low().ok();
        io.logging.set_high().ok();
        for number in 0..10u32 {
            fwc_runtime::info!("number {}", number);
        }
        io.logging.set_low().ok();
    }
}
