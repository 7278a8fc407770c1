//! The driver of the INA219 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, measure, new, start};
use embassy_time::Timer;
use fwc_devices::Settings;
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn what_the_world_sets_is_measured() {
    for shunt in [0.1_f32, 0.01] {
        let bench = Bench::with("ina219", &Settings::new([("shunt".to_string(), f64::from(shunt))]));
        let mut monitor = new(bench.i2c(0x45), 0x45, Options { shunt });
        run(async {
            start(&mut monitor).await.unwrap();
            for (volts, amperes) in [(5.0, 0.5), (12.0, -1.25), (0.0, 0.0), (26.0, 3.0)] {
                bench.set("volts", volts);
                bench.set("amperes", amperes);
                Timer::after_millis(3).await;
                let reading = measure(&mut monitor).await.unwrap();
                assert!((f64::from(reading.volts) - volts).abs() < 0.004, "{reading:?} at {volts} V");
                assert!((f64::from(reading.amperes) - amperes).abs() < 0.001, "{reading:?} at {amperes} A");
                assert!((reading.watts - reading.volts * reading.amperes).abs() < 0.001, "{reading:?}");
            }
        });
    }
}

#[test]
fn the_first_measurement_is_no_zero() {
    let bench = Bench::of("ina219");
    bench.set("volts", 12.0);
    let mut monitor = new(bench.i2c(0x40), 0x40, Options { shunt: 0.1 });
    run(async {
        start(&mut monitor).await.unwrap();
        let reading = measure(&mut monitor).await.unwrap();
        assert!((reading.volts - 12.0).abs() < 0.004, "{reading:?}");
    });
}

#[test]
fn a_part_that_is_not_there_is_an_error_and_comes_back() {
    let bench = Bench::of("ina219");
    let mut monitor = new(bench.i2c(0x40), 0x40, Options { shunt: 0.1 });
    run(async {
        bench.unplug(true);
        assert!(matches!(start(&mut monitor).await, Err(Error::Bus(_))));
        bench.unplug(false);
        start(&mut monitor).await.unwrap();
        measure(&mut monitor).await.unwrap();
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("ina219");
    let mut monitor = new(bench.i2c(0x40), 0x40, Options { shunt: 0.1 });
    run(async {
        start(&mut monitor).await.unwrap();
        assert_eq!(bench.moved(measure(&mut monitor)).await, told("ina219"));
    });
}
