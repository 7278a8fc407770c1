//! The log and the panic: what is said before the chip halts or starts again.

use fwc_sim::{LogLevel, Pin, Uart};
use fwc_tests::{emulator, milliseconds};

use crate::{edges_from, job, run};

#[test]
fn a_panic_is_logged_on_the_uart_and_the_chip_starts_again() {
    let trace = run(&job("log-uart", milliseconds(700)));
    let lines: Vec<String> = trace.uart_lines(Uart(0)).into_iter().map(|line| line.text).collect();
    let ticks: Vec<&String> = lines.iter().filter(|line| line.contains("tick ")).collect();
    assert!(ticks.len() >= 6, "two lives of three ticks: {lines:?}");
    assert!(ticks[0].ends_with("tick 1") && ticks[0].contains("INFO"), "{}", ticks[0]);
    assert!(ticks[3].ends_with("tick 1"), "after the reset it counts anew: {lines:?}");
    assert!(!lines.iter().any(|line| line.contains("below the level")), "{lines:?}");
    let panics = lines.iter().filter(|line| line.contains("three is too many")).count();
    assert_eq!(panics, 2, "{lines:?}");
    assert_eq!(trace.end().resets, 2);
}

#[test]
fn a_panic_is_logged_by_rtt_and_the_chip_stands_still() {
    // Standing still may be a fault on purpose, so faults are looked at here.
    let trace =
        emulator().run(&job("panic-halt", milliseconds(1_000))).unwrap_or_else(|error| panic!("{error}"));
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    let messages: Vec<&str> = logs.iter().map(|record| record.message.as_str()).collect();
    assert!(messages.starts_with(&["tick 1", "tick 2", "tick 3"]), "{messages:?}");
    let last = logs.last().expect("the panic is logged");
    assert_eq!(last.level, Some(LogLevel::Error));
    assert!(last.message.contains("three is too many"), "{}", last.message);
    assert!(!messages.contains(&"below the level"));
    assert!(edges_from(&trace, Pin(25), milliseconds(310)).is_empty(), "nothing moves after a halt");
    assert_eq!(trace.end().resets, 0);
}
