//! A project of the repository to the image that would be flashed, by `fwc build` itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{fwc, host_target_folder, program, repository};

/// An image that `fwc` built.
#[derive(Debug)]
pub struct Firmware {
    /// The copy of the project that it was built in.
    pub project: PathBuf,
    /// The image with its symbols.
    pub elf: PathBuf,
}

/// Where firmware is built.
pub fn firmware_target_folder() -> PathBuf {
    host_target_folder().with_file_name("firmware")
}

/// The folder of this test program alone: what it copies and boots is in no other's way, as they run beside each other.
pub fn own_folder() -> PathBuf {
    firmware_target_folder().join(program())
}

/// Where cargo builds what this test program boots.
pub fn own_build_folder() -> PathBuf {
    own_folder().join("build")
}

/// Where cargo builds what is only compiled and linked, for all test programs, so that the HAL of each chip is compiled once.
#[derive(Debug)]
pub struct SharedBuild {
    /// The folder.
    pub folder: PathBuf,
    /// Open for as long as nobody else may build there: the images of two apps of one name have one place.
    _lock: File,
}

impl SharedBuild {
    /// Waits until the folder is free, and takes it until this is dropped.
    pub fn take() -> SharedBuild {
        let folder = firmware_target_folder().join("build");
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let lock = File::create(folder.join("in-use.lock")).expect("the target folder can be written");
        lock.lock().expect("a file can be locked");
        SharedBuild { folder, _lock: lock }
    }
}

/// Held while cargo builds into a folder and its image is taken out: two apps of one name share a place there.
pub fn one_build_at_a_time() -> Building {
    static BUILDING: Mutex<()> = Mutex::new(());
    // A test that failed while it built left nothing half-made: cargo has seen to that.
    BUILDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Builds the project in a folder of the repository, such as `examples/blink`, for a board.
///
/// It is built in a copy, which stays where it is so that the next run finds what it has built.
pub fn build_project(folder: &str, board: &str) -> Firmware {
    build_own(project_copy(folder), board)
}

/// Builds a project of a folder of the repository with another app.toml.
pub fn build_edited(folder: &str, board: &str, edit: impl FnOnce(&str) -> String) -> Firmware {
    build_own(edited_copy(folder, edit), board)
}

/// Compiles and links a project of a folder of the repository with another app.toml, which nothing runs.
pub fn link_edited(folder: &str, board: &str, edit: impl FnOnce(&str) -> String) {
    let project = own_folder().join("linked").join(board).join(folder);
    copy_edited(folder, &project, edit);
    let shared = SharedBuild::take();
    build_copy(&project, board, &shared.folder);
}

/// A copy of a project of the repository with another app.toml, made of its own.
pub fn edited_copy(folder: &str, edit: impl FnOnce(&str) -> String) -> PathBuf {
    let project = own_folder().join("edited").join(folder);
    copy_edited(folder, &project, edit);
    project
}

fn copy_edited(folder: &str, project: &Path, edit: impl FnOnce(&str) -> String) {
    copy_folder(&repository().join(folder), project);
    let app = project.join("app.toml");
    let text = fs::read_to_string(&app).expect("a project has an app.toml");
    fs::write(&app, edit(&text)).expect("a copy can be written");
}

fn build_own(project: PathBuf, board: &str) -> Firmware {
    let building = one_build_at_a_time();
    build_copy(&project, board, &own_build_folder());
    drop(building);
    let artifacts = project.join("target/fwc").join(board);
    let elf = fs::read_dir(&artifacts)
        .unwrap_or_else(|error| panic!("no artifacts in {}: {error}", artifacts.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "elf"))
        .unwrap_or_else(|| panic!("no ELF in {}", artifacts.display()));
    Firmware { project, elf }
}

fn build_copy(project: &Path, board: &str, target_folder: &Path) {
    let output = Command::new(fwc())
        .args(["build", "--board", board, "--project"])
        .arg(project)
        .env("CARGO_TARGET_DIR", target_folder)
        .output()
        .expect("fwc starts");
    assert!(
        output.status.success(),
        "fwc build of {} failed:\n{}{}",
        project.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A copy of a project in a folder of the repository, for tools that write into it.
pub fn project_copy(folder: &str) -> PathBuf {
    let project = own_folder().join("projects").join(folder);
    copy_folder(&repository().join(folder), &project);
    project
}

/// What `fwc test` says of a project in a folder of the repository.
pub fn run_scenarios(folder: &str, arguments: &[&str]) -> Output {
    run_scenarios_at(&project_copy(folder), arguments)
}

/// What `fwc test` says of a project anywhere.
pub fn run_scenarios_at(project: &Path, arguments: &[&str]) -> Output {
    let (mut command, _building) = ready_fwc_at(project, "test");
    command.args(arguments).output().expect("fwc starts")
}

/// The right to build, for as long as it is kept.
pub type Building = MutexGuard<'static, ()>;

/// A command of `fwc` about a project in a folder of the repository, ready to run.
pub fn ready_fwc(folder: &str, subcommand: &str) -> (Command, Building) {
    ready_fwc_at(&project_copy(folder), subcommand)
}

/// The same for a project anywhere.
pub fn ready_fwc_at(project: &Path, subcommand: &str) -> (Command, Building) {
    let building = one_build_at_a_time();
    let mut command = Command::new(fwc());
    command
        .arg(subcommand)
        .arg("--project")
        .arg(project)
        .env("CARGO_TARGET_DIR", own_build_folder())
        .env("FWC_CACHE", host_target_folder().with_file_name("xtask"));
    (command, building)
}

/// Copies what differs, so that the times of what is the same stay old.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap_or_else(|error| panic!("while making {}: {error}", to.display()));
    let entries =
        fs::read_dir(from).unwrap_or_else(|error| panic!("while reading {}: {error}", from.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("an entry has a name");
        if path.is_dir() {
            if name != "target" && name != "generated" {
                copy_folder(&path, &to.join(name));
            }
            continue;
        }
        let text =
            fs::read(&path).unwrap_or_else(|error| panic!("while reading {}: {error}", path.display()));
        let target = to.join(name);
        if fs::read(&target).ok().as_ref() != Some(&text) {
            fs::write(&target, text)
                .unwrap_or_else(|error| panic!("while writing {}: {error}", target.display()));
        }
    }
}
