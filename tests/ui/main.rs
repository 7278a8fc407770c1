//! Each faulty app.toml to its exact message, and each code's page to the truth of its examples.
//!
//! `ui/<code>/<case>.toml` holds one fault, which gives one diagnostic with that code: no echo, no other fault.
//! `ui/several/` holds files with more than one. `<case>.stderr` is what a user sees; a line `# board: NAME` at the
//! start of a case stands for `--board NAME`, `# module: NAME` for a file `src/NAME.rs`; `<case>.board` is the project's
//! own `boards/mine.toml`, `<case>.device` its own `devices/mine/device.toml`, beside which a driver.rs stands unless the
//! case has a line `# without: driver.rs`; `<case>.behavior` its own `behaviors/mine/behavior.toml`, likewise. Beside a sound app.toml, the fault may be in `<case>.scenario`, its `tests/case.toml`.
//! `UPDATE_UI=1 cargo test -p fwc-tests --test ui` writes the messages anew: read them before they are committed.

mod pages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fwc_core::catalog::{Catalog, ProjectBehavior, ProjectDriver};
use fwc_core::check::CheckOptions;
use fwc_core::resolve::resolve;
use fwc_diag::{Diagnostic, RenderOptions, Sources, codes, render_all};
use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;

/// Where the text of `<case>.board` stands in the project.
const BOARD_FILE: &str = "boards/mine.toml";

/// The driver whose device.toml `<case>.device` is.
const DRIVER: &str = "mine";

/// The behaviour whose behavior.toml `<case>.behavior` is.
const BEHAVIOR: &str = "mine";

/// Where the text of `<case>.scenario` stands in the project.
const SCENARIO_FILE: &str = "tests/case.toml";

/// The folder whose cases may have any number of faults.
const SEVERAL: &str = "several";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = pages::trials();
    trials.push(Trial::test("every_code_has_a_case", every_code_has_a_case));
    trials.push(Trial::test("the_index_names_every_code", the_index_names_every_code));
    trials.push(Trial::test("every_file_belongs_to_a_case", every_file_belongs_to_a_case));
    trials.extend(files_with("toml").into_iter().map(case_trial));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn case_trial(case: PathBuf) -> Trial {
    let name = case.strip_prefix(folder()).unwrap_or(&case).with_extension("").display().to_string();
    Trial::test(name, move || check_case(&case))
}

fn check_case(case: &Path) -> Result<(), Failed> {
    let text = read(case)?;
    let text_of = |extension| fs::read_to_string(case.with_extension(extension)).ok();
    let beside = Beside {
        board: text_of("board"),
        device: text_of("device"),
        behavior: text_of("behavior"),
        scenario: text_of("scenario"),
    };
    let found = diagnose(&text, beside);
    let code = code_of(case);
    let codes: Vec<&str> = found.diagnostics.iter().map(|diagnostic| diagnostic.code.name).collect();
    if code == SEVERAL && codes.len() < 2 {
        return Err(format!("expected several diagnostics, found {codes:?}\n{}", found.rendered).into());
    }
    if code != SEVERAL && codes != [code.as_str()] {
        return Err(format!("expected one `{code}`, found {codes:?}\n{}", found.rendered).into());
    }
    let message_file = case.with_extension("stderr");
    if updating() {
        return Ok(fs::write(&message_file, &found.rendered)?);
    }
    let expected = fs::read_to_string(&message_file).unwrap_or_default();
    same_text(&expected, &found.rendered, "UPDATE_UI=1 accepts the new message")
}

/// What a run of the chain says about a text.
struct Found {
    diagnostics: Vec<Diagnostic>,
    rendered: String,
}

/// Other files of the project, as text.
#[derive(Default)]
struct Beside {
    board: Option<String>,
    device: Option<String>,
    behavior: Option<String>,
    scenario: Option<String>,
}

/// Runs the chain on an app.toml and what stands beside it.
fn diagnose(text: &str, beside: Beside) -> Found {
    let app = text;
    let mut sources = Sources::of("app.toml", text);
    let board_file = beside.board.map(|text| (BOARD_FILE.to_string(), text));
    let options = CheckOptions {
        board: header(text, "board").next().map(str::to_string),
        modules: header(text, "module").map(str::to_string).collect(),
        board_files: board_file.iter().map(|(name, text)| (name.clone(), sources.add(name, text))).collect(),
    };
    let driver = beside.device.map(|device| ProjectDriver {
        name: DRIVER.to_string(),
        source: sources.add(format!("devices/{DRIVER}/device.toml"), &device),
        text: device,
        has_code: header(text, "without").all(|file| file != "driver.rs"),
    });
    let behavior = beside.behavior.map(|text| ProjectBehavior {
        name: BEHAVIOR.to_string(),
        source: sources.add(format!("behaviors/{BEHAVIOR}/behavior.toml"), &text),
        text,
        has_code: header(app, "without").all(|file| file != "behavior.rs"),
    });
    let catalog = Catalog::new(board_file).with_drivers(driver).with_behaviors(behavior);
    let checked = fwc_core::check_text(text, &catalog, &options).and_then(resolve);
    let checked = match beside.scenario {
        None => checked.map(|_| ()),
        Some(text) => checked.and_then(|resolved| {
            let source = sources.add(SCENARIO_FILE, &text);
            fwc_scenario::check("case", source, &text, &resolved.app).map(|_| ())
        }),
    };
    let diagnostics = checked.diagnostics;
    let rendered = render_all(&diagnostics, &sources, &RenderOptions::default(), usize::MAX);
    Found { diagnostics, rendered }
}

/// The values of the lines `# <key>: <value>` that a text starts with.
fn header<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().map_while(|line| line.strip_prefix("# ")).filter_map(move |line| {
        let value = line.strip_prefix(key)?.strip_prefix(':')?;
        Some(value.trim())
    })
}

fn every_code_has_a_case() -> Result<(), Failed> {
    let cases: Vec<String> = files_with("toml").iter().map(|case| code_of(case)).collect();
    let without: Vec<&str> = codes::ALL
        .iter()
        .map(|code| code.name)
        .filter(|code| !cases.iter().any(|case| case == code))
        .collect();
    if without.is_empty() { Ok(()) } else { Err(format!("no case in ui/ for {without:?}").into()) }
}

fn the_index_names_every_code() -> Result<(), Failed> {
    let index = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md"))?;
    let named: Vec<&str> = index
        .lines()
        .filter_map(|line| line.strip_prefix("| [`"))
        .filter_map(|line| line.split_once('`'))
        .map(|(code, _)| code)
        .collect();
    let all: Vec<&str> = codes::ALL.iter().map(|code| code.name).collect();
    same_text(&all.join("\n"), &named.join("\n"), "docs/errors.md has one line for each code, sorted")
}

fn every_file_belongs_to_a_case() -> Result<(), Failed> {
    let beside = files_with("stderr").into_iter().chain(files_with("scenario"));
    let lonely: Vec<PathBuf> = beside.filter(|message| !message.with_extension("toml").exists()).collect();
    if !lonely.is_empty() {
        return Err(format!("messages without a case: {lonely:?}").into());
    }
    let strange: Vec<String> = files_with("toml")
        .iter()
        .map(|case| code_of(case))
        .filter(|code| code != SEVERAL && codes::find(code).is_none())
        .collect();
    if strange.is_empty() { Ok(()) } else { Err(format!("folders that are no code: {strange:?}").into()) }
}

/// Fails with a diff where the texts differ.
fn same_text(expected: &str, found: &str, hint: &str) -> Result<(), Failed> {
    if expected == found {
        return Ok(());
    }
    let diff = TextDiff::from_lines(expected, found);
    Err(format!("{}\n{hint}", diff.unified_diff().header("expected", "found")).into())
}

fn updating() -> bool {
    std::env::var_os("UPDATE_UI").is_some_and(|value| value == "1")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}

/// The name of the folder that a case is in.
fn code_of(case: &Path) -> String {
    case.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<String, Failed> {
    fs::read_to_string(path).map_err(|error| format!("while reading `{}`: {error}", path.display()).into())
}

/// All files `ui/<code>/*.<extension>`, sorted.
fn files_with(extension: &str) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("`{}`: {error}", folder.display()));
        entries.map(|entry| entry.expect("a folder can be listed").path())
    };
    let mut files: Vec<PathBuf> = entries(folder())
        .filter(|path| path.is_dir())
        .flat_map(entries)
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}
