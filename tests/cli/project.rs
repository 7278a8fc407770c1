//! Where a project is looked for, and what is said where there is none.

use snapbox::str;

use crate::sandbox::{BLINK, Sandbox};

#[test]
fn a_project_is_found_from_any_folder_below_it() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.write("src/deep/er/x.txt", "");
    sandbox.fwc(&["check"]).ends(0);
    sandbox.fwc_in("src/deep/er", &["check"]).ends(0);
}

#[test]
fn faults_are_named_from_where_the_user_is() {
    let sandbox = Sandbox::new();
    sandbox.write("fan/app.toml", "[app]\nname = 1\nboard = \"rpi-pico\"\n");
    sandbox.write("fan/src/x.txt", "");
    let place = |folder: &str, arguments: &[&str]| {
        let run = sandbox.fwc_in(folder, arguments);
        let line = run.stderr.lines().find(|line| line.contains("-->")).unwrap_or_default().to_owned();
        line.trim().to_owned()
    };
    assert_eq!(place("fan", &["check"]), "--> app.toml:2:8");
    assert_eq!(place("fan/src", &["check"]), "--> ../app.toml:2:8");
    assert_eq!(place("", &["check", "--project", "fan"]), "--> fan/app.toml:2:8");
}

#[test]
fn no_project() {
    Sandbox::new().fwc(&["check"]).says(
        2,
        str![[r#"
error: there is no app.toml in `[SANDBOX]` or in a folder above it
  help: `fwc new NAME` makes a project; `--project DIR` points at one

"#]],
    );
}

#[test]
fn project_folder_that_is_not_there() {
    Sandbox::new().fwc(&["check", "--project", "nix"]).says(
        2,
        str![[r#"
error: there is no folder `nix`
  help: `fwc new NAME` makes a project

"#]],
    );
}

#[test]
fn project_folder_that_is_a_file() {
    let sandbox = Sandbox::new();
    sandbox.write("notes.txt", "");
    sandbox.fwc(&["check", "--project", "notes.txt"]).says(
        2,
        str![[r#"
error: `notes.txt` is not a folder
  help: `--project` takes the folder that holds app.toml

"#]],
    );
}

#[test]
fn project_folder_without_an_app() {
    let sandbox = Sandbox::new();
    sandbox.write("empty/notes.txt", "");
    sandbox.fwc(&["check", "--project", "empty"]).says(
        2,
        str![[r#"
error: there is no app.toml in `empty`
  help: `--project` takes the folder that holds app.toml; `fwc new NAME` makes a project

"#]],
    );
}

#[test]
fn the_file_itself_will_do_as_the_project() {
    let sandbox = Sandbox::new();
    sandbox.write("fan/app.toml", BLINK);
    sandbox.fwc(&["check", "--project", "fan/app.toml"]).ends(0);
}

#[test]
fn an_app_that_is_a_folder_is_no_project() {
    let sandbox = Sandbox::new();
    sandbox.write("app.toml/x", "");
    sandbox.fwc(&["check"]).ends(2);
}

#[test]
fn an_app_that_is_no_text() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.at("app.toml"), b"[app]\nname = \"\xff\"\n").unwrap();
    sandbox.fwc(&["check"]).says(
        1,
        str![[r#"
error: `app.toml` is not UTF-8 text: see line 2

"#]],
    );
}

#[test]
fn a_boards_file_of_the_projects_own() {
    let sandbox = Sandbox::with_app(&BLINK.replace("rpi-pico", "mine"));
    sandbox.fwc(&["check"]).says(
        1,
        str![[r#"
error[unknown-board]: there is no board `mine`
 --> app.toml:3:9
  |
3 | board = "mine"
  |         ^^^^^^
  |
  = help: `fwc boards` lists all boards; `chip:NAME` is an STM32 by itself, and a project brings its own board as `boards/NAME.toml`

error: could not check the app: 1 error in app.toml
  help: `fwc explain unknown-board` tells more

"#]],
    );
    let bundled = fwc_tests::repository().join("boards/rpi-pico.toml");
    let board = std::fs::read_to_string(bundled).unwrap();
    sandbox.write("boards/mine.toml", &board.replace("name = \"rpi-pico\"", "name = \"mine\""));
    sandbox.fwc(&["check"]).says(
        0,
        str![[r#"
     Checked `blinky` for mine: 1 peripheral, 0 channels, 1 task

"#]],
    );
    let listed = sandbox.fwc(&["boards"]);
    assert!(listed.ends(0).stdout.contains("\nmine "), "{}", listed.stdout);
}
