//! Says what it counts, and panics at the third tick.

use crate::io::TalkIo;

pub async fn talk(mut io: TalkIo) -> ! {
    let mut ticks = 0u32;
    loop {
        io.tick.next().await;
        ticks += 1;
        fwc_runtime::info!("tick {}", ticks);
        fwc_runtime::trace!("below the level");
        assert!(ticks < 3, "three is too many");
    }
}
