//! Over the boot drive: the file is read by others than its writer, and the board boots what it says.

use std::fs;

use fwc_sim::BoardEvent;
use fwc_tests::{Desk, build_project, run_fwc};

use crate::expected_flash;

const LED: u8 = 25;
const RP2040_FAMILY: u32 = 0xe48b_ff56;

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
    let firmware = build_project("examples/blink", "rpi-pico");
    let file = fs::read(firmware.elf.with_extension("uf2")).unwrap();
    let (bytes, families) = uf2_decode::convert_from_uf2(&file).unwrap();
    let expected = expected_flash(&firmware.elf);
    assert!(bytes[..expected.len()] == expected);
    assert!(
        bytes[expected.len()..].iter().all(|byte| *byte == 0xFF),
        "the rest of the last sector is erased"
    );
    assert_eq!(families.into_iter().collect::<Vec<_>>(), [(RP2040_FAMILY, 0x1000_0000)]);
}
