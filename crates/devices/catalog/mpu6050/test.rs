//! The driver of the MPU-6050 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, measure, new, start};
use embassy_time::{Duration, Timer};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

const SLOW: Options = Options { acceleration: 2, rotation: 250, bandwidth: 5, rate: 4 };
const FAST: Options = Options { acceleration: 2, rotation: 250, bandwidth: 188, rate: 1_000 };

#[test]
fn what_the_world_sets_is_measured_at_every_scale() {
    for (acceleration, rotation) in [(2, 250), (4, 500), (8, 1_000), (16, 2_000)] {
        let bench = Bench::of("mpu6050");
        let mut sensor = new(bench.i2c(0x68), 0x68, Options { acceleration, rotation, ..FAST });
        run(async {
            start(&mut sensor).await.unwrap();
            for part in [-1.0, -0.3, 0.0, 0.7, 0.999] {
                let (g, degrees) = (part * f64::from(acceleration), part * f64::from(rotation));
                for (axis, factor) in [("x", 1.0), ("y", 0.5), ("z", -0.25)] {
                    bench.set(&format!("accel_{axis}"), g * factor);
                    bench.set(&format!("gyro_{axis}"), degrees * factor);
                }
                bench.set("celsius", 85.0 * part.abs());
                Timer::after(Duration::from_millis(1)).await;
                let reading = measure(&mut sensor).await.unwrap();
                let expected =
                    [g, g * 0.5, g * -0.25, degrees, degrees * 0.5, degrees * -0.25, 85.0 * part.abs()];
                let steps = [f64::from(acceleration) / 16_384.0, f64::from(rotation) / 16_384.0, 0.004];
                let measured = [
                    reading.accel_x,
                    reading.accel_y,
                    reading.accel_z,
                    reading.gyro_x,
                    reading.gyro_y,
                    reading.gyro_z,
                    reading.celsius,
                ];
                for (place, (measured, expected)) in measured.into_iter().zip(expected).enumerate() {
                    assert!(
                        (f64::from(measured) - expected).abs() < steps[place / 3],
                        "{reading:?}: {expected}"
                    );
                }
            }
        });
    }
}

#[test]
fn the_first_measurement_is_a_true_one_at_every_rate() {
    for options in [SLOW, FAST] {
        let bench = Bench::of("mpu6050");
        let mut sensor = new(bench.i2c(0x69), 0x69, options);
        run(async {
            start(&mut sensor).await.unwrap();
            assert_eq!(measure(&mut sensor).await.unwrap().accel_z, 1.0);
        });
    }
}

#[test]
fn a_rate_is_the_parts_pace() {
    let bench = Bench::of("mpu6050");
    let mut sensor = new(bench.i2c(0x68), 0x68, Options { rate: 100, ..FAST });
    run(async {
        start(&mut sensor).await.unwrap();
        let mut changes = 0;
        let mut last = f32::NAN;
        for step in 0..500 {
            bench.set("accel_x", f64::from(step) / 500.0);
            Timer::after(Duration::from_millis(1)).await;
            let now = measure(&mut sensor).await.unwrap().accel_x;
            changes += u32::from(now != last);
            last = now;
        }
        assert!((50..=51).contains(&changes), "{changes} samples in half a second");
    });
}

#[test]
fn another_part_and_a_loss_of_its_supply_are_errors() {
    let bench = Bench::of("mpu6050");
    let mut sensor = new(bench.i2c(0x68), 0x68, FAST);
    run(async {
        bench.cut_reads(Some(0));
        assert_eq!(start(&mut sensor).await, Err(Error::WrongPart(0xFF)));
        bench.cut_reads(None);
        start(&mut sensor).await.unwrap();
        bench.unplug(true);
        assert!(matches!(measure(&mut sensor).await, Err(Error::Bus(_))));
        bench.unplug(false);
        start(&mut sensor).await.unwrap();
        assert_eq!(measure(&mut sensor).await.unwrap().accel_z, 1.0);
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("mpu6050");
    let mut sensor = new(bench.i2c(0x68), 0x68, FAST);
    run(async {
        start(&mut sensor).await.unwrap();
        assert_eq!(bench.moved(measure(&mut sensor)).await, told("mpu6050"));
    });
}
