//! Sends two servos to a new angle at each tick.

use crate::io::WaveIo;

pub async fn wave(mut io: WaveIo) -> ! {
    let mut degrees = 0.0;
    loop {
        io.tick.next().await;
        let Ok(()) = io.arm.set_degrees(degrees);
        let Ok(()) = io.tail.set_degrees(90.0 - degrees);
        degrees += 45.0;
    }
}
