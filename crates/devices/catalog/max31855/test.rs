//! The driver of the MAX31855 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Reading, measure, new, start};
use embassy_time::{Duration, Timer};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

const CONVERSION: Duration = Duration::from_millis(100);

#[test]
fn what_the_world_sets_is_measured() {
    let bench = Bench::of("max31855");
    let mut probe = new(bench.spi());
    run(async {
        start(&mut probe).await.unwrap();
        for (celsius, internal) in [(-200.0, -40.0), (-0.25, 0.0625), (0.0, 21.5), (1_350.0, 125.0)] {
            bench.set("celsius", celsius);
            bench.set("internal", internal);
            Timer::after(CONVERSION).await;
            let expected = Reading { celsius: celsius as f32, internal: internal as f32 };
            assert_eq!(measure(&mut probe).await, Ok(expected));
        }
    });
}

#[test]
fn wires_that_are_open_or_touch_something_are_told() {
    let bench = Bench::of("max31855");
    let mut probe = new(bench.spi());
    run(async {
        for (wires, told) in [
            (1.0, "the thermocouple is open"),
            (2.0, "the thermocouple touches ground"),
            (3.0, "the thermocouple touches the supply"),
        ] {
            bench.set("wires", wires);
            Timer::after(CONVERSION).await;
            assert_eq!(measure(&mut probe).await, Err(Error::Reports(told)));
        }
        bench.set("wires", 0.0);
        Timer::after(CONVERSION).await;
        measure(&mut probe).await.unwrap();
    });
}

#[test]
fn a_line_that_nobody_drives_is_no_temperature() {
    let bench = Bench::of("max31855");
    let mut probe = new(bench.spi());
    run(async {
        bench.unplug(true);
        assert_eq!(measure(&mut probe).await, Err(Error::Corrupt));
        bench.unplug(false);
        measure(&mut probe).await.unwrap();
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("max31855");
    let mut probe = new(bench.spi());
    run(async {
        start(&mut probe).await.unwrap();
        assert_eq!(bench.moved(measure(&mut probe)).await, told("max31855"));
    });
}
