//! The driver of the WS2812B on a simulated chain.

#[path = "driver.rs"]
mod driver;

use driver::{Options, new, start};
use fwc_devices::Settings;
use smart_leds::{RGB8, SmartLedsWriteAsync, colors};

use crate::bench::{Bench, run};

#[test]
fn colours_reach_their_lights() {
    let bench = Bench::with("ws2812", &Settings::new([("lights".to_string(), 3.0)]));
    let mut strip = new(bench.strip(0, 3), Options { lights: 3 });
    run(async {
        strip.write([RGB8::new(1, 2, 3), colors::WHITE, colors::RED]).await.unwrap();
        assert_eq!(bench.shows(), ["#010203 #FFFFFF #FF0000"]);
        strip.write([colors::BLUE]).await.unwrap();
        assert_eq!(bench.shows(), ["#0000FF #FFFFFF #FF0000"]);
        start(&mut strip).await.unwrap();
        assert_eq!(bench.shows(), ["#000000 #000000 #000000"]);
        assert_eq!(strip.lights(), 3);
    });
}
