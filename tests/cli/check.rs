//! `fwc check`.

use snapbox::str;

use crate::sandbox::{BLINK, Sandbox};

#[test]
fn a_sound_app() {
    Sandbox::with_app(BLINK).fwc(&["check"]).says(
        0,
        str![[r#"
     Checked `blinky` for rpi-pico: 1 peripheral, 0 channels, 1 task

"#]],
    );
}

#[test]
fn faults_of_all_kinds_in_one_run() {
    let sandbox = Sandbox::with_app(
        "\
[app]
name = \"blinky\"
board = \"rpi-pico\"

[peripherals.led]
kind = \"output\"
pin = \"LED\"
colour = \"green\"

[tasks.heartbeat]
behavior = \"blink\"
output = \"lde\"
rate = \"2\"
",
    );
    sandbox.fwc(&["check"]).says(
        1,
        str![[r#"
error[unknown-key]: unknown key `colour`
 --> app.toml:8:1
  |
8 | colour = "green"
  | ^^^^^^ not a key of `[peripherals.led]` of kind `output`
  |
  = help: its keys are `active`, `drain`, `initial`, `instance`, `kind`, `pin`

error[unknown-name]: there is no peripheral `lde`
  --> app.toml:12:10
   |
12 | output = "lde"
   |          ^^^^^
   |
   = help: did you mean `led`?

error[bad-quantity]: `rate` needs a frequency with its unit
  --> app.toml:13:8
   |
13 | rate = "2"
   |        ^^^ a number without a unit
   |
   = help: write for example `"2Hz"`, `"2kHz"` or `"2MHz"`

error: could not check the app: 3 errors in app.toml
  help: `fwc explain CODE` tells more about bad-quantity, unknown-key, unknown-name

"#]],
    );
}

#[test]
fn pins_are_checked_too() {
    let app = format!("{BLINK}\n[peripherals.lamp]\nkind = \"output\"\npin = \"GP25\"\ninitial = \"on\"\n");
    let run = Sandbox::with_app(&app).fwc(&["check"]);
    assert!(run.ends(1).stderr.contains("error[pin-conflict]"), "{}", run.stderr);
}

#[test]
fn a_warning_does_not_fail() {
    let app = format!("{BLINK}\n[peripherals.lamp]\nkind = \"output\"\npin = \"GP16\"\n");
    let sandbox = Sandbox::with_app(&app);
    sandbox.fwc(&["check"]).says(
        0,
        str![[r#"
warning[unused]: nothing uses the peripheral `lamp`
  --> app.toml:14:14
   |
14 | [peripherals.lamp]
   |              ^^^^
   |
   = help: give it to a task by `uses`, or `initial = "on"` or `"off"` if it shall only hold that level

warning: 1 warning in app.toml
     Checked `blinky` for rpi-pico: 2 peripherals, 0 channels, 1 task

"#]],
    );
    sandbox.fwc(&["check", "--quiet"]).says(0, str![]);
}

#[test]
fn the_board_of_the_command_line_outranks_the_files() {
    Sandbox::with_app(BLINK).fwc(&["check", "--board", "pico9"]).says(
        1,
        str![[r#"
error[unknown-board]: there is no board `pico9`
 --> app.toml:3:9
  |
3 | board = "rpi-pico"
  |         ^^^^^^^^^^ overruled by `--board`
  |
  = help: did you mean `pico`? `fwc boards` lists them all

error: could not check the app: 1 error in app.toml
  help: `fwc explain unknown-board` tells more

"#]],
    );
    Sandbox::with_app(&BLINK.replace("rpi-pico", "nix")).fwc(&["check", "--board", "pico"]).ends(0);
}
