//! A folder in which `fwc` is run as a user would, and what came of it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use snapbox::data::DataFormat;
use snapbox::{Data, IntoData};

/// A small app: one peripheral, one task.
pub(crate) const BLINK: &str = "\
[app]
name = \"blinky\"
board = \"rpi-pico\"

[peripherals.led]
kind = \"output\"
pin = \"LED\"

[tasks.heartbeat]
behavior = \"blink\"
output = \"led\"
rate = \"2Hz\"
";

/// A folder of its own for a test.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a run of `fwc` came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// An empty folder.
    pub(crate) fn new() -> Sandbox {
        Sandbox { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// A folder with an app.toml.
    pub(crate) fn with_app(text: &str) -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.write("app.toml", text);
        sandbox
    }

    /// A variable of the environment of every run.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Sandbox {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The variables that were added.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        let path = self.at(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// `fwc` in a folder of the sandbox, ready to run.
    pub(crate) fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(fwc_tests::fwc());
        command.args(arguments).current_dir(self.at(folder));
        // What a developer's own shell says must not change a test.
        for name in ["NO_COLOR", "TERM", "CARGO_TARGET_DIR", "RUSTUP_TOOLCHAIN"] {
            command.env_remove(name);
        }
        command.env("FWC_CACHE", self.at(".cache"));
        command.envs(self.variables());
        command
    }

    /// Runs `fwc` in the sandbox's folder.
    pub(crate) fn fwc(&self, arguments: &[&str]) -> Run {
        self.fwc_in("", arguments)
    }

    /// Runs `fwc` in a folder below.
    pub(crate) fn fwc_in(&self, folder: &str, arguments: &[&str]) -> Run {
        self.seen(self.command(folder, arguments).output().unwrap())
    }

    /// What was written, with `[SANDBOX]` in place of the folder.
    pub(crate) fn seen(&self, output: Output) -> Run {
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("fwc writes UTF-8");
            text.replace(&self.root().display().to_string(), "[SANDBOX]")
        };
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Everything below a folder: relative path with `/`, and text; a folder ends with `/`.
    pub(crate) fn tree(&self, folder: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        gather(&self.at(folder), "", &mut found);
        found.sort();
        found
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn gather(folder: &Path, prefix: &str, found: &mut Vec<(String, String)>) {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        entries => entries.unwrap(),
    };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            found.push((format!("{path}/"), String::new()));
            gather(&entry.path(), &format!("{path}/"), found);
        } else {
            found.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

impl Run {
    /// The exit code, and nothing on stdout.
    #[track_caller]
    pub(crate) fn says(&self, code: i32, stderr: impl IntoData) {
        self.shows(code, "", stderr);
    }

    /// The exit code and both outputs, which may have `[..]` and `...` for what does not matter.
    #[track_caller]
    pub(crate) fn shows(&self, code: i32, stdout: impl IntoData, stderr: impl IntoData) {
        check(&self.stderr, stderr);
        check(&self.stdout, stdout);
        assert_eq!(self.code, Some(code), "{self:?}");
    }

    /// The exit code alone.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32) -> &Run {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// Compares text; `SNAPSHOTS=overwrite` mends an expectation in its place.
#[track_caller]
pub(crate) fn check(actual: &str, expected: impl IntoData) {
    let actual = Data::text(actual).coerce_to(DataFormat::Text);
    snapbox::Assert::new().action_env("SNAPSHOTS").eq(actual, expected.into_data());
}
