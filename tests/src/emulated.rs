//! The emulated chip for tests: installed once, and short words for its times.

use std::sync::OnceLock;

use fwc_sim::{Emulator, Nanos};

use crate::host_target_folder;

/// The emulator, installed in the target folder at first use.
pub fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(|| {
        let cache = host_target_folder().with_file_name("xtask");
        Emulator::install(&cache).unwrap_or_else(|error| panic!("the emulator cannot be installed: {error}"))
    })
}

/// A virtual time.
pub fn milliseconds(count: u64) -> Nanos {
    Nanos(count * 1_000_000)
}
