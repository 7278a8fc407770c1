//! Tells core 1 of what it counted whether it is odd.

use crate::io::JudgeIo;

pub async fn judge(mut io: JudgeIo) -> ! {
    fwc_runtime::info!("core 0 judges");
    loop {
        let step = io.steps.receive().await;
        io.odd.signal(step % 2 == 1);
    }
}
