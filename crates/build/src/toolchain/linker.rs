//! Finds the `rust-lld` that chip targets are linked with.
//!
//! rustup's compilers bring one. Debian's look for it on `PATH`, where no package puts it under that name, so
//! LLVM's own lld is given the name in a folder of fwc's, which only the children of a build see. The linker's name in
//! the crate stays the same everywhere: a change of it would rebuild everything.

use super::{Compiler, Linker, canonical};
use crate::disk::link_atomically;
use crate::environment::Environment;
use crate::process::{Cancel, run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// lld stays able to read what older LLVMs made, not the other way round; so far ahead it is still looked for by number.
const NEWER_MAJORS: u32 = 4;

const QUESTION_LIMIT: Duration = Duration::from_secs(20);

/// Gives the compiler a linker, or says which lld is missing.
pub(crate) fn linker_for(
    environment: &Environment,
    compiler: &Compiler,
    target: &str,
    cache_folder: &Path,
    cancel: &Cancel,
) -> Result<Linker, String> {
    let own = compiler.rustlib().join(&compiler.host).join("bin").join(program("rust-lld"));
    if target == compiler.host || own.is_file() {
        return Ok(Linker::OfCompiler);
    }
    let mut on_path = environment.path_folders().into_iter().map(|folder| folder.join(program("rust-lld")));
    if let Some(program) = on_path.find(|program| program.is_file()) {
        return Ok(Linker::OnPath { program });
    }
    let (major, lld) = nearest_lld(environment, compiler.llvm_major, cancel)
        .ok_or_else(|| format!("no lld of LLVM {} or later to link with", compiler.llvm_major))?;
    let folder = cache_folder.join("linker").join(format!("lld-{major}"));
    link_atomically(&lld, &folder.join(program("rust-lld"))).map_err(|error| error.to_string())?;
    Ok(Linker::Lld { program: lld, folder })
}

/// The lld whose LLVM is the compiler's own, or the next later one.
fn nearest_lld(environment: &Environment, llvm_major: u32, cancel: &Cancel) -> Option<(u32, PathBuf)> {
    let numbered = (llvm_major..=llvm_major + NEWER_MAJORS)
        .flat_map(|major| [format!("lld-{major}"), format!("ld.lld-{major}")]);
    let names = numbered.chain(["lld".to_owned(), "ld.lld".to_owned()]);
    let paths = names.flat_map(|name| environment.programs(&name)).map(|path| canonical(&path));
    let distinct: BTreeSet<PathBuf> = paths.collect();
    distinct
        .into_iter()
        .filter_map(|path| Some((lld_major(environment, &path, cancel)?, path)))
        .filter(|(major, _)| *major >= llvm_major)
        .min()
}

/// `Debian LLD 22.1.8 (compatible with GNU linkers)` -> 22
fn lld_major(environment: &Environment, lld: &Path, cancel: &Cancel) -> Option<u32> {
    let mut command = environment.command(lld);
    // By its own name lld does not know which linker to be; by the others it ignores the choice.
    command.args(["-flavor", "gnu", "--version"]);
    let told = run(command, QUESTION_LIMIT, cancel).ok().filter(|output| output.success)?.stdout;
    let version = told.split("LLD ").nth(1)?;
    version.split('.').next()?.parse().ok()
}

fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}
