//! Ten messages, or bytes, into every channel, faster than anybody reads.

use embedded_io_async::Write;

use crate::io::FloodIo;
use crate::messages::Dropped;

pub async fn flood(mut io: FloodIo) -> ! {
    // After the first tick the readers stand at their ends.
    io.tick.next().await;
    for number in 0..10 {
        io.newest.send(number).await;
        io.oldest.send(number).await;
        io.seen_newest.publish(number).await;
        io.seen_oldest.publish(number).await;
    }
    let bytes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    io.bytes_newest.write_all(&bytes).await.ok();
    io.bytes_oldest.write_all(&bytes).await.ok();
    for number in 0..10 {
        io.patient.send(number).await;
    }
    let dropped = Dropped {
        newest: io.newest.dropped(),
        oldest: io.oldest.dropped(),
        seen_newest: io.seen_newest.dropped(),
        seen_oldest: io.seen_oldest.dropped(),
    };
    io.dropped.send(dropped).await;
    core::future::pending().await
}
