//! Publishes on every channel.

use embedded_io_async::Write;

use crate::io::ProduceIo;

pub async fn produce(mut io: ProduceIo) -> ! {
    let mut count = 0;
    loop {
        io.tick.next().await;
        count += 1;
        io.queue_wait.send(count).await;
        io.queue_newest.send(count).await;
        io.queue_oldest.send(count.to_le_bytes()).await;
        io.alarm.signal(count % 2 == 0);
        io.level.send(count as f32);
        io.all_wait.publish(count as i16).await;
        io.all_newest.publish(count as i16).await;
        io.all_oldest.publish(count as i16).await;
        let Ok(()) = io.bytes_wait.write_all(b"wait").await;
        let Ok(()) = io.bytes_newest.write_all(b"newest").await;
        let Ok(()) = io.bytes_oldest.write_all(b"oldest").await;
        let dropped = io.queue_newest.dropped() + io.all_newest.dropped() + io.bytes_oldest.dropped();
        fwc_runtime::info!("dropped {}", dropped);
    }
}
