//! Each plug is pulled at each step: the error says what the board is left with, and the command that it names mends it.

use fwc_sim::{Act, BoardEvent, BoardSetup, Planned};
use fwc_tests::{Desk, Firmware, Ran, build_project};

use crate::expected_flash;
use crate::running::Running;

const UNTOUCHED: &str = "note: nothing was written: the board's flash is as it was";
const HELD: &str =
    "note: nothing was written: the board's flash is as it was, but its firmware may stand still";
const HALF: &str = "note: the board's flash is half written: it holds neither the old nor the new firmware";
const WRITTEN: &str = "note: the new firmware is in the board's flash, but it was not seen to start";

const FLASH_AGAIN: &str = "help: then `fwc flash` writes everything that is missing";
const THE_SAME: &str = "help: then the same again; `fwc reset`, or the board's reset, starts its firmware";
const START: &str = "help: `fwc reset`, or the board's reset, starts it";

/// What was pulled at what moment, and what is then said.
struct Pull<'a> {
    after: &'a str,
    count: u32,
    error: &'a str,
    left: &'a str,
    help: &'a str,
}

fn pull<'a>(after: &'a str, count: u32, error: &'a str, left: &'a str, help: &'a str) -> Pull<'a> {
    Pull { after, count, error, left, help }
}

impl Pull<'_> {
    /// The probe will be pulled when the event has come so many times from now on.
    fn prepare(&self, desk: &mut Desk) {
        let act = Act { unplug: true, ..Act::default() };
        let plan = Planned { after: self.after.to_owned(), count: self.count, act };
        desk.act(&Act { plan: Some(Box::new(plan)), ..Act::default() });
    }

    #[track_caller]
    fn is_told(&self, run: &Ran) {
        let moment = format!("after {} {}", self.after, self.count);
        let first = run.ends(3).stderr.lines().next().unwrap_or_default();
        assert!(first.starts_with(&format!("error: {}", self.error)), "{moment}: {}", run.stderr);
        for part in [self.left, self.help] {
            assert!(run.stderr.contains(part), "{moment}: no `{part}` in {}", run.stderr);
        }
    }
}

/// The probe is plugged in again, the command that was named is given, and the firmware runs.
fn mend(desk: &mut Desk, firmware: &Firmware, command: &str) {
    desk.board.catch_up().unwrap();
    desk.act(&Act { plug: true, ..Act::default() });
    desk.fwc(&firmware.project, &[command, "--quiet"]).ends(0);
    desk.board.wait(|event| matches!(event, BoardEvent::Boot { boot } if boot == "flash")).unwrap();
    let expected = expected_flash(&firmware.elf);
    assert!(desk.board.flash(expected.len() as u32).unwrap() == expected);
}

#[test]
fn the_probe_is_pulled_at_each_step_of_flashing() {
    let firmware = build_project("examples/blink", "rpi-pico");
    for step in [
        pull("probe", 1, "", UNTOUCHED, ""),
        // To attach the library halts the core, and lets it go on.
        pull("halted", 1, "the probe is gone: ", HELD, THE_SAME),
        pull("looked", 1, "while comparing: the probe is gone: ", HELD, FLASH_AGAIN),
        // The library's flash loader begins with a reset, and from then on only the library knows what it has erased.
        pull("reset", 1, "while erasing: the probe is gone: ", HALF, FLASH_AGAIN),
        pull("erased", 1, "while erasing: the probe is gone: ", HALF, FLASH_AGAIN),
        pull("erased", 2, "while erasing: the probe is gone: ", HALF, FLASH_AGAIN),
        pull("programmed", 1, "while programming: the probe is gone: ", HALF, FLASH_AGAIN),
        pull("programmed", 2, "while programming: the probe is gone: ", HALF, FLASH_AGAIN),
        pull("looked", 2, "while verifying: the probe is gone: ", HALF, FLASH_AGAIN),
        pull("reset", 3, "while starting: the probe is gone: ", WRITTEN, START),
    ] {
        let mut desk = Desk::with_probe(BoardSetup { filled: Some(0), ..BoardSetup::default() });
        step.prepare(&mut desk);
        let run = desk.fwc(&firmware.project, &["flash", "--quiet"]);
        step.is_told(&run);
        if step.left.starts_with(UNTOUCHED) {
            assert!(desk.board.flash(65536).unwrap().iter().all(|byte| *byte == 0), "{}", run.stderr);
        }
        mend(&mut desk, &firmware, if step.help == START { "reset" } else { "flash" });
    }
}

#[test]
fn the_probe_is_pulled_in_other_work() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let in_erase = "while erasing: the probe is gone: ";
    for (command, mends, step) in [
        ("reset", "reset", pull("halted", 1, "the probe is gone: ", HELD, THE_SAME)),
        ("reset", "reset", pull("reset", 1, "the probe is gone: ", HELD, THE_SAME)),
        ("attach", "reset", pull("looked", 1, "the probe is gone: ", HELD, THE_SAME)),
        ("attach", "reset", pull("halted", 2, "the probe is gone: ", HELD, THE_SAME)),
        ("monitor", "reset", pull("halted", 1, "the probe is gone: ", HELD, THE_SAME)),
        ("monitor", "reset", pull("looked", 1, "the probe is gone: ", HELD, THE_SAME)),
        ("erase", "flash", pull("erased", 1, in_erase, HALF, FLASH_AGAIN)),
    ] {
        let mut desk = Desk::with_probe(BoardSetup::default());
        desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
        desk.board.catch_up().unwrap();
        step.prepare(&mut desk);
        let run = desk.fwc(&firmware.project, &[command, "--quiet"]);
        step.is_told(&run);
        mend(&mut desk, &firmware, mends);
    }
}

#[test]
fn who_leaves_while_the_probe_is_away_is_told_what_the_firmware_does() {
    let firmware = build_project("tests/firmware/flood", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
    let running = Running::start(&firmware.project, &["monitor", "--probe", &desk.probe()]);
    Running::until(&running.stdout, " tick ");
    desk.act(&Act { unplug: true, ..Act::default() });
    Running::until(&running.stderr, "Waiting for the probe and the board");
    let run = running.interrupt();
    let told = "warning: the firmware stands still as soon as its log's buffer is full: `fwc monitor`, `fwc reset` or";
    assert!(run.ends(0).stderr.contains(told), "{}", run.stderr);

    // It does stand still in time: only then does its lamp not change for so long that there is nothing to catch up with.
    desk.board.catch_up().unwrap();
    // What is named lets it go on.
    mend(&mut desk, &firmware, "reset");
    let blinks = |event: &BoardEvent| matches!(event, BoardEvent::Pin { pin: 25, level: 1 });
    desk.board.wait(blinks).unwrap();
}
