//! Says of each compiler message whose it is: the user's, the generated crate's, the runtime's or a dependency's.
//!
//! In: cargo's message, where the source folders lie, and a map from generated lines to app.toml entries.
//! Out: `RustcFault`, with paths as seen from the project.

use cargo_metadata::CompilerMessage;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Where the sources of a firmware lie; all absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFolders {
    /// The folder of app.toml; shown paths start here.
    pub project: PathBuf,
    /// The user's own code, usually `src` in the project.
    pub user: Vec<PathBuf>,
    /// The generated crate.
    pub generated: PathBuf,
    /// fwc's own crates, as they were unpacked for this build.
    pub runtime: Vec<PathBuf>,
}

/// Which entry of app.toml each part of the generated crate was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMap {
    /// In any order; where several hold a line, the shortest counts.
    pub places: Vec<GeneratedPlace>,
}

/// A run of generated lines with the entry that they were made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedPlace {
    /// The file, relative to the generated crate.
    pub file: PathBuf,
    /// The first line, counted from 1.
    pub first_line: usize,
    /// The last line, itself included.
    pub last_line: usize,
    /// The entry.
    pub app: AppPlace,
}

/// An entry of app.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPlace {
    /// Its key, `tasks.blink`.
    pub entry: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// What the user's own Rust must be for its code to compile, where that is made with such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_rust: Option<String>,
}

/// How grave a compiler message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A note that stands alone.
    Note,
    /// The build goes on.
    Warning,
    /// The build fails.
    Error,
}

/// Whose code a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Origin {
    /// The user's own: shown as it is.
    User,
    /// What fwc wrote: a fault of fwc's, whatever app.toml says, unless the entry relies on Rust of the user's.
    Generated {
        /// The entry that it was made from, where one is known.
        app: Option<AppPlace>,
    },
    /// One of fwc's own crates.
    Runtime,
    /// A crate of somebody else's.
    Dependency {
        /// Its name.
        name: String,
    },
}

/// A compiler message and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RustcFault {
    /// How grave it is.
    pub level: Level,
    /// The compiler's code, `E0308` or the name of a lint.
    pub code: Option<String>,
    /// The message in one line.
    pub message: String,
    /// As the compiler draws it, with paths as seen from the project.
    pub rendered: String,
    /// The place it points to; none for messages about a whole crate.
    pub place: Option<Place>,
    /// Whose code it is about.
    pub origin: Origin,
}

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the project where it lies inside.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

impl SourceMap {
    /// The entry behind a line of the generated crate.
    pub fn lookup(&self, file: &Path, line: usize) -> Option<&AppPlace> {
        self.places
            .iter()
            .filter(|place| place.file == file && (place.first_line..=place.last_line).contains(&line))
            .min_by_key(|place| place.last_line - place.first_line)
            .map(|place| &place.app)
    }
}

/// Reads one compiler message; none for the sums that the compiler draws at its end.
pub fn diagnose(folders: &SourceFolders, map: &SourceMap, message: &CompilerMessage) -> Option<RustcFault> {
    let diagnostic = &message.message;
    if is_sum(diagnostic) {
        return None;
    }
    let level = match diagnostic.level {
        DiagnosticLevel::Error | DiagnosticLevel::Ice => Level::Error,
        DiagnosticLevel::Warning => Level::Warning,
        _ => Level::Note,
    };
    let span = diagnostic.spans.iter().find(|span| span.is_primary).map(outermost);
    let file = span.map(|span| absolute(folders, &span.file_name));
    let subject = file.clone().unwrap_or_else(|| message.target.src_path.clone().into_std_path_buf());
    let place = span.zip(file).map(|(span, file)| Place {
        file: from_project(folders, &file),
        line: span.line_start,
        column: span.column_start,
    });
    let line = place.as_ref().map(|place| place.line);
    Some(RustcFault {
        level,
        code: diagnostic.code.as_ref().map(|code| code.code.clone()),
        message: diagnostic.message.clone(),
        rendered: rendered(folders, diagnostic),
        place,
        origin: origin(folders, map, &subject, line, &message.target.name),
    })
}

/// `aborting due to 2 previous errors`, `3 warnings emitted`, `for more information …`
fn is_sum(diagnostic: &Diagnostic) -> bool {
    let message = diagnostic.message.as_str();
    let counts = message.starts_with("aborting due to") || message.ends_with("emitted");
    diagnostic.level == DiagnosticLevel::FailureNote || (diagnostic.spans.is_empty() && counts)
}

/// A fault inside a macro is shown where the macro is used: that line is somebody's to change.
fn outermost(span: &DiagnosticSpan) -> &DiagnosticSpan {
    let mut span = span;
    while let Some(expansion) = &span.expansion {
        span = &expansion.span;
    }
    span
}

fn origin(
    folders: &SourceFolders,
    map: &SourceMap,
    file: &Path,
    line: Option<usize>,
    crate_name: &str,
) -> Origin {
    let generated = line.and_then(|line| {
        let relative = file.strip_prefix(&folders.generated).ok()?;
        map.lookup(relative, line).cloned()
    });
    let runtime = folders.runtime.iter().map(|folder| (folder, Origin::Runtime));
    let user = folders.user.iter().map(|folder| (folder, Origin::User));
    let ours = [(&folders.generated, Origin::Generated { app: generated })];
    // One folder may lie inside another; the innermost owns the file.
    user.chain(ours)
        .chain(runtime)
        .filter(|(folder, _)| file.starts_with(folder))
        .max_by_key(|(folder, _)| folder.components().count())
        .map(|(_, origin)| origin)
        .unwrap_or_else(|| Origin::Dependency { name: crate_name.to_owned() })
}

/// The compiler runs in the generated crate's folder, and names files from there.
fn absolute(folders: &SourceFolders, file_name: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in folders.generated.join(file_name).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}

fn from_project(folders: &SourceFolders, file: &Path) -> PathBuf {
    file.strip_prefix(&folders.project).unwrap_or(file).to_owned()
}

fn rendered(folders: &SourceFolders, diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.rendered.clone().unwrap_or_else(|| format!("{}\n", diagnostic.message));
    let mut names = Vec::new();
    file_names(diagnostic, &mut names);
    names.sort_unstable();
    names.dedup();
    for name in names {
        let shown = from_project(folders, &absolute(folders, name)).display().to_string();
        // A place is drawn as an arrow, a space (coloured or not), then `file:line:column`.
        for before in [" ", "\u{1b}[0m"] {
            text = text.replace(&format!("{before}{name}:"), &format!("{before}{shown}:"));
        }
    }
    text
}

fn file_names<'a>(diagnostic: &'a Diagnostic, names: &mut Vec<&'a str>) {
    for span in &diagnostic.spans {
        let mut span = Some(span);
        while let Some(inner) = span {
            names.push(&inner.file_name);
            let expansion = inner.expansion.as_deref();
            names.extend(
                expansion.and_then(|made| made.def_site_span.as_ref()).map(|site| site.file_name.as_str()),
            );
            span = expansion.map(|made| &made.span);
        }
    }
    for child in &diagnostic.children {
        file_names(child, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> SourceFolders {
        SourceFolders {
            project: "/home/ada/fan".into(),
            user: vec!["/home/ada/fan/src".into()],
            generated: "/home/ada/fan/.fwc/crate".into(),
            runtime: vec!["/home/ada/fan/.fwc/crate/vendor/fwc-runtime".into()],
        }
    }

    fn map() -> SourceMap {
        let place = |first_line, last_line, entry: &str, line| GeneratedPlace {
            file: "src/main.rs".into(),
            first_line,
            last_line,
            app: AppPlace { entry: entry.into(), line, user_rust: None },
        };
        SourceMap { places: vec![place(1, 90, "app", 1), place(10, 20, "tasks.blink", 33)] }
    }

    fn span(file: &str, line: usize) -> serde_json::Value {
        serde_json::json!({
            "file_name": file, "byte_start": 0, "byte_end": 1, "line_start": line, "line_end": line,
            "column_start": 5, "column_end": 6, "is_primary": true, "text": [], "label": null,
            "suggested_replacement": null, "suggestion_applicability": null, "expansion": null,
        })
    }

    fn message(level: &str, text: &str, spans: Vec<serde_json::Value>) -> CompilerMessage {
        let rendered: String = spans
            .iter()
            .map(|span| format!(" --> {}:{}:5\n", span["file_name"].as_str().unwrap(), span["line_start"]))
            .collect();
        let value = serde_json::json!({
            "package_id": "registry+https://example.org#cortex-m@0.7.0",
            "target": {
                "name": "cortex-m", "kind": ["lib"], "crate_types": ["lib"],
                "src_path": "/registry/cortex-m/src/lib.rs",
            },
            "message": {
                "message": text, "code": null, "level": level, "spans": spans, "children": [],
                "rendered": format!("{level}: {text}\n{rendered}"),
            },
        });
        serde_json::from_value(value).unwrap()
    }

    fn fault(spans: Vec<serde_json::Value>) -> RustcFault {
        diagnose(&folders(), &map(), &message("error", "mismatched types", spans)).unwrap()
    }

    #[test]
    fn a_file_of_the_user_is_shown_from_the_project() {
        let found = fault(vec![span("src/../../../src/control.rs", 7)]);
        assert_eq!(found.origin, Origin::User);
        assert_eq!(found.place, Some(Place { file: "src/control.rs".into(), line: 7, column: 5 }));
        assert_eq!(found.rendered, "error: mismatched types\n --> src/control.rs:7:5\n");
    }

    #[test]
    fn a_generated_line_leads_to_the_narrowest_entry() {
        let entry = |line| match fault(vec![span("src/main.rs", line)]).origin {
            Origin::Generated { app } => app.map(|app| (app.entry, app.line)),
            other => panic!("{other:?}"),
        };
        assert_eq!(entry(12), Some(("tasks.blink".to_owned(), 33)));
        assert_eq!(entry(21), Some(("app".to_owned(), 1)));
        assert_eq!(entry(91), None);
    }

    #[test]
    fn the_innermost_folder_owns_a_file() {
        assert_eq!(fault(vec![span("vendor/fwc-runtime/src/lib.rs", 1)]).origin, Origin::Runtime);
    }

    #[test]
    fn a_dependency_is_named_with_and_without_a_span() {
        let dependency = Origin::Dependency { name: "cortex-m".into() };
        assert_eq!(fault(vec![span("/registry/cortex-m/src/asm.rs", 3)]).origin, dependency);
        assert_eq!(fault(vec![]).origin, dependency);
    }

    #[test]
    fn a_fault_inside_a_macro_is_placed_where_the_macro_is_used() {
        let mut inner = span("/registry/embassy/src/macros.rs", 99);
        let site = span("src/main.rs", 15);
        inner["expansion"] =
            serde_json::json!({ "span": site, "macro_decl_name": "#[task]", "def_site_span": null });
        let found = fault(vec![inner]);
        assert_eq!(found.place.unwrap().line, 15);
        assert!(matches!(found.origin, Origin::Generated { app: Some(app) } if app.entry == "tasks.blink"));
    }

    #[test]
    fn sums_are_no_faults() {
        for (level, text) in [
            ("error", "aborting due to 2 previous errors"),
            ("warning", "3 warnings emitted"),
            ("failure-note", "For more information about this error, try `rustc --explain E0308`."),
        ] {
            assert_eq!(diagnose(&folders(), &map(), &message(level, text, vec![])), None, "{text}");
        }
    }
}
