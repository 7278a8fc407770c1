//! `pwm` and `drive`: frequencies and duties as they are on the pins.

use fwc_sim::{Edge, Level, Nanos, Pin, Trace};
use fwc_tests::milliseconds;

use crate::{job, run};

/// The pulses of a pin within a span of time: their count, and how much of it they last, in thousandths.
#[derive(Debug, PartialEq)]
struct Pulses {
    count: usize,
    high_permille: u64,
}

fn pulses(trace: &Trace, pin: Pin, from: Nanos, to: Nanos) -> Pulses {
    let within: Vec<Edge> = trace.edges(pin).filter(|edge| edge.at > from && edge.at <= to).collect();
    let mut level = trace.level_at(pin, from);
    let (mut since, mut high) = (from, 0);
    for edge in &within {
        if level == Level::High {
            high += edge.at.0 - since.0;
        }
        (level, since) = (edge.level, edge.at);
    }
    if level == Level::High {
        high += to.0 - since.0;
    }
    let rising = within.iter().filter(|edge| edge.level == Level::High).count();
    Pulses { count: rising, high_permille: (high * 1_000 + (to.0 - from.0) / 2) / (to.0 - from.0) }
}

#[test]
fn a_duty_follows_the_number_within_its_ends() {
    let trace = run(&job("pwm", milliseconds(130)));
    // The fan's 25 kHz in 8 ms are 200 periods; each message comes at a multiple of 20 ms.
    let fan = |at: u64| pulses(&trace, Pin(16), milliseconds(at), milliseconds(at + 8));
    assert_eq!(fan(30), Pulses { count: 0, high_permille: 0 }, "10 degrees are below the first end");
    assert_eq!(fan(50), Pulses { count: 200, high_permille: 250 });
    assert_eq!(fan(70), Pulses { count: 200, high_permille: 500 });
    assert_eq!(fan(90), Pulses { count: 0, high_permille: 1_000 }, "the whole period has no gap");
    assert_eq!(fan(110), Pulses { count: 0, high_permille: 1_000 });
}

#[test]
fn a_falling_ramp_of_whole_numbers_steers_a_servo() {
    let trace = run(&job("pwm", milliseconds(400)));
    // The last message asks for the second end, 10 %: 2 ms of each 20 ms.
    let servo = pulses(&trace, Pin(18), milliseconds(200), milliseconds(400));
    assert_eq!(servo, Pulses { count: 10, high_permille: 100 });
}

#[test]
fn an_active_low_output_of_a_shared_slice_obeys_the_standard_trait() {
    let trace = run(&job("pwm", milliseconds(60)));
    let low = |at: u64| {
        let pulses = pulses(&trace, Pin(17), milliseconds(at), milliseconds(at + 8));
        (pulses.count, 1_000 - pulses.high_permille)
    };
    assert_eq!(low(1), (200, 300), "its first duty");
    assert_eq!(low(11), (200, 750));
    assert_eq!(low(21), (0, 1_000));
    assert_eq!(low(31), (0, 0));
    assert_eq!(low(41), (200, 100));
}

#[test]
fn a_pwm_that_no_task_uses_keeps_its_first_duty() {
    let trace = run(&job("pwm", milliseconds(60)));
    let steady = pulses(&trace, Pin(20), milliseconds(10), milliseconds(50));
    assert_eq!(steady, Pulses { count: 40, high_permille: 125 });
}
