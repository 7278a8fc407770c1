//! The driver of the TMP117 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, measure, new, start};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn what_the_world_sets_is_measured() {
    for averages in [1, 8, 32, 64] {
        let bench = Bench::of("tmp117");
        let mut sensor = new(bench.i2c(0x48), 0x48, Options { averages });
        run(async {
            start(&mut sensor).await.unwrap();
            for celsius in [21.5, -40.0, 125.0] {
                bench.set("celsius", celsius);
                let reading = measure(&mut sensor).await.unwrap();
                assert!((f64::from(reading.celsius) - celsius).abs() < 0.01, "{reading:?} at {celsius}");
            }
        });
    }
}

#[test]
fn a_part_that_is_not_there_is_an_error_and_comes_back() {
    let bench = Bench::of("tmp117");
    let mut sensor = new(bench.i2c(0x48), 0x48, Options { averages: 1 });
    run(async {
        bench.unplug(true);
        assert!(matches!(start(&mut sensor).await, Err(Error::Bus(_))));
        assert!(matches!(measure(&mut sensor).await, Err(Error::Bus(_))));
        bench.unplug(false);
        start(&mut sensor).await.unwrap();
        measure(&mut sensor).await.unwrap();
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("tmp117");
    let mut sensor = new(bench.i2c(0x48), 0x48, Options { averages: 1 });
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(bench.moved(measure(&mut sensor)).await, told("tmp117"));
    });
}
