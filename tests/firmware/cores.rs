//! Tasks on both cores. The project's own emulator has one core, so this runs in another; see `fwc_tests::TwoCores`.

use fwc_sim::{Edge, Nanos, Pin};
use fwc_tests::{TwoCores, build_project, milliseconds};

const PACE: Pin = Pin(2);
const SECOND_PACE: Pin = Pin(3);
const BUSY: Pin = Pin(4);
const HEARD: Pin = Pin(5);

/// The pins of the project `core-priorities`.
const ANSWERED: Pin = Pin(2);
const ASKERS_PACE: Pin = Pin(3);

/// When `count`, on core 1, panics.
const PANIC: u64 = 65;

fn longest_gap(edges: &[Edge]) -> Nanos {
    Nanos(edges.windows(2).map(|pair| pair[1].at.0 - pair[0].at.0).max().expect("the pin moves"))
}

#[test]
fn both_cores_work_at_the_same_time_and_a_panic_stops_both() {
    let firmware = build_project("tests/firmware/cores", "rpi-pico");
    let run = TwoCores::run(&firmware.elf.with_extension("bin"), milliseconds(120));

    // `work` keeps core 0 for 10 ms at 20, 40 and 60 ms: its neighbour waits, the task on core 1 does not.
    // The panic comes in the middle of the third time.
    assert!((5..=6).contains(&run.edges(BUSY).len()));
    let neighbour = longest_gap(&run.edges(PACE));
    assert!(neighbour.0 > 9_900_000, "{neighbour}");
    let beside = longest_gap(&run.edges(SECOND_PACE));
    assert!(beside.0 < 1_100_000, "{beside}");
    assert!(run.edges(SECOND_PACE).len() as u64 >= PANIC - 1);

    // Each step goes to core 0 and back. What came while core 0 was busy is told once: a signal keeps the newest.
    let heard = run.edges(HEARD);
    assert!(heard.len() >= 4, "{heard:?}");
    assert!(
        heard[0].at.0.abs_diff(5_000_000) < 500_000,
        "the first step comes back at once: {}",
        heard[0].at
    );

    let messages = run.messages(&firmware.elf);
    for said in ["core 0 judges", "core 1 counts"] {
        assert!(messages.iter().any(|message| message == said), "{said}: {messages:?}");
    }
    assert!(messages.last().is_some_and(|last| last.contains("thirteen is too many")), "{messages:?}");
    let stopped = milliseconds(PANIC + 1);
    for pin in [PACE, SECOND_PACE, HEARD] {
        assert!(run.edges(pin).iter().all(|edge| edge.at < stopped), "pin {pin:?} moves after the panic");
    }
}

/// What needs only one core, seen by both emulators.
#[test]
fn the_other_emulator_agrees_on_an_image_for_one_core() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let run = TwoCores::run(&firmware.elf.with_extension("bin"), milliseconds(1_600));
    let trace = crate::run(&fwc_sim::Job::new(&firmware.elf, milliseconds(1_600)));
    let ours: Vec<Edge> = trace.edges(Pin(25)).collect();
    let theirs = run.edges(Pin(25));
    assert_eq!(ours.len(), 3);
    assert_eq!(theirs.len(), 3);
    for (our, their) in ours.iter().zip(&theirs) {
        assert_eq!(our.level, their.level);
        assert!(our.at.0.abs_diff(their.at.0) < 1_500_000, "{} and {}", our.at, their.at);
    }
}

/// Both thread executors compute without a pause, so nothing but interrupts can run the others; and each of the two tasks
/// that talk is woken by the other core.
#[test]
fn tasks_above_normal_wake_each_other_across_busy_cores() {
    let firmware = build_project("tests/firmware/core-priorities", "rpi-pico");
    let image = firmware.elf.with_extension("bin");
    let run = TwoCores::run_with_software_interrupts(&image, milliseconds(30));

    let heard = run.edges(ANSWERED);
    assert!((28..=30).contains(&heard.len()), "{}", heard.len());
    let gap = longest_gap(&heard);
    assert!(gap.0 < 1_100_000, "{gap}");
    let pace = run.edges(ASKERS_PACE);
    assert!((56..=60).contains(&pace.len()), "{}", pace.len());
    let gap = longest_gap(&pace);
    assert!(gap.0 < 550_000, "{gap}");
    let messages = run.messages(&firmware.elf);
    assert!(!messages.iter().any(|message| message.contains("deadline")), "{messages:?}");
}
