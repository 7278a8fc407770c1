//! Publishes what it counts to all channels at each tick.

use crate::io::SourceIo;
use crate::messages::{Place, Reading, State};

pub async fn source(mut io: SourceIo) -> ! {
    let mut count = 0u32;
    loop {
        io.tick.next().await;
        count += 1;
        let name = fwc_runtime::String::try_from(if count == 1 { "a \"b\", {c" } else { "x" });
        io.readings.send(Reading {
            count,
            celsius: count as f32 / 4.0,
            even: count % 2 == 0,
            place: Place { x: count as i16, y: -(count as i16) },
            bytes: [1, 2, count as u8],
            name: name.unwrap_or_default(),
        });
        io.numbers.send(count).await;
        io.states.publish(if count % 3 == 0 { State::ShortPress } else { State::Off }).await;
        io.ticks.signal(count.into());
    }
}
