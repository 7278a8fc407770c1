//! An ELF becomes UF2, BIN and HEX that say the same as the ELF, by readers that share no code with the writers.

#[path = "support/elf.rs"]
mod support;

use fwc_build::{
    ArtifactError, ArtifactRequest, Artifacts, MemoryKind, MemoryRegion, measure, write_artifacts,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use support::{TestSection, bss, data, elf, put, text};

const FLASH: u32 = 0x1000_0000;
const RAM: u32 = 0x2000_0000;
const FAMILY: u32 = 0xE48B_FF56;

fn memory() -> Vec<MemoryRegion> {
    let region = |name: &str, kind, origin: u32, length| MemoryRegion {
        name: name.into(),
        kind,
        origin: u64::from(origin),
        length,
    };
    vec![region("FLASH", MemoryKind::Flash, FLASH, 2 << 20), region("RAM", MemoryKind::Ram, RAM, 264 << 10)]
}

fn request(folder: &Path, sections: &[TestSection]) -> ArtifactRequest {
    ArtifactRequest {
        elf: put(folder, "target/fan", &elf(FLASH + 0x101, sections, &[])),
        name: "fan".into(),
        output_folder: folder.join("out"),
        memory: memory(),
        uf2_family: Some(FAMILY),
        is_flat: true,
    }
}

fn blinky() -> Vec<TestSection> {
    vec![
        text(".boot2", FLASH, vec![0xB2; 256]),
        text(".vector_table", FLASH + 0x100, vec![1; 192]),
        text(".text", FLASH + 0x1C0, (0..5000).map(|number| number as u8).collect()),
        data(RAM, FLASH + 0x1C0 + 5000 + 8, vec![7; 56]),
        bss(RAM + 56, 1360),
    ]
}

/// Reads a UF2 by its specification: every block is checked, the content comes back by address.
fn read_uf2(bytes: &[u8]) -> BTreeMap<u32, u8> {
    assert_eq!(bytes.len() % 512, 0);
    let blocks = bytes.len() / 512;
    let mut content = BTreeMap::new();
    for (number, block) in bytes.chunks(512).enumerate() {
        let word = |at: usize| u32::from_le_bytes(block[at..at + 4].try_into().unwrap());
        assert_eq!(&block[..4], b"UF2\n");
        assert_eq!((word(4), word(508)), (0x9E5D_5157, 0x0AB1_6F30));
        assert_eq!((word(8), word(28)), (0x2000, FAMILY), "the family is there and flagged");
        assert_eq!((word(20) as usize, word(24) as usize), (number, blocks));
        let (address, size) = (word(12), word(16) as usize);
        assert_eq!((address % 256, size), (0, 256));
        assert!(block[32 + size..508].iter().all(|byte| *byte == 0));
        for (offset, byte) in (0..).zip(&block[32..32 + size]) {
            assert_eq!(content.insert(address + offset, *byte), None, "no address twice");
        }
    }
    content
}

fn read_hex(text: &str) -> BTreeMap<u32, u8> {
    let mut content = BTreeMap::new();
    let mut upper = 0;
    let mut ended = false;
    for line in text.lines() {
        assert!(!ended, "a line after the end");
        let digits = line.strip_prefix(':').unwrap();
        let bytes: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect();
        assert_eq!(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0, "check sum of {line}");
        let payload = &bytes[4..bytes.len() - 1];
        assert_eq!(usize::from(bytes[0]), payload.len());
        let offset = u32::from(u16::from_be_bytes([bytes[1], bytes[2]]));
        match bytes[3] {
            0 => (offset..).zip(payload).for_each(|(at, byte)| {
                assert!(at <= 0xFFFF, "a line crosses 64 KiB");
                assert_eq!(content.insert((upper << 16) | at, *byte), None);
            }),
            1 => ended = true,
            4 => upper = u32::from(u16::from_be_bytes([payload[0], payload[1]])),
            5 => assert_eq!(payload, (FLASH + 0x101).to_be_bytes()),
            other => panic!("record type {other}"),
        }
    }
    assert!(ended);
    content
}

/// The bytes that the sections say, by load address.
fn expected(sections: &[TestSection]) -> BTreeMap<u32, u8> {
    let mut content = BTreeMap::new();
    for section in sections {
        if let support::Content::Bytes(bytes) = &section.content {
            content.extend((section.load_address..).zip(bytes.iter().copied()));
        }
    }
    content
}

fn check_all_formats(artifacts: &Artifacts, sections: &[TestSection]) {
    let expected = expected(sections);
    let first = *expected.keys().next().unwrap();
    let last = *expected.keys().last().unwrap();
    assert_eq!(read_hex(&std::fs::read_to_string(artifacts.hex.as_ref().unwrap()).unwrap()), expected);

    let bin = std::fs::read(artifacts.bin.as_ref().unwrap()).unwrap();
    assert_eq!(artifacts.bin_address, u64::from(first));
    assert_eq!(bin.len() as u32, last - first + 1);
    for (address, byte) in (first..).zip(&bin) {
        assert_eq!(*byte, expected.get(&address).copied().unwrap_or(0xFF), "{address:#x}");
    }

    let uf2 = read_uf2(&std::fs::read(artifacts.uf2.as_ref().unwrap()).unwrap());
    for (address, byte) in &expected {
        assert_eq!(uf2.get(address), Some(byte), "{address:#x}");
    }
    for (address, byte) in &uf2 {
        assert_eq!(*byte, expected.get(address).copied().unwrap_or(0xFF));
        let sector = address / 4096 * 4096;
        assert!(expected.range(sector..sector + 4096).next().is_some(), "{address:#x}: an untouched sector");
        assert!(uf2.contains_key(&sector) && uf2.contains_key(&(sector + 4095)), "a sector is written whole");
    }
}

#[test]
fn all_formats_say_what_the_elf_says() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = write_artifacts(&request(folder.path(), &blinky())).unwrap();
    check_all_formats(&artifacts, &blinky());
    assert_eq!(artifacts.elf, folder.path().join("out/fan.elf"));
    assert_eq!(
        std::fs::read(&artifacts.elf).unwrap(),
        std::fs::read(folder.path().join("target/fan")).unwrap()
    );
    let left = std::fs::read_dir(folder.path().join("out")).unwrap().count();
    assert_eq!(left, 5, "four files and the receipt, no temporary ones");
}

#[test]
fn an_unchanged_elf_is_not_converted_again() {
    let folder = tempfile::tempdir().unwrap();
    let request = request(folder.path(), &blinky());
    let first = write_artifacts(&request).unwrap();
    assert!(first.changed);
    let again = write_artifacts(&request).unwrap();
    assert_eq!(again, Artifacts { changed: false, ..first });

    let mut other = blinky();
    other[2] = text(".text", FLASH + 0x1C0, vec![9; 4000]);
    put(folder.path(), "target/fan", &elf(FLASH + 0x101, &other, &[]));
    let changed = write_artifacts(&request).unwrap();
    assert!(changed.changed);
    check_all_formats(&changed, &other);
}

#[test]
fn what_was_deleted_or_is_wished_otherwise_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let request = request(folder.path(), &blinky());
    let first = write_artifacts(&request).unwrap();
    std::fs::remove_file(first.bin.as_ref().unwrap()).unwrap();
    assert!(write_artifacts(&request).unwrap().changed);
    let without_uf2 = ArtifactRequest { uf2_family: None, ..request };
    let artifacts = write_artifacts(&without_uf2).unwrap();
    assert!(artifacts.changed);
    assert_eq!(artifacts.uf2, None);
}

#[test]
fn an_image_outside_of_flash_is_refused_by_section_and_address() {
    let folder = tempfile::tempdir().unwrap();
    let mut sections = blinky();
    sections.push(text(".config", FLASH + (2 << 20) - 16, vec![0; 32]));
    let error = write_artifacts(&request(folder.path(), &sections)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "section `.config` (32 bytes at 0x101ffff0) lies outside of the chip's flash (FLASH 0x10000000..0x10200000)"
    );
    assert!(!folder.path().join("out").exists(), "nothing is left behind");
}

#[test]
fn overlapping_and_empty_images_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let overlapping = [text(".text", FLASH, vec![0; 64]), data(RAM, FLASH + 60, vec![1; 8])];
    let error = write_artifacts(&request(folder.path(), &overlapping)).unwrap_err();
    assert!(matches!(error, ArtifactError::Overlap { second, .. } if second == ".data"));
    let error = write_artifacts(&request(folder.path(), &[bss(RAM, 64)])).unwrap_err();
    assert!(matches!(error, ArtifactError::Empty { .. }));
}

#[test]
fn what_is_no_elf_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(folder.path(), &blinky());
    put(folder.path(), "target/fan", b"#!/bin/sh\n");
    let error = write_artifacts(&request).unwrap_err();
    assert!(error.to_string().contains("target/fan` is not a 32-bit ELF"), "{error}");
    request.elf = folder.path().join("missing");
    assert!(matches!(write_artifacts(&request), Err(ArtifactError::Disk(_))));
}

#[test]
fn sizes_are_counted_where_they_are_used_and_where_they_are_loaded() {
    let symbols = [
        ("_RNvNvCs1234_3fan5blink4POOL", ".bss", 0, 48, false),
        ("_ZN3fan5tasks7monitor4POOL17h0123456789abcdefE", ".bss", 48, 200, false),
        ("_ZN3fan8channels8READINGS17h0123456789abcdefE", ".data", 0, 40, false),
        ("_ZN3fan4main17h0123456789abcdefE", ".text", 0, 900, true),
        ("main_alias", ".text", 0, 900, true),
        ("_ZN3fan5TABLE17h0123456789abcdefE", ".vector_table", 0, 100, false),
    ];
    let report = measure(&elf(FLASH, &blinky(), &symbols), &memory()).unwrap();
    assert_eq!((report.text, report.data, report.bss), (256 + 192 + 5000, 56, 1360));
    let used: Vec<(u64, String)> =
        report.regions.iter().map(|region| (region.used, format!("{:.2}", region.percent))).collect();
    assert_eq!(used, [(256 + 192 + 5000 + 56, "0.26".to_owned()), (56 + 1360, "0.52".to_owned())]);
    let tasks: Vec<(&str, u64)> = report.tasks.iter().map(|task| (task.path.as_str(), task.bytes)).collect();
    assert_eq!(tasks, [("fan::tasks::monitor", 200), ("fan::blink", 48)]);
    assert_eq!(report.tasks[0].name(), "monitor");
    assert_eq!(report.absent_tasks(["monitor", "blink"]), ["blink"], "it is none of the module `tasks`");
    let channels: Vec<&str> =
        report.statics.iter().filter(|it| it.is_in_module("channels")).map(|it| it.name()).collect();
    assert_eq!(channels, ["READINGS"]);
    let largest: Vec<(&str, u64)> = report.largest.iter().map(|it| (it.path.as_str(), it.bytes)).collect();
    assert_eq!(largest[..2], [("fan::main", 900), ("fan::tasks::monitor::POOL", 200)], "aliases count once");
}

/// The linker's script of esp-hal has sections that keep addresses free, and one for memory that has two addresses.
#[test]
fn gaps_and_mirrors_of_an_esp32_are_not_measured_as_memory() {
    let named = |name, address, size| TestSection { name, ..bss(address, size) };
    let sections = [
        text(".rwtext", 0x4038_0000, vec![1; 300]),
        named(".rwdata_dummy", RAM, 300),
        bss(RAM + 300, 100),
        named(".stack", RAM + 400, 100_000),
        text(".rodata", FLASH, vec![2; 50]),
        named(".rotext_dummy", FLASH + 50, 65_536),
        text(".text", FLASH + 65_586, vec![3; 500]),
    ];
    let report = measure(&elf(FLASH, &sections, &[]), &memory()).unwrap();
    assert_eq!((report.text, report.data, report.bss), (300 + 50 + 500, 0, 100));
    let used: Vec<u64> = report.regions.iter().map(|region| region.used).collect();
    assert_eq!(used, [50 + 500, 300 + 100], "instructions in RAM take RAM");
}

/// Up to six sections in flash, with gaps of any size between them.
fn layouts() -> impl Strategy<Value = Vec<TestSection>> {
    let part = (0_u32..70_000, prop::collection::vec(any::<u8>(), 1..3000));
    prop::collection::vec(part, 1..6).prop_map(|parts| {
        let mut address = FLASH;
        let mut sections = Vec::new();
        for (gap, bytes) in parts {
            address += gap;
            let end = address + bytes.len() as u32;
            sections.push(text(".text", address, bytes));
            address = end;
        }
        sections
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_layout_comes_back_from_every_format(sections in layouts()) {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = write_artifacts(&request(folder.path(), &sections)).unwrap();
        check_all_formats(&artifacts, &sections);
    }

    #[test]
    fn broken_elfs_are_errors_never_panics(
        cut in 0_usize..7000,
        changes in prop::collection::vec((0_usize..7000, any::<u8>()), 0..20),
    ) {
        let mut bytes = elf(FLASH, &blinky(), &[("a", ".text", 0, 4, true)]);
        for (at, value) in changes {
            let length = bytes.len();
            bytes[at % length] = value;
        }
        bytes.truncate(bytes.len().saturating_sub(cut % 3 * cut));
        let folder = tempfile::tempdir().unwrap();
        let request = request(folder.path(), &blinky());
        std::fs::write(&request.elf, &bytes).unwrap();
        // Many changes leave a valid image: what counts is that no input panics.
        let _ = write_artifacts(&request);
        let _ = measure(&bytes, &memory());
    }
}

/// The boot loader of an ESP32 loads parts of the ELF into RAM, so the ELF is no picture of the flash.
#[test]
fn what_a_boot_loader_loads_is_the_elf_alone() {
    let folder = tempfile::tempdir().unwrap();
    let request = request(folder.path(), &[text(".text", FLASH, vec![1; 64]), data(RAM, RAM, vec![2; 8])]);
    assert!(write_artifacts(&request).is_err(), "data that is loaded into RAM is not in flash");
    let made = write_artifacts(&ArtifactRequest { is_flat: false, ..request }).unwrap();
    assert_eq!((made.bin, made.hex, made.uf2), (None, None, None));
    assert!(made.elf.exists());
}
