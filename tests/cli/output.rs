//! Colours, quietness, and what is piped away.

use crate::sandbox::{BLINK, Sandbox};

const ESCAPE: char = '\u{1b}';

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let sandbox = Sandbox::with_app(BLINK);
    assert!(!sandbox.fwc(&["check"]).stderr.contains(ESCAPE));
    assert!(sandbox.fwc(&["check", "--color", "always"]).stderr.contains(ESCAPE));
    assert!(sandbox.fwc(&["boards", "--color", "always"]).stdout.contains(ESCAPE));
    assert!(!sandbox.fwc(&["boards", "--color", "never"]).stdout.contains(ESCAPE));
}

#[cfg(unix)]
#[test]
fn no_color_is_honoured_on_a_terminal() {
    let seen = |sandbox: Sandbox| {
        // util-linux's `script` gives a command a terminal of its own.
        let line = format!("{} check", fwc_tests::fwc().display());
        let mut command = std::process::Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(sandbox.root());
        command.env("TERM", "xterm").env_remove("NO_COLOR");
        command.envs(sandbox.variables());
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = seen(Sandbox::with_app(BLINK).variable("NO_COLOR", "1"));
    assert!(plain.contains("Checked") && !plain.contains(ESCAPE), "{plain:?}");
    let colored = seen(Sandbox::with_app(BLINK).variable("NO_COLOR", ""));
    assert!(colored.contains(ESCAPE), "{colored:?}");
    let dumb = seen(Sandbox::with_app(BLINK).variable("TERM", "dumb"));
    assert!(dumb.contains("Checked") && !dumb.contains(ESCAPE), "{dumb:?}");
}

#[test]
fn quiet_says_only_errors() {
    let sandbox = Sandbox::with_app(BLINK);
    let run = sandbox.fwc(&["generate", "-q"]);
    assert_eq!((run.ends(0).stdout.as_str(), run.stderr.as_str()), ("", ""));
    sandbox.write("app.toml", "[app]\n");
    assert!(sandbox.fwc(&["check", "-q"]).ends(1).stderr.contains("error"));
    sandbox.fwc(&["check", "-q", "-v"]).ends(2);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_error() {
    let sandbox = Sandbox::new();
    let line = format!("{} boards pico | head -c 1; echo ${{PIPESTATUS[0]}}", fwc_tests::fwc().display());
    let mut command = std::process::Command::new("bash");
    // The reader is gone before anything is written.
    let line = line.replace("head -c 1", "true").replacen("boards pico", "boards pico 2>&1", 1);
    let output = command.args(["-c", &line]).current_dir(sandbox.root()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\n", "{output:?}");
}
