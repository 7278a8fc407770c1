//! The driver of the BH1750 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, Resolution, measure, new, start};
use embassy_time::{Duration, Timer};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn what_the_world_sets_is_measured() {
    for (resolution, sensitivity, brightest) in [
        (Resolution::High, 69, 54_612.0),
        (Resolution::High2, 69, 27_306.0),
        (Resolution::Low, 69, 54_612.0),
        (Resolution::High, 31, 100_000.0),
        (Resolution::High2, 254, 7_417.0),
    ] {
        let bench = Bench::of("bh1750");
        let mut sensor = new(bench.i2c(0x23), 0x23, Options { resolution, sensitivity });
        run(async {
            start(&mut sensor).await.unwrap();
            for lux in [0.0, 3.5, 100.0, brightest] {
                bench.set("lux", lux);
                Timer::after(Duration::from_millis(700)).await;
                let measured = f64::from(measure(&mut sensor).await.unwrap().lux);
                assert!(
                    measured <= lux + 0.01 && measured > lux - 2.0,
                    "{measured} of {lux}, {resolution:?}"
                );
            }
        });
    }
}

#[test]
fn the_first_measurement_is_a_true_one() {
    for sensitivity in [31, 69, 254] {
        let bench = Bench::of("bh1750");
        let mut sensor = new(bench.i2c(0x5C), 0x5C, Options { resolution: Resolution::High, sensitivity });
        run(async {
            start(&mut sensor).await.unwrap();
            assert!((measure(&mut sensor).await.unwrap().lux - 100.0).abs() < 2.0);
        });
    }
}

#[test]
fn after_a_loss_of_its_supply_it_is_set_up_again() {
    let bench = Bench::of("bh1750");
    let mut sensor = new(bench.i2c(0x23), 0x23, Options { resolution: Resolution::High2, sensitivity: 138 });
    run(async {
        start(&mut sensor).await.unwrap();
        bench.unplug(true);
        assert!(matches!(measure(&mut sensor).await, Err(Error::Bus(_))));
        assert!(matches!(start(&mut sensor).await, Err(Error::Bus(_))));
        bench.unplug(false);
        start(&mut sensor).await.unwrap();
        assert!((measure(&mut sensor).await.unwrap().lux - 100.0).abs() < 0.5);
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("bh1750");
    let mut sensor = new(bench.i2c(0x23), 0x23, Options { resolution: Resolution::High, sensitivity: 69 });
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(bench.moved(measure(&mut sensor)).await, told("bh1750"));
    });
}
