//! What `fwc test` writes for other tools, read by other people's readers, or by the rules of the format.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use fwc_tests::{host_target_folder, run_scenarios};
use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;
use vcd::{Command, IdCode, Parser, TimescaleUnit, VarType};

const PROJECT: &str = "tests/firmware/scenarios";

/// A file of the run with these arguments, whose last one is its place.
fn written(name: &str, arguments: &[&str]) -> String {
    let folder = host_target_folder().with_file_name("scenario-files");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file: PathBuf = folder.join(name);
    let place = file.display().to_string();
    let output =
        run_scenarios(PROJECT, &[arguments, &["-q", "--on", "sim"], &[option(name), &place]].concat());
    let text = fs::read_to_string(file);
    text.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn option(name: &str) -> &'static str {
    if name.ends_with(".xml") { "--junit" } else { "--trace" }
}

/// The value change dump, read by the `vcd` crate.
#[test]
fn a_value_change_dump_is_one() {
    let text = written("read.vcd", &["all"]);
    let mut parser = Parser::new(text.as_bytes());
    let header = parser.parse_header().expect("the header can be read");
    assert_eq!(header.timescale, Some((1, TimescaleUnit::NS)));
    let variable = |name: &str| {
        let found = header.find_var(&["seen", name]);
        found.unwrap_or_else(|| panic!("`{name}` is no variable of\n{text}")).clone()
    };
    let (lamp, fan, levels) = (variable("lamp"), variable("fan"), variable("levels"));
    assert_eq!((lamp.var_type, lamp.size), (VarType::Wire, 1));
    assert_eq!(fan.var_type, VarType::Real);
    assert_eq!(levels.var_type, VarType::String);

    let mut now = None;
    let mut changes: BTreeMap<IdCode, usize> = BTreeMap::new();
    for command in parser {
        match command.expect("each change can be read") {
            Command::Timestamp(time) => {
                assert!(now.is_none_or(|now| now < time), "time goes on: {now:?}, {time}");
                now = Some(time);
            }
            Command::ChangeScalar(code, _)
            | Command::ChangeReal(code, _)
            | Command::ChangeString(code, _) => {
                *changes.entry(code).or_default() += 1;
            }
            Command::Begin(_) | Command::End(_) => {}
            other => panic!("{other:?} has no place among the changes"),
        }
    }
    for (name, variable) in [("lamp", lamp), ("fan", fan), ("levels", levels)] {
        assert!(changes.get(&variable.code).copied().unwrap_or_default() > 1, "`{name}` changes:\n{text}");
    }
}

/// The Trace Event Format by the rules of its description: of each event its phase, what that needs, rows that have a name,
/// and bars of a row that do not overlap.
#[test]
fn a_trace_for_perfetto_keeps_the_rules_of_its_format() {
    let text = written("read.json", &["all"]);
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    let mut rows: BTreeMap<u64, String> = BTreeMap::new();
    let mut bars: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    let mut phases: BTreeMap<String, usize> = BTreeMap::new();
    let mut used: Vec<u64> = Vec::new();
    let mut instants = 0.0;
    for event in document["traceEvents"].as_array().expect("it has events") {
        let phase = event["ph"].as_str().expect("each event has a phase");
        *phases.entry(phase.to_owned()).or_default() += 1;
        assert_eq!(event["pid"], 1, "{event}");
        let name = event["name"].as_str().unwrap_or_else(|| panic!("{event} has a name"));
        let row = || event["tid"].as_u64().unwrap_or_else(|| panic!("{event} has a row"));
        let time = |key: &str| {
            let time = event[key].as_f64().filter(|time| *time >= 0.0);
            time.unwrap_or_else(|| panic!("{event} has a time `{key}`"))
        };
        match phase {
            "M" if name == "process_name" => assert_eq!(event["args"]["name"], "seen"),
            "M" => {
                assert_eq!(name, "thread_name");
                let title = event["args"]["name"].as_str().expect("a row has a title");
                assert_eq!(rows.insert(row(), title.to_owned()), None, "a row has one title: {event}");
            }
            "X" => {
                used.push(row());
                bars.entry(row()).or_default().push((time("ts"), time("dur")));
            }
            "i" => {
                used.push(row());
                assert_eq!(event["s"], "t", "it belongs to its row: {event}");
                assert!(time("ts") >= instants, "time goes on: {event}");
                instants = time("ts");
            }
            "C" => {
                let values = event["args"].as_object().expect("a counter has values");
                assert!(!values.is_empty() && values.values().all(Value::is_number), "{event}");
                time("ts");
            }
            other => panic!("{other} is no phase that is written"),
        }
    }
    for phase in ["M", "X", "i", "C"] {
        assert!(phases.contains_key(phase), "none of `{phase}`: {phases:?}");
    }
    assert!(used.iter().all(|row| rows.contains_key(row)), "each row has a title");
    for (row, bars) in bars {
        let overlap = bars.windows(2).find(|pair| pair[0].0 + pair[0].1 > pair[1].0);
        assert_eq!(overlap, None, "of {}", rows[&row]);
    }
}

/// The results, read by the reader of `quick-junit`.
#[test]
fn results_are_what_a_ci_reads() {
    let text = written("read.xml", &[]);
    let report = Report::deserialize_from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!((report.tests, report.failures, report.errors), (4, 2, 0));
    let [suite] = &report.test_suites[..] else { panic!("there is one suite: {text}") };
    assert_eq!((suite.name.as_str(), suite.tests, suite.failures), ("seen", 4, 2));
    let cases: Vec<(&str, bool)> = suite
        .test_cases
        .iter()
        .map(|case| (case.name.as_str(), matches!(case.status, TestCaseStatus::Success { .. })))
        .collect();
    assert_eq!(cases, [("all", true), ("disturbed", true), ("fails", false), ("panics", false)]);
    for case in &suite.test_cases {
        assert_eq!(case.classname.as_ref().map(|place| place.as_str()), Some("simulation"));
        assert!(case.time.is_some(), "{case:?}");
        if let TestCaseStatus::NonSuccess { message, description, .. } = &case.status {
            let title = message.as_ref().expect("a failure has a title").as_str();
            let whole = description.as_ref().expect("a failure has a text").as_str();
            assert!(title.starts_with("error[") && whole.starts_with(title), "{title}\n{whole}");
        }
    }
}
