//! The driver of the SHT3x on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, Repeatability, measure, new, start};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn what_the_world_sets_is_measured() {
    for repeatability in [Repeatability::High, Repeatability::Medium, Repeatability::Low] {
        let bench = Bench::of("sht3x");
        let mut sensor = new(bench.i2c(0x44), 0x44, Options { repeatability });
        run(async {
            start(&mut sensor).await.unwrap();
            for (celsius, humidity) in [(-40.0, 0.0), (-0.1, 33.3), (21.5, 50.0), (125.0, 100.0)] {
                bench.set("celsius", celsius);
                bench.set("humidity", humidity);
                let reading = measure(&mut sensor).await.unwrap();
                assert!((f64::from(reading.celsius) - celsius).abs() < 0.003, "{reading:?} at {celsius}");
                assert!((f64::from(reading.humidity) - humidity).abs() < 0.002, "{reading:?} at {humidity}");
            }
        });
    }
}

#[test]
fn the_heater_is_seen_in_the_status() {
    let bench = Bench::of("sht3x");
    let mut sensor = new(bench.i2c(0x45), 0x45, Options { repeatability: Repeatability::Low });
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(sensor.status().await, Ok(0x8010));
        sensor.heater(true).await.unwrap();
        assert_eq!(sensor.status().await, Ok(0xA010));
        sensor.heater(false).await.unwrap();
        assert_eq!(sensor.status().await, Ok(0x8010));
    });
}

#[test]
fn a_part_that_falls_silent_is_an_error_and_comes_back() {
    let bench = Bench::of("sht3x");
    let mut sensor = new(bench.i2c(0x44), 0x44, Options { repeatability: Repeatability::High });
    run(async {
        start(&mut sensor).await.unwrap();
        for after in 0..6 {
            bench.cut_reads(Some(after));
            assert_eq!(measure(&mut sensor).await, Err(Error::Corrupt), "after {after} bytes");
        }
        bench.cut_reads(None);
        bench.unplug(true);
        assert!(matches!(measure(&mut sensor).await, Err(Error::Bus(_))));
        assert!(matches!(start(&mut sensor).await, Err(Error::Bus(_))));
        bench.unplug(false);
        start(&mut sensor).await.unwrap();
        measure(&mut sensor).await.unwrap();
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("sht3x");
    let mut sensor = new(bench.i2c(0x44), 0x44, Options { repeatability: Repeatability::High });
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(bench.moved(measure(&mut sensor)).await, told("sht3x"));
    });
}
