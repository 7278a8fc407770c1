//! `fwc run`: what is refused before anything runs.

use snapbox::str;

use crate::sandbox::{BLINK, Sandbox};

#[test]
fn a_time_needs_its_unit() {
    Sandbox::with_app(BLINK).fwc(&["run", "--for", "5"]).says(
        2,
        str![[r#"
error: invalid value '5' for '--for <TIME>': a time is a number and its unit, such as `5s` or `250ms`

For more information, try '--help'.

"#]],
    );
    let run = Sandbox::with_app(BLINK).fwc(&["run", "--for", "0s"]);
    assert!(run.ends(2).stderr.contains("a run of no time shows nothing"), "{run:?}");
}

#[test]
fn a_trace_has_an_ending_that_says_its_kind() {
    Sandbox::with_app(BLINK).fwc(&["run", "--trace", "wave.txt"]).says(
        2,
        str![[r#"
error: `wave.txt` is no trace that fwc can write
  help: `.vcd` is for GTKWave and PulseView, `.json` for Perfetto

"#]],
    );
}

#[test]
fn a_scenario_that_is_there_is_not_recorded_over() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.write("tests/mine.toml", "# mine");
    sandbox.fwc(&["run", "--record", "tests/mine.toml"]).says(
        1,
        str![[r#"
error: `tests/mine.toml` is there already, and fwc writes over no file of yours
  help: record to another name, or remove it

"#]],
    );
    assert_eq!(sandbox.read("tests/mine.toml"), "# mine");
}

#[test]
fn a_seed_is_for_the_simulation() {
    Sandbox::with_app(BLINK).fwc(&["run", "--seed", "3", "--on", "emulator"]).says(
        2,
        str![[r#"
error: only the simulation takes a seed
  help: leave `--seed` out, or `--on`: what the emulated chip does follows from its image alone

"#]],
    );
}

#[test]
fn a_board_on_the_desk_is_not_led() {
    Sandbox::with_app(BLINK).fwc(&["run", "--on", "probe", "--for", "1s"]).says(
        2,
        str![[r#"
error: `--for` is of runs without hardware
  help: `--on sim` and `--on emulator` take it

"#]],
    );
}

#[test]
fn a_faulty_app_is_told_before_anything_runs() {
    let run = Sandbox::with_app(&BLINK.replace("LED", "LAMP")).fwc(&["run"]);
    assert!(run.ends(1).stderr.contains("error[unknown-pin]"), "{run:?}");
    let run = Sandbox::new().fwc(&["run"]);
    assert!(run.ends(2).stderr.contains("app.toml"), "{run:?}");
}

#[test]
fn a_chip_without_an_emulator_says_so() {
    let run = Sandbox::with_app(BLINK).fwc(&["run", "--on", "emulator", "--board", "rpi-pico-2"]);
    assert!(run.ends(2).stderr.contains("there is no emulator of RP2350A"), "{run:?}");
    assert!(run.stderr.contains("RP2040 and STM32F407VG can be emulated"), "{run:?}");
}

#[test]
fn what_an_emulated_chip_lacks_is_said_before_anything_is_built() {
    let app = BLINK.replace("rpi-pico", "stm32f4-discovery");
    let app = format!(
        "{app}\n[peripherals.sensors]\nkind = \"i2c\"\nsda = \"SDA\"\nscl = \"SCL\"\nfrequency = \"100kHz\"\n\n\
         [peripherals.knob]\nkind = \"adc\"\npin = \"PA1\"\n\n\
         [peripherals.others]\nkind = \"i2c\"\nsda = \"PB11\"\nscl = \"PB10\"\nfrequency = \"100kHz\"\n\n[tasks.look]\ncode = \"look\"\nevery = \"1s\"\n\
         uses = [\"sensors\", \"knob\", \"others\"]\n"
    );
    let sandbox = Sandbox::with_app(&app);
    sandbox.write("src/look.rs", "");
    sandbox.fwc(&["run", "--on", "emulator"]).says(
        2,
        str![[r#"
error: the emulator of STM32F407VG has no `i2c` and no `adc`
  note: `sensors`: the emulated chip has no I2C master that asks for DMA
  note: `knob`: the emulated chip has no analog converter
  note: `others`: the emulated chip has no I2C master that asks for DMA
  help: `--on sim` runs it on this machine, with all that it uses

"#]],
    );
}
