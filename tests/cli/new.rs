//! `fwc new`.

use snapbox::str;

use crate::sandbox::Sandbox;

const EXAMPLES: [&str; 13] = [
    "battery",
    "blink",
    "blink-echo",
    "button",
    "data-logger",
    "echo",
    "led-strip",
    "motion",
    "overload",
    "pipeline",
    "thermostat",
    "usb-console",
    "usb-echo",
];

#[test]
fn a_project_that_needs_nothing_more() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["new", "blinky"]).says(
        0,
        str![[r#"
     Created `blinky` for Raspberry Pi Pico
hint: `cd blinky` and `fwc run` show it living, without a board; app.toml says what it does

"#]],
    );
    assert_eq!(sandbox.names(""), ["blinky"], "nothing else is left");
    assert_eq!(sandbox.names("blinky"), [".gitignore", ".vscode", "app.toml", "generated", "tests"]);
    crate::sandbox::check(
        &sandbox.read("blinky/app.toml"),
        str![[r##"
# What this firmware is made of. `fwc check` checks it, `fwc plan` shows what follows from it, `fwc build` builds it.

[app]
name = "blinky"
board = "rpi-pico"

# Each [peripherals.NAME] is a thing at a pin, each [tasks.NAME] something that goes on by itself.
# `fwc boards rpi-pico` shows every pin and what can be there.

[peripherals.led]
kind = "output"
pin = "LED" # the board's name for GP25

[tasks.heartbeat]
behavior = "blink"
output = "led"
rate = "2Hz"

# A push button between this pin (contact 29) and ground.
[peripherals.button]
kind = "input"
pin = "GP22"
pull = "up"
active = "low"

# GP0 (contact 1): to the RX of a USB serial adapter with the board's voltage. Ground to ground.
[peripherals.console]
kind = "uart"
tx = "TX"
baud = 115200

# A message is a type; a channel carries messages from task to task.
[messages.Press]
values = ["short", "long"]

[channels.presses]
message = "Press"
kind = "channel"

# Bounces are filtered out, and a press of 600 ms or more is a long one.
[tasks.button]
behavior = "button"
input = "button"
publishes = ["presses"]

# Each press becomes a line: `presses: short`.
[tasks.journal]
behavior = "print"
subscribes = ["presses"]
to = "console"

# A task can be code of your own. Take the `#` away, run `fwc generate`, and go on in src/control.rs.
#
# [tasks.control]
# code = "control"
# every = "1s"

"##]],
    );
    sandbox.fwc_in("blinky", &["check"]).says(
        0,
        str![[r#"
     Checked `blinky` for rpi-pico: 3 peripherals, 1 channel, 3 tasks

"#]],
    );
    sandbox.fwc_in("blinky", &["generate", "--check"]).ends(0);
    let settings: serde_json::Value =
        serde_json::from_str(&sandbox.read("blinky/.vscode/settings.json")).unwrap();
    let linked = settings["rust-analyzer.linkedProjects"][0].as_str().unwrap();
    assert!(sandbox.at("blinky").join(linked).is_file());
}

#[test]
fn the_starter_knows_what_is_on_the_board() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["new", "pressed", "--board", "stm32f4-discovery"]).ends(0);
    let app = sandbox.read("pressed/app.toml");
    assert!(app.contains("pull = \"down\"\nactive = \"high\"\n"), "{app}");
    sandbox.fwc(&["new", "told", "--board", "nucleo-f401re"]).ends(0);
    let app = sandbox.read("told/app.toml");
    assert!(app.contains("pull = \"up\"\nactive = \"low\"\n"), "{app}");
    assert!(app.contains("\n# PA2: to the debug probe, which makes a serial port of it: "), "{app}");
}

#[test]
fn a_board_whose_uart_is_not_driven_gets_an_app_without_one() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["new", "small", "--board", "microbit-v1"]).ends(0);
    let app = sandbox.read("small/app.toml");
    assert!(app.contains("kind = \"output\"") && !app.contains("kind = \"uart\""), "{app}");
    sandbox.fwc_in("small", &["check"]).ends(0);
}

#[test]
fn a_chip_by_itself_is_called_so_that_the_project_works() {
    let sandbox = Sandbox::new();
    let run = sandbox.fwc(&["new", "small", "--board", "chip:stm32c011f4"]);
    assert!(run.ends(0).stderr.contains("are to be written into small/app.toml"), "{}", run.stderr);
    let app = sandbox.read("small/app.toml");
    assert!(app.contains("\nboard = \"chip:stm32c011f4\"\n"), "{app}");
    assert!(app.contains("`fwc boards chip:stm32c011f4`"), "{app}");
    sandbox.fwc_in("small", &["check"]).ends(0);
    let run = sandbox.fwc(&["boards", "chip:stm32c011f4"]);
    assert!(run.ends(0).stdout.contains("`chip:stm32c011f4`"), "{}", run.stdout);
}

#[test]
fn what_feeds_a_core_is_left_to_the_user_where_only_the_board_can_say_it() {
    let sandbox = Sandbox::new();
    let run = sandbox.fwc(&["new", "large", "--board", "chip:stm32h745zi"]);
    assert!(
        run.ends(0).stderr.contains("`core-supply` in large/app.toml is still to be written"),
        "{}",
        run.stderr
    );
    let run = sandbox.fwc_in("large", &["check"]);
    assert!(run.ends(1).stderr.contains("nothing says what feeds the core"), "{}", run.stderr);
    let app = sandbox.read("large/app.toml");
    sandbox.write("large/app.toml", &app.replace("# core-supply", "core-supply"));
    sandbox.fwc_in("large", &["check"]).ends(0);
}

#[test]
fn what_the_starter_says_in_comments_works() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["new", "blinky"]).ends(0);
    let app = sandbox.read("blinky/app.toml");
    let (shown, hidden) = app.split_once("# [tasks.control]").expect("the starter shows a task of one's own");
    let hidden = format!("# [tasks.control]{hidden}").replace("\n# ", "\n").replacen("# ", "", 1);
    sandbox.write("blinky/app.toml", &format!("{shown}{hidden}"));
    sandbox.fwc_in("blinky", &["generate"]).says(
        0,
        str![[r#"
     Created src/control.rs: yours to go on with
   Generated generated/rpi-pico (3 files written)

"#]],
    );
    assert!(sandbox.read("blinky/src/control.rs").contains("pub async fn control"));
}

#[test]
fn every_example_becomes_a_project() {
    let sandbox = Sandbox::new();
    for example in EXAMPLES {
        let app = format!("my-{example}");
        sandbox.fwc(&["new", &app, "--example", example]).ends(0);
        let run = sandbox.fwc_in(&app, &["check"]);
        assert!(run.ends(0).stderr.contains(&format!("`{app}` for rpi-pico")), "{}", run.stderr);
        assert!(!run.stderr.contains("warning"), "{}", run.stderr);
        assert!(sandbox.at(&app).join("README.md").is_file());
        sandbox.fwc_in(&app, &["generate", "--check"]).ends(0);
    }
}

/// Where the pins are others, app.toml has the overrides of `fwc port`.
#[test]
fn an_example_moves_to_a_board_with_other_pins() {
    let sandbox = Sandbox::new();
    for board in ["nucleo-f401re", "nrf52840-dk", "esp32-c6-devkitc"] {
        let app = format!("warm-{board}");
        sandbox.fwc(&["new", &app, "--example", "thermostat", "--board", board]).ends(0);
        let run = sandbox.fwc_in(&app, &["check"]);
        assert!(run.ends(0).stderr.contains(&format!("for {board}")), "{}", run.stderr);
        assert!(sandbox.read(&format!("{app}/app.toml")).contains(&format!("[boards.{board}")), "{board}");
    }
}

#[test]
fn an_example_that_a_board_cannot_have_is_not_made() {
    let sandbox = Sandbox::new();
    let run = sandbox.fwc(&["new", "net", "--example", "usb-console", "--board", "nrf52-dk"]);
    assert!(run.ends(1).stderr.contains("makes it for rpi-pico"), "{}", run.stderr);
    assert!(!sandbox.at("net").exists());
}

#[test]
fn every_example_of_the_repository_is_offered() {
    let folder = fwc_tests::repository().join("examples");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, EXAMPLES);
}

#[test]
fn a_path_is_a_place_and_a_name() {
    let sandbox = Sandbox::new();
    sandbox.write("demos/x.txt", "");
    sandbox.fwc(&["new", "demos/fan"]).says(
        0,
        str![[r#"
     Created `demos/fan` for Raspberry Pi Pico
hint: `cd demos/fan` and `fwc run` show it living, without a board; app.toml says what it does

"#]],
    );
    assert!(sandbox.read("demos/fan/app.toml").contains("name = \"fan\""));
}

#[test]
fn an_empty_folder_is_taken() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.at("fan")).unwrap();
    sandbox.fwc(&["new", "fan"]).ends(0);
    assert!(sandbox.at("fan/app.toml").is_file());
}

#[test]
fn a_folder_with_something_in_it_is_not() {
    let sandbox = Sandbox::new();
    sandbox.write("fan/notes.txt", "mine");
    sandbox.fwc(&["new", "fan"]).says(
        2,
        str![[r#"
error: the folder `fan` is not empty
  help: a new project needs a new or an empty folder: take another name, or move what is there

"#]],
    );
    assert_eq!(sandbox.names("fan"), ["notes.txt"]);
}

#[test]
fn a_file_is_in_the_way() {
    let sandbox = Sandbox::new();
    sandbox.write("fan", "mine");
    sandbox.fwc(&["new", "fan"]).says(
        2,
        str![[r#"
error: `fan` is there already, and is not a folder

"#]],
    );
}

#[test]
fn a_folder_that_is_not_there() {
    Sandbox::new().fwc(&["new", "demos/fan"]).says(
        2,
        str![[r#"
error: there is no folder `demos`

"#]],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written() {
    Sandbox::new().fwc(&["new", "/proc/fan"]).says(
        3,
        str![[r#"
error: while creating a folder in `/proc`: no such file or directory

"#]],
    );
}

#[test]
fn names_that_are_none() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["new", "Fan_Control"]).says(
        2,
        str![[r#"
error: `Fan_Control` cannot be the name of an application
  note: a name is a lower-case letter, then lower-case letters, digits, `-` and `_`
  help: `fan_control` would do

"#]],
    );
    sandbox.fwc(&["new", "self"]).says(
        2,
        str![[r#"
error: `self` is a keyword of Rust and cannot be the name of an application
  help: take another name, such as `my_self`

"#]],
    );
    sandbox.fwc(&["new", "core"]).says(
        2,
        str![[r#"
error: `core` cannot be the name of an application
  help: `my-core` would do

"#]],
    );
    sandbox.fwc(&["new", "1st"]).ends(2);
    sandbox.fwc(&["new", ""]).ends(2);
    sandbox.fwc(&["new", ".."]).ends(2);
    assert_eq!(sandbox.names(""), Vec::<String>::new());
}

#[test]
fn a_board_that_is_none_leaves_nothing() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["new", "fan", "--board", "rpi-pic"]).says(
        2,
        str![[r#"
error: there is no board `rpi-pic`
  help: did you mean `rpi-pico`? `fwc boards` lists them all

"#]],
    );
    assert_eq!(sandbox.names(""), Vec::<String>::new());
}

#[test]
fn an_example_that_is_none() {
    Sandbox::new().fwc(&["new", "fan", "--example", "blinky"]).says(
        2,
        str![[r#"
error: invalid value 'blinky' for '--example <EXAMPLE>'
  [possible values: battery, blink, blink-echo, button, data-logger, echo, led-strip, motion, overload, pipeline, thermostat, usb-console, usb-echo]

  tip: a similar value exists: 'blink'

For more information, try '--help'.

"#]],
    );
}

#[test]
fn nothing_is_left_when_the_draft_is_refused() {
    let sandbox = Sandbox::new();
    // The app's name is also the name of a crate that the firmware uses; only the chain knows.
    sandbox.fwc(&["new", "fwc-runtime"]);
    assert!(sandbox.names("").len() <= 1, "{:?}", sandbox.names(""));
    assert!(!sandbox.names("").iter().any(|name| name.starts_with('.')));
}
