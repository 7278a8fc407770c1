//! Over the boot drive: the file is read by others than its writer, and the board boots what it says.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use fwc_sim::{Act, BoardEvent};
use fwc_tests::{Desk, Firmware, Ran, build_project, run_fwc};
use tempfile::TempDir;

use crate::expected_flash;
use crate::running::{Running, pseudo_terminal};

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

const UNTOUCHED: &str = "note: nothing was written: the board's flash is as it was";
const HALF: &str = "note: the board's flash is half written: it holds neither the old nor the new firmware";
const WRITTEN: &str = "note: the new firmware is in the board's flash, but it was not seen to start";
const AGAIN: &str = "help: hold BOOTSEL while you plug the board in, and its boot drive appears; then `fwc flash --via uf2` writes everything anew";
/// Its UF2 file is larger than what a pipe takes before somebody reads it.
const LARGE: &str = "examples/thermostat";

/// A folder that looks like a boot drive, with nobody behind it.
fn folder() -> (TempDir, PathBuf) {
    let desk = tempfile::tempdir().unwrap();
    let drive = desk.path().join("RPI-RP2");
    fs::create_dir(&drive).unwrap();
    fs::write(drive.join("INFO_UF2.TXT"), "UF2 Bootloader v3.0\r\nBoard-ID: RPI-RP2\r\n").unwrap();
    (desk, drive)
}

/// Flashes to a folder in which the file, once it is there, is another.
#[cfg(target_os = "linux")]
fn flash_to(drive: &Path, in_place_of_the_file: &str) -> Ran {
    let firmware = build_project("examples/blink", "rpi-pico");
    std::os::unix::fs::symlink(in_place_of_the_file, drive.join("blink.uf2")).unwrap();
    run_fwc(&firmware.project, &["flash", "--quiet", "--drive", drive.to_str().unwrap()])
}

/// A copy that has begun: the drive has taken some of the file, and takes more only when the other end of this is read.
fn half_copied(firmware: &Firmware, drive: &Path) -> (Running, File) {
    let file = drive.join(firmware.elf.with_extension("uf2").file_name().unwrap());
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    let reader = thread::spawn(move || File::open(file).unwrap());
    let arguments = ["flash", "--message-format", "json", "--drive", drive.to_str().unwrap()];
    let running = Running::start(&firmware.project, &arguments);
    // Two pieces of 16 KiB are there, and somebody reads the file.
    Running::until(&running.stdout, "\"done\":32768");
    (running, reader.join().unwrap())
}

#[track_caller]
fn fails(run: &Ran, code: i32, parts: &[&str]) {
    for part in parts {
        assert!(run.ends(code).stderr.contains(part), "no `{part}` in {}", run.stderr);
    }
}

#[test]
fn a_drive_that_is_pulled_while_it_takes_the_file() {
    let firmware = build_project(LARGE, "rpi-pico");
    let (_desk, drive) = folder();
    let (running, mut reader) = half_copied(&firmware, &drive);
    fs::remove_dir_all(&drive).unwrap();
    // What it has begun to write still ends well, as with a drive whose driver has not noticed yet.
    std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
    let run = running.end();
    let file = fs::metadata(firmware.elf.with_extension("uf2")).unwrap().len();
    fails(&run, 3, &["` vanished after ", &format!(" of {file} bytes"), HALF, AGAIN]);

    // The command that it names mends it.
    let mut desk = Desk::with_drive();
    let drive = desk.drive().display().to_string();
    run_fwc(&firmware.project, &["flash", "--quiet", "--via", "uf2", "--drive", &drive]).ends(0);
    desk.board.wait(|event| matches!(event, BoardEvent::Boot { boot } if boot == "flash")).unwrap();
    let expected = expected_flash(&firmware.elf);
    assert!(desk.board.flash(expected.len() as u32).unwrap() == expected);
}

#[test]
fn a_drive_that_takes_no_more_is_given_up() {
    let firmware = build_project(LARGE, "rpi-pico");
    let (_desk, drive) = folder();
    let (running, _reader) = half_copied(&firmware, &drive);
    fails(&running.end(), 3, &["` did not answer within 10 s", HALF, AGAIN]);
}

#[test]
fn an_interrupted_copy_tells_what_is_left() {
    let firmware = build_project(LARGE, "rpi-pico");
    let (_desk, drive) = folder();
    let (running, _reader) = half_copied(&firmware, &drive);
    fails(&running.interrupt(), 130, &["error: interrupted after ", HALF, AGAIN]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_drive() {
    let (_desk, drive) = folder();
    let full = "help: the drive is full, which a boot drive never is: is it one?";
    fails(
        &flash_to(&drive, "/dev/full"),
        3,
        &["error: while writing to the boot drive `", UNTOUCHED, full, AGAIN],
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_drive_that_cannot_be_written_to() {
    // Nobody may make a file there, not even root.
    let (_desk, drive) = folder();
    let error = "error: while writing to the boot drive `";
    let help = "help: the drive is mounted read-only, or by another user: ";
    fails(&flash_to(&drive, "/sys/blink.uf2"), 3, &[error, UNTOUCHED, help, AGAIN]);
}

#[test]
fn a_board_that_does_not_restart() {
    let firmware = build_project("examples/blink", "rpi-pico");
    let (_desk, drive) = folder();
    let run = run_fwc(&firmware.project, &["flash", "--quiet", "--drive", drive.to_str().unwrap()]);
    fails(&run, 3, &["error: the board did not restart: `", WRITTEN, "help: reset the board by hand", AGAIN]);
}
