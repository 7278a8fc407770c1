//! Goes through the ways to a toolchain in their order, and notes everything that was looked at.

use super::compiler::compilers;
use super::linker::linker_for;
use super::memory::FailedAdditions;
use super::remedies::Remedies;
use super::{
    Attempt, Compiler, Library, Linker, NoToolchain, Rustup, Toolchain, ToolchainError, ToolchainProgress,
    ToolchainRequest, canonical,
};
use crate::environment::Environment;
use crate::process::Cancel;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A toolchain with the paths whose state led to it.
pub(crate) struct Found {
    pub(crate) toolchain: Toolchain,
    pub(crate) looked_at: BTreeSet<PathBuf>,
}

/// Looks for the first way that works.
pub(crate) fn search(
    environment: &Environment,
    request: &ToolchainRequest,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(ToolchainProgress),
) -> Result<Found, ToolchainError> {
    let mut search = Search {
        environment,
        request,
        cancel,
        attempts: Vec::new(),
        looked_at: surroundings(environment, request),
        remedies: Remedies::new(environment, &request.target),
    };
    let found = search.ways(on_progress);
    if cancel.is_cancelled() {
        return Err(ToolchainError::Cancelled);
    }
    match found {
        Some(mut toolchain) => {
            toolchain.passed_over = search.attempts;
            Ok(Found { toolchain, looked_at: search.looked_at })
        }
        None => Err(ToolchainError::None(Box::new(NoToolchain {
            target: request.target.clone(),
            attempts: search.attempts,
            remedies: search.remedies.list(),
        }))),
    }
}

/// The compiler that cargo itself would use in the project's folder.
pub(crate) fn active_compiler(
    environment: &Environment,
    request: &ToolchainRequest,
    cancel: &Cancel,
) -> Result<Compiler, Attempt> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |outcome| Attempt { what, outcome }
    };
    if let Some(rustc) = environment.path_variable("RUSTC") {
        return Compiler::ask(environment, &rustc, cancel).map_err(failed("the compiler that RUSTC names"));
    }
    if let Some(rustup) = Rustup::of(environment) {
        let asked = rustup.active_rustc(&request.project_folder, cancel);
        return asked
            .and_then(|rustc| Compiler::ask(environment, &rustc, cancel))
            .map_err(failed("rustup's active toolchain"));
    }
    let first = compilers(environment).into_iter().next();
    first
        .ok_or_else(|| "there is neither a rustc nor rustup".to_owned())
        .and_then(|rustc| Compiler::ask(environment, &rustc, cancel))
        .map_err(failed("the compiler on PATH"))
}

/// Where a compiler can have the target's library from without fetching anything.
fn library_of(compiler: &Compiler, target: &str) -> Option<Library> {
    let installed = compiler.installed_library(target).map(|folder| Library::Installed { folder });
    // A host's library is more than `core` and `alloc`: it is had from its package or not at all.
    let buildable = target != compiler.host;
    installed.or_else(|| {
        compiler.library_source().filter(|_| buildable).map(|folder| Library::FromSource { folder })
    })
}

/// What every search looks at, whatever it finds.
fn surroundings(environment: &Environment, request: &ToolchainRequest) -> BTreeSet<PathBuf> {
    let pins = request
        .project_folder
        .ancestors()
        .flat_map(|folder| ["rust-toolchain", "rust-toolchain.toml"].map(|name| folder.join(name)));
    let programs = environment
        .program_folders()
        .into_iter()
        .flat_map(|folder| ["rustc", "rustup"].map(|name| folder.join(name)));
    let rustup = environment.rustup_home();
    let rustup = rustup.iter().flat_map(|home| [home.join("settings.toml"), home.join("toolchains")]);
    pins.chain(programs).chain(rustup).collect()
}

struct Search<'a> {
    environment: &'a Environment,
    request: &'a ToolchainRequest,
    cancel: &'a Cancel,
    attempts: Vec<Attempt>,
    looked_at: BTreeSet<PathBuf>,
    remedies: Remedies<'a>,
}

impl Search<'_> {
    fn ways(&mut self, on_progress: &mut dyn FnMut(ToolchainProgress)) -> Option<Toolchain> {
        let active = match active_compiler(self.environment, self.request, self.cancel) {
            Ok(compiler) => self.recent_enough(compiler),
            Err(attempt) => {
                self.remedies.rustup_said(&attempt.outcome);
                self.attempts.push(attempt);
                None
            }
        };
        let active_rustc = active.as_ref().map(|compiler| canonical(&compiler.rustc));
        if let Some(compiler) = active {
            let found = self.with_active(&compiler, on_progress);
            if found.is_some() {
                return found;
            }
        }
        for rustc in compilers(self.environment) {
            if self.cancel.is_cancelled() {
                return None;
            }
            if Some(canonical(&rustc)) == active_rustc {
                continue;
            }
            match Compiler::ask(self.environment, &rustc, self.cancel) {
                Err(outcome) => self.failed(rustc.display().to_string(), outcome),
                Ok(compiler) => {
                    let Some(compiler) = self.recent_enough(compiler) else { continue };
                    if let Some(found) = self.with_what_is_there(&compiler) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }

    fn with_active(
        &mut self,
        compiler: &Compiler,
        on_progress: &mut dyn FnMut(ToolchainProgress),
    ) -> Option<Toolchain> {
        if compiler.installed_library(&self.request.target).is_none() {
            let added = self.with_rustup(compiler, on_progress);
            if added.is_some() || self.cancel.is_cancelled() {
                return added;
            }
        }
        self.with_what_is_there(compiler)
    }

    fn with_rustup(
        &mut self,
        compiler: &Compiler,
        on_progress: &mut dyn FnMut(ToolchainProgress),
    ) -> Option<Toolchain> {
        let name = compiler.rustup_name.as_deref()?;
        let rustup = Rustup::of(self.environment)?;
        let target = &self.request.target;
        self.remedies.rustup_toolchain(name);
        let what = format!("rustup target add {target} --toolchain {name}");
        if self.request.offline {
            self.failed(what, "nothing may be fetched (offline)".to_owned());
            return None;
        }
        let failures = FailedAdditions::new(self.environment, self.request, name);
        if let Some(earlier) = failures.recent() {
            self.failed(what, earlier);
            return None;
        }
        on_progress(ToolchainProgress::AddingTarget { target: target.clone(), toolchain: name.to_owned() });
        let outcome = rustup.add_target(name, target, self.cancel).and_then(|()| {
            compiler.installed_library(target).ok_or_else(|| "rustup did not bring the library".to_owned())
        });
        match outcome {
            Ok(folder) => self.toolchain(compiler, Library::Added { folder }),
            // Of two builds at once, one finds that rustup is busy with the other's addition.
            Err(_) if compiler.installed_library(target).is_some() => None,
            Err(_) if self.cancel.is_cancelled() => None,
            Err(outcome) => {
                failures.remember(&outcome);
                self.failed(what, outcome);
                None
            }
        }
    }

    fn with_what_is_there(&mut self, compiler: &Compiler) -> Option<Toolchain> {
        // Added by hand later, the library or its source changes this folder.
        self.looked_at.insert(compiler.rustlib());
        match library_of(compiler, &self.request.target) {
            Some(library) => self.toolchain(compiler, library),
            None => {
                let outcome = format!("has neither a library for {} nor its source", self.request.target);
                self.failed(compiler.name(), outcome);
                None
            }
        }
    }

    fn toolchain(&mut self, compiler: &Compiler, library: Library) -> Option<Toolchain> {
        let Self { environment, request, cancel, .. } = *self;
        let linker = linker_for(environment, compiler, &request.target, &request.cache_folder, cancel);
        let linker = match linker {
            Ok(linker) => linker,
            Err(outcome) => {
                self.remedies.linker_of_llvm(compiler.llvm_major);
                self.failed(compiler.name(), outcome);
                return None;
            }
        };
        self.looked_at.extend([compiler.rustc.clone(), compiler.cargo.clone(), compiler.rustlib()]);
        match &linker {
            Linker::OfCompiler => {}
            Linker::OnPath { program } => self.looked_at.extend([program.clone()]),
            Linker::Lld { folder, .. } => self.looked_at.extend([folder.join("rust-lld")]),
        }
        self.looked_at.insert(match &library {
            Library::Installed { folder } | Library::Added { folder } => folder.clone(),
            Library::FromSource { folder } => folder.join("Cargo.lock"),
        });
        Some(Toolchain {
            target: request.target.clone(),
            rustc: compiler.rustc.clone(),
            cargo: compiler.cargo.clone(),
            version: compiler.version.clone(),
            rustup_name: compiler.rustup_name.clone(),
            library,
            linker,
            passed_over: Vec::new(),
        })
    }

    fn recent_enough(&mut self, compiler: Compiler) -> Option<Compiler> {
        let minimum = &self.request.minimum_version;
        if compiler.version >= *minimum {
            return Some(compiler);
        }
        if let Some(name) = &compiler.rustup_name {
            self.remedies.outdated_rustup_toolchain(name);
        }
        self.failed(compiler.name(), format!("is older than {minimum}, which the firmware needs"));
        None
    }

    fn failed(&mut self, what: String, outcome: String) {
        self.attempts.push(Attempt { what, outcome });
    }
}
