//! Counts presses and sounds the alarm while a long press was the last one.

use embassy_futures::select::{Either, select};
use embedded_hal::digital::OutputPin;

use crate::io::ControlIo;
use crate::messages::{Press, Total};

pub async fn control(mut io: ControlIo) -> ! {
    let mut total = Total { presses: 0, minutes: 0.0 };
    loop {
        match select(io.tick.next(), io.presses.next()).await {
            Either::First(()) => total.minutes += 1.0 / 60.0,
            Either::Second(press) => {
                total.presses += 1;
                io.alarm.set_state((press == Press::Long).into()).ok();
                io.totals.send(total).await;
            }
        }
    }
}
