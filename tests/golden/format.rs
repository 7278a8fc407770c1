//! rustfmt with its default settings has nothing to change.

use std::fs;
use std::process::Command;

use fwc_tests::firmware_target_folder;
use libtest_mimic::Failed;

use crate::project::Project;

/// Runs rustfmt over every Rust file of the crate that the case decides, and over the skeletons.
pub(crate) fn check(project: &Project) -> Result<(), Failed> {
    let folder = firmware_target_folder().join("golden-format").join(&project.name);
    fs::create_dir_all(&folder)?;
    // Settings of folders above do not count where a folder has its own.
    fs::write(folder.join("rustfmt.toml"), "")?;
    let mut files = Vec::new();
    let rust = project.own_files().chain(project.skeletons()).filter(|(path, _)| path.ends_with(".rs"));
    for (path, text) in rust {
        // Flat, so that no `mod` line leads rustfmt from one file to another.
        let file = folder.join(path.replace('/', "_"));
        // rustfmt follows `mod` lines; here each file is looked at by itself.
        fs::write(&file, text)?;
        files.push(file);
    }
    let output = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--config", "skip_children=true"])
        .args(&files)
        .output()?;
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned().into()) }
}
