//! `cargo xtask lock`: the lock files that generated crates start with, one for each way to log and to panic. What an
//! application does not use of it is left out when its crate is made.
//!
//! The exact versions of what generated code names are in `templates/versions.toml`. What those depend on in turn is in
//! the lock files; it stays as it is where it still fits, so that a lock file moves only where it must.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use fwc_core::plan::{PlanContext, UserCode};
use fwc_diag::Sources;

use crate::setup::{announce, cargo, repository, run};

/// Whether files are written or only compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// A lock file and an application that uses every crate which may be in it.
struct Variant {
    file: &'static str,
    app: &'static str,
}

const VARIANTS: &[Variant] = &[
    Variant {
        file: "rp/locks/rtt.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "rp/locks/rtt-reset.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\non-panic = \"reset\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "rp/locks/uart.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\nlog-over = \"journal\"\n\n[peripherals.journal]\nkind = \"uart\"\ntx = \"TX\"\nbaud = 115200\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "rp/locks/off.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\nlog = \"off\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
];

/// Makes every lock file.
pub(crate) fn run_all(mode: Mode) -> Result<()> {
    let mut stale = Vec::new();
    for variant in VARIANTS {
        let path = repository().join("templates").join(variant.file);
        let old = fs::read_to_string(&path).unwrap_or_default();
        let new = lock(variant, &old)?;
        if new == old {
            continue;
        }
        match mode {
            Mode::Write => {
                announce(&format!("templates/{} is new", variant.file));
                fs::write(&path, new).with_context(|| format!("while writing {}", path.display()))?;
            }
            Mode::Check => stale.push(variant.file),
        }
    }
    if !stale.is_empty() {
        bail!("stale lock files: {}; `cargo xtask lock` makes them anew", stale.join(", "));
    }
    Ok(())
}

/// The lock file that cargo makes of the old one.
fn lock(variant: &Variant, old: &str) -> Result<String> {
    let folder = write_crate(variant, old)?;
    // `metadata` writes the lock file and changes in it what does not fit any more, and nothing else.
    let mut command = Command::new(cargo());
    command.args(["metadata", "--format-version", "1"]).current_dir(&folder).stdout(Stdio::null());
    run(&mut command)?;
    let path = folder.join("Cargo.lock");
    fs::read_to_string(&path).with_context(|| format!("while reading {}", path.display()))
}

/// The variant's crate in a folder of its own, with the old lock file.
fn write_crate(variant: &Variant, old: &str) -> Result<PathBuf> {
    let sources = Sources::of("app.toml", format!("[app]\nname = \"app\"\n{}\n", variant.app));
    let context = PlanContext { fwc_version: "0.0.0", sources: &sources, user_code: UserCode::Inside };
    let checked = fwc_core::compose(&Catalog::default(), &CheckOptions::default(), &context);
    let Some(composition) = checked.value else {
        bail!("the application for {} is faulty: {:?}", variant.file, checked.diagnostics)
    };
    let folder = repository().join("target/xtask/lock").join(variant.file);
    for (path, text) in &composition.files.files {
        put(&folder.join(path), if path == "Cargo.lock" { old } else { text })?;
    }
    Ok(folder)
}

fn put(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("while making {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("while writing {}", path.display()))
}
