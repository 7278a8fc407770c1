//! Sends more than the queues can hold.

use crate::io::ProduceIo;

pub async fn produce(mut io: ProduceIo) -> ! {
    loop {
        io.tick.next().await;
        // These two never wait: what does not fit is dropped.
        for number in 1..=10 {
            io.first.send(number).await;
        }
        for number in 1..=10 {
            io.last.send(number).await;
        }
        // This one waits for room, so that it goes on at the reader's pace.
        for number in 1..=10 {
            io.all.send(number).await;
        }
    }
}
