//! `fwc explain CODE`: the page about a rule; without a code, the list of rules.

use fwc_diag::suggest::closest;
use fwc_diag::{Code, codes};
use serde_json::json;

use crate::Outcome;
use crate::failure::Failure;
use crate::faults::{FWC_BUG, RUST_MISMATCH};
use crate::shell::Shell;
use crate::table::Table;

pub(crate) fn run(code: Option<&str>, shell: &Shell) -> Outcome {
    match code {
        Some(name) => page(find(name)?, shell),
        None => list(shell),
    }
}

/// People paste what they see: `error[pin-conflict]` as well as `pin-conflict`.
fn find(name: &str) -> Result<Code, Failure> {
    let bare = name.rsplit('[').next().unwrap_or(name).trim_end_matches([']', ':']);
    all().find(|code| code.name == bare).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no code `{name}`"));
        match closest(bare, all().map(|code| code.name)) {
            Some(meant) => failure.help(format!("did you mean `{meant}`? `fwc explain` lists them all")),
            None => failure.help("`fwc explain` lists them all"),
        }
    })
}

/// The chain's codes by name, then what a run can show, then what a build can, the last of it nobody's fault but ours.
fn all() -> impl Iterator<Item = Code> {
    let of_runs = [fwc_scenario::EXPECTATION, fwc_scenario::BROKEN_RUN, fwc_scenario::COMPARISON];
    codes::ALL.iter().copied().chain(of_runs).chain([RUST_MISMATCH, FWC_BUG])
}

fn page(code: Code, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&json!({ "reason": "explanation", "code": code, "page": code.page }));
    }
    let text: String = code
        .page
        .lines()
        .map(|line| if line.starts_with('#') { shell.strong(line) + "\n" } else { format!("{line}\n") })
        .collect();
    shell.data(&text)
}

fn list(shell: &Shell) -> Outcome {
    if shell.is_json() {
        let record = |code| shell.record(&json!({ "reason": "code", "code": code, "about": about(code) }));
        return all().try_for_each(record);
    }
    let mut table = Table::new(&["code", "what it is about"]);
    for code in all() {
        table.row([code.name.to_owned(), about(code)]);
    }
    shell.data(&table.text(shell))
}

/// The first sentence of the page, below its heading.
fn about(code: Code) -> String {
    let paragraph = code.page.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
    let text: Vec<&str> = paragraph.take_while(|line| !line.is_empty()).collect();
    let text = text.join(" ");
    let end = text.find(". ").unwrap_or(text.len());
    text[..end].trim_end_matches('.').to_owned()
}
