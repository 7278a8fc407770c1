//! `cargo xtask twins`: an app beside the same program written by hand: their lines, sizes and latencies.
//!
//! In: the pairs of the size benchmark, and what the benchmarks measured last. Out: the tables in docs/twins.md, each between
//! its two marks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::bench::measured::{self, Row};
use crate::bench::pairs::{ELSEWHERE, PAIRS, Pair, modules};
use crate::setup::{announce, repository};

/// Whether the page is written or only compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Writes the tables, or fails where one is stale.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let path = repository().join("docs/twins.md");
    let page = read(&path)?;
    let (toolchain, sizes) = measured::read("size")?;
    let (_, latencies) = measured::read("latency")?;
    let mut new = page.clone();
    for (name, table) in [
        ("embassy", pairs_table(|pair| pair.example, &sizes)?),
        ("elsewhere", elsewhere_table()?),
        ("own", pairs_table(|pair| pair.example.is_none().then(|| pair.name()), &sizes)?),
        ("latency", latency_table(&latencies)),
        ("toolchain", format!("Measured with rustc {toolchain}.\n")),
    ] {
        new = between_marks(&new, name, &table)?;
    }
    if new == page {
        return Ok(());
    }
    if mode == Mode::Check {
        bail!("a table of docs/twins.md is stale; `cargo xtask twins` writes it anew");
    }
    announce("docs/twins.md is new");
    fs::write(&path, new).with_context(|| format!("while writing {}", path.display()))
}

/// Puts a table between its marks in the page.
fn between_marks(page: &str, name: &str, table: &str) -> Result<String> {
    let begin = format!("<!-- {name}: written by `cargo xtask twins` -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let (before, rest) = page
        .split_once(&begin)
        .with_context(|| format!("docs/twins.md has no mark where the table `{name}` begins"))?;
    let (_, after) = rest
        .split_once(&end)
        .with_context(|| format!("docs/twins.md has no mark where the table `{name}` ends"))?;
    Ok(format!("{before}{begin}\n{table}\n{end}{after}"))
}

/// A row for each pair that has a title.
fn pairs_table(title: impl Fn(&Pair) -> Option<&'static str>, sizes: &[Row]) -> Result<String> {
    let mut text = String::from(
        "| program | app.toml | Rust beside it | by hand | app.toml / by hand | bytes by fwc | bytes by hand | ratio |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for (pair, title) in PAIRS.iter().filter_map(|pair| Some((pair, title(pair)?))) {
        let [app, own, by_hand] = lines_of(pair)?;
        let size = sizes.iter().find(|row| row.name == pair.name());
        let size = size.with_context(|| {
            format!("`{}` was never measured: `cargo xtask bench size` does it", pair.name())
        })?;
        ensure!(by_hand > 0, "{} is empty", pair.source().display());
        text.push_str(&format!(
            "| [`{title}`](../{}) | {app} | {own} | {by_hand} | {:.2} | {} | {} | {:.3} |\n",
            pair.app,
            app as f64 / by_hand as f64,
            size.by_fwc,
            size.by_hand,
            size.ratio()
        ));
    }
    Ok(text)
}

/// A row for each program that has a twin on a board of another family.
fn elsewhere_table() -> Result<String> {
    let mut text = String::from(
        "| board | program | bytes by fwc | bytes by hand | ratio |\n| --- | --- | ---: | ---: | ---: |\n",
    );
    for board in ELSEWHERE {
        let (_, sizes) = measured::read(&board.part())?;
        for pair in board.pairs {
            let size = sizes.iter().find(|row| row.name == pair.name());
            let size = size.with_context(|| {
                format!("`{}` was never measured: `cargo xtask bench size-elsewhere` does it", pair.name())
            })?;
            text.push_str(&format!(
                "| `{}` | [`{}`](../{}) | {} | {} | {:.3} |\n",
                board.board,
                pair.name(),
                pair.app,
                size.by_fwc,
                size.by_hand,
                size.ratio()
            ));
        }
    }
    Ok(text)
}

fn latency_table(rows: &[Row]) -> String {
    let mut text =
        String::from("| executor | cycles by fwc | cycles by hand | ratio |\n| --- | ---: | ---: | ---: |\n");
    for row in rows {
        text.push_str(&format!(
            "| {} | {:.1} | {:.1} | {:.3} |\n",
            row.name,
            row.by_fwc,
            row.by_hand,
            row.ratio()
        ));
    }
    text
}

/// The lines of an app.toml, of the user's modules beside it, and of the twin.
fn lines_of(pair: &Pair) -> Result<[usize; 3]> {
    let project = repository().join(pair.app);
    let app = lines(&read(&pair.app_toml())?, "#");
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
    use super::{between_marks, lines};

    #[test]
    fn comments_and_blank_lines_do_not_count() {
        assert_eq!(lines("# head\n[app]\n\nname = \"a\" # tail\n  # note\n", "#"), 2);
        assert_eq!(lines("//! head\nfn a() {\n    // why\n}\n", "//"), 2);
    }
    #[test]
    fn a_table_goes_between_its_marks() {
        let page = "a\n<!-- t: written by `cargo xtask twins` -->\nold\n<!-- end of t -->\nb\n";
        let new = between_marks(page, "t", "| new |\n").unwrap();
        assert_eq!(new, page.replace("old", "\n| new |\n"));
        assert!(between_marks(page, "u", "").is_err());
    }
}
