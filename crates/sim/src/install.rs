//! The emulator's files, embedded in this crate -> an installed package in a cache directory.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use crate::EmulatorError;
use crate::node::npm_ci;

macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../emulator/", $path)))),*]
    };
}

/// Every file that the emulator needs to run, by its path in the package.
const FILES: &[(&str, &str)] = embed![
    "package.json",
    "package-lock.json",
    "bridge.mjs",
    "chip.mjs",
    "clock.mjs",
    "elf.mjs",
    "job.mjs",
    "machine.mjs",
    "output.mjs",
    "outside.mjs",
    "parts.mjs",
    "rate.mjs",
    "work.mjs",
    "rtt.mjs",
    "run.mjs",
    "board/board.mjs",
    "board/bootrom.mjs",
    "board/debug.mjs",
    "board/disguise.mjs",
    "board/drive.mjs",
    "board/glasgow.mjs",
    "board/memory.mjs",
    "board/run.mjs",
    "board/swd.mjs",
    "fidelity/adc.mjs",
    "fidelity/bootrom.mjs",
    "fidelity/clocks.mjs",
    "fidelity/dma.mjs",
    "fidelity/faults.mjs",
    "fidelity/flash.mjs",
    "fidelity/i2c.mjs",
    "fidelity/interrupts.mjs",
    "fidelity/noise.mjs",
    "fidelity/pads.mjs",
    "fidelity/peripheral.mjs",
    "fidelity/pio.mjs",
    "fidelity/resets.mjs",
    "fidelity/spi.mjs",
    "fidelity/timer.mjs",
    "fidelity/uart.mjs",
    "fidelity/usb.mjs",
    "fidelity/watchdog.mjs",
    "usb/descriptors.mjs",
    "usb/host.mjs",
    "usb/transfers.mjs",
];

/// Installs the emulator below `cache`, unless this very version of it is there already.
///
/// The directory appears complete or not at all, so that two processes may install at once and one may be killed.
pub(crate) fn install(cache: &Path) -> Result<PathBuf, EmulatorError> {
    let directory = cache.join(format!("emulator-{:016x}", fingerprint()));
    if is_installed(&directory) {
        return Ok(directory);
    }
    let unfinished = cache.join(format!("emulator-{:016x}.{}", fingerprint(), std::process::id()));
    let result = write_files(&unfinished).and_then(|()| npm_ci(&unfinished)).and_then(|()| {
        match fs::rename(&unfinished, &directory) {
            // Another process was faster: what it installed is the same.
            Err(_) if is_installed(&directory) => Ok(()),
            other => {
                other.map_err(EmulatorError::io(format!("moving the emulator to {}", directory.display())))
            }
        }
    });
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)
            .map_err(EmulatorError::io(format!("removing {}", unfinished.display())))?;
    }
    result.map(|()| directory)
}

/// Whether a directory holds the emulator with the package that it stands on.
pub(crate) fn is_installed(directory: &Path) -> bool {
    directory.join("run.mjs").is_file() && directory.join("node_modules/rp2040js/package.json").is_file()
}

fn write_files(directory: &Path) -> Result<(), EmulatorError> {
    let write = |path: &Path, text: &str| -> io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)
    };
    for (name, text) in FILES {
        let path = directory.join(name);
        write(&path, text).map_err(EmulatorError::io(format!("writing {}", path.display())))?;
    }
    Ok(())
}

/// Differs for different files. It only names a directory of this machine's cache, so any stable hash will do.
fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A module that is left out of the list would be missed only by an installed fwc.
    #[test]
    fn every_module_of_the_emulator_is_embedded() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("emulator");
        let mut on_disk = BTreeSet::from(["package.json".to_owned(), "package-lock.json".to_owned()]);
        for folder in ["", "board/", "fidelity/", "usb/"] {
            for entry in fs::read_dir(package.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.ends_with(".mjs") {
                    on_disk.insert(format!("{folder}{name}"));
                }
            }
        }
        let embedded: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(embedded, on_disk);
    }

    #[test]
    fn the_lock_file_names_no_registry() {
        let (_, lock) = FILES.iter().find(|(name, _)| *name == "package-lock.json").unwrap();
        assert!(!lock.contains("resolved"), "npm finds a package by its name, version and integrity");
        assert!(lock.contains("\"integrity\": \"sha512-"));
    }
}
