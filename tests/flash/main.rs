//! Real images onto an emulated board: by the unchanged probe-rs library over an emulated probe, and over a boot drive.
#![cfg(unix)]

mod chips;
mod drive;
mod faults;
mod gdb;
mod monitor;
mod probe;
mod running;
mod watch;

use std::fs;
use std::path::Path;

/// What the flash must hold from its start on: the BIN begins where the flash does, at the second boot stage.
fn expected_flash(elf: &Path) -> Vec<u8> {
    fs::read(elf.with_extension("bin")).unwrap()
}

/// The names of all examples.
fn examples() -> Vec<String> {
    let entries = fs::read_dir(fwc_tests::repository().join("examples")).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("app.toml").is_file());
    let mut names: Vec<String> =
        folders.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}
