//! Says ten thousand lines, then goes on at a steady pace.

use crate::io::TalkIo;

pub async fn talk(mut io: TalkIo) -> ! {
    io.tick.next().await;
    for line in 0..10_000u32 {
        fwc_runtime::info!("line {}", line);
    }
    let mut ticks = 0u32;
    loop {
        io.tick.next().await;
        ticks += 1;
        fwc_runtime::debug!("tick {}", ticks);
        if ticks % 5 == 0 {
            fwc_runtime::warn!("five more, {} by now", ticks);
        }
    }
}
