//! Images that tell what channels carry and how busy tasks are: what they tell is what the emulator sees, and an image that was
//! not asked tells nothing and has nothing of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fwc_sim::{Job, Level, Pin, Trace};
use fwc_tests::{build_project, milliseconds, run_fwc};
use object::{Object as _, ObjectSymbol as _};

use crate::run;

const WORKING: Pin = Pin(2);
const URGENT: Pin = Pin(3);
const SENDING: Pin = Pin(4);
const YIELDING: Pin = Pin(5);
const LOGGING: Pin = Pin(6);

/// Cycles a microsecond.
const MEGAHERTZ: f64 = 125.0;

/// Builds the image that tells, beside that which does not. Each has a file of its own: the next build has the same place.
fn observed(options: &[&str]) -> (PathBuf, PathBuf) {
    static ONE_BY_ONE: Mutex<()> = Mutex::new(());
    let _turn = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let plain = build_project("tests/firmware/observed", "rpi-pico");
    let mut arguments = vec!["build", "--quiet"];
    arguments.extend(options);
    run_fwc(&plain.project, &arguments).ends(0);
    let folder = plain.project.join("target/fwc/rpi-pico-observed");
    let kept = folder.join(options.concat().replace(['-', '=', '.'], "_")).with_extension("elf");
    for ending in ["elf", "bin"] {
        fs::copy(folder.join("observed").with_extension(ending), kept.with_extension(ending)).unwrap();
    }
    (kept, plain.elf)
}

/// Frames that begin with a word, without it.
fn told(trace: &Trace, what: &str) -> Vec<String> {
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    let told = logs.iter().filter(|record| record.is_report);
    told.filter_map(|record| Some(record.message.strip_prefix(what)?.trim().to_owned())).collect()
}

fn numbers(text: &str) -> Vec<u32> {
    text.split(' ').map(|number| number.parse().unwrap_or_else(|_| panic!("`{text}`"))).collect()
}

/// When a pin is high: from, to.
fn spans(trace: &Trace, pin: Pin) -> Vec<(u64, u64)> {
    let edges: Vec<_> = trace.edges(pin).collect();
    let pairs = edges.windows(2).filter(|pair| pair[0].level == Level::High);
    pairs.map(|pair| (pair[0].at.0, pair[1].at.0)).collect()
}

/// Where the statics of tasks are.
fn tasks(elf: &Path) -> BTreeMap<u32, String> {
    let bytes = fs::read(elf).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let named = file.symbols().filter_map(|symbol| {
        let name = symbol.name().ok()?;
        let (before, _) = name.split_once("4POOL")?;
        let task = before.rsplit(|character: char| character.is_ascii_digit()).next()?;
        Some((symbol.address() as u32, task.to_owned()))
    });
    named.collect()
}

#[test]
fn messages_of_watched_channels_are_told_in_order_with_their_values() {
    let (elf, _) = observed(&["--watch", "readings", "--watch", "states", "--watch", "ticks"]);
    let trace = run(&Job::new(elf, milliseconds(1_010)));
    let count =
        |what: &str| told(&trace, what).iter().map(|text| text.parse().unwrap()).collect::<Vec<u64>>();
    assert_eq!(count("fwc-watch ticks"), (1..=50).collect::<Vec<u64>>());
    let states: Vec<String> = told(&trace, "fwc-watch states");
    let expected = (1..=50).map(|count| if count % 3 == 0 { "ShortPress" } else { "Off" });
    assert_eq!(states, expected.collect::<Vec<_>>());
    let readings = told(&trace, "fwc-watch readings");
    let expected = (1..=50i32).map(|count| {
        format!(
            "Reading {{ count: {count}, celsius: {:?}, even: {}, place: Place {{ x: {count}, y: -{count} }}, \
             bytes: [1, 2, {count}], name: {} }}",
            f64::from(count) / 4.0,
            count % 2 == 0,
            if count == 1 { r#""a \"b\", {c""# } else { "\"x\"" }
        )
    });
    assert_eq!(readings, expected.collect::<Vec<_>>());
    assert!(told(&trace, "fwc-watch numbers").is_empty(), "nobody asked for these");
    assert!(told(&trace, "fwc-time").is_empty() && told(&trace, "fwc-task").is_empty());
}

#[test]
fn loads_misses_and_drops_are_what_the_emulator_sees() {
    let (elf, _) = observed(&["--stats=200ms"]);
    let names = tasks(&elf);
    let trace = run(&Job::new(elf, milliseconds(1_010)));
    let times: Vec<Vec<u32>> = told(&trace, "fwc-time").iter().map(|text| numbers(text)).collect();
    assert_eq!(times.len(), 5);
    assert!(times.iter().all(|time| time[1] == 1_000_000 && time[2] == 1), "{times:?}");
    let reports: Vec<Vec<u32>> = told(&trace, "fwc-task").iter().map(|text| numbers(text)).collect();
    let of_task = |task: &str| {
        let of_task = reports.iter().filter(|report| names[&report[0]] == task);
        of_task.cloned().collect::<Vec<_>>()
    };

    // Between the first report and the last: what each has worked, by itself and by its pin.
    let (from, to) = (u64::from(times[0][0]) * 1_000, u64::from(times[4][0]) * 1_000);
    let inside = |(start, end): (u64, u64)| end.min(to).saturating_sub(start.max(from));
    let urgent = spans(&trace, URGENT);
    let in_urgent = |(start, end): (u64, u64)| {
        let overlaps = urgent.iter().map(|span| span.1.min(end).saturating_sub(span.0.max(start)));
        overlaps.sum::<u64>()
    };
    let quick: u64 = urgent.iter().map(|span| inside(*span)).sum();
    let work = spans(&trace, WORKING)
        .into_iter()
        .map(|span| inside(span) - in_urgent((span.0.max(from), span.1.min(to))));
    let work: u64 = work.sum();
    for (task, seen) in [("work", work), ("quick", quick)] {
        let all = of_task(task);
        let counted = u64::from(all[4][2] - all[0][2]) * 1_000;
        let seen_part = seen as f64 / (to - from) as f64;
        assert!(seen_part > 0.09, "{task} works, {seen_part}");
        // The pins move within the polls, which begin before and end after.
        let part = counted as f64 / seen as f64;
        assert!((0.99..1.05).contains(&part), "{task}: {counted} ns, the emulator sees {seen}");
    }
    let work = of_task("work");
    assert_eq!(work[4][1] - work[0][1], 80, "a poll each 10 ms");
    assert!(work[4][3] > 2_000 && work[4][3] < 2_600, "the longest poll: {work:?}");
    let quick = of_task("quick");
    assert!(quick.iter().all(|report| report[4] < 300), "it waits for nobody: {quick:?}");
    assert!(of_task("source").iter().any(|report| report[4] > 2_000), "this one waits for `work`");

    // All time is somebody's.
    let busy: u32 = reports.iter().rev().take(names.len()).map(|report| report[2]).sum();
    let (now, idle) = (times[4][0], times[4][3]);
    let rest = f64::from(now - idle - busy) / f64::from(now);
    assert!((0.0..0.06).contains(&rest), "executors and start: {rest}");

    let last = |what: &str| told(&trace, what).last().cloned().unwrap_or_default();
    assert_eq!(last("fwc-missed"), "work 99", "each tick, the one before the last report is not over yet");
    let dropped = numbers(last("fwc-dropped").strip_prefix("numbers ").unwrap())[0];
    // 50 numbers came, ten were taken, and two have room; of what comes and is taken at once, either may be the first.
    assert!((37..=39).contains(&dropped), "{dropped}");
}

/// What docs/monitor.md says of the cost.
#[test]
fn what_a_message_and_a_poll_cost_more() {
    let (watched, plain) = observed(&["--watch", "counts"]);
    let watched_trace = run(&Job::new(watched, milliseconds(1_600)));
    let plain_trace = run(&Job::new(plain, milliseconds(1_600)));
    let (counted, _) = observed(&["--stats"]);
    let counted_trace = run(&Job::new(counted, milliseconds(1_600)));
    let cycles = |trace: &Trace, pin: Pin| {
        let spans = spans(trace, pin);
        let least = spans.iter().map(|(from, to)| to - from).min().unwrap();
        least as f64 / 1_000.0 * MEGAHERTZ / 10.0
    };
    let (message, poll) = (cycles(&plain_trace, SENDING), cycles(&plain_trace, YIELDING));
    let watched_message = cycles(&watched_trace, SENDING) - message;
    let counted_poll = cycles(&counted_trace, YIELDING) - poll;
    let line = cycles(&plain_trace, LOGGING);
    println!("a line of the log {line:.0} cycles");
    println!("a message {message:.0} cycles, watched {watched_message:.0} more");
    println!("a poll {poll:.0} cycles, counted {counted_poll:.0} more");
    assert!(watched_message < 1.3 * line, "hardly more than a line of the log, {watched_message} and {line}");
    assert!((100.0..1_500.0).contains(&counted_poll), "{counted_poll}");
    assert!((cycles(&watched_trace, YIELDING) - poll).abs() < 30.0, "polls are not counted then");
}

#[test]
fn an_image_that_was_not_asked_has_nothing_of_it() {
    let plain = build_project("tests/firmware/observed", "rpi-pico");
    let image = plain.elf.with_extension("bin");
    let before = fs::read(&image).unwrap();
    observed(&["--watch", "readings", "--stats"]);
    run_fwc(&plain.project, &["build", "--quiet"]).ends(0);
    assert!(fs::read(&image).unwrap() == before, "byte by byte what it was");
    let generated = plain.project.join("generated/rpi-pico");
    assert!(!generated.join("src/fwc_observed.rs").exists());
    let manifest = fs::read_to_string(generated.join("Cargo.toml")).unwrap();
    assert!(
        !["\"observe\"", "\"statistics\"", "\"trace\""].iter().any(|word| manifest.contains(word)),
        "{manifest}"
    );
    let bytes = fs::read(&plain.elf).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    for symbol in file.symbols() {
        let name = symbol.name().unwrap_or_default();
        assert!(
            !["7observe", "10statistics", "_embassy_trace", "fwc-watch", "fwc-time"]
                .iter()
                .any(|word| name.contains(word)),
            "{name}"
        );
    }
    let (told, _) = observed(&["--watch", "readings", "--stats"]);
    let sizes = [&plain.elf, &told].map(|elf| fs::metadata(elf.with_extension("bin")).unwrap().len());
    println!("bytes of the image: {} plain, {} observed", sizes[0], sizes[1]);
    assert!(sizes[0] < sizes[1]);
}
