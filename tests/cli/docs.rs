//! docs/cli.md shows what fwc really writes: its blocks are run in order, in one folder.
//!
//! `SNAPSHOTS=overwrite` writes the blocks anew.

use fwc_tests::repository;
use similar::TextDiff;

use crate::sandbox::Sandbox;

const START: &str = "```console\n";
const END: &str = "```\n";

#[test]
fn every_block_is_true() {
    let page = repository().join("docs/cli.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let sandbox = Sandbox::new();
    let mut folder = String::new();
    let mut made = String::new();
    let mut rest = text.as_str();
    while let Some((before, block)) = rest.split_once(START) {
        let (block, after) = block.split_once(END).expect("a block ends");
        made.push_str(&format!("{before}{START}"));
        for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            made.push_str(&format!("$ {command}\n{}", run(command, &sandbox, &mut folder)));
        }
        made.push_str(END);
        rest = after;
    }
    made.push_str(rest);
    if std::env::var("SNAPSHOTS").is_ok_and(|action| action == "overwrite") {
        std::fs::write(&page, &made).unwrap();
    }
    let diff = TextDiff::from_lines(&text, &made);
    assert!(text == made, "docs/cli.md is stale; SNAPSHOTS=overwrite mends it\n{}", diff.unified_diff());
}

/// What a terminal shows.
fn run(command: &str, sandbox: &Sandbox, folder: &mut String) -> String {
    match command.split(' ').collect::<Vec<&str>>().as_slice() {
        ["cd", to] => {
            *folder = format!("{folder}/{to}").trim_start_matches('/').to_owned();
            String::new()
        }
        ["fwc", arguments @ ..] => {
            let run = sandbox.fwc_in(folder, arguments);
            let shown = run.stderr + &run.stdout;
            // clap ends some lines with blanks.
            shown.lines().map(|line| format!("{}\n", line.trim_end())).collect()
        }
        _ => panic!("`{command}` cannot be run"),
    }
}

#[test]
fn every_command_has_its_section() {
    let page = std::fs::read_to_string(repository().join("docs/cli.md")).unwrap();
    let help = Sandbox::new().fwc(&["--help"]).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    let names: Vec<&str> =
        commands.filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty()).collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(page.contains(&format!("\n## fwc {name}\n")), "{name}");
    }
}

/// The example of docs/devices.md is a project's own device that a golden case composes and compiles.
#[test]
fn the_worked_device_is_one_that_compiles() {
    let page = std::fs::read_to_string(repository().join("docs/devices.md")).unwrap();
    let case = repository().join("tests/golden/devices");
    for (file, language) in [("device.toml", "toml"), ("driver.rs", "rust")] {
        let text = std::fs::read_to_string(case.join("devices/lm75").join(file)).unwrap();
        assert!(
            page.contains(&format!("```{language}\n{text}```\n")),
            "docs/devices.md shows another {file}"
        );
    }
    let app = std::fs::read_to_string(case.join("app.toml")).unwrap();
    let (_, behind) = page.split_once("In app.toml:\n\n```toml\n").expect("the page shows an app.toml");
    let (entries, _) = behind.split_once("```").expect("a block ends");
    for entry in entries.split("\n\n") {
        assert!(app.contains(entry.trim_end()), "the case has no entry\n{entry}");
    }
}
