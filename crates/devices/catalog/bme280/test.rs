//! The driver of the BME280 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, measure, new, start};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn what_the_world_sets_is_measured() {
    for oversampling in [1, 2, 4, 8, 16] {
        let bench = Bench::of("bme280");
        let mut sensor = new(bench.i2c(0x76), 0x76, Options { oversampling });
        run(async {
            start(&mut sensor).await.unwrap();
            for (celsius, humidity, pressure) in
                [(21.5, 40.0, 1013.25), (-39.0, 5.0, 320.0), (84.0, 95.0, 1090.0)]
            {
                bench.set("celsius", celsius);
                bench.set("humidity", humidity);
                bench.set("pressure", pressure);
                let reading = measure(&mut sensor).await.unwrap();
                let near = |measured: f32, set: f64, error: f64| (f64::from(measured) - set).abs() < error;
                assert!(near(reading.celsius, celsius, 0.02), "{reading:?} at {celsius}");
                assert!(near(reading.humidity, humidity, 0.1), "{reading:?} at {humidity}");
                assert!(near(reading.pressure, pressure, 0.1), "{reading:?} at {pressure}");
            }
        });
    }
}

#[test]
fn a_part_whose_supply_dipped_is_found_out_and_started_again() {
    let bench = Bench::of("bme280");
    let mut sensor = new(bench.i2c(0x77), 0x77, Options { oversampling: 1 });
    run(async {
        start(&mut sensor).await.unwrap();
        measure(&mut sensor).await.unwrap();
        bench.unplug(true);
        assert!(matches!(measure(&mut sensor).await, Err(Error::Bus(_))));
        bench.unplug(false);
        // It answers, and has forgotten how many samples to take of the humidity.
        assert_eq!(measure(&mut sensor).await, Err(Error::Corrupt));
        start(&mut sensor).await.unwrap();
        measure(&mut sensor).await.unwrap();
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("bme280");
    let mut sensor = new(bench.i2c(0x76), 0x76, Options { oversampling: 1 });
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(bench.moved(measure(&mut sensor)).await, told("bme280"));
    });
}
