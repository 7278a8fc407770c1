//! What the tests of the whole share: where things are, the `fwc` binary, firmware built by it, the emulator.

mod desk;
mod emulated;
mod firmware;
#[cfg(unix)]
mod terminal;
mod two_cores;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub use desk::{Desk, Ran, fwc_command, fwc_command_for, run_fwc};
pub use emulated::{emulator, milliseconds};
pub use firmware::{
    Building, Firmware, SharedBuild, build_edited, build_project, edited_copy, firmware_target_folder,
    link_edited, one_build_at_a_time, own_build_folder, own_folder, project_copy, ready_fwc, ready_fwc_at,
    run_scenarios, run_scenarios_at,
};
#[cfg(unix)]
pub use terminal::Terminal;
pub use two_cores::TwoCores;

/// The folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the tests lie in the repository")
}

/// Where cargo puts what it builds for the host: the folder that this test's own binary is in.
pub fn host_target_folder() -> PathBuf {
    let test_binary = std::env::current_exe().expect("a test has a binary");
    let profile_folder = test_binary.ancestors().nth(2).expect("it lies in target/<profile>/deps");
    profile_folder.to_path_buf()
}

/// The name of this test program: `firmware` of `target/debug/deps/firmware-0123456789abcdef`.
pub(crate) fn program() -> String {
    let binary = std::env::current_exe().expect("a test has a binary");
    let stem = binary.file_stem().expect("it has a name").to_string_lossy().into_owned();
    stem.rsplit_once('-').map_or(stem.clone(), |(name, _)| name.to_owned())
}

/// The `fwc` binary, built once a test process.
///
/// It is built with the features that all tests are built with, so that what both depend on is built once: where no test is
/// among what is built, cargo leaves out the features that dev-dependencies ask for.
pub fn fwc() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--quiet", "--workspace", "--bin", "fwc", "--test", "ui"])
            .current_dir(repository())
            .status()
            .expect("cargo starts");
        assert!(status.success(), "fwc must build");
        host_target_folder().join(format!("fwc{}", std::env::consts::EXE_SUFFIX))
    })
}

/// Every app.toml-like file under a folder of the repository, sorted by path: path and text.
pub fn toml_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(&repository().join(folder), &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("generated") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "toml")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            found.push((path, text));
        }
    }
}
