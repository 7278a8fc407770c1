//! The way over the loader in an Espressif chip's ROM: to a loader on a pseudo terminal, whole and with its plug pulled.
#![cfg(unix)]

#[expect(dead_code, reason = "the tests of the `fwc` command have lines that reset the chip")]
mod rom;

use std::sync::atomic::AtomicBool;

use fwc_target::loader::{self, LoaderError, LoaderImage};
use fwc_target::{FlashEvent, FlashReport, Left, Part, Step};
use rom::{Fault, Rom, command};

const ESP32_C3: u32 = 5;
const ESP32_C6: u32 = 13;

/// A boot stage and an app, which does not compress well.
fn image() -> LoaderImage {
    let mut state = 1_u32;
    let mut noise = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if state >> 31 == 0 { 0 } else { (state >> 24) as u8 }
    };
    let parts = vec![
        Part { address: 0, bytes: (0..9_000).map(&mut noise).collect() },
        Part { address: 0x1_0000, bytes: (0..70_000).map(&mut noise).collect() },
    ];
    LoaderImage { chip: "esp32c3".to_owned(), parts }
}

fn flash(rom: &Rom, events: &mut Vec<FlashEvent>) -> Result<FlashReport, LoaderError> {
    loader::flash(&image(), Some(&rom.path), &mut |event| events.push(event), &AtomicBool::new(false))
}

#[track_caller]
fn holds(flash: &[u8], image: &LoaderImage) {
    for part in &image.parts {
        let at = part.address as usize;
        assert!(flash[at..at + part.bytes.len()] == part.bytes, "{at:#x}");
    }
}

#[test]
fn every_byte_arrives_and_the_firmware_runs() {
    let rom = Rom::start(ESP32_C3, None, None);
    let mut events = Vec::new();
    let report = flash(&rom, &mut events).unwrap();
    assert_eq!(report.device, rom.path);
    assert_eq!(report.bytes(Step::Program), 79_000);
    assert_eq!(report.bytes(Step::Verify), 79_000);
    let done = rom.done();
    assert!(done.has_run);
    holds(&done.flash, &image());
    let steps: Vec<Step> = report.steps.iter().map(|step| step.step).collect();
    assert_eq!(steps, [Step::Program, Step::Verify, Step::Program, Step::Verify, Step::Start]);
    assert!(events.iter().any(|event| matches!(event, FlashEvent::Progress { done, .. } if *done > 9_000)));
}

#[test]
fn what_is_there_already_is_not_sent_again() {
    let rom = Rom::start(ESP32_C3, None, None);
    flash(&rom, &mut Vec::new()).unwrap();
    let first = rom.done();
    let rom = Rom::start(ESP32_C3, Some(first.flash), None);
    let report = flash(&rom, &mut Vec::new()).unwrap();
    assert_eq!(report.bytes(Step::Program), 0);
    let done = rom.done();
    assert_eq!((done.erased, done.has_run), (0, true));
    holds(&done.flash, &image());
}

/// The error, what it says of the flash, and that the same works once the fault is mended.
#[track_caller]
fn fails(fault: (u8, usize, Fault), message: &str, left: Option<Left>) -> LoaderError {
    let rom = Rom::start(ESP32_C3, None, Some(fault));
    let error = flash(&rom, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(error.left(), left, "{error}");
    assert!(!error.remedies(None).is_empty() || message.contains("refuses"), "{error}");
    flash(&Rom::start(ESP32_C3, None, None), &mut Vec::new()).unwrap();
    error
}

#[test]
fn a_chip_that_is_not_in_its_loader() {
    let error = fails((command::SYNC, 1, Fault::Silence), "no loader answers", Some(Left::Untouched));
    assert!(error.remedies(Some("BOOT"))[0].starts_with("hold BOOT while you press the board's reset"));
}

#[test]
fn another_chip_is_told_before_anything_is_written() {
    let rom = Rom::start(ESP32_C6, None, None);
    let error = flash(&rom, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "the board has an esp32c3, but an esp32c6 answers at the serial port");
    assert_eq!(error.left(), Some(Left::Untouched));
}

#[test]
fn the_plug_is_pulled_at_each_step() {
    use command::*;
    for (number, nth, message, left) in [
        (SYNC, 1, "is gone", Left::Untouched),
        (SECURITY_INFO, 1, "is gone", Left::Untouched),
        (MEM_BEGIN, 1, "is gone", Left::Untouched),
        (MEM_END, 1, "is gone", Left::Untouched),
        (DEFLATE_BEGIN, 1, "while programming: the serial port", Left::HalfWritten),
        (DEFLATE_DATA, 2, "while programming: the serial port", Left::HalfWritten),
        (DEFLATE_BEGIN, 2, "while programming: the serial port", Left::HalfWritten),
        (FLASH_MD5, 2, "while verifying: the serial port", Left::HalfWritten),
        (DEFLATE_END, 1, "while starting: the serial port", Left::Written),
        (RUN, 1, "while starting: the serial port", Left::Written),
    ] {
        let error = fails((number, nth, Fault::Unplug), message, Some(left));
        let then = match left {
            Left::HalfWritten => "then `fwc flash` writes it anew",
            Left::Written => "the board's reset starts it",
            Left::Untouched | Left::Held => "then `fwc flash` again",
        };
        assert_eq!(error.remedies(None), ["plug the board in again", then], "{number:#x}: {error}");
    }
}

#[test]
fn silence_in_the_middle_is_given_up() {
    let silent = |number, nth| (number, nth, Fault::Silence);
    fails(silent(command::MEM_END, 1), "does not answer any more", Some(Left::Untouched));
    let error = fails(
        silent(command::DEFLATE_DATA, 1),
        "while programming: the chip does not answer",
        Some(Left::HalfWritten),
    );
    assert!(error.remedies(None).contains(&"then `fwc flash` writes it anew".to_owned()));
    fails(silent(command::RUN, 1), "while starting: the chip does not answer", Some(Left::Written));
}

#[test]
fn a_loader_that_refuses_says_so() {
    fails(
        (command::DEFLATE_DATA, 1, Fault::Refuse),
        "while programming: the chip's loader refuses",
        Some(Left::HalfWritten),
    );
}

#[test]
fn a_flash_that_holds_something_else_is_seen() {
    let garbled = (command::DEFLATE_DATA, 1, Fault::Garble);
    fails(
        garbled,
        "while verifying: the flash does not hold what was written to it",
        Some(Left::HalfWritten),
    );
}

#[test]
fn a_port_that_is_not_there() {
    let no = AtomicBool::new(false);
    let error = loader::flash(&image(), Some("/dev/nowhere"), &mut |_| {}, &no).unwrap_err();
    assert!(error.to_string().starts_with("while opening the serial port `/dev/nowhere`: "), "{error}");
    let chip = LoaderImage { chip: "esp8266".to_owned(), parts: Vec::new() };
    let error = loader::flash(&chip, Some("/dev/nowhere"), &mut |_| {}, &no).unwrap_err();
    assert_eq!(error.to_string(), "there is no Espressif chip `esp8266`");
}

#[test]
fn an_elf_for_another_machine_is_no_image() {
    let elf = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elf.path(), b"\x7fELF and nothing more").unwrap();
    let error = LoaderImage::of_elf(elf.path(), "esp32c3").unwrap_err();
    assert!(error.to_string().contains("is no image for an esp32c3: "), "{error}");
}
