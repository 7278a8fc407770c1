//! Levels of a button to presses: how many there were, and how long each was.

use embassy_time::{Duration, Instant};

use crate::io::MeasureIo;
use crate::messages::Press;

const LONG: Duration = Duration::from_millis(600);

pub async fn measure(mut io: MeasureIo) -> ! {
    let mut number = 0;
    let mut pressed_at = None;
    loop {
        let is_pressed = io.levels.next().await;
        if is_pressed {
            pressed_at = Some(Instant::now());
        } else if let Some(start) = pressed_at.take() {
            let lasted = start.elapsed();
            number += 1;
            let seconds = lasted.as_millis() as f32 / 1000.0;
            io.presses.send(Press { number, seconds, long: lasted >= LONG }).await;
        }
    }
}
