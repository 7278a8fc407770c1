//! The templates, which are part of the program.

use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../templates");

/// A file of the folder `templates`.
pub(super) fn text(path: &str) -> &'static str {
    TEMPLATES
        .get_file(path)
        .and_then(|file| file.contents_utf8())
        .unwrap_or_else(|| panic!("there is no template `{path}`"))
}

/// Fills in a template.
pub(super) fn render(path: &str, view: impl Serialize) -> String {
    let template =
        environment().get_template(path).unwrap_or_else(|fault| panic!("template `{path}`: {fault:#}"));
    template.render(Serde(view)).unwrap_or_else(|fault| panic!("template `{path}`: {fault:#}"))
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut syntax = SyntaxConfig::builder();
        syntax.keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().expect("the usual delimiters are valid"));
        for path in paths(&TEMPLATES) {
            environment
                .add_template(path, text(path))
                .unwrap_or_else(|fault| panic!("template `{path}`: {fault:#}"));
        }
        environment
    })
}

/// Every template's path.
fn paths(folder: &'static Dir<'static>) -> Vec<&'static str> {
    let here = folder.files().filter_map(|file| file.path().to_str());
    let inside = folder.dirs().flat_map(paths);
    here.filter(|path| path.ends_with(".j2")).chain(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_loaded() {
        let paths = paths(&TEMPLATES);
        assert!(paths.contains(&"shared/src/main.rs.j2"), "{paths:?}");
        for path in paths {
            environment().get_template(path).unwrap();
        }
    }
}
