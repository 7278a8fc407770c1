//! An image for an ESP32-C3 over a serial port, to a loader on a pseudo terminal: what arrives is what the chip's boot loaders ask for, by
//! a reader that is none of the writer's, and each plug is pulled.

mod image;
#[path = "../../crates/target/tests/loader/rom.rs"]
#[expect(dead_code, reason = "the library's own tests have more that goes wrong")]
mod rom;

use std::process::Command;

use fwc_tests::{Firmware, Ran, build_project, fwc_command_for, one_build_at_a_time};
use object::Endianness;
use object::elf::PT_LOAD;
use object::read::elf::{ElfFile32, ProgramHeader as _};
use sha2::{Digest as _, Sha256};

use image::{Image, Partition, partitions};
use rom::{Fault, Rom, command};

const BOARD: &str = "esp32-c3-devkitm";
/// esptool's documentation, "Firmware Image Format": the chip's number in an image's header, and in what the loader tells.
const ESP32_C3: u16 = 5;
const ESP32_C6: u32 = 13;
/// ESP-IDF Programming Guide for the ESP32-C3: "Bootloader" (at the flash's start), "Partition Tables" (at 0x8000 by default).
const BOOT_LOADER: usize = 0;
const PARTITION_TABLE: usize = 0x8000;
/// Where the chip's memory management unit shows flash, for data and for code: ESP32-C3 Technical Reference Manual, section 3.3.
const MAPPED: [std::ops::Range<u32>; 2] = [0x3c00_0000..0x3c80_0000, 0x4200_0000..0x4280_0000];
/// The unit maps pages of this size.
const PAGE: usize = 0x1_0000;
/// `esp_app_desc_t` in ESP-IDF's esp_app_format component (esp_app_desc.h): its magic word, and its field app_elf_sha256.
const DESCRIPTION_MAGIC: [u8; 4] = 0xabcd_5432_u32.to_le_bytes();
const ELF_DIGEST: std::ops::Range<usize> = 144..176;

fn firmware() -> Firmware {
    build_project("examples/echo", BOARD)
}

fn flash(firmware: &Firmware, port: &str) -> Ran {
    let _building = one_build_at_a_time();
    let arguments = ["flash", "--via", "serial", "--port", port];
    Ran::of(fwc_command_for(BOARD, &firmware.project, &arguments).output().unwrap())
}

#[test]
fn what_arrives_is_what_the_chips_boot_loaders_ask_for() {
    let firmware = firmware();
    let rom = Rom::start(ESP32_C3.into(), None, None);
    let port = rom.path.clone();
    let run = flash(&firmware, &port);
    assert!(run.ends(0).stderr.contains(&format!(" bytes by {port} in ")), "{}", run.stderr);
    let done = rom.done();
    assert!(done.has_run);
    let flash_holds = done.flash;

    let boot_loader = Image::read(&flash_holds[BOOT_LOADER..PARTITION_TABLE]);
    assert_eq!(boot_loader.chip, ESP32_C3);
    assert!(boot_loader.segments.iter().any(|segment| segment.holds(boot_loader.entry)), "{boot_loader:?}");
    assert!(boot_loader.segments.iter().all(|segment| !is_mapped(segment.address)), "it runs from RAM");

    let table = partitions(&flash_holds[PARTITION_TABLE..]);
    let app =
        table.iter().find(|partition| partition.kind == Partition::APP).expect("there is an app's partition");
    assert!(table.iter().all(|one| one.offset + one.size <= flash_holds.len()), "{table:?}");
    assert_eq!(app.offset % PAGE, 0, "{table:?}");

    let image = Image::read(&flash_holds[app.offset..app.offset + app.size]);
    assert_eq!(image.chip, ESP32_C3);
    let rest = &flash_holds[app.offset + image.size.next_multiple_of(4096)..];
    assert!(rest.iter().all(|byte| *byte == 0xff), "nothing else is written behind it");
    for segment in image.segments.iter().filter(|segment| is_mapped(segment.address)) {
        // Flash is shown to the core page by page, so a byte's place in its page is the same in both.
        assert_eq!(segment.offset % PAGE, segment.address as usize % PAGE, "{segment:?}");
    }

    // What the boot loader would put at each address is what the ELF has there.
    let bytes = std::fs::read(&firmware.elf).unwrap();
    let elf = ElfFile32::<Endianness>::parse(bytes.as_slice()).unwrap();
    let (mut loaded, mut is_described) = (0, false);
    for part in elf.elf_program_headers() {
        let data = part.data(Endianness::Little, bytes.as_slice()).unwrap();
        if part.p_type(Endianness::Little) != PT_LOAD || data.is_empty() {
            continue;
        }
        let address = part.p_vaddr(Endianness::Little);
        let segment = image.segments.iter().find(|segment| segment.holds(address));
        let segment = segment.unwrap_or_else(|| panic!("nothing is loaded to {address:#x}: {image:?}"));
        let at = (address - segment.address) as usize;
        let (mut there, mut wanted) = (segment.data[at..at + data.len()].to_vec(), data.to_vec());
        // The application's description is the first of its data. Who makes the image writes the ELF's digest into it.
        if there.starts_with(&DESCRIPTION_MAGIC) {
            assert_eq!(there[ELF_DIGEST], *Sha256::digest(&bytes));
            there[ELF_DIGEST].fill(0);
            wanted[ELF_DIGEST].fill(0);
            is_described = true;
        }
        assert!(there == wanted, "{address:#x}");
        loaded += data.len();
    }
    assert!(loaded > 4096 && is_described, "{loaded}");
    assert_eq!(image.entry, elf.elf_header().e_entry.get(Endianness::Little));

    // What is there is not written again.
    let rom = Rom::start(ESP32_C3.into(), Some(flash_holds), None);
    let run = flash(&firmware, &rom.path);
    assert!(run.ends(0).stderr.contains("`echo`: was there already, by "), "{}", run.stderr);
    assert_eq!(rom.done().erased, 0);
}

fn is_mapped(address: u32) -> bool {
    MAPPED.iter().any(|range| range.contains(&address))
}

#[test]
fn another_chip_is_told_before_anything_is_written() {
    let firmware = firmware();
    let rom = Rom::start(ESP32_C6, None, None);
    let run = flash(&firmware, &rom.path);
    let told = "error: the board has an esp32c3, but an esp32c6 answers at the serial port\n\
                \x20 note: nothing was written: the board's flash is as it was\n";
    assert!(run.ends(3).stderr.contains(told), "{}", run.stderr);
}

#[test]
fn the_port_is_pulled_at_each_step() {
    let firmware = firmware();
    let untouched = "note: nothing was written: the board's flash is as it was";
    let half = "note: the board's flash is half written: it holds neither the old nor the new firmware";
    let written = "note: the new firmware is in the board's flash, but it was not seen to start";
    for (number, nth, error, left, then) in [
        (command::SYNC, 1, "the serial port `", untouched, "then `fwc flash` again"),
        (command::MEM_END, 1, "the serial port `", untouched, "then `fwc flash` again"),
        (
            command::DEFLATE_BEGIN,
            1,
            "while programming: the serial port `",
            half,
            "then `fwc flash` writes it anew",
        ),
        (
            command::DEFLATE_DATA,
            2,
            "while programming: the serial port `",
            half,
            "then `fwc flash` writes it anew",
        ),
        (
            command::FLASH_MD5,
            4,
            "while verifying: the serial port `",
            half,
            "then `fwc flash` writes it anew",
        ),
        (command::RUN, 1, "while starting: the serial port `", written, "the board's reset starts it"),
    ] {
        let rom = Rom::start(ESP32_C3.into(), None, Some((number, nth, Fault::Unplug)));
        let run = flash(&firmware, &rom.path);
        let gone = format!("error: {error}{}` is gone\n", rom.path);
        let helps = format!("help: plug the board in again\n  help: {then}\n");
        for part in [&gone, left, &helps] {
            assert!(run.ends(3).stderr.contains(part), "{number:#x}: no `{part}` in {}", run.stderr);
        }
        // With what it left, the same command mends it.
        let rom = Rom::start(ESP32_C3.into(), Some(rom.done().flash), None);
        flash(&firmware, &rom.path).ends(0);
        assert!(rom.done().has_run);
    }
}

/// A board with a bridge: fwc resets the chip into its loader by the bridge's lines, and out of it.
#[test]
#[cfg(target_os = "linux")]
fn the_lines_of_a_bridge_reset_the_chip_into_its_loader_and_out_of_it() {
    let firmware = firmware();
    let folder = tempfile::tempdir().unwrap();
    let (library, lines) = (folder.path().join("modem_lines.so"), folder.path().join("lines"));
    let source = fwc_tests::repository().join("tests/flash/espressif/modem_lines.c");
    // rustc links with it, so it is there.
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").status();
    assert!(compiled.unwrap().success());
    assert!(Command::new("mkfifo").arg(&lines).status().unwrap().success());

    let rom = Rom::start_with_lines(ESP32_C3.into(), lines.clone());
    let _building = one_build_at_a_time();
    let mut command =
        fwc_command_for(BOARD, &firmware.project, &["flash", "--via", "serial", "--port", &rom.path]);
    command.env("LD_PRELOAD", &library).env("MODEM_LINES", &lines);
    Ran::of(command.output().unwrap()).ends(0);
    let done = rom.done();
    assert!(done.has_run, "the last reset has started the firmware");
    assert!(done.counts.contains_key(&command::CHANGE_BAUD), "a bridge goes quicker than the loader begins");
    assert!(!done.counts.contains_key(&command::RUN), "nobody needs to be asked to run it");
    let app = partitions(&done.flash[PARTITION_TABLE..])
        .into_iter()
        .find(|one| one.kind == Partition::APP)
        .unwrap();
    assert_eq!(Image::read(&done.flash[app.offset..]).chip, ESP32_C3);
}
