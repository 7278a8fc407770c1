//! What was found, as the page docs/matrix.md.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Findings, KINDS, Matrix, Proof};

/// The whole page.
pub(super) fn page(matrix: &Matrix, boards: &[String]) -> String {
    let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    let examples: BTreeSet<&str> =
        matrix.values().flat_map(|findings| findings.examples.keys()).map(String::as_str).collect();
    let examples: Vec<&str> = examples.into_iter().collect();
    let kinds_table = table(matrix, boards, &kinds, |findings| &findings.kinds);
    let examples_table = table(matrix, boards, &examples, |findings| &findings.examples);
    format!(
        "# What is proved on which board\n\n\
         `cargo xtask matrix` ports a small project of each kind of peripheral, and each example, to each board (`fwc port`), builds\n\
         it, and runs its scenarios; this page is made from what it found (`matrix.toml`), and written by it alone.\n\n\
         | word | means |\n| --- | --- |\n\
         | emulated | the image that would be flashed does what its scenarios expect on an emulated chip |\n\
         | simulated | the image compiles and links; the same tasks do what the scenarios expect on this machine |\n\
         | compiled | the image compiles and links, and no more |\n\
         | – | refused by `fwc check`, for the reason below |\n\
         | ? | not looked at yet |\n\n\
         Nothing here was measured on hardware.\n\n\
         ## Kinds of peripheral\n\n{kinds_table}\n\
         ## Examples\n\n{examples_table}\n\
         ## Why not\n\n{}",
        reasons(matrix)
    )
}

fn table(
    matrix: &Matrix,
    boards: &[String],
    columns: &[&str],
    of: impl Fn(&Findings) -> &BTreeMap<String, Finding>,
) -> String {
    let mut text = format!("| board | {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len() + 1));
    for board in boards {
        let findings = matrix.get(board);
        let cell = |column: &&str| match findings.and_then(|findings| of(findings).get(*column)) {
            None => "?",
            Some(Finding::Refused(_)) => "–",
            Some(Finding::Proved(proofs)) => word(proofs),
        };
        let cells: Vec<&str> = columns.iter().map(cell).collect();
        text.push_str(&format!("| `{board}` | {} |\n", cells.join(" | ")));
    }
    text
}

/// The strongest proof, each of which has those before it.
fn word(proofs: &[Proof]) -> &'static str {
    let has = |proof| proofs.contains(&proof);
    match (has(Proof::Compiled), has(Proof::Simulated), has(Proof::Emulated)) {
        (true, true, true) => "emulated",
        (true, true, false) => "simulated",
        (true, false, _) => "compiled",
        (false, ..) => "fails",
    }
}

/// Each reason with the boards and what it keeps from them.
fn reasons(matrix: &Matrix) -> String {
    let mut reasons: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (board, findings) in matrix {
        for (name, finding) in findings.kinds.iter().chain(&findings.examples) {
            if let Finding::Refused(why) = finding {
                reasons.entry(why).or_default().entry(board).or_default().push(name);
            }
        }
    }
    let mut text = String::new();
    for (why, boards) in reasons {
        let boards = boards.into_iter().map(|(board, names)| format!("`{board}`: {}", names.join(", ")));
        text.push_str(&format!("- {why} ({})\n", boards.collect::<Vec<String>>().join("; ")));
    }
    text
}
