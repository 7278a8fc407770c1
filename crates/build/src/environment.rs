//! The machine as the rest of this crate sees it: variables, clock and the folders where programs live.
//!
//! Nothing else here reads the process's environment, so a test can describe a whole machine in a temporary folder.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Variables that would change what is built without standing in app.toml.
///
/// `RUSTFLAGS` and its relatives replace (cargo reference, `build.rustflags`) the linker arguments of the
/// generated crate, and a default target or compiler would contradict the ones that are chosen here.
const NOT_PASSED_ON: [&str; 8] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_RUSTC",
    "CARGO_TERM_QUIET",
    "CARGO_TERM_VERBOSE",
    "RUSTC_BOOTSTRAP",
];

/// Variables, clock and root folder of a machine.
#[derive(Debug, Clone)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    root: PathBuf,
    now: SystemTime,
}

impl Environment {
    /// The machine that this process runs on.
    pub fn of_this_process() -> Self {
        Self { variables: std::env::vars_os().collect(), root: PathBuf::from("/"), now: SystemTime::now() }
    }

    /// A described machine: its variables, and the folder that stands for `/` where well-known places are searched.
    pub fn described<Name, Value>(
        root: &Path,
        now: SystemTime,
        variables: impl IntoIterator<Item = (Name, Value)>,
    ) -> Self
    where
        Name: Into<OsString>,
        Value: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, root: root.to_owned(), now }
    }

    /// The value of a variable; an empty one counts as absent, as it does for cargo and rustup.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A variable that holds a path.
    pub fn path_variable(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    /// The time at which this environment was taken.
    pub fn now(&self) -> SystemTime {
        self.now
    }

    /// A path below the machine's root: `at("usr/bin")` is `/usr/bin`.
    pub fn at(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The folders of `PATH`, in order.
    pub fn path_folders(&self) -> Vec<PathBuf> {
        self.variable("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default()
    }

    /// Where cargo keeps its own things: `CARGO_HOME`, else `.cargo` in the home folder.
    pub fn cargo_home(&self) -> Option<PathBuf> {
        self.path_variable("CARGO_HOME").or_else(|| Some(self.home()?.join(".cargo")))
    }

    /// Where rustup keeps toolchains: `RUSTUP_HOME`, else `.rustup` in the home folder.
    pub fn rustup_home(&self) -> Option<PathBuf> {
        self.path_variable("RUSTUP_HOME").or_else(|| Some(self.home()?.join(".rustup")))
    }

    /// The user's own choice of cargo's output folder. A relative one is meant from where fwc was called,
    /// whereas cargo would take it from the generated crate.
    pub fn target_folder(&self) -> Option<PathBuf> {
        let names = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];
        let folder = names.iter().find_map(|name| self.path_variable(name))?;
        Some(std::path::absolute(&folder).unwrap_or(folder))
    }

    /// Every folder that may hold a compiler or linker: `PATH` first, then the places where
    /// distributions, rustup and Nix put them even when `PATH` does not say so.
    pub fn program_folders(&self) -> Vec<PathBuf> {
        let mut folders = self.path_folders();
        folders.extend(self.cargo_home().map(|home| home.join("bin")));
        folders.extend(self.home().map(|home| home.join(".nix-profile/bin")));
        let well_known = ["usr/local/bin", "usr/bin", "run/current-system/sw/bin", "opt/homebrew/bin"];
        folders.extend(well_known.iter().map(|folder| self.at(folder)));
        folders.extend(self.versioned_folders("usr/lib", "rust-"));
        folders.extend(self.versioned_folders("usr/lib", "llvm-"));
        let mut seen = std::collections::BTreeSet::new();
        folders.retain(|folder| folder.is_absolute() && seen.insert(folder.clone()));
        folders
    }

    /// Every program of that name on the machine, in the order of `program_folders`.
    pub fn programs(&self, name: &str) -> Vec<PathBuf> {
        let file_name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.program_folders()
            .into_iter()
            .map(|folder| folder.join(&file_name))
            .filter(|path| path.is_file())
            .collect()
    }

    /// The first program of that name.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        self.programs(name).into_iter().next()
    }

    /// A command that sees this environment and nothing else of the process's.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        let passed_on =
            self.variables.iter().filter(|(name, _)| !NOT_PASSED_ON.iter().any(|not| name == not));
        command.envs(passed_on);
        command
    }

    fn home(&self) -> Option<PathBuf> {
        self.path_variable("HOME").or_else(|| self.path_variable("USERPROFILE"))
    }

    /// Debian keeps compilers beside each other as `/usr/lib/rust-1.85/bin`, `/usr/lib/llvm-22/bin`; newest first.
    fn versioned_folders(&self, parent: &str, prefix: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.at(parent)) else { return Vec::new() };
        let mut found: Vec<(Vec<u32>, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let version = name.strip_prefix(prefix)?.split('.').map(str::parse).collect::<Result<_, _>>();
                Some((version.ok()?, entry.path().join("bin")))
            })
            .collect();
        found.sort_by(|left, right| right.cmp(left));
        found.into_iter().map(|(_, folder)| folder).collect()
    }
}
