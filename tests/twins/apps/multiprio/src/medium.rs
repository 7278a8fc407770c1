use crate::io::MediumIo;
use embassy_time::{Duration, Instant, block_for};

pub async fn medium(mut io: MediumIo) -> ! {
    loop {
        let start = Instant::now();
        fwc_runtime::info!("    [med] Starting long computation");
        block_for(Duration::from_millis(250));
        fwc_runtime::info!("    [med] done in {} ms", start.elapsed().as_millis());
        io.tick.next().await;
    }
}
