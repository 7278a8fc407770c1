//! A machine whose cargo is a script, so that `fwc build` is seen from end to end without a compiler.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::sandbox::{BLINK, Sandbox};

/// A project on a machine whose cargo does what `cargo` says when it is asked to build.
pub(crate) fn machine(cargo: &str) -> Sandbox {
    let sandbox = Sandbox::with_app(BLINK);
    let root = sandbox.root();
    let rustc = "\
if [ \"$1\" = -vV ]; then
  echo 'rustc 1.95.0 (a script)'; echo 'host: x86_64-unknown-linux-gnu'; echo 'release: 1.95.0'
  echo 'LLVM version: 22.1.2'
else
  echo \"$SYSROOT\"
fi";
    let library = "sysroot/lib/rustlib";
    sandbox.write(&format!("{library}/thumbv6m-none-eabi/lib/libcore-0123.rlib"), "");
    sandbox.write(&format!("{library}/x86_64-unknown-linux-gnu/bin/rust-lld"), "");
    script(&sandbox, "sysroot/bin/rustc", rustc);
    script(&sandbox, "sysroot/bin/cargo", &format!("[ \"$1\" = build ] || exit 0\n{cargo}"));
    let path = format!("{}/sysroot/bin:/usr/bin:/bin", root.display());
    let home = root.join("home").display().to_string();
    sandbox
        .variable("PATH", path)
        .variable("HOME", home.clone())
        .variable("RUSTUP_HOME", format!("{home}/.rustup"))
        .variable("CARGO_HOME", format!("{home}/.cargo"))
        .variable("SYSROOT", root.join("sysroot").display().to_string())
}

fn script(sandbox: &Sandbox, path: &str, body: &str) {
    sandbox.write(path, &format!("#!/bin/sh\n{body}\n"));
    fs::set_permissions(sandbox.at(path), fs::Permissions::from_mode(0o755)).unwrap();
}
