//! Finds Node.js and npm.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use semver::Version;

use crate::EmulatorError;

/// The oldest Node that rp2040js runs on, as its package says.
pub(crate) const NODE_VERSION: u64 = 18;
/// How to get npm.
pub(crate) const NPM_HELP: &str = "install it (on Debian and Ubuntu `apt install npm`)";

/// The Node that `FWC_NODE` names, else the one on PATH; new enough, and it starts.
pub(crate) fn find_node() -> Result<PathBuf, EmulatorError> {
    let node = env::var_os("FWC_NODE").filter(|name| !name.is_empty());
    check_node(node.as_deref().unwrap_or(OsStr::new("node")))
}

fn check_node(name: &OsStr) -> Result<PathBuf, EmulatorError> {
    let node = PathBuf::from(name);
    let output = match Command::new(&node).arg("--version").stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound && name == "node" => {
            return Err(EmulatorError::NodeMissing);
        }
        Err(source) => return Err(EmulatorError::NodeBroken { node, source }),
    };
    if !output.status.success() {
        let source = io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        return Err(EmulatorError::NodeBroken { node, source });
    }
    let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match Version::parse(found.trim_start_matches('v')) {
        Ok(version) if version.major >= NODE_VERSION => Ok(node),
        _ => Err(EmulatorError::NodeTooOld { node, found }),
    }
}

/// `npm`, on its way to install what a directory's lock file names.
pub(crate) fn npm_ci(directory: &Path) -> Result<(), EmulatorError> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(EmulatorError::NpmMissing),
        other => other.map_err(EmulatorError::io("starting npm"))?,
    };
    if output.status.success() {
        return Ok(());
    }
    let message = last_lines(&String::from_utf8_lossy(&output.stderr));
    Err(EmulatorError::InstallFailed { directory: directory.to_owned(), message })
}

/// What is worth showing of a program's complaints.
pub(crate) fn last_lines(text: &str) -> String {
    const LINES: usize = 12;
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn script(text: &str) -> (tempfile::TempDir, PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("node");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (directory, path)
    }

    #[test]
    #[cfg(unix)]
    fn an_old_node_is_refused_with_its_version() {
        let (_keep, old) = script("#!/bin/sh\necho v16.20.2\n");
        let error = check_node(old.as_os_str()).unwrap_err();
        assert!(
            error.to_string().contains("is Node.js v16.20.2, and the RP2040 emulator needs 18 or later"),
            "{error}"
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_new_enough_node_is_taken() {
        let (_keep, new) = script("#!/bin/sh\necho v18.0.0\n");
        assert_eq!(check_node(new.as_os_str()).unwrap(), new);
    }

    #[test]
    #[cfg(unix)]
    fn a_node_that_fails_is_not_taken_for_an_old_one() {
        let (_keep, broken) = script("#!/bin/sh\necho no libraries >&2\nexit 127\n");
        let error = check_node(broken.as_os_str()).unwrap_err();
        let EmulatorError::NodeBroken { source, .. } = error else { panic!("{error}") };
        assert_eq!(source.to_string(), "no libraries");
    }

    #[test]
    fn a_node_that_is_not_there_says_where_it_was_looked_for() {
        let error = check_node(OsStr::new("/nowhere/node")).unwrap_err();
        assert!(error.to_string().starts_with("`/nowhere/node` does not start"), "{error}");
    }

    #[test]
    fn a_long_complaint_is_cut_to_its_end() {
        let text: String = (0..40).map(|line| format!("{line}\n")).collect();
        assert!(last_lines(&text).starts_with("28\n29"));
        assert!(last_lines(&text).ends_with("\n39"));
    }
}
