//! Over the boot drive: the file is read by others than its writer, and the board boots what it says.

use std::fs;
use std::io::Read;
use std::thread;

use fwc_sim::{Act, BoardEvent};
use fwc_tests::{Desk, build_project, run_fwc};

use crate::expected_flash;
use crate::running::pseudo_terminal;

const LED: u8 = 25;
/// RP2350 datasheet, section 5.5.3: RP2040, and RP2350 in its Arm secure state.
const FAMILIES: [(&str, u32); 2] = [("rpi-pico", 0xe48b_ff56), ("rpi-pico-2", 0xe48b_ff59)];

#[test]
fn the_board_boots_what_was_copied() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = Desk::with_drive();
    let drive = desk.drive().display().to_string();
    let run = run_fwc(&firmware.project, &["flash", "--drive", &drive]);
    assert!(run.ends(0).stderr.contains("to RPI-RP2 at "), "{}", run.stderr);
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
    let expected = expected_flash(&firmware.elf);
    assert!(desk.board.flash(expected.len() as u32).unwrap() == expected);
}

#[test]
fn a_reader_by_others_finds_the_same_bytes() {
    for (board, family) in FAMILIES {
        let firmware = build_project("examples/blink", board);
        let file = fs::read(firmware.elf.with_extension("uf2")).unwrap();
        let (bytes, families) = uf2_decode::convert_from_uf2(&file).unwrap();
        let expected = expected_flash(&firmware.elf);
        assert!(bytes[..expected.len()] == expected, "{board}");
        let mut rest = bytes[expected.len()..].iter();
        assert!(rest.all(|byte| *byte == 0xFF), "{board}: the rest of the last sector is erased");
        assert_eq!(families.into_iter().collect::<Vec<_>>(), [(family, 0x1000_0000)], "{board}");
    }
}

#[test]
fn a_running_firmware_is_asked_for_the_drive() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let mut desk = Desk::with_drive();
    let drive = desk.drive().display().to_string();
    run_fwc(&firmware.project, &["flash", "--quiet", "--drive", &drive]).ends(0);
    desk.board.wait(|event| matches!(event, BoardEvent::Boot { boot } if boot == "flash")).unwrap();
    assert!(!desk.drive().exists());

    let (mut master, port) = pseudo_terminal();
    let run = thread::scope(|scope| {
        let firmware_side = scope.spawn(move || {
            // The other end was opened and closed.
            while master.read(&mut [0; 64]).is_ok() {}
            rustix::termios::tcgetattr(&master).unwrap().output_speed()
        });
        let asked = scope.spawn(|| {
            let baud = firmware_side.join().unwrap();
            assert_eq!(baud, 1200);
            desk.act(&Act { drive: true, ..Act::default() });
        });
        let run = run_fwc(&firmware.project, &["flash", "--drive", &drive, "--touch", &port]);
        asked.join().unwrap();
        run
    });
    assert!(
        run.ends(0).stderr.contains(&format!("Asking the firmware at {port} for the boot drive")),
        "{}",
        run.stderr
    );
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
}

#[test]
fn without_a_running_firmware_the_button_is_named() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let nowhere = tempfile::tempdir().unwrap();
    let drive = nowhere.path().join("RPI-RP2").display().to_string();
    let run = run_fwc(&firmware.project, &["flash", "--quiet", "--via", "uf2", "--drive", &drive]);
    assert!(run.ends(2).stderr.contains("hold BOOTSEL while you plug the board in"), "{}", run.stderr);

    let run = run_fwc(&firmware.project, &["flash", "--quiet", "--drive", &drive, "--touch", "/dev/nowhere"]);
    let first = run.ends(3).stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("error: while opening the serial port `/dev/nowhere`: "), "{}", run.stderr);
    assert!(run.stderr.contains("hold BOOTSEL"), "{}", run.stderr);
}
