//! Keeps core 0 for longer than its period, so that its thread executor is never idle.

use crate::io::ComputeIo;

pub async fn compute(mut io: ComputeIo) -> ! {
    loop {
        io.tick.next().await;
        // 3 ms.
        cortex_m::asm::delay(375_000);
    }
}
