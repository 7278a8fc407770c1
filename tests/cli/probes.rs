//! `fwc probes`, the user's names of probes, and the commands that need a probe where there is none.

use snapbox::str;

use crate::sandbox::{BLINK, Sandbox};

const PROBE: &str = "2e8a:000c:E6616407E3646B29";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_app(BLINK);
    let settings = sandbox.at("settings").display().to_string();
    sandbox.variable("FWC_CONFIG", settings)
}

#[test]
fn a_name_is_kept_used_and_forgotten() {
    let sandbox = sandbox();
    sandbox.fwc(&["probes", "--name", &format!("bench={PROBE}")]).says(
        0,
        str![[r#"
       Named `bench`: `--probe bench` takes 2e8a:000c:E6616407E3646B29

"#]],
    );
    assert_eq!(
        sandbox.read("settings/probes.toml"),
        format!("# Written by `fwc probes --name`: names that `--probe` takes.\nbench = \"{PROBE}\"\n")
    );
    // The probe is not plugged in: the error has what the name stands for.
    let run = sandbox.fwc(&["reset", "--probe", "bench"]);
    assert!(
        run.ends(2).stderr.starts_with(&format!("error: there is no debug probe `{PROBE}`\n")),
        "{run:?}"
    );

    sandbox.fwc(&["probes", "--forget", "benck"]).says(
        2,
        str![[r#"
error: no probe is named `benck`
  help: did you mean `bench`?

"#]],
    );
    sandbox.fwc(&["probes", "--forget", "bench"]).ends(0);
    assert!(!sandbox.read("settings/probes.toml").contains("bench"));
}

#[test]
fn what_is_no_name_is_refused() {
    for definition in ["bench", "=2e8a:000c", "2e8a:000c=x", "bench="] {
        let run = sandbox().fwc(&["probes", "--name", definition]);
        let first = format!("error: `{definition}` gives no probe a name\n");
        assert!(run.ends(2).stderr.starts_with(&first), "{run:?}");
    }
}

#[test]
fn a_bad_file_of_names_is_shown_where_it_is_bad() {
    let sandbox = sandbox();
    sandbox.write("settings/probes.toml", "desk = \"2e8a:000c\"\nbench = 12\n");
    sandbox.fwc(&["reset", "--probe", "bench"]).says(
        1,
        str![[r#"
error: [SANDBOX]/settings/probes.toml:2:9: invalid type: integer `12`, expected a string
  help: it is lines such as `bench = "2e8a:000c:E6616407E3646B29"`, which `fwc probes --name` writes

"#]],
    );
}

/// Where nothing is plugged in, as on the machines that run the tests.
#[test]
fn every_command_that_needs_a_probe_says_what_to_plug_in() {
    let sandbox = sandbox();
    for command in ["reset", "erase"] {
        let run = sandbox.fwc(&[command]);
        if run.code == Some(0) {
            // Somebody has a board on the desk.
            return;
        }
        assert!(run.ends(3).stderr.starts_with("error: no debug probe is plugged in\n"), "{run:?}");
        assert!(run.stderr.contains("a cable that has data wires"), "{run:?}");
    }
}
