//! The very image of an STM32F407 that would be flashed, in fwc's own emulator of that chip.

use std::process::Output;

use fwc_tests::{edited_copy, run_scenarios, run_scenarios_at};

const BOARD: [&str; 2] = ["--board", "stm32f4-discovery"];
const BOTH: [&str; 6] = ["--on", "sim", "--on", "emulator", "--board", "stm32f4-discovery"];

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("fwc writes UTF-8")
}

#[track_caller]
fn assert_the_same(project: &str, output: &Output) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{project}:\n{stdout}{stderr}");
    assert!(stdout.contains("in both places") && !stdout.contains("DIFFERS"), "{project}:\n{stdout}");
}

#[test]
fn examples_that_need_no_more_than_it_has_do_the_same_as_in_the_simulation() {
    for example in ["blink", "blink-echo", "echo", "overload"] {
        let folder = format!("examples/{example}");
        assert_the_same(example, &run_scenarios(&folder, &BOTH));
    }
    // Their key is low while it is pressed, and the board's own button is high.
    let wired = |app: &str| format!("{app}\n[boards.stm32f4-discovery.pins]\nkey = \"PC1\"\n");
    for example in ["button", "pipeline"] {
        let project = edited_copy(&format!("examples/{example}"), wired);
        assert_the_same(example, &run_scenarios_at(&project, &BOTH));
    }
}

/// A tenth fast for ten seconds, and then a tenth slow for as long: 22 edges instead of 20, and 18 more.
const DRIFTS: &str = r#"run-for = "20.25s"
step = [
    { at = "250ms", chip = { drift = "100000ppm" } },
    { at = "10.25s", chip = { drift = "-100000ppm" } },
]
expect = [
    { between = ["0s", "10.25s"], output = "led", edges = 22 },
    { between = ["10.25s", "20.25s"], output = "led", edges = 18 },
]
"#;

#[test]
fn its_clock_goes_fast_and_slow_as_a_step_says() {
    let project = edited_copy("examples/blink", str::to_owned);
    std::fs::write(project.join("tests/drifts.toml"), DRIFTS).expect("a copy can be written to");
    assert_the_same("blink", &run_scenarios_at(&project, &BOTH));
}

#[test]
fn two_executors_and_a_uart_that_is_read_and_written_keep_time() {
    assert_the_same("disco", &run_scenarios("tests/firmware/disco", &BOTH));
}

#[test]
fn each_of_its_uarts_sends_and_hears_at_its_own_rate() {
    // The simulation lets a reader hear when an RP2040's FIFO would tell: at 9600 baud 3 ms later than this chip, which has none.
    let arguments = [BOTH.as_slice(), &["--tolerance", "5ms"]].concat();
    assert_the_same("six-uarts", &run_scenarios("tests/firmware/six-uarts", &arguments));
}

#[test]
fn a_timer_of_it_pulses_at_the_pin_that_has_chosen_it() {
    let project = edited_copy("tests/matrix/pwm", |app| app.replace("GP15", "PD13"));
    assert_the_same("pwm", &run_scenarios_at(&project, &BOTH));
}

#[test]
fn its_watchdog_bites_and_says_for_whom() {
    let wired = |app: &str| {
        app.replace("GP2", "PC1")
            .replace("GP3", "PC2")
            .replace("GP4", "PC3")
            .replace("GP5", "PC4")
            .replace("GP6", "PC5")
    };
    let project = edited_copy("tests/firmware/watchdog", wired);
    let output = run_scenarios_at(&project, &[&["--on", "emulator"], BOARD.as_slice()].concat());
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
}

#[test]
fn a_task_that_goes_wrong_on_it_is_named() {
    let arguments = [&["-q", "--on", "emulator"], BOARD.as_slice()].concat();
    let output = run_scenarios("tests/firmware/misbehaves", &arguments);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    for words in [
        "the task `act` was stopped by a fault of the core at 10",
        "the stack has grown out of the RAM: nothing is at 0x1fff",
        ", at 0x0800",
        "the task `act` never sleeps at 100.",
        " ms without a pause, and was found in this task at ",
        "the task `act` panicked at 100.",
        "in src/act.rs:20:18",
    ] {
        assert!(stderr.contains(words), "{words:?} is not in\n{stderr}");
    }
    assert_eq!(stderr.matches("the task `act` never sleeps").count(), 2, "{stderr}");
    assert!(!stderr.contains("error[expectation]"), "what came before was as expected:\n{stderr}");
}
