//! Five samples at the ticker's pace, and a byte for each.

use embedded_io_async::Write;

use crate::io::ProduceIo;
use crate::messages::Sample;

pub async fn produce(mut io: ProduceIo) -> ! {
    for index in 0..5u32 {
        io.tick.next().await;
        let celsius = -1.25 + index as f32;
        io.samples.send(Sample { index, celsius, valid: index != 3 }).await;
        io.bytes.write_all(&[b'a' + index as u8]).await.ok();
    }
    core::future::pending().await
}
