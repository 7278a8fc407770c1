//! `fwc test`: scenarios of projects, on the simulation and on the emulated chip.

use std::fs;
use std::process::{Command, Output};

use fwc_tests::{edited_copy, fwc, host_target_folder, repository, run_scenarios, run_scenarios_at};

const PROJECT: &str = "tests/firmware/scenarios";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("fwc writes UTF-8")
}

/// Of each line the first two words: how a scenario ended, and its name.
fn lines(output: &Output) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    text(&output.stdout).lines().map(words).collect()
}

#[track_caller]
fn assert_passed(example: &str, place: &str, output: &Output) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{example}:\n{stdout}{stderr}");
    assert!(stdout.contains(place), "{example}:\n{stdout}");
}

#[test]
fn the_scenarios_of_every_example_pass() {
    let folder = repository().join("examples");
    let mut examples: Vec<String> = fs::read_dir(folder)
        .expect("there are examples")
        .map(|entry| entry.expect("a folder can be listed").file_name().into_string().expect("a plain name"))
        .collect();
    examples.sort();
    for example in examples {
        let folder = format!("examples/{example}");
        assert!(repository().join(&folder).join("tests").is_dir(), "{example} has no scenario");
        let both = ["--on", "sim", "--on", "emulator"];
        // The emulated chip has one core: docs/simulation.md says what cannot be compared. All else of such an example can.
        let app = fs::read_to_string(repository().join(&folder).join("app.toml")).expect("it can be read");
        let output = if app.contains("\ncore = 1") {
            assert_eq!(example, "motion", "an example that cannot be compared as it is");
            assert_passed(&example, "on the simulation", &run_scenarios(&folder, &[]));
            run_scenarios_at(&edited_copy(&folder, |app| app.replace("\ncore = 1", "")), &both)
        } else {
            run_scenarios(&folder, &both)
        };
        assert_passed(&example, "in both places", &output);
        assert!(!text(&output.stdout).contains("DIFFERS"), "{example}: {}", text(&output.stdout));
    }
}

#[test]
fn the_scenario_of_a_new_project_passes() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let project = folder.path().join("starter");
    let made = Command::new(fwc()).args(["new", "--quiet"]).arg(&project).status().expect("fwc starts");
    assert!(made.success());
    assert_passed("starter", "on the simulation", &run_scenarios_at(&project, &["--on", "sim"]));
    assert_passed("starter", "on the emulator", &run_scenarios_at(&project, &["--on", "emulator"]));
}

#[test]
fn two_places_that_do_the_same_are_said_to() {
    let output = run_scenarios(PROJECT, &["all", "-q", "--on", "sim", "--on", "emulator"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(lines(&output), ["ok all", "ok all", "same all"]);
}

#[test]
fn a_difference_between_two_places_is_a_failure_and_shown() {
    let both = |more: &[&str]| {
        let arguments = [&["-q", "--on", "sim", "--on", "emulator"], more].concat();
        run_scenarios("tests/firmware/differs", &arguments)
    };
    let output = both(&[]);
    assert_eq!(output.status.code(), Some(1), "{}{}", text(&output.stdout), text(&output.stderr));
    let all = ["ok lenient", "ok works", "ok lenient", "ok works", "same lenient", "DIFFERS works"];
    assert_eq!(lines(&output), all);
    let stderr = text(&output.stderr);
    for words in [
        "error[comparison]: `busy` differs between the simulation and the emulator at 100ms",
        "tests/works.toml:1:11\n",
        "`busy` inactive on the simulation at 100ms, on the emulator at 1",
        "simulation ▁",
        "emulator   ▁",
        "error: 1 scenario did not do the same in both places\n",
    ] {
        assert!(stderr.contains(words), "{words:?} is not in\n{stderr}");
    }
    let output = both(&["--tolerance", "100ms"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(both(&["--tolerance", "soon"]).status.code(), Some(2));
}

#[test]
fn everything_that_can_be_set_and_seen_from_outside_is() {
    let output = run_scenarios(PROJECT, &["all", "--on", "emulator"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(lines(&output), ["ok all"]);
    assert!(text(&output.stdout).contains("1 expectation of channels cannot be seen"));
}

#[test]
fn the_simulation_sees_the_same_and_what_flows_inside() {
    let output = run_scenarios(PROJECT, &["all"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).starts_with("ok     all  1s on the simulation in "));
    assert!(!text(&output.stdout).contains("cannot be seen"));
}

#[test]
fn noise_broken_frames_drift_and_a_brown_out_are_the_same_in_both_places() {
    let output = run_scenarios(PROJECT, &["disturbed", "-q", "--on", "sim", "--on", "emulator"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(lines(&output), ["ok disturbed", "ok disturbed", "same disturbed"]);
}

#[test]
fn a_watchdog_that_bites_resets_the_chip_and_says_for_whom() {
    assert_passed("watchdog", "on the simulation", &run_scenarios("tests/firmware/watchdog", &[]));
    assert_passed(
        "watchdog",
        "on the emulator",
        &run_scenarios("tests/firmware/watchdog", &["--on", "emulator"]),
    );
}

#[test]
fn a_scenario_holds_in_other_orders_of_what_happens_at_once() {
    let output = run_scenarios("examples/button", &["-q", "--shake", "20"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let output = run_scenarios("examples/button", &["--shake", "2", "--on", "emulator"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("only the simulation can be shaken"));
}

#[test]
fn two_runs_of_the_simulation_are_the_same_to_the_last_byte() {
    let folder = host_target_folder().with_file_name("scenario-files");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let trace = |name: &str| {
        let file = folder.join(name);
        let output = run_scenarios(PROJECT, &["all", "-q", "--trace", &file.display().to_string()]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        fs::read_to_string(file).expect("the trace is written")
    };
    let first = trace("first.json");
    assert_eq!(first, trace("second.json"));
    for words in ["\"name\":\"task knob\"", "\"name\":\"poll\"", "\"name\":\"channel levels\""] {
        assert!(first.contains(words), "{words}");
    }
}

#[test]
fn a_task_that_goes_wrong_ends_the_run_and_is_named() {
    let output = run_scenarios("tests/firmware/misbehaves", &["-q"]);
    assert_eq!(lines(&output), ["FAILED digs", "FAILED loops", "FAILED panics", "FAILED yields"]);
    let stderr = text(&output.stderr);
    for words in [
        "the task `act` overflowed its stack at 100.364ms",
        "the task `act` loops for ever at 100.364ms",
        "the task `act` panicked at 100.364ms",
        "in src/act.rs:20:18",
        "the task `act` never sleeps at 100.364ms",
    ] {
        assert!(stderr.contains(words), "{words:?} is not in\n{stderr}");
    }
    assert!(!stderr.contains("error[expectation]"), "what came before was as expected:\n{stderr}");
}

#[test]
fn a_task_that_goes_wrong_on_the_chip_is_named_too() {
    let output = run_scenarios("tests/firmware/misbehaves", &["-q", "--on", "emulator"]);
    assert_eq!(lines(&output), ["FAILED digs", "FAILED loops", "FAILED panics", "FAILED yields"]);
    let stderr = text(&output.stderr);
    for words in [
        "the task `act` was stopped by a fault of the core at 10",
        "the stack has grown out of the RAM: access to 0x1fff",
        "the task `act` never sleeps at 100.",
        // Longer than the scenario: that it ends in the middle of work says nothing of the work.
        "the core worked for 40",
        " ms without a pause, and was found in this task at ",
        "the task `act` panicked at 100.",
        "in src/act.rs:20:18",
    ] {
        assert!(stderr.contains(words), "{words:?} is not in\n{stderr}");
    }
    assert_eq!(stderr.matches("the task `act` never sleeps").count(), 2, "{stderr}");
    assert!(!stderr.contains("error[expectation]"), "what came before was as expected:\n{stderr}");
}

#[test]
fn what_is_missed_is_shown_at_its_place_with_what_happened() {
    let output = run_scenarios(PROJECT, &["fails", "--on", "emulator", "-q"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    assert_eq!(lines(&output), ["FAILED fails"]);
    for words in [
        "error[expectation]: `lamp` is not inactive by 120ms",
        "tests/fails.toml:10:6\n",
        "10 | is = false\n",
        "it is inactive from 120.",
        "100ms key active\n",
        "error[expectation]: the duty of `fan` is not from 19% to 21% at 50ms",
        "^^^^^ 0% since the start\n",
        "error: the scenario failed\n",
    ] {
        assert!(stderr.contains(words), "{words:?} is not in\n{stderr}");
    }
}

#[test]
fn a_panic_fails_the_scenario_and_what_could_not_be_judged_is_said() {
    let output = run_scenarios(PROJECT, &["panics", "--on", "emulator", "-q"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    for words in [
        "error[broken-run]: the task `listen` panicked at 100.",
        "this and 1 more could not be judged any more",
        "that is no order",
        "in src/listen.rs:15:",
    ] {
        assert!(stderr.contains(words), "{words:?} is not in\n{stderr}");
    }
    assert!(!stderr.contains("error[expectation]"), "{stderr}");
}

#[test]
fn results_and_traces_are_written_for_other_tools() {
    let folder = host_target_folder().with_file_name("scenario-files");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = |name: &str| folder.join(name).display().to_string();
    let (xml, vcd, json) = (file("results.xml"), file("run.vcd"), file("run.json"));
    let output = run_scenarios(PROJECT, &["--on", "emulator", "-q", "--junit", &xml]);
    assert_eq!(lines(&output), ["ok all", "ok disturbed", "FAILED fails", "FAILED panics"]);
    let results = fs::read_to_string(xml).expect("the results are written");
    assert!(results.contains("tests=\"4\" failures=\"2\""), "{results}");
    assert!(results.contains("<failure message=\"error[expectation]: `lamp` is not inactive by 120ms\">"));

    run_scenarios(PROJECT, &["all", "--on", "emulator", "-q", "--trace", &vcd]);
    let trace = fs::read_to_string(vcd).expect("the trace is written");
    assert!(trace.contains("$var wire 1 \" lamp $end"), "{trace}");
    assert!(trace.contains("\n1\"\n"), "the lamp is lit at the start: {trace}");
    run_scenarios(PROJECT, &["all", "--on", "emulator", "-q", "--trace", &json]);
    let trace: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(json).expect("the trace is written")).expect("it is JSON");
    let events = trace["traceEvents"].as_array().expect("it has events");
    // The knob's last step is a little less than the whole of its range.
    let duties = events.iter().filter(|event| event["name"] == "fan duty");
    let highest = duties.filter_map(|event| event["args"]["percent"].as_f64()).fold(0.0, f64::max);
    assert!((99.9..100.0).contains(&highest), "{highest} %");

    let output = run_scenarios(PROJECT, &["--on", "emulator", "-q", "--trace", "x.vcd"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`--trace` is of one scenario, and there are 4"));
}
