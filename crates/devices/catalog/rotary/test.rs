//! The driver of a rotary encoder on a simulated one.

#[path = "driver.rs"]
mod driver;

use driver::{Options, Reading, measure, new, start};
use embassy_time::{Duration, Instant, Timer, with_timeout};
use fwc_devices::Settings;

use crate::bench::{Bench, run};

const WINDOW: Duration = Duration::from_millis(19);

fn bench(edges: u8) -> Bench {
    Bench::with("rotary", &Settings::new([("edges".to_string(), f64::from(edges))]))
}

#[test]
fn steps_are_counted_both_ways_across_measurements() {
    for edges in [1, 2, 4] {
        let bench = bench(edges);
        let mut knob = new(bench.input(0), bench.input(1), Options { edges, window: WINDOW });
        run(async {
            start(&mut knob).await.unwrap();
            assert_eq!(measure(&mut knob).await, Ok(Reading { position: 0, steps: 0 }));
            let (mut total, mut last) = (0, 0);
            for target in [30.0, -12.0, -11.0] {
                bench.set("position", target);
                for _ in 0..10 {
                    // A millisecond between two measurements, as a task that ticks every 20 ms has it.
                    Timer::after(Duration::from_millis(1)).await;
                    let reading = measure(&mut knob).await.unwrap();
                    total += reading.steps;
                    last = reading.position;
                }
                assert_eq!((f64::from(last), total), (target, last), "{edges} edges");
            }
        });
    }
}

#[test]
fn a_measurement_lasts_as_long_as_its_window() {
    let bench = bench(4);
    let mut knob = new(bench.input(0), bench.input(1), Options { edges: 4, window: WINDOW });
    run(async {
        start(&mut knob).await.unwrap();
        for target in [0.0, 100.0] {
            bench.set("position", target);
            let begun = Instant::now();
            measure(&mut knob).await.unwrap();
            let millis = begun.elapsed().as_millis();
            assert!((19..=20).contains(&millis), "{millis} ms");
        }
    });
}

#[test]
fn user_code_is_woken_by_a_step_and_by_nothing_less() {
    let bench = bench(4);
    let mut knob = new(bench.input(0), bench.input(1), Options { edges: 4, window: WINDOW });
    run(async {
        start(&mut knob).await.unwrap();
        assert!(with_timeout(Duration::from_secs(1), knob.turned()).await.is_err());
        bench.set("position", 2.0);
        assert_eq!(knob.turned().await, Ok(1));
        assert_eq!(knob.turned().await, Ok(2));
        bench.set("position", 1.0);
        let begun = Instant::now();
        assert_eq!(knob.turned().await, Ok(1));
        let millis = begun.elapsed().as_millis();
        assert!((4..=5).contains(&millis), "four edges of a millisecond each took {millis} ms");
        assert_eq!(knob.position(), 1);
    });
}
