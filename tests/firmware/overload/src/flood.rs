//! Ten messages into every channel, faster than anybody reads.

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
