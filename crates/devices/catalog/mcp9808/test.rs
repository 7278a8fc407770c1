//! The driver of the MCP9808 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, measure, new, start};
use embassy_time::{Duration, Timer};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn what_the_world_sets_is_measured_in_steps() {
    for resolution in [0.5_f32, 0.25, 0.125, 0.0625] {
        let bench = Bench::of("mcp9808");
        let mut sensor = new(bench.i2c(0x18), 0x18, Options { resolution });
        run(async {
            start(&mut sensor).await.unwrap();
            for celsius in [-40.0, -0.0625, 0.0, 21.99, 125.0] {
                bench.set("celsius", celsius);
                Timer::after(Duration::from_millis(251)).await;
                let measured = f64::from(measure(&mut sensor).await.unwrap().celsius);
                let step = f64::from(resolution);
                assert_eq!(measured, (celsius / step).floor() * step, "{celsius} in steps of {step}");
            }
        });
    }
}

#[test]
fn the_first_measurement_is_a_true_one() {
    let bench = Bench::of("mcp9808");
    let mut sensor = new(bench.i2c(0x1F), 0x1F, Options { resolution: 0.0625 });
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(measure(&mut sensor).await.unwrap().celsius, 25.0);
    });
}

#[test]
fn a_part_that_is_not_there_or_another_one_is_an_error() {
    let bench = Bench::of("mcp9808");
    let mut sensor = new(bench.i2c(0x18), 0x18, Options { resolution: 0.5 });
    run(async {
        bench.cut_reads(Some(0));
        assert_eq!(start(&mut sensor).await, Err(Error::WrongPart(0xFFFF_FFFF)));
        assert_eq!(measure(&mut sensor).await, Err(Error::Corrupt));
        bench.cut_reads(None);
        bench.unplug(true);
        assert!(matches!(measure(&mut sensor).await, Err(Error::Bus(_))));
        bench.unplug(false);
        start(&mut sensor).await.unwrap();
        assert_eq!(measure(&mut sensor).await.unwrap().celsius, 25.0);
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("mcp9808");
    let mut sensor = new(bench.i2c(0x18), 0x18, Options { resolution: 0.0625 });
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(bench.moved(measure(&mut sensor)).await, told("mcp9808"));
    });
}
