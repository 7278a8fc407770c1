//! Each case's app.toml to its plan and to the text of its crate, which is formatted, free of warnings, and links.
//!
//! `golden/<case>/` is a project: `app.toml` and perhaps `src/`, `devices/` and `boards/`. Beside it stands what comes out of it: the plan and its
//! report in `expected/`, the crate in `expected/crate/` without fwc's own crates and the lock file, and in
//! `expected/skeletons/` what is written where the user has no code yet.
//! A lock file that does not fit the versions any more fails the build; `cargo xtask lock` makes it anew.
//! `UPDATE_GOLDEN=1 cargo test -p fwc-tests --test golden` writes them anew: read them before they are committed.

mod compile;
mod documented;
mod format;
mod origins;
mod project;
mod text;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use project::Project;

/// What is asked of each case.
type Check = fn(&Project) -> Result<(), Failed>;

const CHECKS: [(&str, Check); 6] = [
    ("text", text::check),
    ("repeated", text::check_repeated),
    ("documented", documented::check),
    ("origins", origins::check),
    ("format", format::check),
    ("compile", compile::check),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = cases().into_iter().flat_map(|case| {
        CHECKS.map(|(name, check)| {
            let case = case.clone();
            Trial::test(format!("{case}/{name}"), move || check(&Project::compose(&case)?))
        })
    });
    let trials = trials.collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The names of all cases, sorted.
fn cases() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("`{}`: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be listed").path());
    let cases = paths.filter(|path| path.join("app.toml").exists());
    let mut names: Vec<String> = cases
        .map(|path| path.file_name().expect("a case has a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
