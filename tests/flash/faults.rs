//! Each part fails: the error says what is left in the flash and what to do.

use std::thread;
use std::time::Duration;

use fwc_sim::{Act, BoardEvent, BoardSetup, FlashFaults, Planned};
use fwc_tests::{Desk, Ran, build_project, fwc_command};
use rustix::process::{Pid, Signal, kill_process};

fn after(event: &str, count: u32, act: Act) -> BoardSetup {
    BoardSetup {
        filled: Some(0),
        acts: vec![Planned { after: event.to_owned(), count, act }],
        ..BoardSetup::default()
    }
}

fn flash(desk: &Desk) -> Ran {
    let firmware = build_project("examples/blink", "rpi-pico");
    desk.fwc(&firmware.project, &["flash", "--quiet"])
}

/// The error, what is left, and that the same command then mends it.
#[track_caller]
fn fails(run: &Ran, error: &str, left: &str) {
    let first = run.ends(3).stderr.lines().next().unwrap_or_default();
    assert!(first.contains(error), "{}", run.stderr);
    assert!(run.stderr.contains(left), "{}", run.stderr);
}

const HALF: &str = "note: the board's flash is half written";
const UNTOUCHED: &str = "note: nothing was written";

#[test]
fn a_probe_that_hangs_is_given_up() {
    let silent = Act { silent: Some(true), ..Act::default() };
    let run = flash(&Desk::with_probe(after("programmed", 1, silent)));
    fails(&run, "while programming: nothing came from the probe within 10 s", HALF);
}

#[test]
fn a_target_that_does_not_answer() {
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.act(&Act { deaf: Some(true), ..Act::default() });
    let run = flash(&desk);
    let first = run.ends(3).stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("error: no RP2040 answers the probe: "), "{}", run.stderr);
    assert!(run.stderr.contains("help: check that the board has power, and the wires SWDIO, SWCLK and GND"));
    // Nothing stays broken: the next try does it.
    desk.act(&Act { deaf: Some(false), ..Act::default() });
    flash(&desk).ends(0);
}

#[test]
fn a_target_that_stops_to_answer_in_the_middle() {
    let deaf = Act { deaf: Some(true), ..Act::default() };
    fails(&flash(&Desk::with_probe(after("programmed", 2, deaf))), "error: while programming: ", HALF);
}

#[test]
fn a_sector_that_does_not_program() {
    let faults = FlashFaults { stuck_sectors: vec![0x1000], ..FlashFaults::default() };
    let desk = Desk::with_probe(BoardSetup { filled: Some(0), faults, ..BoardSetup::default() });
    let run = flash(&desk);
    fails(&run, "while verifying: the flash does not hold what was written to it", HALF);
    assert!(run.stderr.contains("the flash chip is worn"), "{}", run.stderr);
}

#[test]
fn a_sector_that_does_not_erase() {
    let faults = FlashFaults { kept_sectors: vec![0x1000], ..FlashFaults::default() };
    let desk = Desk::with_probe(BoardSetup { filled: Some(0), faults, ..BoardSetup::default() });
    fails(&flash(&desk), "while verifying: the flash does not hold what was written to it", HALF);
}

#[test]
fn a_probe_that_is_not_there() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let run = fwc_tests::run_fwc(&firmware.project, &["flash", "--quiet", "--probe", "2e8a:000c"]);
    let first = run.ends(2).stderr.lines().next().unwrap_or_default();
    assert_eq!(first, "error: there is no debug probe `2e8a:000c`");
}

#[test]
fn a_probe_in_use_says_so() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup::default());
    let _owner =
        std::os::unix::net::UnixStream::connect(desk.probe().replace("20b7:9db1:unix:", "")).unwrap();
    desk.board.wait(|event| matches!(event, BoardEvent::Probe { .. })).unwrap();
    let run = desk.fwc(&firmware.project, &["flash", "--quiet"]);
    assert!(
        run.ends(3).stderr.starts_with("error: while opening the debug probe `Glasgow "),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("does another program hold it"), "{}", run.stderr);
}

#[test]
fn control_c_tells_what_is_left() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let silent = Act { silent: Some(true), ..Act::default() };
    let mut desk = Desk::with_probe(after("programmed", 1, silent));
    let mut command = fwc_command(&firmware.project, &["flash", "--quiet", "--probe", &desk.probe()]);
    let child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    desk.board.wait(|event| matches!(event, BoardEvent::Programmed { .. })).unwrap();
    thread::sleep(Duration::from_millis(300));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let run = Ran::of(child.wait_with_output().unwrap());
    assert!(run.ends(130).stderr.starts_with("error: interrupted while programming"), "{}", run.stderr);
    assert!(run.stderr.contains(HALF), "{}", run.stderr);
}

#[test]
fn a_failure_before_the_first_write_leaves_the_flash_alone() {
    let silent = Act { silent: Some(true), ..Act::default() };
    // The library halts the core once while it attaches; the second time is to compare.
    let mut desk = Desk::with_probe(after("halted", 2, silent));
    fails(&flash(&desk), "while comparing: nothing came from the probe within 10 s", UNTOUCHED);
    assert!(desk.board.flash(65536).unwrap().iter().all(|byte| *byte == 0));
}
