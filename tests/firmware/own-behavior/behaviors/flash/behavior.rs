use core::convert::Infallible;

use embassy_time::{Duration, Timer};
use embedded_hal::digital::OutputPin;
use fwc_runtime::channel::{Publish, Subscribe};

pub async fn flash(
    mut trigger: impl Subscribe<bool>,
    mut total: impl Publish<u32>,
    mut output: impl OutputPin<Error = Infallible>,
    times: u8,
    on_time: Duration,
) -> ! {
    let mut flashes = 0;
    loop {
        if !trigger.next().await {
            continue;
        }
        for _ in 0..times {
            let Ok(()) = output.set_high();
            Timer::after(on_time).await;
            let Ok(()) = output.set_low();
            Timer::after(on_time).await;
        }
        flashes += u32::from(times);
        total.publish(flashes).await;
    }
}
