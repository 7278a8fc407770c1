//! One message every 10 ms, around the limits and within the bands.

use crate::io::MeasureIo;
use crate::messages::{Climate, Room};

const READINGS: [(f32, u32); 8] = [
    (29.0, 1_050),
    (30.5, 999),
    (28.0, 1_050),
    (f32::NAN, 499),
    (27.5, 500),
    (29.9, 1_099),
    (31.0, 1_100),
    (20.0, u32::MAX),
];

pub async fn measure(mut io: MeasureIo) -> ! {
    for (celsius, level) in READINGS {
        io.tick.next().await;
        io.climate.publish(Climate { inside: Room { celsius }, valid: true }).await;
        io.level.publish(level).await;
    }
    core::future::pending().await
}
