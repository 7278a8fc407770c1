//! One project on one board: ported, built, simulated, emulated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use fwc_core::app::Peripheral;
use fwc_core::catalog::{Board, Catalog};
use fwc_core::check::CheckOptions;
use fwc_core::check_text;
use fwc_core::port::{Outcome, Port, port};

use super::{Finding, Proof};
use crate::bench::pairs::modules;
use crate::setup::{self, cache_folder, repository};

/// What no emulator has.
const SECOND_CORE: &str = "\ncore = 1\n";

/// fwc, built, on a machine that has what it needs.
pub(super) struct Prover {
    fwc: PathBuf,
}

impl Prover {
    /// Sets up what is missing and builds fwc.
    pub(super) fn prepare() -> Result<Prover> {
        setup::prepare()?;
        let fwc = setup::build_fwc("debug")?;
        Ok(Prover { fwc })
    }

    /// What can be proved of a project on a board. What is not refused and goes wrong is added to `failed`.
    pub(super) fn prove(&self, project: &Path, board: &str, failed: &mut Vec<String>) -> Result<Finding> {
        let name = super::name_of(project);
        let copy = repository().join("target/matrix").join(board).join(&name);
        let text = copied(project, &copy)?;
        let board = Catalog::default().board(board).and_then(Result::ok).context("the board is bundled")?;
        if let Some(why) = ported(&text, &copy, &board)? {
            return Ok(Finding::Refused(why));
        }
        let mut steps =
            vec![(Proof::Compiled, vec!["build"]), (Proof::Simulated, vec!["test", "--on", "sim"])];
        if can_be_emulated(&copy, &board)? {
            steps.push((Proof::Emulated, vec!["test", "--on", "emulator"]));
        }
        let mut proofs = Vec::new();
        for (proof, arguments) in steps {
            let output = self.fwc(&arguments, &copy, &board.name)?;
            if output.status.success() {
                proofs.push(proof);
                continue;
            }
            let said = String::from_utf8_lossy(&output.stderr);
            failed.push(format!("{name} on {}: `fwc {}`\n{said}", board.name, arguments.join(" ")));
        }
        Ok(Finding::Proved(proofs))
    }

    fn fwc(&self, arguments: &[&str], project: &Path, board: &str) -> Result<Output> {
        let mut command = Command::new(&self.fwc);
        command
            .args(arguments)
            .args(["--quiet", "--board", board])
            .current_dir(project)
            .env("CARGO_TARGET_DIR", repository().join("target/firmware/build"))
            .env("FWC_CACHE", cache_folder());
        command.output().with_context(|| format!("while starting {}", self.fwc.display()))
    }
}

/// Whether the board's chip has an emulator, and that all which the project's peripherals need.
fn can_be_emulated(copy: &Path, board: &Board) -> Result<bool> {
    let Some(emulator) = &board.chip.emulator else { return Ok(false) };
    let file = copy.join("app.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("while reading {}", file.display()))?;
    let options = CheckOptions {
        board: Some(board.name.clone()),
        modules: modules_of(copy)?,
        ..CheckOptions::default()
    };
    let app = check_text(&text, &Catalog::default(), &options).value.context("it was ported soundly")?;
    let is_there = |peripheral: &Peripheral| emulator.lack(peripheral.kind.word()).is_none();
    Ok(app.peripherals.iter().all(is_there) && !text.contains(SECOND_CORE))
}

/// A fresh copy of what a project's user wrote; gives its app.toml.
fn copied(from: &Path, to: &Path) -> Result<String> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("while removing {}", to.display()))?;
    }
    for folder in ["", "src", "tests", "behaviors", "devices"] {
        copy_folder(&from.join(folder), &to.join(folder), !folder.is_empty())?;
    }
    let file = to.join("app.toml");
    fs::read_to_string(&file).with_context(|| format!("while reading {}", file.display()))
}

fn copy_folder(from: &Path, to: &Path, deep: bool) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to).with_context(|| format!("while making {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("while reading {}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_file() {
            fs::copy(&path, to.join(name)).with_context(|| format!("while copying {}", path.display()))?;
        } else if deep {
            copy_folder(&path, &to.join(name), true)?;
        }
    }
    Ok(())
}

/// The names of a project's own modules.
fn modules_of(project: &Path) -> Result<Vec<String>> {
    let files = modules(project)?;
    Ok(files.iter().filter_map(|file| file.strip_suffix(".rs")).map(str::to_owned).collect())
}

/// Brings the copy to the board; gives why that cannot be, where it cannot.
fn ported(text: &str, copy: &Path, board: &Arc<Board>) -> Result<Option<String>> {
    let options = CheckOptions { modules: modules_of(copy)?, ..CheckOptions::default() };
    let checked = port(text, &Catalog::default(), &options, board);
    let Some(port) = checked.value else {
        bail!("{} is faulty on its own board: {:?}", copy.display(), checked.diagnostics)
    };
    if !port.complete {
        return Ok(Some(why_not(&port)));
    }
    if port.from.board != port.to.board && !port.overrides.is_empty() {
        let file = copy.join("app.toml");
        fs::write(&file, format!("{text}\n{}", port.overrides))
            .with_context(|| format!("while writing {}", file.display()))?;
    }
    Ok(None)
}

fn why_not(port: &Port) -> String {
    let cannot = port.entries.iter().filter(|entry| entry.outcome == Outcome::Cannot);
    let reasons = cannot.filter_map(|entry| entry.reasons.first().cloned());
    let blocking = port.decisions.iter().filter(|decision| decision.blocks);
    let mut all = reasons.chain(blocking.map(|decision| decision.text.clone()));
    all.next().unwrap_or_else(|| "it is refused".to_owned())
}
