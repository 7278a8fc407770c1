//! A rainbow along the strip, a step further at each tick.

use smart_leds::hsv::{Hsv, hsv2rgb};
use smart_leds::{SmartLedsWriteAsync, brightness};

use crate::io::RainbowIo;

const LIGHTS: u8 = 30;

/// Of 255: bright enough for a desk, and 30 lights stay below 300 mA.
const BRIGHTNESS: u8 = 40;

pub async fn rainbow(mut io: RainbowIo) -> ! {
    let mut turn = 0_u8;
    loop {
        io.tick.next().await;
        let light = |place: u8| hsv2rgb(Hsv { hue: turn.wrapping_add(place * 8), sat: 255, val: 255 });
        let Ok(()) = io.strip.write(brightness((0..LIGHTS).map(light), BRIGHTNESS)).await;
        turn = turn.wrapping_add(1);
    }
}
