//! Gathers the commands that would make a toolchain possible on the machine at hand.

use super::{Remedy, Rustup};
use crate::environment::Environment;

/// The remedies that fit what a search has seen.
pub(crate) struct Remedies<'a> {
    environment: &'a Environment,
    target: &'a str,
    rustup_toolchain: Option<String>,
    not_installed: Option<String>,
    outdated: Option<String>,
    missing_lld: Option<u32>,
}

impl<'a> Remedies<'a> {
    pub(crate) fn new(environment: &'a Environment, target: &'a str) -> Self {
        Self {
            environment,
            target,
            rustup_toolchain: None,
            not_installed: None,
            outdated: None,
            missing_lld: None,
        }
    }

    /// A toolchain of rustup's lacks the target.
    pub(crate) fn rustup_toolchain(&mut self, name: &str) {
        self.rustup_toolchain = Some(name.to_owned());
    }

    /// rustup has no active compiler, and these were its words: `toolchain 'nightly-2026-11-01' is not installed`.
    pub(crate) fn rustup_said(&mut self, words: &str) {
        let name = words.strip_prefix("toolchain '").and_then(|rest| rest.strip_suffix("' is not installed"));
        self.not_installed = name.map(str::to_owned);
    }

    /// A toolchain of rustup's is too old.
    pub(crate) fn outdated_rustup_toolchain(&mut self, name: &str) {
        self.outdated = Some(name.to_owned());
    }

    /// A compiler has all but a linker of its LLVM.
    pub(crate) fn linker_of_llvm(&mut self, major: u32) {
        self.missing_lld.get_or_insert(major);
    }

    /// The cheapest first.
    pub(crate) fn list(&self) -> Vec<Remedy> {
        let mut remedies = Vec::new();
        let mut add = |command: String, effect: &str| {
            remedies.push(Remedy { command, effect: effect.to_owned() });
        };
        let has_apt = self.environment.at("usr/bin/apt-get").is_file();
        if let Some(major) = self.missing_lld.filter(|_| has_apt) {
            add(format!("apt-get install lld-{major}"), "the linker that the compiler found here lacks");
        }
        if let Some(name) = &self.not_installed {
            let command = format!("rustup toolchain install {name} --target {}", self.target);
            add(command, "the toolchain that the project asks for");
        }
        if let Some(name) = &self.outdated {
            add(format!("rustup update {name}"), "a compiler that is recent enough");
        }
        if let Some(name) = &self.rustup_toolchain {
            add(
                format!("rustup target add {} --toolchain {name}", self.target),
                "the target's compiled library",
            );
            add(
                format!("rustup component add rust-src --toolchain {name}"),
                "the library's source: it is then built with the firmware, for any target",
            );
        }
        if has_apt && self.missing_lld.is_none() {
            add(self.apt_command().to_owned(), "Debian's compiler, the library's source and a linker");
        }
        if Rustup::of(self.environment).is_none() {
            add(
                format!(
                    "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- --target {}",
                    self.target
                ),
                "rustup with a compiler and the target's library",
            );
        }
        remedies
    }

    /// Debian 12 has its recent compiler under names of its own (`-web`, kept up for browsers).
    fn apt_command(&self) -> &'static str {
        let release = std::fs::read_to_string(self.environment.at("etc/os-release")).unwrap_or_default();
        if release.lines().any(|line| line == "VERSION_CODENAME=bookworm") {
            "apt-get install rustc-web cargo-web rust-web-src lld-22"
        } else {
            "apt-get install rustc cargo rust-src lld"
        }
    }
}
