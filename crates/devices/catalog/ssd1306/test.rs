//! The driver of the SSD1306 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{COLUMNS, Handle, Options, new, start};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Pixel, Point, Size};
use embedded_hal_async::i2c::I2c;
use fwc_devices::Settings;
use fwc_runtime::device::Error;

use crate::bench::{Bench, I2cBus, run};

fn display(height: u8, upside_down: bool) -> (Bench, Handle<I2cBus>) {
    let bench = Bench::with("ssd1306", &Settings::new([("height".to_string(), f64::from(height))]));
    let handle = new(bench.i2c(0x3C), 0x3C, Options { height, contrast: 127, upside_down });
    (bench, handle)
}

#[test]
fn lines_of_text_are_shown_on_either_height() {
    for height in [32, 64] {
        let (bench, mut display) = display(height, false);
        run(async {
            start(&mut display).await.unwrap();
            assert_eq!(bench.shows(), vec![""; usize::from(height / 8)], "noise is never shown");
            display.print(0, "room");
            display.print(1, format_args!("{:.1} °C", 21.25));
            let last = display.lines() - 1;
            display.print(last, "ÄÖÜ äöüß µ");
            display.print(last + 1, "beyond");
            assert_eq!(bench.shows()[0], "", "before it is told to");
            display.show().await.unwrap();
            let shown = bench.shows();
            assert_eq!((shown[0].as_str(), shown[1].as_str()), ("room", "21.2 °C"));
            assert_eq!(shown[last], "ÄÖÜ äöüß µ");
            display.print(0, "r");
            display.show().await.unwrap();
            assert_eq!(bench.shows()[0], "r", "the rest of the line is blank");
            display.clear();
            display.show().await.unwrap();
            assert_eq!(bench.shows(), vec![""; usize::from(height / 8)]);
        });
    }
}

#[test]
fn what_does_not_fit_is_cut_off() {
    let (bench, mut display) = display(64, false);
    run(async {
        display.print(3, "01234567890123456789012345678");
        display.show().await.unwrap();
        let shown = bench.shows();
        assert_eq!(shown.len(), 16, "a part of a character is in the last columns: {shown:?}");
        display.print(3, "0123456789012345678901234");
        display.show().await.unwrap();
        assert_eq!(bench.shows()[3].chars().count(), COLUMNS);
    });
}

#[test]
fn the_picture_can_be_turned_and_drawn_on() {
    let (bench, mut display) = display(64, true);
    run(async {
        display.print(0, "top");
        display.show().await.unwrap();
        let turned = bench.shows();
        assert_eq!(turned.len(), 16, "upside down it is no text: {turned:?}");
        assert!(turned[0].chars().all(|dots| dots == '\u{2800}'), "{turned:?}");
        display.clear();
        assert_eq!(display.size(), Size::new(128, 64));
        let ends = [Point::new(0, 0), Point::new(-1, 3), Point::new(128, 64)];
        display.draw_iter(ends.map(|place| Pixel(place, BinaryColor::On))).unwrap();
        display.show().await.unwrap();
        assert!(bench.shows()[15].ends_with("\u{2800}\u{2880}"), "the last dot of all");
    });
}

#[test]
fn a_display_that_was_away_shows_its_picture_again() {
    let (bench, mut display) = display(64, false);
    run(async {
        display.print(2, "kept");
        display.show().await.unwrap();
        bench.unplug(true);
        display.print(3, "news");
        assert!(matches!(display.show().await, Err(Error::Bus(_))));
        bench.unplug(false);
        assert_eq!(bench.shows(), [""; 0]);
        display.show().await.unwrap();
        assert_eq!(bench.shows()[..4], ["", "", "kept", "news"]);
    });
}

#[test]
fn whatever_an_earlier_program_left_is_put_right() {
    let (bench, mut display) = display(64, false);
    let mut bus = bench.i2c(0x3C);
    run(async {
        // Horizontal addressing of a part of the panel, another first row, an offset, inverted.
        let left = [0x00, 0x20, 0x00, 0x21, 9, 20, 0x22, 1, 2, 0x45, 0xD3, 9, 0xA7, 0xA8, 20, 0xA0];
        bus.write(0x3C, &left).await.unwrap();
        display.print(7, "right");
        display.show().await.unwrap();
        assert_eq!(bench.shows(), ["", "", "", "", "", "", "", "right"]);
    });
}
