//! The driver of the HC-SR04 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, measure, new, start};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run};

#[test]
fn what_the_world_sets_is_measured() {
    for air in [-15.0_f32, 20.0, 50.0] {
        let bench = Bench::of("hcsr04");
        let mut meter = new(bench.output(0), bench.input(1), Options { air });
        run(async {
            start(&mut meter).await.unwrap();
            bench.set("celsius", air.into());
            for centimeters in [2.0, 17.3, 100.0, 400.0] {
                bench.set("centimeters", centimeters);
                let measured = f64::from(measure(&mut meter).await.unwrap().centimeters);
                // The bench looks at the pin every 50 µs, in which sound goes 0.9 cm there and back; and the crate has a
                // slightly faster sound.
                assert!(
                    (measured - centimeters).abs() < 0.9 + centimeters / 1_000.0,
                    "{measured} for {centimeters} cm at {air} °C"
                );
            }
        });
    }
}

#[test]
fn nothing_in_reach_and_a_part_that_is_not_there_are_errors() {
    let bench = Bench::of("hcsr04");
    let mut meter = new(bench.output(0), bench.input(1), Options { air: 20.0 });
    run(async {
        bench.set("centimeters", 600.0);
        assert!(matches!(measure(&mut meter).await, Err(Error::Reports(_))));
        bench.unplug(true);
        assert_eq!(measure(&mut meter).await, Err(Error::NotReady));
        bench.unplug(false);
        bench.set("centimeters", 50.0);
        let measured = measure(&mut meter).await.unwrap().centimeters;
        assert!((measured - 50.0).abs() < 1.0, "{measured}");
    });
}
