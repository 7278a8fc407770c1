//! What fwc asks of a toolchain, from the machine's environment.

use std::path::{Path, PathBuf};

use fwc_build::{Environment, MINIMUM_RUST, ToolchainRequest};

/// A request for a target on behalf of a project.
pub(crate) fn request(
    environment: &Environment,
    project_folder: &Path,
    target: &str,
    offline: bool,
) -> ToolchainRequest {
    ToolchainRequest {
        target: target.to_owned(),
        project_folder: project_folder.to_owned(),
        cache_folder: cache_folder(environment),
        minimum_version: MINIMUM_RUST,
        offline,
    }
}

/// Where fwc keeps what it can find again: `FWC_CACHE`, else the system's place for that.
pub(crate) fn cache_folder(environment: &Environment) -> PathBuf {
    let home = |below: &str| Some(environment.path_variable("HOME")?.join(below));
    let folder = environment.path_variable("FWC_CACHE").or_else(|| {
        let base = if cfg!(target_os = "macos") {
            home("Library/Caches")
        } else if cfg!(windows) {
            environment.path_variable("LOCALAPPDATA")
        } else {
            environment.path_variable("XDG_CACHE_HOME").or_else(|| home(".cache"))
        };
        Some(base?.join("fwc"))
    });
    folder.unwrap_or_else(|| std::env::temp_dir().join("fwc"))
}
