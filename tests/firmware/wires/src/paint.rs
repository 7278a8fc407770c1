//! Two frames at each tick, one right behind the other; the second gives three lights a new colour.

use smart_leds::{RGB8, SmartLedsWriteAsync};

use crate::io::PaintIo;

pub async fn paint(mut io: PaintIo) -> ! {
    let mut turn = 0_u8;
    loop {
        io.tick.next().await;
        turn = turn.wrapping_add(1);
        let lights = 0..io.strip.lights() as u8;
        let Ok(()) = io.strip.write(lights.map(|light| RGB8::new(turn, light, 255 - light))).await;
        let Ok(()) = io.strip.write([RGB8::new(0x55, 0xAA, turn); 3]).await;
    }
}
