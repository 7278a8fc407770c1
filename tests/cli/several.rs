//! `--board` several times, and `--all-boards`.

use snapbox::str;

use crate::build::working_machine;
use crate::sandbox::{BLINK, Sandbox};

#[test]
fn each_board_is_checked() {
    Sandbox::with_app(BLINK).fwc(&["check", "--board", "rpi-pico", "--board", "nrf52840-dk"]).says(
        0,
        str![[r#"
     Checked `blinky` for rpi-pico: 1 peripheral, 0 channels, 1 task
     Checked `blinky` for nrf52840-dk: 1 peripheral, 0 channels, 1 task

"#]],
    );
}

#[test]
fn one_that_fails_does_not_keep_the_others() {
    let app = BLINK.replace("\"LED\"", "\"GP25\"");
    Sandbox::with_app(&app)
        .fwc(&["check", "--board", "nrf52840-dk", "--board", "rpi-pico-2", "--board", "rpi-pico-2"])
        .says(
            1,
            str![[r#"
error[unknown-pin]: `nrf52840-dk` has no pin `GP25`
 --> app.toml:7:7
  |
7 | pin = "GP25"
  |       ^^^^^^
  |
  = help: `fwc port --to nrf52840-dk` finds one for it; `fwc boards nrf52840-dk` lists all

error: could not check the app: 1 error in app.toml
  help: `fwc explain unknown-pin` tells more
     Checked `blinky` for rpi-pico-2: 1 peripheral, 0 channels, 1 task
error: sound for 1 of 2 boards, not for nrf52840-dk

"#]],
        );
}

#[test]
fn all_boards_are_those_of_the_file() {
    let app = format!("{BLINK}\n[boards.rpi-pico-2.pins]\nspare = \"GP3\"\n");
    Sandbox::with_app(&app).fwc(&["check", "--all-boards"]).says(
        0,
        str![[r#"
     Checked `blinky` for rpi-pico: 1 peripheral, 0 channels, 1 task
     Checked `blinky` for rpi-pico-2: 1 peripheral, 0 channels, 1 task

"#]],
    );
    let run = Sandbox::with_app(BLINK).fwc(&["check", "--all-boards"]);
    assert!(run.ends(0).stderr.contains("for rpi-pico:"), "{}", run.stderr);
}

#[test]
fn a_board_by_two_of_its_names_is_checked_once() {
    Sandbox::with_app(BLINK).fwc(&["check", "--board", "rpi-pico", "--board", "pico"]).says(
        0,
        str![[r#"
     Checked `blinky` for rpi-pico: 1 peripheral, 0 channels, 1 task

"#]],
    );
}

#[test]
fn a_board_that_is_none_is_told_once() {
    let app = format!(
        "{BLINK}\n[boards.rpi-pico-2.pins]\nspare = \"GP3\"\n[boards.nosuch.pins]\nspare = \"GP3\"\n"
    );
    let run = Sandbox::with_app(&app).fwc(&["check", "--all-boards"]);
    assert_eq!(run.ends(1).stderr.matches("there is no board `nosuch`").count(), 1, "{}", run.stderr);
    assert!(!run.stderr.contains("overruled"), "{}", run.stderr);
}

#[test]
fn all_and_some_exclude_each_other() {
    let run = Sandbox::with_app(BLINK).fwc(&["build", "--all-boards", "--board", "rpi-pico"]);
    assert!(run.ends(2).stderr.contains("exclude each other"), "{}", run.stderr);
}

#[test]
fn other_commands_take_one() {
    let run = Sandbox::with_app(BLINK).fwc(&["plan", "--board", "rpi-pico", "--board", "rpi-pico-2"]);
    assert!(run.ends(2).stderr.contains("this command is for one board"), "{}", run.stderr);
}

/// What can be said in a moment is not said after a build of minutes.
#[test]
fn a_build_tells_first_of_boards_that_cannot_be() {
    let sandbox = working_machine();
    sandbox.write("app.toml", &BLINK.replace("\"LED\"", "\"GP25\""));
    let run = sandbox.fwc(&["build", "--board", "rpi-pico", "--board", "nrf52840-dk"]);
    let told = &run.ends(1).stderr;
    let at = |what: &str| told.find(what).unwrap_or_else(|| panic!("`{what}` is not told:\n{told}"));
    assert!(at("`nrf52840-dk` has no pin `GP25`") < at("Compiling"), "{told}");
    assert!(told.contains("built for 1 of 2 boards, not for nrf52840-dk"), "{told}");
}
