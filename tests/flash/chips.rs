//! Another chip at the probe than the board has, and chips that are locked: told before anything is written.

use std::process::Command;

use fwc_sim::{BoardSetup, ControlPort, Disguise};
use fwc_tests::{Desk, Ran, build_project, fwc};

/// DPIDR of a Cortex-M4's debug port: OpenOCD, tcl/target/stm32f4x.cfg.
const CORTEX_M4_PORT: u32 = 0x2ba0_1477;
/// CPUID of a Cortex-M4, revision r0p1: Arm DDI 0439, section 4.1.
const CORTEX_M4: (u32, u32) = (0xe000_ed00, 0x410f_c241);
/// The erased RP2040's flash begins with this.
const ERASED: u8 = 0xFF;

fn desk(disguise: Disguise) -> Desk {
    Desk::with_probe(BoardSetup { filled: Some(0), disguise: Some(disguise), ..BoardSetup::default() })
}

/// `fwc` for a board without any project.
fn run(desk: &Desk, board: &str, arguments: &[&str]) -> Ran {
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = Command::new(fwc());
    command.args(arguments).args(["--board", board, "--probe", &desk.probe()]).current_dir(&nowhere);
    Ran::of(command.output().unwrap())
}

fn stm32(device: u32, option_bits: u32) -> Disguise {
    let words = [CORTEX_M4, (0xe004_2000, 0x1000_6000 | device), (0x4002_3c14, option_bits)];
    Disguise { debug_port: Some(CORTEX_M4_PORT), words: words.into(), control_port: None }
}

fn nrf52840(locked: bool) -> Disguise {
    Disguise {
        debug_port: Some(CORTEX_M4_PORT),
        words: [(0x1000_0100, 0x52840)].into(),
        control_port: Some(ControlPort { port: 1, idr: 0x0288_0000, locked }),
    }
}

#[test]
fn another_chip_is_named_before_anything_is_written() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = desk(stm32(0x433, 0));
    let ran = desk.fwc(&firmware.project, &["flash", "--quiet"]);
    assert_eq!(
        ran.ends(3).stderr,
        "error: rpi-pico has an RP2040, but an STM32F401 answers the probe\n\
         \x20 help: with that chip: `--board nucleo-f401re`\n\
         \x20 help: `--board`, or `board` in app.toml, names the board that is there; `fwc boards` lists them\n"
    );
    assert!(desk.board.flash(65536).unwrap().iter().all(|byte| *byte == 0));
}

#[test]
fn a_chip_that_must_be_selected_is_found_where_another_was_expected() {
    let desk = Desk::with_probe(BoardSetup::default());
    let ran = run(&desk, "nrf52840-dk", &["erase"]);
    let first = ran.ends(3).stderr.lines().next().unwrap_or_default();
    assert_eq!(first, "error: nrf52840-dk has an nRF52840, but an RP2040 answers the probe");
    assert!(ran.stderr.contains("`--board rpi-pico`, `--board rpi-pico-w`"), "{}", ran.stderr);
}

#[test]
fn a_chip_that_attaches_like_the_right_one_is_told_by_its_register() {
    let words = [(0x4000_0000, 0x2000_4927)].into();
    let desk = desk(Disguise { words, ..Disguise::default() });
    let ran = run(&desk, "rpi-pico", &["reset"]);
    assert!(
        ran.ends(3).stderr.starts_with("error: rpi-pico has an RP2040, but an RP2350A answers the probe\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_chip_without_the_expected_lock_is_not_taken_for_a_locked_one() {
    // The library reads nothing where the nRF52 says whether it is locked, and takes that for a lock.
    let desk = desk(stm32(0x431, 0));
    let ran = run(&desk, "nrf52840-dk", &["erase"]);
    assert!(
        ran.ends(3)
            .stderr
            .starts_with("error: nrf52840-dk has an nRF52840, but an STM32F411 answers the probe\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_chip_that_is_not_known_is_told_by_its_numbers() {
    let desk = desk(Disguise { debug_port: Some(CORTEX_M4_PORT), ..Disguise::default() });
    let ran = run(&desk, "rpi-pico", &["reset"]);
    let told =
        "but a chip with a Cortex-M0+ that fwc does not know (CPUID 0x410cc601, DPIDR 0x2ba01477) answers";
    assert!(ran.ends(3).stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn a_locked_chip_is_unlocked_by_the_command_that_its_error_names() {
    let mut desk = desk(nrf52840(true));
    let ran = run(&desk, "nrf52840-dk", &["reset"]);
    assert_eq!(
        ran.ends(3).stderr,
        "error: the nRF52840 is locked: it lets a debugger do nothing but erase it (APPROTECT)\n\
         \x20 help: `fwc erase` unlocks it by erasing all of its flash; then `fwc flash` writes it\n"
    );
    assert!(desk.board.flash(4096).unwrap().iter().all(|byte| *byte == 0));

    let ran = run(&desk, "nrf52840-dk", &["erase"]);
    assert!(
        ran.ends(0).stderr.contains("Unlocked nrf52840-dk, by erasing all of its flash with Glasgow "),
        "{}",
        ran.stderr
    );
    assert!(desk.board.flash(4096).unwrap().iter().all(|byte| *byte == ERASED));
    run(&desk, "nrf52840-dk", &["reset"]).ends(0);
}

#[test]
fn closed_option_bytes_are_told_with_the_program_that_opens_them() {
    let desk = desk(stm32(0x431, 0x0fff_55ed));
    let ran = run(&desk, "blackpill-f411", &["erase"]);
    let told = "error: the STM32F411CE is locked: its option bytes keep debuggers from its flash (RDP)\n";
    assert!(ran.ends(3).stderr.starts_with(told), "{}", ran.stderr);
    assert!(ran.stderr.contains("-f target/stm32f4x.cfg"), "{}", ran.stderr);
    run(&self::desk(stm32(0x431, 0x0fff_aaed)), "blackpill-f411", &["reset"]).ends(0);
}
