//! Devices on pins of their own: what the firmware drives is shown to the catalogue's simulated parts.

use fwc_devices::Settings;
use fwc_parts::{PinPart, Wired};
use fwc_sim::{Edge, Level, Nanos, Parts, Pin, Uart};
use fwc_tests::{emulator, milliseconds};

use crate::{edges_from, job, run};

/// A part of the catalogue on pins.
fn part(driver: &str, settings: &Settings) -> Box<dyn PinPart> {
    match fwc_devices::part(driver, settings) {
        Some(Wired::Pins(part)) => part,
        _ => panic!("`{driver}` is no part on pins"),
    }
}

/// Lets a part see what the firmware drives on a pin after one moment and until another.
fn feed(part: &mut dyn PinPart, pin: usize, edges: &[Edge], after: Nanos, until: Nanos) {
    for edge in edges.iter().filter(|edge| edge.at > after && edge.at <= until) {
        let level = if edge.level == Level::High { fwc_parts::Level::High } else { fwc_parts::Level::Low };
        part.driven(pin, level, edge.at);
    }
}

#[test]
fn a_strip_shows_each_frame_though_one_follows_the_other_at_once() {
    let trace = run(&job("wires", milliseconds(50)));
    let edges = edges_from(&trace, Pin(16), Nanos(0));
    let frame = |turn: u8| -> Vec<String> {
        (0..12_u8).map(|light| format!("#{turn:02X}{light:02X}{:02X}", 255 - light)).collect()
    };
    let marked = |turn: u8| -> Vec<String> {
        let three = vec![format!("#55AA{turn:02X}"); 3];
        three.into_iter().chain(frame(turn).split_off(3)).collect()
    };
    let mut strip = part("ws2812", &Settings::new([("lights".to_string(), 12.0)]));
    let mut seen = Nanos(0);
    let mut shows = |until: Nanos| {
        feed(strip.as_mut(), 0, &edges, seen, until);
        seen = until;
        strip.shows()
    };
    // A frame of 12 lights lasts 360 µs; the second one begins after the pause.
    let second_frames = [20, 40].map(|tick| {
        let of_tick = edges.iter().filter(|edge| edge.at >= milliseconds(tick));
        let pause = of_tick.clone().zip(of_tick.skip(1)).find(|(end, next)| (next.at - end.at).0 > 280_000);
        pause.expect("there is a pause between two frames").0.at
    });
    assert_eq!(shows(second_frames[0]), [frame(1).join(" ")]);
    assert_eq!(shows(milliseconds(39)), [marked(1).join(" ")]);
    assert_eq!(shows(second_frames[1]), [frame(2).join(" ")]);
    assert_eq!(shows(milliseconds(50)), [marked(2).join(" ")]);
    let bits = edges.iter().filter(|edge| edge.level == Level::High).count();
    assert_eq!(bits, 4 * 12 * 24, "two frames at each of two ticks");
}

#[test]
fn servos_on_one_slice_get_the_pulses_of_their_angles() {
    let trace = run(&job("wires", milliseconds(450)));
    let pulse = |pin: Pin, tick: u64| {
        let mut servo = part("servo", &Settings::default());
        feed(servo.as_mut(), 0, &edges_from(&trace, pin, Nanos(0)), Nanos(0), milliseconds(tick + 50));
        servo.shows().concat()
    };
    assert_eq!(pulse(Pin(19), 0), "", "no pulse before the first angle");
    let arm = [100, 200, 300, 400].map(|tick| pulse(Pin(19), tick));
    assert_eq!(arm, ["500 µs", "1000 µs", "1500 µs", "2000 µs"]);
    let tail = [100, 200, 300, 400].map(|tick| pulse(Pin(18), tick));
    assert_eq!(tail, ["2000 µs", "1500 µs", "1000 µs", "1000 µs"]);
}

#[test]
fn an_echo_becomes_a_distance_and_none_an_error() {
    let meter = Parts::new().pins("meter", [Pin(14), Pin(15)], part("hcsr04", &Settings::default()));
    let distances = [100.0, 600.0, 17.3, 400.0];
    let job = (1..).zip(distances).fold(job("wires", milliseconds(450)), |job, (tick, distance)| {
        job.set(milliseconds(100 * tick - 50), "meter", "centimeters", distance)
    });
    let (trace, _) = emulator().run_with(&job, meter).unwrap_or_else(|error| panic!("{error}"));
    let lines: Vec<f64> = trace
        .uart_lines(Uart(0))
        .into_iter()
        .map(|line| line.text.trim_start_matches("distances: centimeters=").parse().expect("a distance"))
        .collect();
    // At 6 m nothing is heard.
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (measured, expected) in lines.iter().zip([100.0, 17.3, 400.0]) {
        assert!((measured - expected).abs() < 1.0, "{measured} cm of {expected} cm");
    }
    let triggers: Vec<Edge> = edges_from(&trace, Pin(14), milliseconds(1));
    assert_eq!(triggers.len(), 8, "one pulse at each tick");
    let long_enough = |pulse: &[Edge]| (10_000..100_000).contains(&(pulse[1].at - pulse[0].at).0);
    assert!(triggers.chunks(2).all(long_enough), "{triggers:?}");
}

#[test]
fn a_knob_is_sampled_and_another_one_wakes_its_task() {
    let knob = |edges: f64| part("rotary", &Settings::new([("edges".to_string(), edges)]));
    let parts = Parts::new().pins("volume", [Pin(14), Pin(15)], knob(4.0)).pins(
        "tuning",
        [Pin(10), Pin(11)],
        knob(2.0),
    );
    let job = job("knob", milliseconds(400))
        .set(milliseconds(50), "volume", "position", 25.0)
        .set(milliseconds(60), "tuning", "position", 3.0)
        .set(milliseconds(200), "volume", "position", -5.0)
        .set(milliseconds(210), "tuning", "position", 1.0);
    let (trace, _) = emulator().run_with(&job, parts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());
    let of = |channel: &str| -> Vec<(u64, String)> {
        let lines = trace.uart_lines(Uart(0)).into_iter();
        lines
            .filter_map(|line| Some((line.at.0 / 1_000_000, line.text.strip_prefix(channel)?.to_owned())))
            .collect()
    };
    let volumes = of("volumes: ");
    let at = |moment: u64| volumes.iter().rfind(|(at, _)| *at <= moment).map(|(_, text)| text.as_str());
    assert_eq!(at(49), Some("position=0 steps=0"));
    assert_eq!(at(199), Some("position=25 steps=0"));
    assert_eq!(at(399), Some("position=-5 steps=0"));
    let steps: Vec<i32> = volumes
        .iter()
        .map(|(_, text)| text.rsplit('=').next().and_then(|steps| steps.parse().ok()).expect("a number"))
        .collect();
    assert!(steps.contains(&5) && steps.iter().sum::<i32>() == -5, "five steps in 20 ms: {steps:?}");
    let stations: Vec<String> = of("stations: ").into_iter().map(|(_, text)| text).collect();
    assert_eq!(stations, ["1", "2", "3", "2", "1"]);
}
