//! Whole machines in a temporary folder: compilers, rustup and linkers are shell scripts that log each call.

use fwc_build::{
    Cancel, Environment, Toolchain, ToolchainError, ToolchainProgress, ToolchainRequest, find_toolchain,
};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

pub(crate) const TARGET: &str = "thumbv6m-none-eabi";
pub(crate) const HOST: &str = "x86_64-unknown-linux-gnu";

/// A script cannot be run while another thread's child still has it open for writing, so machines take turns.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) struct Machine {
    pub(crate) root: PathBuf,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) minutes: u64,
    _folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let path = format!("{0}/home/.cargo/bin:{0}/usr/bin", root.display());
        let variables = vec![("PATH".into(), path), ("HOME".into(), format!("{}/home", root.display()))];
        let machine = Self { root, variables, minutes: 0, _folder: folder, _turn: turn };
        machine.file("project/app.toml", "");
        machine
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn script(&self, path: &str, body: &str) -> PathBuf {
        let log = self.at("calls.log");
        let text = format!("#!/bin/sh\necho \"{path} $*\" >> {}\n{body}\n", log.display());
        let path = self.file(path, &text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// A rustc and its cargo in `<prefix>/bin`, with `<prefix>` as sysroot.
    pub(crate) fn compiler(self, prefix: &str, version: &str, llvm: &str) -> Self {
        let sysroot = self.at(prefix);
        let body = format!(
            "if [ \"$1\" = -vV ]; then\n\
             echo 'rustc {version} (built from source)'\necho 'host: {HOST}'\n\
             echo 'release: {version}'\necho 'LLVM version: {llvm}'\n\
             else echo '{}'; fi",
            sysroot.display()
        );
        self.script(&format!("{prefix}/bin/rustc"), &body);
        self.script(&format!("{prefix}/bin/cargo"), &format!("echo 'cargo {version}'"));
        std::fs::create_dir_all(sysroot.join("lib/rustlib")).unwrap();
        self
    }

    pub(crate) fn library(self, prefix: &str) -> Self {
        self.file(&format!("{prefix}/lib/rustlib/{TARGET}/lib/libcore-0123.rlib"), "");
        self
    }

    pub(crate) fn source(self, prefix: &str) -> Self {
        self.file(&format!("{prefix}/lib/rustlib/src/rust/library/core/Cargo.toml"), "");
        self.file(&format!("{prefix}/lib/rustlib/src/rust/library/Cargo.lock"), "");
        self
    }

    pub(crate) fn own_linker(self, prefix: &str) -> Self {
        self.file(&format!("{prefix}/lib/rustlib/{HOST}/bin/rust-lld"), "");
        self
    }

    pub(crate) fn lld(self, path: &str, version: &str) -> Self {
        self.script(path, &format!("echo 'Debian LLD {version} (compatible with GNU linkers)'"));
        self
    }

    /// rustup with one toolchain, `stable`, of version 1.95 and LLVM 22, and proxies for the tools.
    pub(crate) fn rustup(self, on_target_add: &str) -> Self {
        let toolchains = self.at("home/.rustup/toolchains");
        let body = format!(
            "case \"$1\" in\n\
             which) echo \"{}/${{RUSTUP_TOOLCHAIN:-stable}}/bin/rustc\" ;;\n\
             target) {on_target_add} ;;\nesac",
            toolchains.display()
        );
        self.script("home/.cargo/bin/rustup", &body);
        for tool in ["rustc", "cargo"] {
            symlink("rustup", self.at(&format!("home/.cargo/bin/{tool}"))).unwrap();
        }
        let stable = "home/.rustup/toolchains/stable";
        self.compiler(stable, "1.95.0", "22.1.2").own_linker(stable)
    }

    pub(crate) fn rustup_that_adds(self) -> Self {
        let folder = self.at(&format!("home/.rustup/toolchains/stable/lib/rustlib/{TARGET}/lib"));
        let folder = folder.display();
        self.rustup(&format!("/bin/mkdir -p {folder}; : > {folder}/libcore-0123.rlib"))
    }

    pub(crate) fn rustup_without_network(self) -> Self {
        self.rustup("echo 'info: downloading' >&2; echo 'error: could not download file' >&2; exit 1")
    }

    /// Debian's compiler with source, LLVM 22, and the lld of that LLVM.
    pub(crate) fn debian(self) -> Self {
        let machine = self.compiler("usr", "1.96.0", "22.1.8").source("usr");
        machine.lld("usr/lib/llvm-22/bin/lld", "22.1.8")
    }

    pub(crate) fn environment(&self) -> Environment {
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000 + self.minutes * 60);
        Environment::described(&self.root, now, self.variables.clone())
    }

    pub(crate) fn request(&self) -> ToolchainRequest {
        ToolchainRequest {
            target: TARGET.into(),
            project_folder: self.at("project"),
            cache_folder: self.at("cache"),
            minimum_version: "1.88.0".parse().unwrap(),
            offline: false,
        }
    }

    pub(crate) fn find(&self) -> Result<Toolchain, ToolchainError> {
        self.find_with(&self.request(), &mut |_| ())
    }

    pub(crate) fn find_with(
        &self,
        request: &ToolchainRequest,
        on_progress: &mut dyn FnMut(ToolchainProgress),
    ) -> Result<Toolchain, ToolchainError> {
        find_toolchain(&self.environment(), request, &Cancel::new(), on_progress)
    }

    /// The programs that were called so far, with their arguments.
    pub(crate) fn calls(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.at("calls.log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    pub(crate) fn called(&self, what: &str) -> usize {
        self.calls().iter().filter(|call| call.contains(what)).count()
    }

    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
