//! The driver of a servo on a simulated one.

#[path = "driver.rs"]
mod driver;

use driver::{Handle, Options, new, start};
use embassy_time::Duration;

use crate::bench::{Bench, PwmPin, run};

fn servo(bench: &Bench, shortest: u64, longest: u64, range: f32) -> Handle<PwmPin> {
    let (shortest, longest) = (Duration::from_micros(shortest), Duration::from_micros(longest));
    new(bench.pwm(0, 50), Options { shortest, longest, range })
}

#[test]
fn angles_become_pulses_and_end_at_the_ends() {
    for (shortest, longest, range) in [(1_000, 2_000, 90.0), (500, 2_500, 180.0), (544, 2_400, 270.0)] {
        let bench = Bench::of("servo");
        let mut servo = servo(&bench, shortest, longest, range);
        run(async {
            start(&mut servo).await.unwrap();
            assert_eq!(bench.shows(), [""; 0]);
            let middle = (shortest + longest) / 2;
            for (degrees, pulse) in [
                (0.0, shortest),
                (range / 2.0, middle),
                (range, longest),
                (range + 10.0, longest),
                (-1.0, shortest),
                (f32::NAN, 0),
            ] {
                servo.set_degrees(degrees).unwrap();
                if degrees.is_nan() {
                    continue;
                }
                assert_eq!(bench.shows(), [format!("{pulse} µs")], "{degrees} of {range}");
            }
        });
    }
}

#[test]
fn a_pulse_stays_within_the_ends() {
    let bench = Bench::of("servo");
    let mut servo = servo(&bench, 1_000, 2_000, 90.0);
    run(async {
        for (micros, pulse) in [(0, 1_000), (1_234, 1_234), (9_999, 2_000)] {
            servo.set_pulse(Duration::from_micros(micros)).unwrap();
            assert_eq!(bench.shows(), [format!("{pulse} µs")]);
        }
    });
}
