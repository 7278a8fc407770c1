use crate::io::LowIo;
use embassy_time::{Duration, Instant, block_for};

pub async fn low(mut io: LowIo) -> ! {
    loop {
        let start = Instant::now();
        fwc_runtime::info!("[low] Starting long computation");
        block_for(Duration::from_millis(500));
        fwc_runtime::info!("[low] done in {} ms", start.elapsed().as_millis());
        io.tick.next().await;
    }
}
