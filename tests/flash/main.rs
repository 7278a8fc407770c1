//! Real images onto an emulated board: by the unchanged probe-rs library over an emulated probe, and over a boot drive.
#![cfg(unix)]

mod chips;
mod drive;
mod espressif;
mod examples;
mod faults;
mod gdb;
mod monitor;
mod panel;
mod plugs;
mod probe;
mod running;
mod watch;

use std::fs;
use std::path::Path;

/// What the flash must hold from its start on: the BIN begins where the flash does, at the second boot stage.
fn expected_flash(elf: &Path) -> Vec<u8> {
    fs::read(elf.with_extension("bin")).unwrap()
}
