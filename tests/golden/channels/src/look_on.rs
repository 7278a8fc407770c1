//! Reads what has several readers.

use crate::io::LookOnIo;

pub async fn look_on(mut io: LookOnIo) -> ! {
    loop {
        let level = io.level.changed().await;
        let sum = io.all_wait.next().await + io.all_newest.next().await + io.all_oldest.next().await;
        fwc_runtime::trace!("{} {}", level, sum);
    }
}
