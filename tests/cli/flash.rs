//! `fwc flash` to a boot drive that is a folder: a thread plays the board's boot loader.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use snapbox::str;

use crate::build::{elf, machine_with_code, working_machine};
use crate::sandbox::{BLINK, Run, Sandbox};

const INFO: &str = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n";
const FILE: &str = "blinky.uf2";
const BLOCK: usize = 512;

/// Makes a drive; what a folder is told apart by is the info file alone.
fn drive(sandbox: &Sandbox) -> PathBuf {
    sandbox.write("drive/INFO_UF2.TXT", INFO);
    sandbox.at("drive")
}

fn flash(sandbox: &Sandbox, more: &[&str]) -> Run {
    let mut arguments = vec!["flash", "--via", "uf2", "--drive", "drive"];
    arguments.extend(more);
    sandbox.fwc(&arguments)
}

/// What a boot loader does with a drive: it looks at the file as it grows, until it was told to stop.
struct Loader {
    running: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<u8>>>,
}

impl Loader {
    /// Takes the drive away as soon as that many bytes are there, or all of the file's blocks.
    fn start(drive: &Path, enough: usize) -> Loader {
        let running = Arc::new(AtomicBool::new(true));
        let (goes_on, drive) = (running.clone(), drive.to_owned());
        let thread = thread::spawn(move || {
            while goes_on.load(Ordering::Relaxed) {
                let bytes = fs::read(drive.join(FILE)).unwrap_or_default();
                if bytes.len() >= enough || is_whole(&bytes) {
                    fs::remove_dir_all(&drive).unwrap();
                    return bytes;
                }
                thread::sleep(Duration::from_millis(1));
            }
            Vec::new()
        });
        Loader { running, thread: Some(thread) }
    }

    /// What was written.
    fn end(mut self) -> Vec<u8> {
        self.running.store(false, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.running.store(false, Ordering::Relaxed);
    }
}

/// Whether all blocks are there: each says how many there are.
fn is_whole(bytes: &[u8]) -> bool {
    let count =
        bytes.get(24..28).map_or(usize::MAX, |count| u32::from_le_bytes(count.try_into().unwrap()) as usize);
    count.checked_mul(BLOCK) == Some(bytes.len())
}

#[test]
fn a_board_takes_the_file_and_restarts() {
    let sandbox = working_machine();
    let loader = Loader::start(&drive(&sandbox), usize::MAX);
    flash(&sandbox, &[]).says(
        0,
        str![[r#"
   Compiling blinky v0.1.0
    Finished `blinky` for rpi-pico in [..] s
     Flashed `blinky`: [..] bytes to RPI-RP2 at drive in [..] s

"#]],
    );
    let made = fs::read(sandbox.at("target/fwc/rpi-pico/blinky.uf2")).unwrap();
    assert!(loader.end() == made, "the drive got the file as it was made");
}

#[test]
fn programs_hear_of_every_step() {
    let sandbox = working_machine();
    let _loader = Loader::start(&drive(&sandbox), usize::MAX);
    let run = flash(&sandbox, &["--message-format", "json"]);
    let records: Vec<serde_json::Value> =
        run.ends(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |reason: &str| records.iter().filter(|record| record["reason"] == reason).collect::<Vec<_>>();
    let steps: Vec<&str> = of("flash-progress")
        .iter()
        .filter(|record| record["event"]["kind"] == "begin")
        .map(|record| record["event"]["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["copy", "start"]);
    let flashed = of("flashed")[0];
    assert_eq!(flashed["report"]["way"], "uf2");
    assert_eq!(flashed["report"]["steps"][0]["bytes"], of("flash-progress")[0]["event"]["total"]);
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let sandbox = working_machine();
    drive(&sandbox);
    flash(&sandbox, &["--dry-run", "--quiet"]).shows(
        0,
        str![[r#"
board   rpi-pico (RP2040)
way     uf2
device  RPI-RP2 at drive
file    target/fwc/rpi-pico/blinky.uf2
        0x10000000  6256 bytes
        0x10002000  16 bytes

"#]],
        str![],
    );
    assert_eq!(sandbox.names("drive"), ["INFO_UF2.TXT"]);
}

#[test]
fn no_drive_names_the_button() {
    working_machine().fwc(&["flash", "--via", "uf2", "--quiet"]).says(
        3,
        str![[r#"
error: no boot drive `RPI-RP2` is mounted
  help: hold BOOTSEL while you plug the board in, and its boot drive appears

"#]],
    );
}

#[test]
fn a_folder_that_is_no_drive() {
    let sandbox = working_machine();
    fs::create_dir(sandbox.at("drive")).unwrap();
    flash(&sandbox, &["--quiet"]).says(
        2,
        str![[r#"
error: `drive` is not a boot drive: it has no INFO_UF2.TXT with a Board-ID
  help: `--drive` takes the folder where the boot drive is mounted
  help: hold BOOTSEL while you plug the board in, and its boot drive appears

"#]],
    );
}

#[test]
fn another_boards_drive() {
    let sandbox = working_machine();
    sandbox.write("drive/INFO_UF2.TXT", "Board-ID: RP2350\r\n");
    flash(&sandbox, &["--quiet"]).says(
        2,
        str![[r#"
error: `drive` is the boot drive of `RP2350`, not of `RPI-RP2`
  help: `--board` names the board that is plugged in; `fwc boards` lists them

"#]],
    );
    assert_eq!(sandbox.names("drive"), ["INFO_UF2.TXT"]);
}

#[test]
fn a_drive_that_is_full() {
    let sandbox = working_machine();
    std::os::unix::fs::symlink("/dev/full", drive(&sandbox).join(FILE)).unwrap();
    flash(&sandbox, &["--quiet"]).says(
        3,
        str![[r#"
error: while writing to the boot drive `drive`: No space left on device (os error 28)
  note: nothing was written: the board's flash is as it was
  help: the drive is full, which a boot drive never is: is it one?
  help: hold BOOTSEL while you plug the board in, and its boot drive appears; then `fwc flash --via uf2` writes everything anew

"#]],
    );
}

#[test]
fn a_drive_that_is_pulled_in_the_middle() {
    let sandbox = machine_with_code(100_000);
    let drive = drive(&sandbox);
    // A pipe takes 64 KiB and no more, so the file cannot be whole before the drive is gone.
    let pipe = drive.join(FILE);
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = thread::spawn(move || {
        let mut start = [0; BLOCK];
        let mut pipe = File::open(&pipe).unwrap();
        std::io::Read::read_exact(&mut pipe, &mut start).unwrap();
        fs::remove_dir_all(&drive).unwrap();
    });
    let run = flash(&sandbox, &["--quiet"]);
    reader.join().unwrap();
    run.says(
        3,
        str![[r#"
error: the boot drive `drive` vanished after [..] of 204800 bytes
  note: the board's flash is half written: it holds neither the old nor the new firmware
  help: hold BOOTSEL while you plug the board in, and its boot drive appears; then `fwc flash --via uf2` writes everything anew

"#]],
    );
}

#[test]
fn a_drive_that_hangs_is_given_up() {
    let sandbox = working_machine();
    // Nobody reads from this pipe, so opening it never ends.
    let pipe = drive(&sandbox).join(FILE);
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    flash(&sandbox, &["--quiet"]).says(
        3,
        str![[r#"
error: the boot drive `drive` did not answer within 10 s
  note: nothing was written: the board's flash is as it was
  help: hold BOOTSEL while you plug the board in, and its boot drive appears; then `fwc flash --via uf2` writes everything anew

"#]],
    );
}

#[test]
fn a_board_that_does_not_restart() {
    let sandbox = working_machine();
    drive(&sandbox);
    flash(&sandbox, &["--quiet"]).says(
        3,
        str![[r#"
error: the board did not restart: `drive` is still there after 5 s
  note: the new firmware is in the board's flash, but it was not seen to start
  help: reset the board by hand: if it does not start, its boot loader did not know the file's blocks
  help: hold BOOTSEL while you plug the board in, and its boot drive appears; then `fwc flash --via uf2` writes everything anew

"#]],
    );
}

#[test]
fn the_way_of_a_probe_is_planned_without_one() {
    working_machine().fwc(&["flash", "--via", "probe", "--dry-run", "--quiet"]).shows(
        0,
        str![[r#"
board   rpi-pico (RP2040)
way     probe
device  the probe that is plugged in
file    target/fwc/rpi-pico/blinky.elf
        0x10000000  6256 bytes
        0x10002000  16 bytes

"#]],
        str![],
    );
}

#[test]
fn a_probe_that_is_not_plugged_in() {
    working_machine().fwc(&["flash", "--quiet", "--probe", "ABC123"]).says(
        2,
        str![[r#"
error: there is no debug probe `ABC123`
  help: no probe is plugged in; `--probe` takes VID:PID, VID:PID:SERIAL or a serial number

"#]],
    );
}

#[test]
fn a_reset_needs_a_board() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["reset"]).says(
        2,
        str![[r#"
error: there is no app.toml in `[SANDBOX]` or in a folder above it
  help: `fwc new NAME` makes a project; `--project DIR` points at one

"#]],
    );
    sandbox.fwc(&["reset", "--board", "rpi-pic"]).says(
        2,
        str![[r#"
error: there is no board `rpi-pic`
  help: did you mean `rpi-pico`? `fwc boards` lists them all

"#]],
    );
}

#[test]
fn an_image_for_another_machine_is_not_sent_to_a_loader() {
    let sandbox = working_machine();
    let board = "esp32-c3-devkitm";
    sandbox.write("app.toml", &BLINK.replace("\"LED\"", "\"GPIO5\"").replace("rpi-pico", board));
    sandbox.write("sysroot/lib/rustlib/riscv32imc-unknown-none-elf/lib/libcore-0123.rlib", "");
    // Where a program of the ESP32-C3 is, and for a Cortex-M.
    let code = elf::text(".text", 0x4200_0020, vec![0x42; 6000]);
    elf::put(&sandbox.root(), "built/blinky", &elf::elf(0x4200_0021, &[code], &[]));
    sandbox.write("messages", &sandbox.read("messages").replace("rpi-pico", board));
    let run = sandbox.fwc(&["flash", "--port", "/dev/nowhere", "--quiet"]);
    run.ends(3);
    assert!(run.stderr.contains("blinky.elf is no image for an esp32c3: "), "{}", run.stderr);
}

#[test]
fn a_way_that_the_board_does_not_have_is_refused() {
    working_machine().fwc(&["flash", "--via", "serial", "--quiet"]).says(
        2,
        str![[r#"
error: rpi-pico cannot be flashed by `serial`
  help: its ways are `probe`, `uf2`

"#]],
    );
}
