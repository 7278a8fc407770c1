//! The project that a command is about: where it is, and the files in it that fwc reads.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::arguments::GlobalOptions;
use crate::failure::{Failure, While};

/// The file that makes a folder a project.
pub(crate) const APP_FILE: &str = "app.toml";

/// A folder with an app.toml.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The folder, absolute.
    pub(crate) root: PathBuf,
    /// The way there from the current folder, as messages show it; empty when that is where we are.
    pub(crate) shown: PathBuf,
}

impl Project {
    /// The project of `--project`, else the one around the current folder.
    pub(crate) fn find(options: &GlobalOptions) -> Result<Project, Failure> {
        let here = current_folder()?;
        match &options.project {
            Some(folder) => named(&here, folder),
            None => around(&here),
        }
    }

    /// A path of the project as messages show it.
    pub(crate) fn shown(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.shown.join(relative)
    }

    /// An absolute path as messages show it: from where the user is, when it lies in the project.
    pub(crate) fn shown_below(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).map_or_else(|_| path.to_owned(), |relative| self.shown(relative))
    }

    /// The files of a folder of the project with that ending, by name; none where there is no such folder.
    pub(crate) fn files(&self, folder: &str, ending: &str) -> Result<Vec<String>, Failure> {
        let mut names = self.names(folder, Path::is_file)?;
        names.retain(|name| name.ends_with(ending));
        Ok(names)
    }

    /// The folders in a folder of the project, by name; none where there is no such folder.
    pub(crate) fn folders(&self, folder: &str) -> Result<Vec<String>, Failure> {
        self.names(folder, Path::is_dir)
    }

    /// What is in a folder of the project, by name, but for what is hidden.
    fn names(&self, folder: &str, is_wanted: fn(&Path) -> bool) -> Result<Vec<String>, Failure> {
        let shown = self.shown(folder);
        let entries = match fs::read_dir(self.root.join(folder)) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            entries => entries.doing("listing", &shown)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.doing("listing", &shown)?;
            // A name that is not Unicode is no module's and no board's.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !name.starts_with('.') && is_wanted(&entry.path()) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// The text of a file of the project.
    pub(crate) fn text(&self, relative: &str) -> Result<String, Failure> {
        let shown = self.shown(relative);
        let bytes = fs::read(self.root.join(relative)).doing("reading", &shown)?;
        String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            Failure::files(format!("`{}` is not UTF-8 text: see line {line}", shown.display()))
        })
    }
}

/// The current folder, which may have been removed under us.
pub(crate) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir().doing("looking up", Path::new("the current folder"))
}

fn named(here: &Path, folder: &Path) -> Result<Project, Failure> {
    // Pointing at the file itself is plain enough.
    let folder = match folder.file_name() {
        Some(name) if name == APP_FILE && folder.is_file() => folder.parent().unwrap_or(Path::new("")),
        _ => folder,
    };
    let root = here.join(folder);
    if root.join(APP_FILE).is_file() {
        let root = root.canonicalize().doing("looking up", folder)?;
        let shown = if root == here { PathBuf::new() } else { folder.to_owned() };
        return Ok(Project { root, shown });
    }
    let shown = folder.display();
    Err(if root.is_dir() {
        Failure::usage(format!("there is no {APP_FILE} in `{shown}`")).help(format!(
            "`--project` takes the folder that holds {APP_FILE}; `fwc new NAME` makes a project"
        ))
    } else if root.exists() {
        Failure::usage(format!("`{shown}` is not a folder"))
            .help(format!("`--project` takes the folder that holds {APP_FILE}"))
    } else {
        Failure::usage(format!("there is no folder `{shown}`")).help("`fwc new NAME` makes a project")
    })
}

fn around(here: &Path) -> Result<Project, Failure> {
    let mut shown = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(APP_FILE).is_file() {
            return Ok(Project { root: folder.to_owned(), shown });
        }
        shown.push("..");
    }
    Err(Failure::usage(format!("there is no {APP_FILE} in `{}` or in a folder above it", here.display()))
        .help("`fwc new NAME` makes a project; `--project DIR` points at one"))
}
