//! Ctrl-C in the middle of a build: nothing is left running or half made.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::machine::machine;
use crate::sandbox::Sandbox;

/// A wait ends in a failure rather than never.
const PATIENCE: Duration = Duration::from_secs(20);

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what} takes too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_build_ends_with_all_that_it_started() {
    // cargo's own children, the compilers, must end too.
    let sandbox = machine("sleep 1000 &\necho $! > \"$OLDPWD_FILE\"; echo $$ >> \"$OLDPWD_FILE\"; wait");
    let pids = sandbox.at("pids");
    let sandbox = sandbox.variable("OLDPWD_FILE", pids.display().to_string());
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let _ = std::fs::remove_file(&pids);
        let mut command = sandbox.command("", &["build"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let running = || std::fs::read_to_string(&pids).unwrap_or_default();
        wait_until("the start of cargo", || running().lines().count() == 2);
        let started: Vec<Pid> =
            running().lines().map(|line| Pid::from_raw(line.parse().unwrap()).unwrap()).collect();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let run = sandbox.seen(child.wait_with_output().unwrap());
        assert!(run.ends(130).stderr.ends_with("error: interrupted\n"), "{run:?}");
        for process in started {
            wait_until("the end of a child", || test_kill_process(process).is_err());
        }
        assert!(!sandbox.at("target/fwc").exists());
    }
}

#[test]
fn a_wait_for_another_fwc_ends_too() {
    let sandbox = machine("sleep 1000");
    let mut command = sandbox.command("", &["build", "-q"]);
    let mut first = command.stderr(Stdio::null()).spawn().unwrap();
    let lock = sandbox.at("generated/rpi-pico/Cargo.toml");
    wait_until("the first fwc", || lock.exists());
    let mut command = sandbox.command("", &["generate"]);
    let mut second = command.stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(second.try_wait().unwrap().is_none(), "the second waits for the first");
    kill_process(Pid::from_child(&second), Signal::INT).unwrap();
    let run = sandbox.seen(second.wait_with_output().unwrap());
    assert!(run.ends(130).stderr.contains("for another fwc that works on this project"), "{run:?}");
    kill_process(Pid::from_child(&first), Signal::INT).unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(130));
}

#[test]
fn a_new_project_is_there_whole_or_not_at_all() {
    for pause in 0..20 {
        let sandbox = Sandbox::new();
        let mut command = sandbox.command("", &["new", "fan", "--example", "pipeline"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        // It may be done already.
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        let run = sandbox.seen(child.wait_with_output().unwrap());
        let names = sandbox.names("");
        if run.code == Some(0) {
            assert_eq!(names, ["fan"], "{run:?}");
            sandbox.fwc_in("fan", &["generate", "--check"]).ends(0);
        } else {
            assert_eq!(names, Vec::<String>::new(), "after {pause} ms: {run:?}");
        }
    }
}
