//! `blink`, `button`, `toggle` and `print`.

use fwc_sim::{Job, Level, Nanos, Pin, Uart};
use fwc_tests::milliseconds;

use crate::{assert_pace, edges_from, job, run};

/// From reset to the ticker's start, and from a tick to the pin.
const BOOT: Nanos = Nanos(1_000_000);

#[test]
fn blink_keeps_its_pace_and_its_polarity() {
    let trace = run(&job("blink", milliseconds(30_010)));
    let after_boot = |pin| edges_from(&trace, Pin(pin), milliseconds(50));
    let led = after_boot(25);
    assert_eq!(led.len(), 60);
    assert_pace(&led, milliseconds(500), BOOT, Level::High);
    // The distance from the first edge to the last is exact to a tick: nothing drifts.
    let span = led[59].at.0 - led[0].at.0;
    assert!(span.abs_diff(59 * 500_000_000) <= 10_000, "{span}");

    let lamp = after_boot(16);
    assert_eq!(lamp.len(), 240);
    assert_eq!(trace.level_at(Pin(16), milliseconds(20)), Level::Low, "active low and on from the start");
    assert_pace(&lamp, milliseconds(125), BOOT, Level::High);

    let enable = after_boot(18);
    assert_eq!(enable, [], "an output with `initial` that no task uses holds its level");
    assert_eq!(trace.level_at(Pin(18), milliseconds(30_000)), Level::High);
}

#[test]
fn an_idle_chip_sleeps() {
    let trace = run(&job("blink", milliseconds(10_000)));
    let asleep = trace.end().slept.0 as f64 / trace.end().at.0 as f64;
    assert!(asleep > 0.99, "asleep {asleep} of the time");
}

/// A contact that bounces a dozen times before it stands.
fn bounce(mut job: Job, at: Nanos, pin: Pin, to: Level) -> Job {
    let from = if to == Level::High { Level::Low } else { Level::High };
    for count in 0..12u64 {
        let level = if count % 2 == 0 { to } else { from };
        job = job.drive(Nanos(at.0 + count * 310_000), pin, level);
    }
    job.drive(Nanos(at.0 + 12 * 310_000), pin, to)
}

#[test]
fn a_bouncing_button_prints_one_line_a_press() {
    let key = Pin(15);
    let mut job = job("button", milliseconds(5_000));
    // Pressed for 200 ms, for 1 s, for 100 ms; the level is low while pressed.
    for (down, up) in [(500, 700), (1_500, 2_500), (3_000, 3_100)] {
        job = bounce(job, milliseconds(down), key, Level::Low);
        job = bounce(job, milliseconds(up), key, Level::High);
    }
    let trace = run(&job);
    let lines = trace.uart_lines(Uart(0));
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["presses: short", "presses: long", "presses: short"]);
    // `short` follows the release, `long` the moment when the press has lasted 600 ms.
    let expected = [700, 2_100, 3_100];
    for (line, expected) in lines.iter().zip(expected) {
        let late = line.at.0 as i64 - expected * 1_000_000;
        assert!((0..50_000_000).contains(&late), "{} is {late} ns after {expected} ms", line.text);
    }
    // The toggle flips at `short` only.
    assert_eq!(edges_from(&trace, Pin(16), milliseconds(50)).len(), 2);
}

#[test]
fn levels_are_published_as_they_settle() {
    let key = Pin(14);
    let mut job = job("button", milliseconds(1_000));
    job = bounce(job, milliseconds(300), key, Level::High);
    job = bounce(job, milliseconds(600), key, Level::Low);
    // A glitch that is shorter than the debounce time.
    job = job.drive(milliseconds(800), key, Level::High).drive(milliseconds(802), key, Level::Low);
    let trace = run(&job);
    let texts: Vec<String> = trace.uart_lines(Uart(1)).into_iter().map(|line| line.text).collect();
    assert_eq!(texts, ["levels: true", "levels: false"]);
}

#[test]
fn behaviors_of_the_projects_own_work_like_stock_ones() {
    let button = Pin(15);
    let job = job("own-behavior", milliseconds(1_000))
        .drive(milliseconds(0), button, Level::High)
        .drive(milliseconds(200), button, Level::Low)
        .drive(milliseconds(300), button, Level::High);
    let trace = run(&job);
    let rising = |pin| trace.edges(pin).filter(|edge| edge.level == Level::High).count();
    assert_eq!((rising(Pin(2)), rising(Pin(3))), (3, 2), "each task has its own number of flashes");
    let beacon: Vec<u64> =
        edges_from(&trace, Pin(3), milliseconds(200)).iter().map(|edge| edge.at.0).collect();
    assert!((beacon[1] - beacon[0]).abs_diff(10_000_000) < 50_000, "on for 10 ms: {beacon:?}");
    // Two ticks of 10 ms on, two off: 25 periods in a second.
    assert_eq!(rising(Pin(4)), 25);
    let lines: Vec<String> = trace.uart_lines(fwc_sim::Uart(0)).into_iter().map(|line| line.text).collect();
    assert_eq!(lines, ["beacons: 2", "flashes: 3"]);
}

#[test]
fn the_worked_example_is_the_project_that_is_run() {
    let repository = fwc_tests::repository();
    let page = std::fs::read_to_string(repository.join("docs/behaviors.md")).expect("the page is there");
    let project = repository.join("tests/firmware/own-behavior");
    for file in ["behaviors/flash/behavior.toml", "behaviors/flash/behavior.rs"] {
        let text = std::fs::read_to_string(project.join(file)).expect("the project has the file");
        assert!(page.contains(&text), "docs/behaviors.md does not show {file} as it is");
    }
    let app = std::fs::read_to_string(project.join("app.toml")).expect("the project has an app.toml");
    let tasks = app.split("\n\n").filter(|entry| entry.contains("behavior = \"flash\""));
    for task in tasks {
        assert!(page.contains(task), "docs/behaviors.md does not show\n{task}");
    }
}
