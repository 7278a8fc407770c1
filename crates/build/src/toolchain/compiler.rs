//! Asks a rustc what it is: version, host, LLVM and where its libraries lie.

use super::canonical;
use super::rustup::toolchain_name;
use crate::environment::Environment;
use crate::process::{Cancel, run};
use semver::Version;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A compiler answers such questions in 20 ms; one that hangs is not worth waiting for.
const QUESTION_LIMIT: Duration = Duration::from_secs(20);

/// A compiler with the cargo that belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Compiler {
    pub(crate) rustc: PathBuf,
    pub(crate) cargo: PathBuf,
    pub(crate) version: Version,
    pub(crate) host: String,
    pub(crate) llvm_major: u32,
    pub(crate) sysroot: PathBuf,
    pub(crate) rustup_name: Option<String>,
}

impl Compiler {
    /// Questions the rustc at a path; the answer to a failure is a sentence's end.
    pub(crate) fn ask(environment: &Environment, rustc: &Path, cancel: &Cancel) -> Result<Self, String> {
        let cargo = cargo_of(environment, rustc).ok_or("there is no cargo that belongs to it")?;
        let told = question(environment, rustc, &["-vV"], cancel)?;
        let field = |name: &str| {
            told.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::trim)
                .ok_or_else(|| format!("`rustc -vV` does not tell its {name}"))
        };
        let release = field("release")?;
        let version = Version::parse(release).map_err(|error| format!("its version `{release}`: {error}"))?;
        let llvm = field("LLVM version")?;
        let llvm_major = llvm.split('.').next().and_then(|major| major.parse().ok());
        let sysroot = PathBuf::from(question(environment, rustc, &["--print", "sysroot"], cancel)?.trim());
        Ok(Self {
            rustc: rustc.to_owned(),
            cargo,
            version,
            host: field("host")?.to_owned(),
            llvm_major: llvm_major.ok_or_else(|| format!("its LLVM version is `{llvm}`"))?,
            sysroot,
            rustup_name: toolchain_name(environment, rustc),
        })
    }

    /// The folder that has one folder a target; it changes when a target or the source is added.
    pub(crate) fn rustlib(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib")
    }

    /// The folder of a target's compiled libraries, where `core` is among them.
    pub(crate) fn installed_library(&self, target: &str) -> Option<PathBuf> {
        let folder = self.rustlib().join(target).join("lib");
        let is_core = |entry: std::fs::DirEntry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with("libcore-") && name.ends_with(".rlib"))
        };
        std::fs::read_dir(&folder).ok()?.flatten().any(is_core).then_some(folder)
    }

    /// The `library` folder of its own sources, complete enough for `-Zbuild-std`, which reads the lock file.
    pub(crate) fn library_source(&self) -> Option<PathBuf> {
        let folder = self.rustlib().join("src/rust/library");
        let complete = folder.join("core/Cargo.toml").is_file() && folder.join("Cargo.lock").is_file();
        complete.then_some(folder)
    }

    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        match &self.rustup_name {
            Some(name) => format!("rustc {} (rustup's {name})", self.version),
            None => format!("rustc {} ({})", self.version, self.rustc.display()),
        }
    }
}

/// Every compiler on the machine that is not one of rustup's proxies, each once: `PATH`'s first, then
/// the well-known places, then rustup's toolchains.
pub(crate) fn compilers(environment: &Environment) -> Vec<PathBuf> {
    let mut paths = environment.programs("rustc");
    paths.retain(|path| !is_proxy(path));
    paths.extend(rustup_compilers(environment));
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(canonical(path)));
    paths
}

fn rustup_compilers(environment: &Environment) -> Vec<PathBuf> {
    let Some(home) = environment.rustup_home() else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(home.join("toolchains")) else { return Vec::new() };
    let program = format!("bin/rustc{}", std::env::consts::EXE_SUFFIX);
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path().join(&program)).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}

/// rustup installs itself under the names of the tools, as links to or copies of one file.
pub(crate) fn is_proxy(program: &Path) -> bool {
    let Some(folder) = program.parent() else { return false };
    let rustup = folder.join(format!("rustup{}", std::env::consts::EXE_SUFFIX));
    let resolved = canonical(program);
    if resolved.file_stem().is_some_and(|name| name == "rustup" || name == "rustup-init") {
        return true;
    }
    let size = |path: &Path| path.metadata().ok().map(|metadata| metadata.len());
    let rustup_size = size(&rustup);
    rustup_size.is_some() && rustup_size == size(&resolved)
}

/// The cargo beside a rustc, under its own or its resolved path; else the first on `PATH`.
fn cargo_of(environment: &Environment, rustc: &Path) -> Option<PathBuf> {
    let name = format!("cargo{}", std::env::consts::EXE_SUFFIX);
    let beside = |rustc: &Path| rustc.parent().map(|folder| folder.join(&name));
    let explicit = (environment.path_variable("RUSTC").as_deref() == Some(rustc))
        .then(|| environment.path_variable("CARGO"))
        .flatten();
    let candidates = [explicit, beside(rustc), beside(&canonical(rustc))];
    let all = candidates.into_iter().flatten().chain(environment.programs("cargo"));
    all.into_iter().find(|path| path.is_file() && !is_proxy(path))
}

fn question(
    environment: &Environment,
    rustc: &Path,
    arguments: &[&str],
    cancel: &Cancel,
) -> Result<String, String> {
    let mut command = environment.command(rustc);
    command.args(arguments);
    let output = run(command, QUESTION_LIMIT, cancel).map_err(|error| format!("it {error}"))?;
    if output.success {
        Ok(output.stdout)
    } else {
        let first = output.stderr.lines().next().unwrap_or("no message").to_owned();
        Err(format!("`rustc {}` failed: {first}", arguments.join(" ")))
    }
}
