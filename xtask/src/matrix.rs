//! `cargo xtask matrix [BOARD | KIND | EXAMPLE]...`: what is proved of each board, for each kind of peripheral and each example.
//!
//! In: a project a kind, `examples/`, and the boards. Each project is ported to each board, built for it, and its scenarios are
//! run on the simulation and, where the chip can be emulated, on the emulator. Out: what was found, in docs/matrix.toml, a
//! table a board; and docs/matrix.md, made from that alone. What is not asked for keeps what was found last.

mod page;
mod prove;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use fwc_core::catalog::Catalog;
use serde::{Deserialize, Serialize};

use crate::setup::{announce, repository};

/// A kind of peripheral and the project that has one.
const KINDS: &[(&str, &str)] = &[
    ("output", "examples/blink"),
    ("input", "tests/matrix/input"),
    ("uart", "examples/echo"),
    ("pwm", "tests/matrix/pwm"),
    ("adc", "tests/matrix/adc"),
    ("i2c", "tests/matrix/i2c"),
    ("spi", "tests/matrix/spi"),
    ("usb-serial", "examples/usb-echo"),
    ("watchdog", "tests/matrix/watchdog"),
    ("led-strip", "examples/led-strip"),
];

/// What is known of a project on a board.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Finding {
    /// It cannot be there, and why.
    Refused(String),
    /// What was seen to go well, the weakest first.
    Proved(Vec<Proof>),
}

/// How something is proved.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Proof {
    /// The image compiles and links.
    Compiled,
    /// Its scenarios pass where the same tasks run on this machine.
    Simulated,
    /// Its scenarios pass where the image itself runs on an emulated chip.
    Emulated,
}

/// What is known of a board.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
struct Findings {
    /// By kind of peripheral.
    kinds: BTreeMap<String, Finding>,
    /// By example.
    examples: BTreeMap<String, Finding>,
}

/// What is known of every board.
type Matrix = BTreeMap<String, Findings>;

/// Proves what can be proved of the named boards, or of all, and of their named kinds and examples, or of all, and writes both
/// files. `--page` only writes the page, as after a new board, and `--check` only compares it with what was found.
pub(crate) fn matrix(arguments: &[&str]) -> Result<()> {
    if arguments == ["--check"] {
        return check();
    }
    if arguments == ["--page"] {
        return write(&read()?);
    }
    let chosen = Chosen::of(arguments)?;
    let prover = prove::Prover::prepare()?;
    let mut matrix = read()?;
    let mut failed = Vec::new();
    for board in chosen.boards {
        announce(&format!("what is proved of {board}"));
        let known = matrix.entry(board.clone()).or_default();
        for (kind, project) in &chosen.kinds {
            let finding = prover.prove(&repository().join(project), &board, &mut failed)?;
            known.kinds.insert((*kind).to_owned(), finding);
        }
        for example in &chosen.examples {
            let finding = prover.prove(example, &board, &mut failed)?;
            known.examples.insert(name_of(example), finding);
        }
        // Whatever happens to the next board, this one's are kept.
        write(&matrix)?;
    }
    ensure!(failed.is_empty(), "what is not refused must go well:\n{}", failed.join("\n"));
    Ok(())
}

/// What is to be looked at.
struct Chosen {
    boards: Vec<String>,
    kinds: Vec<(&'static str, &'static str)>,
    examples: Vec<PathBuf>,
}

impl Chosen {
    /// Boards, kinds and examples by their names; where none of boards, or none of kinds and examples, is named, it is all.
    fn of(names: &[&str]) -> Result<Chosen> {
        let mut boards = board_names();
        let mut kinds = KINDS.to_vec();
        let mut examples = examples()?;
        let is_board = |name: &str| boards.iter().any(|board| board == name);
        let is_project = |name: &str| {
            KINDS.iter().any(|(kind, _)| *kind == name)
                || examples.iter().any(|example| name_of(example) == name)
        };
        for name in names {
            ensure!(is_board(name) || is_project(name), "there is no board, kind or example `{name}`");
        }
        let (some_boards, some_projects) =
            (names.iter().any(|name| is_board(name)), names.iter().any(|name| is_project(name)));
        if some_boards {
            boards.retain(|board| names.contains(&board.as_str()));
        }
        if some_projects {
            kinds.retain(|(kind, _)| names.contains(kind));
            examples.retain(|example| names.contains(&name_of(example).as_str()));
        }
        Ok(Chosen { boards, kinds, examples })
    }
}

/// A project's name.
fn name_of(project: &Path) -> String {
    project.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn board_names() -> Vec<String> {
    Catalog::default().boards().iter().map(|head| head.name.clone()).collect()
}

/// The projects of `examples/`, by name.
fn examples() -> Result<Vec<PathBuf>> {
    let folder = repository().join("examples");
    let entries = fs::read_dir(&folder).with_context(|| format!("while reading {}", folder.display()))?;
    let folders = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let mut projects: Vec<PathBuf> =
        folders.into_iter().filter(|folder| folder.join("app.toml").is_file()).collect();
    projects.sort();
    Ok(projects)
}

fn table_file() -> PathBuf {
    repository().join("docs/matrix.toml")
}

fn page_file() -> PathBuf {
    repository().join("docs/matrix.md")
}

fn read() -> Result<Matrix> {
    let file = table_file();
    if !file.exists() {
        return Ok(Matrix::new());
    }
    let text = fs::read_to_string(&file).with_context(|| format!("while reading {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("while reading {}", file.display()))
}

fn write(matrix: &Matrix) -> Result<()> {
    let head = "# What `cargo xtask matrix` found; docs/matrix.md is made from it.\n\n";
    let text = head.to_owned() + &toml::to_string(matrix).context("while writing what was found")?;
    let file = table_file();
    fs::write(&file, text).with_context(|| format!("while writing {}", file.display()))?;
    let file = page_file();
    fs::write(&file, page::page(matrix, &board_names()))
        .with_context(|| format!("while writing {}", file.display()))
}

/// Fails where the page is not what was found, and where what was found is not what fwc says now: a kind that a board's chip
/// drives is not refused, and one that it does not drive is.
fn check() -> Result<()> {
    let matrix = read()?;
    let file = page_file();
    let shown = fs::read_to_string(&file).with_context(|| format!("while reading {}", file.display()))?;
    if shown != page::page(&matrix, &board_names()) {
        bail!("docs/matrix.md is stale; `cargo xtask matrix --page` writes it anew");
    }
    let catalog = Catalog::default();
    for (board, findings) in &matrix {
        let Some(Ok(board)) = catalog.board(board) else { bail!("there is no board `{board}` any more") };
        for (kind, finding) in &findings.kinds {
            let is_driven = board.chip.drives(kind);
            let is_refused = matches!(finding, Finding::Refused(_));
            // What is driven may still find no room on the board, or no pin.
            let says_so = matches!(finding, Finding::Refused(why) if why.contains("does not drive"));
            ensure!(
                if is_driven { !says_so } else { is_refused },
                "docs/matrix.md is wrong about `{kind}` on {}: `cargo xtask matrix {0}` finds out anew",
                board.name
            );
        }
    }
    Ok(())
}
