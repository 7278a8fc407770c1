//! Counts on core 1, and panics at thirteen.

use crate::io::CountIo;

pub async fn count(mut io: CountIo) -> ! {
    fwc_runtime::info!("core 1 counts");
    for step in 1u32.. {
        io.tick.next().await;
        io.steps.send(step).await;
        assert!(step < 13, "thirteen is too many");
    }
    unreachable!("numbers do not end")
}
