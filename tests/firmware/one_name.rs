//! Two applications of one name are built in one target folder: neither gets the other's image.

use std::fs;

use fwc_sim::{Job, Pin};
use fwc_tests::{build_project, milliseconds, run_scenarios};

use crate::run;

#[test]
fn a_build_of_another_application_is_not_taken_for_ones_own() {
    let image = |folder: &str| {
        let firmware = build_project(&format!("tests/firmware/one-name/{folder}"), "rpi-pico");
        // What is flashed: the ELF also says where fwc's own crates were compiled, which may be beside the other.
        fs::read(firmware.elf.with_extension("bin")).expect("the image was built")
    };
    let here = image("here");
    assert!(here != image("there"));
    assert!(here == image("here"));
    let firmware = build_project("tests/firmware/one-name/here", "rpi-pico");
    let trace = run(&Job::new(firmware.elf, milliseconds(220)));
    assert_eq!((trace.edges(Pin(2)).count(), trace.edges(Pin(3)).count()), (4, 0));
}

#[test]
fn a_build_for_another_board_leaves_ones_own_bootable() {
    let image = |board: &str| {
        let firmware = build_project("tests/firmware/one-name/boards", board);
        fs::read(firmware.elf.with_extension("uf2")).expect("the image was built")
    };
    let first = image("rpi-pico");
    assert!(first != image("rpi-pico-2"));
    assert!(first == image("rpi-pico"));
}

#[test]
fn a_simulation_of_another_application_is_not_taken_for_ones_own() {
    for folder in ["here", "there", "here"] {
        let output = run_scenarios(&format!("tests/firmware/one-name/{folder}"), &["--on", "sim"]);
        assert_eq!(output.status.code(), Some(0), "{folder}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
