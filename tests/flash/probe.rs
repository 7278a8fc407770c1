//! By a debug probe: every byte arrives, what is there already is not written again, and the firmware runs.

use fwc_sim::{BoardEvent, BoardSetup};
use fwc_tests::{Desk, Ran, build_edited, build_project};

use crate::expected_flash;

const LED: u8 = 25;
const SECTOR: u32 = 4096;

/// Where flash was programmed since the last look.
fn programmed_sectors(desk: &mut Desk) -> Vec<u32> {
    desk.board.catch_up().unwrap();
    let mut sectors: Vec<u32> = Vec::new();
    for event in desk.board.events.drain(..) {
        assert!(!matches!(event, BoardEvent::Misuse { .. }), "{event:?}");
        if let BoardEvent::Programmed { programmed, size } = event {
            sectors.extend((programmed / SECTOR..(programmed + size).div_ceil(SECTOR)).map(|n| n * SECTOR));
        }
    }
    sectors.sort_unstable();
    sectors.dedup();
    sectors
}

#[test]
fn what_is_there_already_is_not_written_again() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup::default());
    let first = desk.fwc(&firmware.project, &["flash"]);
    assert!(first.ends(0).stderr.contains(" bytes by Glasgow 20b7:9db1:unix:"), "{}", first.stderr);
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
    let all = programmed_sectors(&mut desk);
    assert_eq!(all.len(), expected_flash(&firmware.elf).len().div_ceil(SECTOR as usize));

    let second = desk.fwc(&firmware.project, &["flash"]);
    assert!(second.ends(0).stderr.contains("`blink`: was there already, by Glasgow"), "{}", second.stderr);
    assert_eq!(programmed_sectors(&mut desk), Vec::<u32>::new());
    // It was started anew nevertheless.
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
}

#[test]
fn a_chip_erase_writes_all_of_it_anew() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup { filled: Some(0x5A), ..BoardSetup::default() });
    desk.fwc(&firmware.project, &["flash", "--quiet", "--chip-erase", "--speed", "4000"]).ends(0);
    let expected = expected_flash(&firmware.elf);
    assert!(desk.board.flash(expected.len() as u32).unwrap() == expected);
}

#[test]
fn programs_hear_of_each_step() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let desk = Desk::with_probe(BoardSetup::default());
    let run = desk.fwc(&firmware.project, &["flash", "--message-format", "json"]);
    let records = run.ends(0).records();
    let flashed = records.last().unwrap();
    assert_eq!(flashed["reason"], "flashed");
    let steps = flashed["report"]["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["compare", "erase", "program", "verify", "start"]);
    let bytes = expected_flash(&firmware.elf).len() as u64;
    assert_eq!(steps[0]["bytes"], bytes);
}

#[test]
fn a_reset_starts_it_anew_and_an_erase_leaves_nothing() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();

    let run = desk.fwc(&firmware.project, &["reset"]);
    assert!(run.ends(0).stderr.starts_with("       Reset rpi-pico by Glasgow "), "{}", run.stderr);
    desk.board.wait(|event| matches!(event, BoardEvent::Boot { boot } if boot == "flash")).unwrap();

    desk.fwc(&firmware.project, &["erase", "--quiet"]).ends(0);
    desk.board.wait(|event| matches!(event, BoardEvent::Boot { boot } if boot == "drive")).unwrap();
    assert!(desk.board.flash(65536).unwrap().iter().all(|byte| *byte == 0xFF));
}

#[test]
fn attach_shows_registers_and_the_stack() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
    let run = desk.fwc(&firmware.project, &["attach"]);
    assert!(
        run.ends(0).stdout.starts_with("the core is sleeping\n  at work for no task\n  R0   0x"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("  #0 "), "{}", run.stdout);
    // It goes on.
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, .. })).unwrap();
}

#[test]
fn attach_names_the_task_at_work_and_its_line() {
    let project = |code: &str| {
        let code = format!("code = \"{code}\"");
        build_edited("tests/firmware/crashes", "rpi-pico", |app| app.replace("code = \"faults\"", &code))
            .project
    };
    let named = "  in the task `stumbler`, ";
    let line = "app.toml:15\n     |\n  15 | [tasks.stumbler]\n     |\n";
    let shown = |run: &Ran| {
        let out = &run.ends(0).stdout;
        assert!(
            out.starts_with("the core is running\n") && out.contains(named) && out.contains(line),
            "{out}"
        );
    };

    // A task that keeps the core for itself, seen while it runs.
    let spins = project("spins");
    let mut desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&spins, &["flash", "--quiet"]).ends(0);
    // Its other task's lamp stays as it is from then on.
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
    desk.board.catch_up().unwrap();
    shown(&desk.fwc(&spins, &["attach"]));
    let run = desk.fwc(&spins, &["attach", "--message-format", "json"]);
    let record = &run.ends(0).records()[0];
    assert_eq!(
        (&record["core"]["tasks"], &record["core"]["status"]),
        (&"[\"stumbler\"]".parse().unwrap(), &"running".into())
    );

    // A task in whose code a fault was taken: the handler of the fault runs on it for ever.
    let faults = project("faults");
    desk.fwc(&faults, &["flash", "--monitor"]).ends(1);
    shown(&desk.fwc(&faults, &["attach"]));

    let digs = project("digs");
    desk.fwc(&digs, &["flash", "--monitor"]).ends(1);
    let run = desk.fwc(&digs, &["attach"]);
    assert!(run.ends(0).stdout.contains("\n  its stack has overflowed by "), "{}", run.stdout);
}
