//! One message every 20 ms: from cold to hot and beyond both ends of what is mapped.

use crate::io::MeasureIo;
use crate::messages::Climate;

const READINGS: [(f32, i16); 5] = [(10.0, 120), (25.0, 90), (30.0, 0), (40.0, -90), (99.0, -300)];

pub async fn measure(mut io: MeasureIo) -> ! {
    for (celsius, degrees) in READINGS {
        io.tick.next().await;
        io.climate.send(Climate { celsius, valid: true });
        io.angle.signal(degrees);
    }
    core::future::pending().await
}
