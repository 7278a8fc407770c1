//! `cargo xtask twins`: how many lines an app has, and how many the same program has when it is written by hand.
//!
//! In: the pairs of the size benchmark. Out: the table in docs/twins.md, between its two marks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::bench::twins::{PAIRS, Pair, modules};
use crate::setup::{announce, repository};

/// Whether the page is written or only compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

const BEGIN: &str = "<!-- lines: written by `cargo xtask twins` -->\n";
const END: &str = "<!-- end of lines -->\n";

/// Writes the table, or fails where it is stale.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let path = repository().join("docs/twins.md");
    let page = read(&path)?;
    let table = table()?;
    let (before, rest) =
        page.split_once(BEGIN).context("docs/twins.md has no mark where the table begins")?;
    let (_, after) = rest.split_once(END).context("docs/twins.md has no mark where the table ends")?;
    let new = format!("{before}{BEGIN}{table}{END}{after}");
    if new == page {
        return Ok(());
    }
    if mode == Mode::Check {
        bail!("the table of docs/twins.md is stale; `cargo xtask twins` writes it anew");
    }
    announce("docs/twins.md is new");
    fs::write(&path, new).with_context(|| format!("while writing {}", path.display()))
}

fn table() -> Result<String> {
    let mut text =
        String::from("\n| app | app.toml | Rust beside it | by hand |\n| --- | ---: | ---: | ---: |\n");
    for pair in PAIRS {
        let [app, own, by_hand] = lines_of(pair)?;
        text.push_str(&format!("| `{}` | {app} | {own} | {by_hand} |\n", pair.name()));
    }
    text.push('\n');
    Ok(text)
}

/// The lines of an app.toml, of the user's modules beside it, and of the twin.
fn lines_of(pair: &Pair) -> Result<[usize; 3]> {
    let project = repository().join(pair.app);
    let app = lines(&read(&project.join("app.toml"))?, "#");
    let own = modules(&project)?;
    let own = own.iter().map(|module| Ok(lines(&read(&source(&project, module))?, "//")));
    let own: usize = own.sum::<Result<usize>>()?;
    Ok([app, own, lines(&read(&pair.source())?, "//")])
}

fn source(project: &Path, module: &str) -> PathBuf {
    project.join("src").join(module)
}

/// Lines that hold more than a comment.
fn lines(text: &str, comment: &str) -> usize {
    let filled = text.lines().map(str::trim).filter(|line| !line.is_empty());
    filled.filter(|line| !line.starts_with(comment)).count()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("while reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn comments_and_blank_lines_do_not_count() {
        assert_eq!(lines("# head\n[app]\n\nname = \"a\" # tail\n  # note\n", "#"), 2);
        assert_eq!(lines("//! head\nfn a() {\n    // why\n}\n", "//"), 2);
    }
}
