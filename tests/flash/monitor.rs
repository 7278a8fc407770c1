//! What a running firmware says: every line of it, through resets and pulled plugs, and why it has crashed.

use std::io::Write;

use fwc_sim::{Act, BoardEvent, BoardSetup};
use fwc_tests::{Desk, build_edited, build_project, run_fwc};

use crate::running::{Running, pseudo_terminal};

#[test]
fn a_flood_loses_nothing() {
    let firmware = build_project("tests/firmware/flood", "rpi-pico");
    let desk = Desk::with_probe(BoardSetup::default());
    let probe = desk.probe();
    let running = Running::start(&firmware.project, &["flash", "--monitor", "--probe", &probe]);
    let seen = Running::until(&running.stdout, "tick 1");
    let numbers: Vec<u32> =
        seen.iter().filter_map(|line| line.split_once(" line ")?.1.split(' ').next()?.parse().ok()).collect();
    assert!(numbers == (0..10_000).collect::<Vec<u32>>(), "{} lines came", numbers.len());
    // Time, level, task, message, place.
    let first = seen.iter().find(|line| line.contains(" line 0")).unwrap();
    let words: Vec<&str> = first.split_whitespace().collect();
    assert_eq!(words[1..5], ["info", "talk", "line", "0"], "{first}");
    assert!(words[5].ends_with("/src/talk.rs:8") && !words[5].contains(".."), "{first}");
    assert_eq!(running.interrupt().code, Some(0));
}

#[test]
fn what_was_overwritten_before_anybody_listened_is_told() {
    let firmware = build_project("tests/firmware/flood", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
    // The flood begins 100 ms after the start, and the lamp changes each 50 ms.
    for _ in 0..8 {
        desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: 25, .. })).unwrap();
    }
    let probe = desk.probe();
    let running = Running::start(&firmware.project, &["monitor", "--probe", &probe]);
    let told =
        Running::until(&running.stderr, " or more messages from before: nobody read the log, and its buffer");
    let told =
        told.last().unwrap().split_once("Missed ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    let missed: u32 = told.unwrap();
    let seen = Running::until(&running.stdout, " tick ");
    let (tick, lines) = seen.split_last().unwrap();
    let numbers = lines
        .iter()
        .map(|line| line.split_once(" line ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()));
    let numbers: Vec<u32> =
        numbers.collect::<Option<_>>().unwrap_or_else(|| panic!("{lines:?} before {tick}"));
    // What the buffer has kept is the end of the flood, whole; all before it is gone. That is more than what is told, which
    // is what can be known: the pieces of messages that were written over in part.
    let first = numbers.first().copied().unwrap_or(10_000);
    assert!(numbers == (first..10_000).collect::<Vec<u32>>(), "{numbers:?}");
    assert!(missed >= 1 && missed <= first, "{missed} of {first}");
    assert_eq!(running.interrupt().code, Some(0));
}

#[test]
fn a_live_run_on_the_board_flashes_it_and_shows_its_log() {
    let firmware = build_project("tests/firmware/flood", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup { filled: Some(0), ..BoardSetup::default() });
    let probe = desk.probe();
    let running = Running::start(&firmware.project, &["run", "--on", "probe", "--probe", &probe]);
    let seen = Running::until(&running.stdout, "tick 1");
    assert!(seen.iter().any(|line| line.contains(" info  talk       line ")), "{:?}", seen.last());
    assert_eq!(running.interrupt().code, Some(0));
    let expected = crate::expected_flash(&firmware.elf);
    assert!(desk.board.flash(expected.len() as u32).unwrap() == expected, "the image is there");
}

#[test]
fn a_panic_ends_it_with_the_stack() {
    let firmware = build_project("tests/firmware/panic-halt", "rpi-pico");
    let desk = Desk::with_probe(BoardSetup::default());
    let run = desk.fwc(&firmware.project, &["flash", "--monitor"]);
    run.ends(1);
    assert!(run.stdout.contains(" info  talk       tick 3"), "{}", run.stdout);
    assert!(run.stderr.contains("error: the firmware has stopped: panicked at "), "{}", run.stderr);
    assert!(run.stderr.contains("three is too many"), "{}", run.stderr);
    assert!(run.stderr.contains("panicked at src/talk.rs:12:9"), "{}", run.stderr);
    let task = "  note: in the task `talk`, ";
    let line = ":11\n           |\n        11 | [tasks.talk]\n           |\n";
    let shown = run.stderr.split_once(task).and_then(|(_, rest)| rest.split_once(line));
    assert!(shown.is_some_and(|(file, _)| file.ends_with("app.toml")), "{}", run.stderr);
    let frame = run.stderr.lines().find(|line| line.contains("#6 ")).unwrap_or_default();
    assert!(frame.ends_with("/src/talk.rs:12"), "{}", run.stderr);
    assert!(run.stderr.contains(" at embassy-executor-"), "{}", run.stderr);
}

#[test]
fn a_fault_and_a_full_stack_name_the_task_and_its_line() {
    let digs = |app: &str| app.replace("code = \"faults\"", "code = \"digs\"");
    let fault = build_project("tests/firmware/crashes", "rpi-pico");
    let full = build_edited("tests/firmware/crashes", "rpi-pico", digs);
    let told = [
        (fault, "the core has taken a HardFault\n", "/src/faults.rs:19\n"),
        (full, "the firmware has stopped: the stack has overflowed by ", " to #49 dig at "),
    ];
    for (firmware, reason, place) in told {
        let desk = Desk::with_probe(BoardSetup::default());
        let run = desk.fwc(&firmware.project, &["flash", "--monitor"]);
        run.ends(1);
        assert!(run.stdout.contains(" the first tick is fine"), "{}", run.stdout);
        assert!(run.stderr.contains("error: the firmware has stopped: "), "{}", run.stderr);
        for part in
            [reason, "note: in the task `stumbler`, ", "app.toml:15\n", "15 | [tasks.stumbler]\n", place]
        {
            assert!(run.stderr.contains(part), "no `{part}` in {}", run.stderr);
        }
    }
}

#[test]
fn it_goes_on_after_a_reset_and_a_pulled_probe() {
    let firmware = build_project("tests/firmware/flood", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
    let probe = desk.probe();
    let running = Running::start(&firmware.project, &["monitor", "--level", "debug", "--probe", &probe]);
    Running::until(&running.stdout, "tick 3");

    desk.act(&Act { reset: Some("pin".to_owned()), ..Act::default() });
    Running::until(&running.stderr, "Restarted the chip has begun anew");
    Running::until(&running.stdout, "tick 2");

    desk.act(&Act { unplug: true, ..Act::default() });
    Running::until(&running.stderr, "Waiting for the probe and the board");
    desk.act(&Act { plug: true, ..Act::default() });
    Running::until(&running.stderr, "Listening to the log");
    Running::until(&running.stdout, "tick ");
    assert_eq!(running.interrupt().code, Some(0));
}

#[test]
fn filters_and_files() {
    let firmware = build_project("tests/firmware/flood", "rpi-pico");
    let desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("board.log");
    let (probe, shown) = (desk.probe(), file.display().to_string());
    let arguments = ["monitor", "--level", "warn", "--task", "talk", "--log-file", &shown, "--probe", &probe];
    let running = Running::start(&firmware.project, &arguments);
    let seen = Running::until(&running.stdout, "10 by now");
    assert!(seen.iter().all(|line| line.contains(" warn  talk       five more, ")), "{seen:?}");
    assert_eq!(running.interrupt().code, Some(0));
    assert!(std::fs::read_to_string(&file).unwrap().contains("five more, 10 by now"));

    let arguments = ["monitor", "--grep", "tick", "--message-format", "json", "--probe", &probe];
    let running = Running::start(&firmware.project, &arguments);
    let seen = Running::until(&running.stdout, "\"log\"");
    let record: serde_json::Value = serde_json::from_str(seen.last().unwrap()).unwrap();
    assert_eq!((&record["level"], &record["source"]), (&"debug".into(), &"talk".into()));
    assert!(record["place"].as_str().unwrap().ends_with("/src/talk.rs:14"), "{record}");
    assert!(record["message"].as_str().unwrap().starts_with("tick "));
    running.interrupt();
}

#[test]
fn another_build_is_not_listened_to() {
    let flood = build_project("tests/firmware/flood", "rpi-pico");
    let blink = build_project("examples/blink", "rpi-pico");
    let desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&blink.project, &["flash", "--quiet"]).ends(0);
    let run = desk.fwc(&flood.project, &["monitor"]);
    let first = run.ends(2).stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("error: the chip does not run `"), "{}", run.stderr);
    assert!(
        run.stderr.contains("help: `fwc flash --monitor` puts this build onto the board"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_build_that_was_flashed_is_listened_to_whatever_was_built_since() {
    let paced = |pace: &str| {
        let edit = |app: &str| app.replace("every = \"100ms\"", &format!("every = \"{pace}\""));
        build_edited("tests/firmware/flood", "rpi-pico", edit).project
    };
    let project = paced("90ms");
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&project, &["flash", "--quiet"]).ends(0);
    let probe = desk.probe();
    let running = Running::start(&project, &["monitor", "--probe", &probe]);
    Running::until(&running.stdout, " tick 2");
    paced("80ms");

    // A monitor that has begun before goes on with what it knows.
    desk.act(&Act { unplug: true, ..Act::default() });
    Running::until(&running.stderr, "Waiting for the probe and the board");
    desk.act(&Act { plug: true, ..Act::default() });
    Running::until(&running.stderr, "Listening to the log");
    Running::until(&running.stdout, " tick ");
    assert_eq!(running.interrupt().code, Some(0));

    let running = Running::start(&project, &["monitor", "--probe", &probe]);
    Running::until(&running.stderr, "Older the chip runs what was flashed last; `fwc flash` puts the newest");
    Running::until(&running.stdout, " tick ");
    assert_eq!(running.interrupt().code, Some(0));

    // As if it had been flashed for another board.
    let builds = project.join("target/fwc");
    std::fs::create_dir_all(builds.join("rpi-pico-w")).unwrap();
    std::fs::rename(builds.join("rpi-pico/flashed"), builds.join("rpi-pico-w/flashed")).unwrap();
    let run = desk.fwc(&project, &["monitor"]);
    std::fs::remove_dir_all(builds.join("rpi-pico-w")).unwrap();
    let first = run.ends(2).stderr.lines().next().unwrap_or_default();
    assert_eq!(first, "error: the chip runs what was flashed for rpi-pico-w, not for rpi-pico");
    assert!(run.stderr.contains("target/fwc/rpi-pico-w/flashed/flood.elf`\n"), "{}", run.stderr);
    assert!(run.stderr.contains("help: `fwc monitor --board rpi-pico-w` listens to it"), "{}", run.stderr);
}

#[test]
fn lines_of_a_serial_port() {
    let firmware = build_project("tests/firmware/log-uart", "rpi-pico");
    let (mut master, port) = pseudo_terminal();
    let running = Running::start(&firmware.project, &["monitor", "--serial", &port]);
    Running::until(&running.stderr, &format!("Listening to {port}"));
    master.write_all(b"0.100000 INFO tick 1\r\nhal").unwrap();
    master.write_all(b"f a line\r\n").unwrap();
    let seen = Running::until(&running.stdout, "half a line");
    assert!(seen[0].ends_with("0.100000 INFO tick 1"), "{seen:?}");
    assert_eq!(running.interrupt().code, Some(0));

    let run = run_fwc(&firmware.project, &["monitor"]);
    assert_eq!(run.ends(2).stderr.lines().next(), Some("error: `log-uart` logs over a serial port"));
}
