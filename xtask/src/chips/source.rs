//! Published crates to the parts of their sources that are in force for one chip.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Item, Lit, Meta, Token};

/// A crate as cargo unpacked it, seen with some of its features on.
pub(super) struct CrateSource {
    /// `name version`.
    pub(super) label: String,
    folder: PathBuf,
    features: &'static [&'static str],
}

/// Has cargo fetch a crate and its dependencies, and finds those asked for, in the order of `names`.
///
/// `scratch` is a folder for the manifest that cargo needs.
pub(super) fn fetch(
    dependency: &str,
    names: &[&str],
    target: &str,
    features: &'static [&'static str],
    scratch: &Path,
) -> Result<Vec<CrateSource>> {
    fs::create_dir_all(scratch.join("src"))?;
    fs::write(scratch.join("src/lib.rs"), "")?;
    let manifest = scratch.join("Cargo.toml");
    let package = "[package]\nname = \"chip-sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
    fs::write(&manifest, format!("{package}\n[dependencies]\n{dependency}\n\n[workspace]\n"))?;
    let metadata = MetadataCommand::new()
        .manifest_path(&manifest)
        .other_options(["--filter-platform".to_owned(), target.to_owned()])
        .exec()
        .context("while asking cargo for the sources of the HAL")?;
    let find = |name: &&str| {
        let package = metadata.packages.iter().find(|package| package.name.as_str() == *name);
        let package = package.with_context(|| format!("`{name}` is not among the dependencies"))?;
        let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
        let label =
            format!("{} {}", package.name, package.version.to_string().split('+').next().unwrap_or(""));
        Ok(CrateSource { label, folder: folder.as_std_path().to_owned(), features })
    };
    names.iter().map(find).collect()
}

impl CrateSource {
    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> Result<String> {
        let path = self.folder.join(path);
        fs::read_to_string(&path).with_context(|| format!("while reading `{}`", path.display()))
    }

    /// The names of the folders in a folder.
    pub(super) fn folders(&self, path: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder.join(path))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    /// The paths of the Rust files whose text contains `word`, sorted.
    pub(super) fn files_with(&self, word: &str) -> Result<Vec<String>> {
        let mut folders = vec!["src".to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.folder.join(&folder))? {
                let entry = entry?;
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                } else if path.ends_with(".rs") && self.text(&path)?.contains(word) {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The items of a file that are in force with the crate's features.
    pub(super) fn items(&self, path: &str) -> Result<Vec<Item>> {
        let file = syn::parse_file(&self.text(path)?).with_context(|| format!("while parsing {path}"))?;
        let mut items = Vec::new();
        for item in file.items {
            if self.in_force(attributes(&item))? {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// The arguments of each call of a macro at a file's top level, as text, for the calls in force.
    pub(super) fn calls(&self, path: &str, name: &str) -> Result<Vec<Vec<String>>> {
        let mut calls = Vec::new();
        for item in self.items(path)? {
            let Item::Macro(call) = item else { continue };
            if call.mac.path.segments.last().is_some_and(|segment| segment.ident == name) {
                let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
                let arguments =
                    parser.parse2(call.mac.tokens).with_context(|| format!("{name}! in {path}"))?;
                calls.push(arguments.iter().map(last_word).collect::<Result<_>>()?);
            }
        }
        if calls.is_empty() {
            bail!("{path} of {} no longer calls {name}!", self.label);
        }
        Ok(calls)
    }

    fn in_force(&self, attributes: &[Attribute]) -> Result<bool> {
        for attribute in attributes {
            if attribute.path().is_ident("cfg") && !self.holds(&attribute.parse_args::<Meta>()?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a `cfg` predicate over features holds.
    fn holds(&self, predicate: &Meta) -> Result<bool> {
        match predicate {
            Meta::NameValue(pair) if pair.path.is_ident("feature") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(feature) => Ok(self.features.contains(&feature.value().as_str())),
                    _ => bail!("a feature's name is a string"),
                },
                _ => bail!("a feature's name is a string"),
            },
            Meta::List(list) => {
                let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
                let held: Vec<bool> = inner.iter().map(|meta| self.holds(meta)).collect::<Result<_>>()?;
                match list.path.get_ident().map(ToString::to_string).as_deref() {
                    Some("any") => Ok(held.contains(&true)),
                    Some("all") => Ok(!held.contains(&false)),
                    Some("not") => Ok(!held.contains(&true)),
                    _ => bail!("a cfg predicate that is none of any, all, not"),
                }
            }
            // `test`, `doc` and target properties: none holds for the chip's firmware as far as tables go.
            Meta::Path(_) | Meta::NameValue(_) => Ok(false),
        }
    }
}

/// The last name of a path, or a number: what tells one argument from another.
fn last_word(argument: &Expr) -> Result<String> {
    match argument {
        Expr::Path(path) => {
            Ok(path.path.segments.last().context("a path has a last segment")?.ident.to_string())
        }
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Ok(number.base10_digits().to_owned()),
            _ => bail!("a literal that is no number"),
        },
        _ => bail!("an argument that is neither a path nor a number"),
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
        macro_rules! pin { ($name:ident, $number:expr) => {} }
        pin!(PIN_0, 0);
        #[cfg(feature = \"big\")]
        pin!(PIN_1, 1);
        #[cfg(any(feature = \"big\", feature = \"small\"))]
        pin!(PIN_2, bank::Two);
        #[cfg(all(feature = \"small\", not(feature = \"big\")))]
        pin!(PIN_3, 3);
        other!(PIN_4, 4);
    ";

    fn crate_with(file: &str, folder: &Path) -> CrateSource {
        fs::create_dir_all(folder.join("src/deep")).unwrap();
        fs::write(folder.join("src/deep/pins.rs"), file).unwrap();
        CrateSource { label: "hal 1.0.0".to_owned(), folder: folder.to_owned(), features: &["small"] }
    }

    #[test]
    fn calls_in_force_are_read_with_the_last_word_of_each_argument() {
        let folder = tempfile::tempdir().unwrap();
        let hal = crate_with(FILE, folder.path());
        let calls = hal.calls("src/deep/pins.rs", "pin").unwrap();
        assert_eq!(calls, [["PIN_0", "0"], ["PIN_2", "Two"], ["PIN_3", "3"]]);
        assert_eq!(hal.files_with("PIN_4").unwrap(), ["src/deep/pins.rs"]);
        assert_eq!(hal.files_with("PIN_5").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_macro_that_is_gone_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let hal = crate_with(FILE, folder.path());
        let error = hal.calls("src/deep/pins.rs", "channel").unwrap_err();
        assert_eq!(error.to_string(), "src/deep/pins.rs of hal 1.0.0 no longer calls channel!");
    }
}
