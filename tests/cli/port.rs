//! `fwc port`.

use fwc_tests::repository;
use snapbox::str;

use crate::sandbox::{BLINK, Sandbox};

fn with_example(name: &str) -> Sandbox {
    let text = std::fs::read_to_string(repository().join("examples").join(name).join("app.toml")).unwrap();
    Sandbox::with_app(&text)
}

#[test]
fn what_maps_and_what_moves() {
    with_example("thermostat").fwc(&["port", "--to", "nucleo-f401re"]).shows(
        0,
        str![[r#"
`thermostat` from rpi-pico (RP2040) to nucleo-f401re (STM32F401RE)

maps: stands as it is written
  peripherals.sensors  i2c  sda SDA (GP4) -> SDA (PB9)
                            scl SCL (GP5) -> SCL (PB8)
                            I2C0 -> I2C1

moves: the override names it otherwise
  peripherals.fan  output  pin fan (GP16) -> D2 (PA10)

# to paste into app.toml
[boards.nucleo-f401re.pins]
fan = "D2"

"#]],
        str![[r#"
    Portable `fwc check --board nucleo-f401re` accepts it with the tables above in app.toml

"#]],
    );
}

#[test]
fn what_cannot_be_there_and_what_must_be_decided() {
    with_example("usb-echo").fwc(&["port", "--to", "nucleo-g071rb"]).shows(
        1,
        str![[r#"
`usb-echo` from rpi-pico (RP2040) to nucleo-g071rb (STM32G071RB)

cannot be there
  peripherals.port  usb-serial  STM32G071RB has no USB controller
                                needed by `tasks.echo`

"#]],
        str![[r#"
error: `usb-echo` does not fit nucleo-g071rb as it is
  help: take what cannot be there out of the file, decide what is left, and ask again

"#]],
    );
}

#[test]
fn a_clock_is_decided_for_the_other_board_alone() {
    let app = BLINK.replace("board = \"rpi-pico\"", "board = \"rpi-pico\"\nclock = \"133MHz\"");
    let sandbox = Sandbox::with_app(&app);
    let run = sandbox.fwc(&["port", "--to", "nrf52840-dk"]);
    assert!(run.ends(1).stdout.contains("stands below `[boards.nrf52840-dk.app]`"), "{}", run.stdout);
    sandbox.write("app.toml", &format!("{app}\n[boards.nrf52840-dk.app]\nclock = \"64MHz\"\n"));
    sandbox.fwc(&["port", "--to", "nrf52840-dk"]).ends(0);
    for (board, clock) in [("nrf52840-dk", "64MHz"), ("rpi-pico", "133MHz")] {
        let plan = sandbox.fwc(&["plan", "--board", board]);
        assert!(plan.ends(0).stdout.contains(&format!("clock     {clock}: asked for")), "{}", plan.stdout);
    }
}

#[test]
fn keys_that_the_other_board_has_already_are_to_be_replaced() {
    let tables = "[boards.nucleo-l476rg.peripherals.led]\npin = \"PZ9\"\n[boards.nucleo-l476rg.pins]\nother = \"PA0\"\n";
    let app = BLINK.replace("\"LED\"", "\"GP25\"");
    let sandbox = Sandbox::with_app(&format!("{app}\n{tables}"));
    let run = sandbox.fwc(&["port", "--to", "nucleo-l476rg"]);
    let pasted =
        "# replace `pin` of the table that is there already\n[boards.nucleo-l476rg.peripherals.led]\npin = ";
    assert!(run.ends(0).stdout.contains(pasted), "{}", run.stdout);
}

#[test]
fn what_is_pasted_works_for_the_other_board() {
    for board in ["blackpill-f411", "chip:stm32g431cb"] {
        let sandbox = Sandbox::with_app(&BLINK.replace("\"LED\"", "\"GP25\""));
        let run = sandbox.fwc(&["port", "--to", board]);
        let accepted = format!("`fwc check --board {board}` accepts it");
        assert!(run.ends(0).stderr.contains(&accepted), "{}", run.stderr);
        let (_, tables) = run.stdout.split_once("# to paste into app.toml\n").expect("there are some");
        sandbox.write("app.toml", &format!("{}\n{tables}", sandbox.read("app.toml")));
        sandbox.fwc(&["check", "--board", board]).ends(0);
        sandbox.fwc(&["check"]).ends(0);
    }
}

#[test]
fn for_programs() {
    let run = Sandbox::with_app(BLINK).fwc(&["port", "--to", "nrf52840-dk", "--message-format", "json"]);
    let record: serde_json::Value = serde_json::from_str(&run.ends(0).stdout).unwrap();
    assert_eq!(record["reason"], "ported");
    assert_eq!(record["port"]["entries"][0]["outcome"], "moves");
    assert_eq!(record["port"]["complete"], true);
}

#[test]
fn no_board_and_the_same_board() {
    let sandbox = Sandbox::with_app(BLINK);
    let run = sandbox.fwc(&["port", "--to", "rpi-pico"]);
    assert!(run.ends(2).stderr.contains("is for rpi-pico already"), "{}", run.stderr);
    let run = sandbox.fwc(&["port", "--to", "nrf52840"]);
    assert!(run.ends(2).stderr.contains("did you mean `nrf52840"), "{}", run.stderr);
    assert!(sandbox.fwc(&["port"]).ends(2).stderr.contains("--to <BOARD>"));
}

#[test]
fn a_faulty_app_is_mended_first() {
    let run = Sandbox::with_app(&BLINK.replace("\"LED\"", "\"LAD\"")).fwc(&["port", "--to", "rpi-pico-2"]);
    assert!(run.ends(1).stderr.contains("error[unknown-pin]"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
