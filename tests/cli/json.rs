//! `--message-format json`: stdout is data, one object a line, whatever the command and however it ends.

use serde_json::Value;

use crate::sandbox::{BLINK, Run, Sandbox};

/// Every line of stdout; each is an object with a reason.
fn objects(run: &Run) -> Vec<Value> {
    let parse =
        |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let objects: Vec<Value> = run.stdout.lines().map(parse).collect();
    for object in &objects {
        assert!(object["reason"].is_string(), "{object}");
    }
    objects
}

fn reasons(run: &Run) -> Vec<String> {
    objects(run).iter().map(|object| object["reason"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_command_speaks_json() {
    let sandbox = Sandbox::with_app(BLINK);
    for (arguments, expected) in [
        (vec!["check"], "checked"),
        (vec!["plan"], "plan"),
        (vec!["generate"], "generated"),
        (vec!["boards"], "board"),
        (vec!["boards", "pico"], "board"),
        (vec!["explain"], "code"),
        (vec!["explain", "unused"], "explanation"),
        (vec!["eject", "out"], "ejected"),
        (vec!["new", "fan"], "created"),
        (vec!["doctor"], "doctor"),
    ] {
        let run = sandbox.fwc(&[&arguments[..], &["--message-format", "json"]].concat());
        let reasons = reasons(&run);
        assert!(reasons.iter().any(|reason| reason == expected), "{arguments:?}: {run:?}");
    }
}

#[test]
fn a_fault_has_its_place_and_the_end_its_code() {
    let sandbox = Sandbox::with_app(&BLINK.replace("\"led\"", "\"lde\""));
    let run = sandbox.fwc(&["check", "--message-format", "json"]);
    let objects = objects(run.ends(1));
    let fault = &objects[0];
    assert_eq!(fault["reason"], "diagnostic");
    assert_eq!(fault["severity"], "error");
    assert_eq!(fault["file"], "app.toml");
    assert_eq!(fault["line"], 11);
    let last = objects.last().unwrap();
    assert_eq!(last["reason"], "error");
    assert_eq!(last["exit_code"], 1);
}

#[test]
fn a_stale_file_comes_with_its_diff() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.fwc(&["generate"]).ends(0);
    sandbox.write("app.toml", &BLINK.replace("2Hz", "3Hz"));
    let run = sandbox.fwc(&["generate", "--check", "--message-format", "json"]);
    let objects = objects(run.ends(1));
    assert_eq!(objects[0]["reason"], "stale");
    assert!(objects[0]["diff"].as_str().unwrap().contains("\n+"));
}

#[test]
fn the_failure_of_the_machine_is_told_too() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.write("generated", "in the way");
    let run = sandbox.fwc(&["generate", "--message-format", "json"]);
    assert_eq!(objects(run.ends(3))[0]["exit_code"], 3);
}
