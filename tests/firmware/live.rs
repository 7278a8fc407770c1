//! `fwc run`: lines of what happens, and the view as somebody at a terminal sees it.

use std::process::Output;

use fwc_tests::{host_target_folder, ready_fwc, ready_fwc_at, repository};

fn run(folder: &str, arguments: &[&str]) -> Output {
    let (mut command, _building) = ready_fwc(folder, "run");
    command.args(arguments).output().expect("fwc starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("fwc writes UTF-8")
}

#[track_caller]
fn passed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn without_a_terminal_each_event_is_a_line_with_its_time() {
    let output = run("examples/blink", &["--for", "1.6s", "--fast"]);
    let lines = "   0.500000 output  led          on\n   1.000000 output  led          off\n\
        \x20  1.500000 output  led          on\n";
    assert_eq!(passed(&output), lines);
    assert!(text(&output.stderr).ends_with("Ran `blink` for 1.6s on the simulation\n"));
}

#[test]
fn at_the_pace_of_the_wall_clock_the_same_happens() {
    let run =
        |options: &[&str]| passed(&run("examples/blink", &[&["--for", "600ms", "-q"], options].concat()));
    assert_eq!(run(&[]), run(&["--fast"]));
}

#[test]
fn programs_get_objects() {
    let output = run("examples/blink", &["--for", "600ms", "--fast", "--message-format", "json", "-q"]);
    let objects: Vec<serde_json::Value> =
        passed(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let last: Vec<&serde_json::Value> =
        objects.iter().filter(|one| one["reason"] == "event" || one["reason"] == "ran").collect();
    let event = serde_json::json!({
        "reason": "event", "virtual_ns": 500_000_000, "event": "output", "name": "led", "active": true,
    });
    assert_eq!(last[0], &event);
    assert_eq!(
        (last.len(), &last[1]["reason"], &last[1]["virtual_ns"]),
        (2, &"ran".into(), &600_000_000.into())
    );
}

#[test]
fn the_emulated_chip_runs_live_too() {
    let stdout = passed(&run("examples/blink", &["--on", "emulator", "--for", "1.6s", "--fast", "-q"]));
    let words: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let levels: Vec<&[&str]> = words.iter().map(|words| &words[1..]).collect();
    assert_eq!(levels, [["output", "led", "on"], ["output", "led", "off"], ["output", "led", "on"]]);
    let times: Vec<f64> = words.iter().map(|words| words[0].parse().expect("a time")).collect();
    assert!(times.windows(2).all(|two| (two[1] - two[0] - 0.5).abs() < 1e-4), "{times:?}");
}

#[test]
fn a_trace_is_the_one_that_test_writes() {
    let folder = host_target_folder().with_file_name("live-files");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let trace = |name: &str| folder.join(name).display().to_string();
    passed(&run("examples/blink", &["--for", "1.6s", "--fast", "-q", "--trace", &trace("run.vcd")]));
    let written = std::fs::read_to_string(trace("run.vcd")).expect("it is written");
    assert!(written.contains("$var wire 1") && written.ends_with("#1600000000\n"), "{written}");
}

#[cfg(unix)]
#[test]
fn a_change_runs_the_scenarios_again() {
    use std::fs;
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let folder = tempfile::tempdir().expect("there is room for a folder");
    fs::create_dir(folder.path().join("tests")).expect("a folder can be made");
    let app = fs::read_to_string(repository().join("examples/blink/app.toml")).expect("there is an example");
    fs::write(folder.path().join("app.toml"), app).expect("a file can be written");
    let expect = |edges: u32| {
        let text = format!(
            "run-for = \"1s\"\n[[expect]]\nbetween = [\"0s\", \"900ms\"]\noutput = \"led\"\nedges = {edges}\n"
        );
        fs::write(folder.path().join("tests/blinks.toml"), text).expect("a file can be written");
    };
    expect(1);
    let (mut command, _building) = ready_fwc_at(folder.path(), "test");
    let mut child = command.args(["--watch", "-q"]).stdout(Stdio::piped()).spawn().expect("fwc starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is a pipe")).lines();
    let mut next = || lines.next().expect("it goes on").expect("fwc writes UTF-8");
    assert!(next().starts_with("ok     blinks"));
    expect(22);
    assert!(next().starts_with("FAILED blinks"));
    expect(1);
    assert!(next().starts_with("ok     blinks"));
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[cfg(unix)]
mod at_a_terminal {
    use fwc_tests::{Building, Terminal, ready_fwc};
    use rustix::process::Signal;

    fn at_terminal(folder: &str, arguments: &[&str]) -> (Terminal, Building) {
        let (mut command, building) = ready_fwc(folder, "run");
        command.args(arguments);
        (Terminal::start(command), building)
    }

    #[test]
    fn a_key_presses_a_button_and_the_led_is_lit() {
        let (mut desk, _building) = at_terminal("examples/button", &[]);
        desk.sees("○ led off");
        desk.sees("Space tap");
        desk.types("1");
        desk.sees("● led on");
        desk.sees("presses: short");
        let children = desk.children();
        desk.types("\x03");
        let (code, left) = desk.ends(&children);
        assert_eq!(code, Some(0), "{left}");
        assert!(left.contains("Ran `button` for "), "{left}");
    }

    #[test]
    fn a_signal_from_elsewhere_ends_it_as_well() {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let (mut desk, _building) = at_terminal("examples/button", &[]);
            desk.sees("Space tap");
            let children = desk.children();
            assert!(cfg!(not(target_os = "linux")) || children.len() == 1, "{children:?}");
            desk.signal(signal);
            assert_eq!(desk.ends(&children).0, Some(0), "{signal:?}");
        }
    }

    #[test]
    fn what_is_typed_reaches_the_firmware_and_a_crash_is_told_when_the_view_is_gone() {
        for (key, words) in [("s", "overflowed its stack at "), ("p", "panicked at ")] {
            let (mut desk, _building) = at_terminal("tests/firmware/misbehaves", &[]);
            desk.sees("type to the console");
            desk.types(key);
            let (code, left) = desk.ends(&[]);
            assert_eq!(code, Some(1), "{left}");
            assert!(left.contains(&format!("error: the task `act` {words}")), "{left}");
        }
    }

    #[test]
    fn the_emulated_chip_takes_keys_while_it_runs() {
        let (mut desk, _building) = at_terminal("examples/button", &["--on", "emulator"]);
        desk.sees("Space tap");
        desk.types(" ");
        desk.sees("● led on");
        let children = desk.children();
        desk.types("q");
        assert_eq!(desk.ends(&children).0, Some(0));
    }

    #[test]
    fn a_window_of_any_size_has_a_view() {
        let (mut desk, _building) = at_terminal("examples/button", &[]);
        desk.sees("Space tap");
        for (rows, columns) in [(24, 34), (8, 80), (50, 200)] {
            desk.resize(rows, columns);
            // The time is at the right end of the first row.
            desk.sees_that("a view as wide as the window", |screen| {
                let first = screen.lines().next().unwrap_or_default();
                first.ends_with(" s") && first.chars().count() == usize::from(columns)
            });
            desk.types(" ");
            desk.sees("● led on");
            desk.types(" ");
            desk.sees("○ led off");
        }
        let children = desk.children();
        desk.types("q");
        assert_eq!(desk.ends(&children).0, Some(0));
    }
}
