//! Keeps core 1 for longer than its period, so that its thread executor is never idle.

use crate::io::ComputeBesideIo;

pub async fn compute_beside(mut io: ComputeBesideIo) -> ! {
    loop {
        io.tick.next().await;
        // 3 ms.
        cortex_m::asm::delay(375_000);
    }
}
