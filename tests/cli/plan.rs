//! `fwc plan`.

use crate::sandbox::{BLINK, Sandbox};

#[test]
fn text_and_json_are_data_and_tell_of_the_same() {
    let sandbox = Sandbox::with_app(BLINK);
    let text = sandbox.fwc(&["plan"]);
    assert!(text.ends(0).stdout.contains("GP25"), "{}", text.stdout);
    assert_eq!(text.stderr, "");
    let json = sandbox.fwc(&["plan", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&json.ends(0).stdout).unwrap();
    assert_eq!(plan["app"]["name"], "blinky");
    assert_eq!(plan["pins"][0]["pin"], "GP25");
    assert_eq!(json.stderr, "");
    let record = sandbox.fwc(&["plan", "--message-format", "json"]);
    let record: serde_json::Value = serde_json::from_str(&record.ends(0).stdout).unwrap();
    assert_eq!(record["reason"], "plan");
    assert_eq!(record["plan"], plan);
}

#[test]
fn nothing_is_planned_from_a_faulty_file() {
    let run = Sandbox::with_app("[app]\n").fwc(&["plan", "--format", "json"]);
    assert_eq!(run.ends(1).stdout, "");
}

#[test]
fn nothing_is_written() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.fwc(&["plan"]).ends(0);
    sandbox.fwc(&["check"]).ends(0);
    assert_eq!(sandbox.names(""), ["app.toml"]);
}
