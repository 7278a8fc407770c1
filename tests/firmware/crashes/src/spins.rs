//! Goes round for ever from the second tick on, and lets nobody else have a turn.

use crate::io::StumblerIo;

pub async fn spins(mut io: StumblerIo) -> ! {
    io.tick.next().await;
    fwc_runtime::info!("the first tick is fine");
    io.tick.next().await;
    loop {
        core::hint::spin_loop();
    }
}
