//! What channels carry and how busy tasks are, as a user sees it: flashed with `--watch` and `--stats`, over the emulated probe.

use fwc_sim::BoardSetup;
use fwc_tests::{Desk, build_project, run_fwc};
use serde_json::{Value, json};

use crate::running::Running;

/// The records of a running `fwc` up to the one that has these words.
fn records(running: &Running, words: &str) -> Vec<Value> {
    let lines = Running::until(&running.stdout, words);
    lines.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[test]
fn values_and_loads_come_as_records_and_as_lines() {
    let project = build_project("tests/firmware/observed", "rpi-pico").project;
    let desk = Desk::with_probe(BoardSetup::default());
    let probe = desk.probe();
    let flash = ["flash", "--monitor", "--watch", "readings.count", "--watch", "numbers", "--stats=200ms"];
    let arguments = [&flash[..], &["--message-format", "json", "--probe", &probe]].concat();
    let running = Running::start(&project, &arguments);
    let seen = [records(&running, "\"statistics\""), records(&running, "\"statistics\"")].concat();
    assert_eq!(running.interrupt().code, Some(0));
    let values = |channel: &str| {
        let values = seen.iter().filter(|record| record["reason"] == "value" && record["channel"] == channel);
        values.map(|record| record["value"].clone()).collect::<Vec<Value>>()
    };
    let readings = values("readings");
    assert!(readings.len() >= 20, "{readings:?}");
    let counted = (1..).map(|count| json!({ "count": count })).take(readings.len());
    assert_eq!(readings, counted.collect::<Vec<_>>(), "only the field, from the first message on, in order");
    assert_eq!(values("numbers")[..2], [json!(1), json!(2)]);
    let statistics = &seen.last().unwrap()["statistics"];
    let load = |name: &str| {
        let tasks = statistics["tasks"].as_array().unwrap();
        let task = tasks.iter().find(|task| task["task"] == name).unwrap_or_else(|| panic!("{statistics}"));
        task["load"].as_f64().unwrap()
    };
    assert!((0.2..0.27).contains(&load("work")) && (0.09..0.13).contains(&load("quick")), "{statistics}");
    assert!(load("(telling)") < 0.05, "{statistics}");
    assert!(statistics["idle"][0].as_f64().unwrap() > 0.5, "{statistics}");
    assert!(statistics["missed"]["work"].as_u64() > Some(10), "{statistics}");
    assert!(statistics["dropped"]["numbers"].as_u64() > Some(3), "{statistics}");

    // The monitor finds out by itself that the chip runs the image that tells.
    let running = Running::start(&project, &["monitor", "--probe", &probe]);
    let lines = Running::until(&running.stdout, "missed its deadline");
    let reading = lines.iter().find(|line| line.contains(" value readings   count=")).expect("a reading");
    assert!(reading.contains(" place=(x=") && reading.contains(" bytes=[1, 2, "), "{reading}");
    assert!(lines.iter().any(|line| line.contains(" stats work       load 2")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains(" stats (idle)     ")), "{lines:?}");
    assert_eq!(running.interrupt().code, Some(0));

    // What it does not tell, and what to do about it.
    let run = desk.fwc(&project, &["monitor", "--watch", "states"]);
    let said = &run.ends(2).stderr;
    assert!(said.contains("error: the image on the chip does not tell what `states` carries\n"), "{said}");
    assert!(said.contains("note: it tells of `numbers`, `readings`\n"), "{said}");
    assert!(said.contains("help: `fwc flash --monitor --watch states` puts one there that does\n"), "{said}");
    desk.fwc(&project, &["flash", "--quiet"]).ends(0);
    let run = desk.fwc(&project, &["monitor", "--stats"]);
    let said = &run.ends(2).stderr;
    assert!(said.contains("error: the image on the chip does not tell how busy its tasks are\n"), "{said}");
}

#[test]
fn what_cannot_be_watched_is_refused_with_what_can() {
    let observed = build_project("tests/firmware/observed", "rpi-pico").project;
    let uart = build_project("tests/firmware/log-uart", "rpi-pico").project;
    for (project, asked, error, help) in [
        (&observed, "reading", "there is no channel `reading` to watch", "did you mean `readings`?"),
        (
            &observed,
            "readings.cuont",
            "`readings.cuont` is no field of the messages of `readings`",
            "did you mean `count`?",
        ),
        (
            &observed,
            "numbers.x",
            "`numbers.x` is no field",
            "`--watch numbers` shows it as a whole: it has no fields",
        ),
        (&uart, "any", "`--watch` and `--stats` go the way of the log", "`log-over = \"rtt\"` in `[app]`"),
    ] {
        let run = run_fwc(project, &["build", "--watch", asked]);
        let said = &run.ends(2).stderr;
        assert!(said.contains(&format!("error: {error}")), "{said}");
        assert!(said.contains(help), "{said}");
    }
}
