//! The driver of the ADS1115 on its simulated part.

#[path = "driver.rs"]
mod driver;

use ads111x_rs::Mux;
use driver::{Options, Reading, measure, millivolts, new, start};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn what_the_world_sets_is_measured_at_every_rate() {
    for data_rate in [8, 16, 32, 64, 128, 250, 475, 860] {
        let bench = Bench::of("ads1115");
        let mut converter = new(bench.i2c(0x48), 0x48, Options { full_scale: 4096, data_rate });
        run(async {
            start(&mut converter).await.unwrap();
            for (input, value) in [("ain0", -300.0), ("ain1", 0.125), ("ain2", 3_300.0), ("ain3", 5_000.0)] {
                bench.set(input, value);
            }
            let reading = measure(&mut converter).await.unwrap();
            // The last one clips.
            assert_eq!(reading, Reading { ain0: -300.0, ain1: 0.125, ain2: 3_300.0, ain3: 4_095.875 });
        });
    }
}

#[test]
fn every_full_scale_has_its_steps() {
    for full_scale in [256, 512, 1_024, 2_048, 4_096, 6_144] {
        let bench = Bench::of("ads1115");
        let mut converter = new(bench.i2c(0x4B), 0x4B, Options { full_scale, data_rate: 860 });
        run(async {
            let step = f64::from(full_scale) / 32_768.0;
            for steps in [0.0, 1.0, 12_345.0] {
                bench.set("ain1", 100.0);
                bench.set("ain0", 100.0 + steps * step);
                let difference = millivolts(&mut converter, Mux::A0N1).await.unwrap();
                assert!((f64::from(difference) - steps * step).abs() < step / 2.0);
            }
        });
    }
}

#[test]
fn a_part_that_is_not_there_is_an_error_and_comes_back() {
    let bench = Bench::of("ads1115");
    let mut converter = new(bench.i2c(0x49), 0x49, Options { full_scale: 2_048, data_rate: 250 });
    run(async {
        bench.unplug(true);
        assert!(matches!(start(&mut converter).await, Err(Error::Bus(_))));
        bench.unplug(false);
        bench.set("ain3", 1_000.0);
        start(&mut converter).await.unwrap();
        assert_eq!(measure(&mut converter).await.unwrap().ain3, 1_000.0);
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("ads1115");
    let mut converter = new(bench.i2c(0x48), 0x48, Options { full_scale: 4_096, data_rate: 860 });
    run(async {
        start(&mut converter).await.unwrap();
        assert_eq!(bench.moved(measure(&mut converter)).await, told("ads1115"));
    });
}
