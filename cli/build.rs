//! Embeds the examples: each folder of `examples/` with its app.toml, README.md, `src/*.rs` and `tests/*.toml`, and
//! nothing that a build may have left there.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    // The triple that fwc runs on is the one that simulated firmware is built for.
    let target = env::var("TARGET").expect("cargo sets TARGET");
    println!("cargo:rustc-env=FWC_HOST={target}");
    // Where the package is now: a script that was built before a checkout was moved is not built again.
    let package = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let folder = Path::new(&package).join("../examples");
    assert!(folder.is_dir(), "{} is missing, which fwc brings along", folder.display());
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut text = String::from("&[\n");
    for example in sorted(&folder).into_iter().filter(|path| path.join("app.toml").is_file()) {
        let name = file_name(&example);
        text.push_str(&format!("    Example {{ name: {name:?}, files: &[\n"));
        for file in ["app.toml", "README.md"]
            .map(|file| example.join(file))
            .into_iter()
            .chain(files(&example, "src", "rs"))
            .chain(files(&example, "tests", "toml"))
        {
            let path =
                file.strip_prefix(&example).expect("the file lies in the example").display().to_string();
            let path = path.replace('\\', "/");
            text.push_str(&format!("        ({path:?}, include_str!({:?})),\n", file.display().to_string()));
        }
        text.push_str("    ] },\n");
    }
    text.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("examples.rs"), text).expect("OUT_DIR is writable");
}

/// The files of a folder of an example with that ending.
fn files(example: &Path, folder: &str, ending: &str) -> Vec<PathBuf> {
    let files = sorted(&example.join(folder)).into_iter();
    files.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("an entry has a name").to_string_lossy().into_owned()
}
