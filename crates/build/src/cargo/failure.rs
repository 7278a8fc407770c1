//! Finds the reason of a failed build in what cargo, rustc and the linker said, and what helps against it.

use super::Results;
use crate::diagnose::RustcFault;
use crate::link::{LinkFault, Overflow};
use crate::toolchain::{Library, Toolchain};
use serde::Serialize;
use std::path::PathBuf;

/// More than any report of cargo's has; enough of a build script's torrent.
const LINES_KEPT: usize = 400;

/// Why there is no image.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum BuildError {
    /// The caller's token was cancelled; nothing is left running.
    #[error("the build was cancelled")]
    Cancelled,
    /// cargo itself did not run.
    #[error("`{}` could not be run: {reason}", cargo.display())]
    CargoNotStarted {
        /// The program.
        cargo: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The code does not compile.
    #[error("the firmware does not compile: {} error{}", errors.len(), if errors.len() == 1 { "" } else { "s" })]
    Compile {
        /// The compiler's errors, in its order.
        errors: Vec<RustcFault>,
    },
    /// The image does not fit into the chip.
    #[error("the image is too large: {}", list_overflows(overflows))]
    ImageTooLarge {
        /// Each region that overflows.
        overflows: Vec<Overflow>,
    },
    /// The image cannot be linked for another reason.
    #[error("the firmware does not link: {}", first_line(&fault.messages))]
    Link {
        /// What the linker said.
        fault: LinkFault,
        /// The compiler's report, with the linker's whole text.
        errors: Vec<RustcFault>,
    },
    /// The linker is not where the toolchain had it.
    #[error("the linker `{linker}` was not found")]
    LinkerNotFound {
        /// The program that was looked for.
        linker: String,
    },
    /// The compiler has no library for the target.
    #[error("{compiler} has no library for {target}")]
    LibraryNotFound {
        /// The compiler.
        compiler: String,
        /// The triple.
        target: String,
    },
    /// Crates could not be fetched.
    #[error("crates could not be fetched: {detail}")]
    Network {
        /// cargo's innermost reason.
        detail: String,
    },
    /// Without a network, something is missing that was never fetched.
    #[error("without a network, a crate is missing: {detail}")]
    NotDownloaded {
        /// cargo's message.
        detail: String,
    },
    /// The lock file would have to change and must not.
    #[error("the lock file does not fit the crate: {detail}")]
    LockFile {
        /// cargo's message.
        detail: String,
    },
    /// Versions asked for exclude each other, or do not exist.
    #[error("no set of versions fits: {detail}")]
    Versions {
        /// cargo's message.
        detail: String,
    },
    /// A crate needs a later compiler.
    #[error("the compiler is too old: {detail}")]
    CompilerTooOld {
        /// cargo's message.
        detail: String,
    },
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// The system ended a compiler, most often for want of memory.
    #[error("the system ended a compiler (most often for want of memory)")]
    Killed,
    /// cargo succeeded without making a program.
    #[error("cargo built no program: the generated crate has no binary")]
    NoExecutable,
    /// cargo failed for a reason not known here.
    #[error("cargo failed: {}", first_line(lines))]
    Cargo {
        /// cargo's own report.
        lines: Vec<String>,
    },
}

impl BuildError {
    /// What its user can do, each a sentence or a command; empty where the error says all.
    pub fn remedies(&self) -> Vec<String> {
        let texts: &[&str] = match self {
            Self::ImageTooLarge { .. } => &["a higher `log` level, or `log = \"off\"`, saves most"],
            Self::LinkerNotFound { .. } | Self::LibraryNotFound { .. } => {
                &["`fwc doctor` shows what the compilers here can do, and what is missing"]
            }
            Self::Network { .. } => &[
                "check the network and any proxy (`HTTPS_PROXY`)",
                "`--offline` builds with what is downloaded already",
            ],
            Self::NotDownloaded { .. } => &["build once with a network, without `--offline`"],
            Self::LockFile { .. } => &["build without `--locked`"],
            Self::Versions { .. } => &["look at `[dependencies]` in app.toml"],
            Self::CompilerTooOld { .. } => &["`rustup update`, or `fwc doctor` for the other compilers here"],
            Self::DiskFull => &["free some space: a target folder takes about 1 GB a chip"],
            Self::Killed => &["build with fewer compilers at a time: `CARGO_BUILD_JOBS=1`"],
            _ => &[],
        };
        texts.iter().map(|text| (*text).to_owned()).collect()
    }
}

/// The last lines of cargo's stderr that are not about its progress.
#[derive(Default)]
pub(super) struct StderrTail(std::collections::VecDeque<String>);

impl StderrTail {
    pub(super) fn push(&mut self, line: &str) {
        if self.0.len() == LINES_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(line.to_owned());
    }

    fn has(&self, needle: &str) -> bool {
        self.0.iter().any(|line| line.contains(needle))
    }

    fn has_any(&self, needles: &[&str]) -> bool {
        needles.iter().any(|needle| self.has(needle))
    }

    /// From the first error on, or all there is.
    fn report(&self) -> Vec<String> {
        let start = self.0.iter().position(|line| line.starts_with("error")).unwrap_or(0);
        self.0.iter().skip(start).cloned().collect()
    }

    /// The first error, without its prefix.
    fn headline(&self) -> String {
        let report = self.report();
        let line = report.first().map_or("no message", |line| line.trim_start_matches("error: "));
        // `requires rustc 1.200` stands in the line below its headline.
        let more = report.get(1).filter(|_| line.ends_with(':')).map(|line| line.trim());
        more.map_or_else(|| line.to_owned(), |more| format!("{line} {more}"))
    }

    /// The last of the causes that cargo lists, which is the innermost.
    fn innermost(&self) -> String {
        self.0
            .iter()
            .rev()
            .map(|line| line.trim())
            .find(|line| !line.is_empty())
            .unwrap_or_default()
            .to_owned()
    }
}

/// The reason of a failed build.
pub(super) fn explain(toolchain: &Toolchain, mut results: Results, stderr: &StderrTail) -> BuildError {
    let full = |fault: &RustcFault| fault.rendered.contains("No space left on device");
    if stderr.has("No space left on device") || results.faults.iter().any(full) {
        return BuildError::DiskFull;
    }
    if let Some(fault) = results.link.take() {
        return link_error(fault, results);
    }
    if stderr.has("(signal: 9, SIGKILL") {
        return BuildError::Killed;
    }
    let errors = results.errors();
    if errors.is_empty() { from_stderr(stderr) } else { from_compiler(toolchain, errors) }
}

fn link_error(fault: LinkFault, results: Results) -> BuildError {
    if fault.overflows.is_empty() {
        BuildError::Link { fault, errors: results.errors() }
    } else {
        BuildError::ImageTooLarge { overflows: fault.overflows }
    }
}

fn from_compiler(toolchain: &Toolchain, errors: Vec<RustcFault>) -> BuildError {
    let linker = errors.iter().find_map(|error| {
        error.message.strip_prefix("linker `")?.strip_suffix("` not found").map(str::to_owned)
    });
    if let Some(linker) = linker {
        return BuildError::LinkerNotFound { linker };
    }
    let lacks_core = |error: &RustcFault| error.message == "can't find crate for `core`";
    let installed = !matches!(toolchain.library, Library::FromSource { .. });
    if installed && errors.iter().any(lacks_core) {
        let compiler = toolchain.rustc.display().to_string();
        return BuildError::LibraryNotFound { compiler, target: toolchain.target.clone() };
    }
    BuildError::Compile { errors }
}

/// cargo's phrases, from the particular to the general: an offline failure also speaks of failed downloads.
fn from_stderr(stderr: &StderrTail) -> BuildError {
    let detail = stderr.headline();
    if stderr.has_any(&["because --locked was passed", "because --frozen was passed"]) {
        BuildError::LockFile { detail }
    } else if stderr.has_any(&["you're using offline mode", "--offline was specified"]) {
        BuildError::NotDownloaded { detail }
    } else if stderr.has_any(&["is not supported by the following package", "requires rustc "]) {
        BuildError::CompilerTooOld { detail }
    } else if stderr.has_any(&["failed to select a version", "no matching package"]) {
        BuildError::Versions { detail }
    } else if stderr.has_any(&[
        "failed to download",
        "failed to fetch",
        "network failure",
        "Could not resolve",
    ]) {
        BuildError::Network { detail: stderr.innermost() }
    } else {
        BuildError::Cargo { lines: stderr.report() }
    }
}

fn list_overflows(overflows: &[Overflow]) -> String {
    let each = |over: &Overflow| format!("{} overflows by {} bytes", over.region, over.bytes);
    overflows.iter().map(each).collect::<Vec<_>>().join(", ")
}

fn first_line(lines: &[String]) -> &str {
    lines.first().map_or("no message", |line| line.trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_lines(text: &str) -> BuildError {
        let mut stderr = StderrTail::default();
        text.lines().for_each(|line| stderr.push(line));
        from_stderr(&stderr)
    }

    // The texts are cargo 1.95's.
    #[test]
    fn a_dead_network_is_told_by_its_innermost_cause() {
        let error = from_lines(
            "error: failed to get `itoa` as a dependency of package `a v0.1.0 (/a)`\n\nCaused by:\n  \
             download of config.json failed\n\nCaused by:\n  failed to download from `https://host/config.json`\n\n\
             Caused by:\n  [7] Could not connect to server (port 9)\n",
        );
        assert_eq!(
            error,
            BuildError::Network { detail: "[7] Could not connect to server (port 9)".to_owned() }
        );
        assert!(error.remedies().iter().any(|remedy| remedy.contains("--offline")));
    }

    #[test]
    fn offline_and_locked_are_not_taken_for_a_dead_network() {
        let error = from_lines(
            "error: no matching package named `itoa` found\nlocation searched: crates.io index\n\
             As a reminder, you're using offline mode (--offline) which can sometimes cause surprising failures",
        );
        assert!(matches!(error, BuildError::NotDownloaded { detail } if detail.contains("`itoa`")));
        let error = from_lines(
            "error: cannot create the lock file /a/Cargo.lock because --locked was passed to prevent this",
        );
        assert!(matches!(error, BuildError::LockFile { .. }));
    }

    #[test]
    fn versions_and_compilers_that_do_not_fit_are_told_apart() {
        let error = from_lines("error: failed to select a version for the requirement `itoa = \"^99\"`");
        assert!(matches!(error, BuildError::Versions { .. }));
        let error = from_lines(
            "error: rustc 1.95.0 is not supported by the following package:\n  a@0.1.0 requires rustc 1.200\n",
        );
        assert_eq!(
            error.to_string(),
            "the compiler is too old: rustc 1.95.0 is not supported by the following package: \
             a@0.1.0 requires rustc 1.200"
        );
    }

    #[test]
    fn an_unknown_failure_keeps_the_report_from_its_first_error() {
        let error = from_lines("warning: old\nerror: string values must be quoted\n --> Cargo.toml:6:5");
        assert_eq!(error.to_string(), "cargo failed: string values must be quoted");
        assert!(matches!(error, BuildError::Cargo { lines } if lines.len() == 2));
    }

    fn explained(stderr_text: &str, results: Results) -> BuildError {
        let toolchain = Toolchain {
            target: "thumbv6m-none-eabi".into(),
            rustc: "/usr/bin/rustc".into(),
            cargo: "/usr/bin/cargo".into(),
            version: semver::Version::new(1, 96, 0),
            rustup_name: None,
            library: Library::Installed { folder: "/usr/lib".into() },
            linker: crate::toolchain::Linker::OfCompiler,
            passed_over: vec![],
        };
        let mut stderr = StderrTail::default();
        stderr_text.lines().for_each(|line| stderr.push(line));
        explain(&toolchain, results, &stderr)
    }

    fn with_error(message: &str) -> Results {
        let fault = RustcFault {
            level: crate::diagnose::Level::Error,
            code: None,
            message: message.into(),
            rendered: format!("error: {message}\n"),
            place: None,
            origin: crate::diagnose::Origin::Dependency { name: "embassy-rp".into() },
        };
        Results { faults: vec![fault], ..Results::default() }
    }

    #[test]
    fn what_the_machine_lacks_is_not_blamed_on_the_code() {
        let full = "failed to write `/t/liba.rlib`: No space left on device (os error 28)";
        assert_eq!(explained("", with_error(full)), BuildError::DiskFull);
        let killed = "error: could not compile `embassy-stm32` (lib)\n\nCaused by:\n  \
                      process didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)";
        assert_eq!(explained(killed, Results::default()), BuildError::Killed);
        let error = explained("", with_error("can't find crate for `core`"));
        assert_eq!(error.to_string(), "/usr/bin/rustc has no library for thumbv6m-none-eabi");
        let error = explained("", with_error("mismatched types"));
        assert_eq!(error.to_string(), "the firmware does not compile: 1 error");
    }

    #[test]
    fn an_image_that_does_not_fit_is_measured() {
        let overflows = ["FLASH", "RAM"].map(|region| Overflow { region: region.into(), bytes: 8 }).to_vec();
        let link = Some(LinkFault { overflows, ..LinkFault::default() });
        let error = explained("", Results { link, ..with_error("linking with `rust-lld` failed") });
        assert_eq!(
            error.to_string(),
            "the image is too large: FLASH overflows by 8 bytes, RAM overflows by 8 bytes"
        );
    }

    #[test]
    fn a_torrent_keeps_its_end() {
        let text: String = (0..LINES_KEPT * 3).map(|number| format!("line {number}\n")).collect();
        let BuildError::Cargo { lines } = from_lines(&text) else { panic!("another reason was found") };
        assert_eq!(lines.len(), LINES_KEPT);
        assert_eq!(lines.last().map(String::as_str), Some("line 1199"));
    }
}
