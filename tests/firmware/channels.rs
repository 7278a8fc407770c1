//! Channels between tasks, a user's code among them.

use fwc_sim::{Job, Uart};
use fwc_tests::{build_edited, milliseconds};

use crate::{job, run};

#[test]
fn code_works_between_two_channels() {
    let trace = run(&job("pipeline", milliseconds(100)));
    let lines: Vec<String> = trace.uart_lines(Uart(0)).into_iter().map(|line| line.text).collect();
    let of =
        |channel: &str| -> Vec<&str> { lines.iter().filter_map(|line| line.strip_prefix(channel)).collect() };
    assert_eq!(
        of("doubled: "),
        [
            "index=0 celsius=-2.50 valid=true",
            "index=1 celsius=-0.50 valid=true",
            "index=2 celsius=1.50 valid=true",
            "index=3 celsius=3.50 valid=false",
            "index=4 celsius=5.50 valid=true",
        ]
    );
    assert_eq!(of("alarm: "), ["false", "false", "false", "false", "true"]);
    assert_eq!(lines.len(), 10, "{lines:?}");
}

#[test]
fn json_lines_are_json() {
    let trace = run(&job("pipeline", milliseconds(100)));
    let records: Vec<serde_json::Value> = trace
        .uart_lines(Uart(1))
        .iter()
        .map(|line| serde_json::from_str(&line.text).unwrap_or_else(|error| panic!("{error}: {}", line.text)))
        .collect();
    let summaries: Vec<&serde_json::Value> =
        records.iter().filter(|record| record["channel"] == "summary").collect();
    assert_eq!(summaries.len(), 5);
    let last = summaries[4];
    assert_eq!(last["last"]["celsius"], 5.5);
    assert_eq!(last["last"]["index"], 4);
    assert_eq!(last["peaks"], serde_json::json!([-3, 4]));
    assert_eq!(last["mode"], "running");
    assert_eq!(last["label"], "\"e");
    assert_eq!(summaries[0]["mode"], "cold-start");
    assert_eq!(last["ms"], 50);
}

#[test]
fn each_overflow_policy_does_what_it_says() {
    let trace = run(&job("overload", milliseconds(200)));
    let lines: Vec<String> = trace.uart_lines(Uart(0)).into_iter().map(|line| line.text).collect();
    let of = |channel: &str| -> Vec<&str> {
        lines.iter().filter_map(|line| line.strip_prefix(&format!("{channel}: "))).collect()
    };
    assert_eq!(of("patient"), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "wait loses nothing");
    assert_eq!(of("newest"), ["0", "1", "2", "3"], "drop-newest keeps the first four");
    assert_eq!(of("oldest"), ["6", "7", "8", "9"], "drop-oldest keeps the last four");
    assert_eq!(of("seen_newest"), ["0", "1", "2", "3"]);
    assert_eq!(of("seen_oldest"), ["6", "7", "8", "9"]);
    assert_eq!(of("bytes"), ["newest=[0,1,2,3] oldest=[6,7,8,9]"], "and so do pipes");
    assert_eq!(of("dropped"), ["newest=6 oldest=6 seen_newest=6 seen_oldest=6"]);

    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    let told = |channel: &str| -> Vec<&str> {
        let start = format!("channel {channel} was full: ");
        let said = logs.iter().filter_map(|record| record.message.strip_prefix(&start));
        said.filter_map(|count| count.strip_suffix(" dropped so far")).collect()
    };
    for channel in ["newest", "oldest", "seen_newest"] {
        assert_eq!(told(channel), ["1", "2", "4"], "{channel} drops six, one by one");
    }
    assert_eq!(told("seen_oldest"), ["6"], "its reader finds out when it reads again");
    for pipe in ["bytes_newest", "bytes_oldest"] {
        assert_eq!(told(pipe), ["6"], "{pipe} is written all at once");
    }
    assert_eq!(told("patient"), [""; 0]);
    assert_eq!(logs.len(), 12, "{logs:?}");
    assert!(logs.iter().all(|record| record.level == Some(fwc_sim::LogLevel::Warn)), "{logs:?}");
}

#[test]
fn below_the_level_of_warnings_the_counts_are_all_that_is_left() {
    let firmware = build_edited("tests/firmware/overload", "rpi-pico", |app| {
        app.replace("log = \"warn\"", "log = \"error\"")
    });
    let trace = run(&Job::new(firmware.elf, milliseconds(200)));
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    assert!(logs.is_empty(), "{logs:?}");
    let counts = "dropped: newest=6 oldest=6 seen_newest=6 seen_oldest=6";
    assert!(trace.uart_lines(Uart(0)).iter().any(|line| line.text == counts));
}
