//! Reads every channel.

use embedded_io_async::Read;

use crate::io::ConsumeIo;

pub async fn consume(mut io: ConsumeIo) -> ! {
    let mut bytes = [0; 8];
    loop {
        let queued = io.queue_wait.receive().await + io.queue_newest.next().await;
        let parts = io.queue_oldest.next().await;
        let alarm = io.alarm.wait().await;
        let level = io.level.get().await;
        let sum = io.all_wait.next().await + io.all_newest.next().await + io.all_oldest.next().await;
        let Ok(first) = io.bytes_wait.read(&mut bytes).await;
        let Ok(second) = io.bytes_newest.read(&mut bytes).await;
        let Ok(third) = io.bytes_oldest.read(&mut bytes).await;
        let count = first + second + third;
        fwc_runtime::debug!("{} {} {} {} {} {}", queued, parts, alarm, level, sum, count);
    }
}
