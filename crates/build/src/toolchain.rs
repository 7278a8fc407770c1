//! Decides how a chip's `core` library is had on this machine.
//!
//! In: a target triple and the machine. Out: a `Toolchain`, plain data that says which cargo and rustc to run
//! and with what; or every way that was tried, and the commands that would open one. In this order:
//!
//! 1. the project's own compiler has the target's library installed;
//! 2. rustup adds it;
//! 3. the same compiler builds it from its library source (`-Zbuild-std`);
//! 4. another compiler on the machine has the library or its source: Debian's `rustc-web`, Nix's, a toolchain of
//!    rustup's that is not the active one.
//!
//! A decision is remembered with the state of everything it was made from, so that a later build asks nobody.

mod compiler;
mod linker;
mod memory;
mod remedies;
mod rustup;
mod search;

pub(crate) use compiler::Compiler;
pub(crate) use rustup::Rustup;
pub(crate) use search::active_compiler;

use crate::environment::Environment;
use crate::process::Cancel;
use memory::Memory;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest compiler that firmware is built with: what the runtime's crates, and the HALs below them, ask for.
pub const MINIMUM_RUST: Version = Version::new(1, 88, 0);

/// What a toolchain is needed for, and where things may be kept.
#[derive(Debug, Clone)]
pub struct ToolchainRequest {
    /// The triple, `thumbv6m-none-eabi`.
    pub target: String,
    /// The folder of app.toml: its `rust-toolchain.toml`, and those above it, are respected.
    pub project_folder: PathBuf,
    /// A folder of fwc's own, for what is remembered and for the linker's link.
    pub cache_folder: PathBuf,
    /// Compilers older than this are passed over.
    pub minimum_version: Version,
    /// Nothing may be fetched.
    pub offline: bool,
}

/// A cargo and a rustc that can build for the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toolchain {
    /// The triple it builds for.
    pub target: String,
    /// The compiler itself, never rustup's proxy, which costs 50 ms a call.
    pub rustc: PathBuf,
    /// The cargo that belongs to it.
    pub cargo: PathBuf,
    /// The compiler's version.
    pub version: Version,
    /// Its name where it is one of rustup's.
    pub rustup_name: Option<String>,
    /// Where the target's `core` comes from.
    pub library: Library,
    /// What links the firmware.
    pub linker: Linker,
    /// What would have been preferred, and why it was not possible.
    pub passed_over: Vec<Attempt>,
}

/// Where the target's `core` comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Library {
    /// It was there.
    Installed {
        /// The folder of its rlibs.
        folder: PathBuf,
    },
    /// rustup has just added it.
    Added {
        /// The folder of its rlibs.
        folder: PathBuf,
    },
    /// cargo builds it together with the firmware.
    FromSource {
        /// The `library` folder of the compiler's sources.
        folder: PathBuf,
    },
}

/// What links the firmware.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Linker {
    /// The compiler finds one by itself: the `rust-lld` that came with it, or the host's own.
    OfCompiler,
    /// A `rust-lld` that stands on `PATH`.
    OnPath {
        /// The program.
        program: PathBuf,
    },
    /// LLVM's lld under the name that the compiler looks for.
    Lld {
        /// The program.
        program: PathBuf,
        /// The folder with the link to it by the name `rust-lld`, put on the children's `PATH`.
        folder: PathBuf,
    },
}

/// One way to a toolchain that did not lead there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What was tried.
    pub what: String,
    /// Why it did not work.
    pub outcome: String,
}

/// A command that mends something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// To be typed as it is.
    pub command: String,
    /// What it is good for.
    pub effect: String,
}

/// News while a toolchain is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolchainProgress {
    /// rustup fetches the target's library.
    AddingTarget {
        /// The triple.
        target: String,
        /// rustup's name of the toolchain that gets it.
        toolchain: String,
    },
}

impl fmt::Display for ToolchainProgress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::AddingTarget { target, toolchain } = self;
        write!(formatter, "adding the library for {target} to {toolchain} (rustup)")
    }
}

/// No compiler on this machine can build for the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoToolchain {
    /// The triple.
    pub target: String,
    /// Each way that was tried, in order.
    pub attempts: Vec<Attempt>,
    /// Any one of these opens a way.
    pub remedies: Vec<Remedy>,
}

impl fmt::Display for NoToolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "no Rust compiler here can build for {}", self.target)
    }
}

impl std::error::Error for NoToolchain {}

/// Why there is no toolchain.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// Every way was tried.
    #[error(transparent)]
    None(Box<NoToolchain>),
    /// The caller's token was cancelled.
    #[error("the search for a toolchain was cancelled")]
    Cancelled,
}

/// Finds the toolchain for a target, from memory when nothing has changed since the last time.
pub fn find_toolchain(
    environment: &Environment,
    request: &ToolchainRequest,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(ToolchainProgress),
) -> Result<Toolchain, ToolchainError> {
    let memory = Memory::new(environment, request);
    if let Some(remembered) = memory.recall() {
        return Ok(remembered);
    }
    let found = search::search(environment, request, cancel, on_progress)?;
    memory.keep(&found.toolchain, &found.looked_at);
    Ok(found.toolchain)
}

impl Toolchain {
    /// The arguments that cargo needs beyond those of any build.
    pub fn cargo_arguments(&self) -> Vec<String> {
        let mut arguments = vec![format!("--target={}", self.target)];
        if let Library::FromSource { .. } = self.library {
            arguments.push("-Zbuild-std=core,alloc".to_owned());
        }
        arguments
    }

    /// The variables that make cargo use this compiler and linker.
    pub fn variables(&self, environment: &Environment) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![("RUSTC", self.rustc.clone().into_os_string())];
        if let Library::FromSource { .. } = self.library {
            // -Z options are for nightly compilers; build-std is old and plain enough to be had from any.
            variables.push(("RUSTC_BOOTSTRAP", "1".into()));
        }
        if let Some(name) = &self.rustup_name {
            // A build script that calls a proxy gets the same toolchain.
            variables.push(("RUSTUP_TOOLCHAIN", name.into()));
        }
        let mut folders = environment.path_folders();
        if let Linker::Lld { folder, .. } = &self.linker {
            folders.insert(0, folder.clone());
        }
        // A folder whose name holds the separator cannot be on any PATH; the user's then stays as it is.
        variables.extend(std::env::join_paths(folders).ok().map(|path| ("PATH", path)));
        variables
    }

    /// cargo, ready for a subcommand, with this toolchain's variables.
    pub fn cargo_command(&self, environment: &Environment) -> Command {
        let mut command = environment.command(&self.cargo);
        command.envs(self.variables(environment));
        command
    }

    /// One line for people: which compiler, and where `core` comes from.
    pub fn describe(&self) -> String {
        let compiler = match &self.rustup_name {
            Some(name) => format!("rustc {} (rustup's {name})", self.version),
            None => format!("rustc {} ({})", self.version, self.rustc.display()),
        };
        let library = match &self.library {
            Library::Installed { .. } => "its library is installed".to_owned(),
            Library::Added { .. } => "its library was added by rustup".to_owned(),
            Library::FromSource { folder } => format!("its library is built from {}", folder.display()),
        };
        format!("{compiler} for {}; {library}", self.target)
    }
}

/// Finds a toolchain in what the machine has; nothing is fetched, recalled or remembered.
pub(crate) fn find_without_fetching(
    environment: &Environment,
    request: &ToolchainRequest,
    cancel: &Cancel,
) -> Result<Toolchain, ToolchainError> {
    let request = ToolchainRequest { offline: true, ..request.clone() };
    search::search(environment, &request, cancel, &mut |_| ()).map(|found| found.toolchain)
}

/// The file that a path names, free of links, for comparisons.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
