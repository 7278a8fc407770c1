//! The user's own names of debug probes, `probes.toml` among the files of a user's settings: read, changed, written.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use fwc_build::Environment;
use fwc_diag::Source;
use fwc_diag::suggest::closest;
use toml::Spanned;

use crate::failure::{Failure, While};

/// Names and what each selects.
#[derive(Debug, Default)]
pub(crate) struct Aliases {
    file: PathBuf,
    names: BTreeMap<String, String>,
}

impl Aliases {
    /// Those of this user; none where there is no file.
    pub(crate) fn load() -> Result<Aliases, Failure> {
        let file = settings_folder(&Environment::of_this_process()).join("probes.toml");
        let names = match fs::read_to_string(&file) {
            Ok(text) => parse(&file, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).doing("reading", &file),
        };
        Ok(Aliases { file, names })
    }

    /// What `--probe` means: a name of the user's, else a selector as it is.
    pub(crate) fn selector(&self, probe: &str) -> String {
        self.names.get(probe).cloned().unwrap_or_else(|| probe.to_owned())
    }

    /// The names of a probe.
    pub(crate) fn names_of<'a>(&'a self, selector: &'a str) -> impl Iterator<Item = &'a str> {
        self.names.iter().filter(move |(_, one)| *one == selector).map(|(name, _)| name.as_str())
    }

    /// Gives a probe a name: `bench=2e8a:000c:E660…`.
    pub(crate) fn name(&mut self, definition: &str) -> Result<(String, String), Failure> {
        let (name, selector) = definition.split_once('=').unwrap_or((definition, ""));
        if !is_name(name) || selector.is_empty() {
            return Err(Failure::usage(format!("`{definition}` gives no probe a name")).help(
                "write `--name bench=VID:PID:SERIAL`: letters, digits, `-` and `_`, the first a letter",
            ));
        }
        self.names.insert(name.to_owned(), selector.to_owned());
        self.write()?;
        Ok((name.to_owned(), selector.to_owned()))
    }

    /// Takes a name away.
    pub(crate) fn forget(&mut self, name: &str) -> Result<(), Failure> {
        if self.names.remove(name).is_none() {
            let failure = Failure::usage(format!("no probe is named `{name}`"));
            return Err(match closest(name, self.names.keys().map(String::as_str)) {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
        self.write()
    }

    /// The whole file is swapped in one step.
    fn write(&self) -> Result<(), Failure> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let mut text = "# Written by `fwc probes --name`: names that `--probe` takes.\n".to_owned();
        for (name, selector) in &self.names {
            text.push_str(&format!("{name} = {}\n", toml::Value::from(selector.as_str())));
        }
        let write = || {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.persist(&self.file).map_err(|error| error.error)
        };
        write().map(drop).doing("writing", &self.file)
    }
}

fn parse(file: &Path, text: &str) -> Result<BTreeMap<String, String>, Failure> {
    let shown = file.display().to_string();
    let faulty = |at: usize, what: &str| {
        let place = Source::new(&shown, text).place(at as u32);
        Failure::files(format!("{shown}:{}:{}: {what}", place.line, place.column)).help(
            "it is lines such as `bench = \"2e8a:000c:E6616407E3646B29\"`, which `fwc probes --name` writes",
        )
    };
    let names: BTreeMap<Spanned<String>, Spanned<String>> = toml::from_str(text).map_err(|fault| {
        faulty(fault.span().map_or(0, |span| span.start), fault.message().lines().next().unwrap_or_default())
    })?;
    if let Some(name) = names.keys().find(|name| !is_name(name.get_ref())) {
        return Err(faulty(name.span().start, &format!("`{}` is no name of a probe", name.get_ref())));
    }
    Ok(names.into_iter().map(|(name, selector)| (name.into_inner(), selector.into_inner())).collect())
}

/// A name is nothing that could be a selector.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '-' || one == '_')
}

/// Where a user's settings of fwc are: `FWC_CONFIG`, else the system's place for that.
fn settings_folder(environment: &Environment) -> PathBuf {
    let home = |below: &str| Some(environment.path_variable("HOME")?.join(below));
    let folder = environment.path_variable("FWC_CONFIG").or_else(|| {
        let base = if cfg!(target_os = "macos") {
            home("Library/Application Support")
        } else if cfg!(windows) {
            environment.path_variable("APPDATA")
        } else {
            environment.path_variable("XDG_CONFIG_HOME").or_else(|| home(".config"))
        };
        Some(base?.join("fwc"))
    });
    folder.unwrap_or_else(|| PathBuf::from(".fwc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_its_probe_and_all_else_for_itself() {
        let names = parse(Path::new("probes.toml"), "bench = \"2e8a:000c:E66\"\n").unwrap();
        let aliases = Aliases { file: PathBuf::new(), names };
        assert_eq!(aliases.selector("bench"), "2e8a:000c:E66");
        assert_eq!(aliases.selector("2e8a:000c"), "2e8a:000c");
        assert_eq!(aliases.names_of("2e8a:000c:E66").collect::<Vec<_>>(), ["bench"]);
    }

    #[test]
    fn a_bad_file_is_shown_where_it_is_bad() {
        let told = |text: &str| parse(Path::new("probes.toml"), text).unwrap_err().message;
        assert!(
            told("a = \"1\"\nbench = 12\n").starts_with("probes.toml:2:9: "),
            "{}",
            told("a = \"1\"\nbench = 12\n")
        );
        assert_eq!(told("\"2e8a:000c\" = \"x\"\n"), "probes.toml:1:1: `2e8a:000c` is no name of a probe");
    }
}
