//! Shows by an output how long it works.

use core::hint::black_box;

use embedded_hal::digital::OutputPin;

use crate::io::WorkIo;

/// Some 20 ms of an RP2040.
const ROUNDS: u32 = 300_000;

pub async fn work(mut io: WorkIo) -> ! {
    loop {
        io.tick.next().await;
        io.busy.set_high().ok();
        (0..ROUNDS).for_each(|round| {
            black_box(round);
        });
        io.busy.set_low().ok();
    }
}
