//! Random and mutated app.toml files: the chain never panics, and whatever it says has a place in the file.
//!
//! `FWC_ROBUST_CASES` sets how many inputs each test tries; together they try over 100,000 by default.

mod mutate;
mod vocabulary;

use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use fwc_core::emit::emit;
use fwc_core::plan::{PlanContext, UserCode, plan};
use fwc_diag::{Diagnostic, Severity, Sources};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Inputs for each test where the environment does not say.
const CASES: u32 = 52_000;

fn config() -> Config {
    let cases = std::env::var("FWC_ROBUST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() }
}

/// Runs the chain on `text` and checks what it says.
fn try_chain(catalog: &Catalog, text: &str) -> Result<(), TestCaseError> {
    let options = CheckOptions { modules: vec!["types".to_string()], ..CheckOptions::default() };
    let checked = fwc_core::check_text(text, catalog, &options);
    let sorted = checked.diagnostics.is_sorted_by_key(Diagnostic::span);
    prop_assert!(sorted, "diagnostics stand in the order of the file");
    let checked = checked.and_then(fwc_core::resolve::resolve);
    let failed = checked.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    prop_assert_eq!(checked.value.is_none(), failed, "a value exactly when there is no error");
    for diagnostic in &checked.diagnostics {
        has_place(text, diagnostic)?;
    }
    let Some(resolved) = checked.value else { return Ok(()) };
    let sources = Sources::of("app.toml", text);
    let context =
        PlanContext { fwc_version: "0.1.0", sources: &sources, user_code: UserCode::Beside("../../../src") };
    let plan = plan(&resolved, &context);
    // Emitting takes longer than all the rest: each 32nd plan shows as much.
    if text.len().is_multiple_of(32) {
        prop_assert!(!emit(&plan).files.is_empty());
    }
    Ok(())
}

fn has_place(text: &str, diagnostic: &Diagnostic) -> Result<(), TestCaseError> {
    prop_assert!(!diagnostic.title.is_empty());
    for label in &diagnostic.labels {
        let range = label.span.range();
        prop_assert!(range.start <= range.end && range.end <= text.len(), "{:?} lies outside", diagnostic);
        prop_assert!(text.get(range).is_some(), "{:?} cuts a character", diagnostic);
    }
    // Only a file that lacks `[app]` altogether is faulty nowhere in particular.
    let nowhere = diagnostic.span().range().is_empty() && diagnostic.span().start == 0;
    let about_app = diagnostic.title.contains("[app]");
    let of_first_character = diagnostic.code == fwc_diag::codes::TOML_SYNTAX;
    prop_assert!(!nowhere || about_app || of_first_character, "{:?} has no place", diagnostic);
    Ok(())
}

#[test]
fn mutated_files() {
    let corpus = mutate::corpus();
    let catalog = Catalog::default();
    let strategy = (0..corpus.len(), mutate::mutations(corpus.len()));
    let mut runner = proptest::test_runner::TestRunner::new(config());
    let outcome = runner.run(&strategy, |(file, mutations)| {
        let text = mutate::apply(&corpus, file, &mutations);
        try_chain(&catalog, &text)
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn random_files() {
    let catalog = Catalog::default();
    let mut runner = proptest::test_runner::TestRunner::new(config());
    let outcome = runner.run(&vocabulary::file(), |text| try_chain(&catalog, &text));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_file_of_many_faults_is_checked_to_its_end() {
    let mut text = String::from("[app]\nname = \"many\"\nboard = \"rpi-pico\"\n");
    for index in 0..2_000 {
        text.push_str(&format!("[tasks.t{index}]\nbehavior = \"blink\"\noutput = \"led{index}\"\n"));
    }
    let checked = fwc_core::check_text(&text, &Catalog::default(), &CheckOptions::default());
    // Each task lacks its output; without one, nothing more is said of it.
    assert_eq!(checked.diagnostics.len(), 2_000);
}
