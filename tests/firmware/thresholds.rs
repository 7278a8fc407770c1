//! `threshold`: on beyond its limit, off only behind its hysteresis.

use fwc_sim::{Level, Nanos, Pin, Uart};
use fwc_tests::milliseconds;

use crate::{edges_from, job, run};

/// The time of each change, in whole milliseconds, and the level then.
fn changes(edges: &[fwc_sim::Edge]) -> Vec<(u64, Level)> {
    edges.iter().map(|edge| (edge.at.0 / 1_000_000, edge.level)).collect()
}

#[test]
fn outputs_switch_at_the_ends_of_their_bands() {
    let trace = run(&job("threshold", milliseconds(100)));
    let after_boot = Nanos(2_000_000);
    // 30.5 at 20 ms is above 30; 28.0 and no number are not yet 2.5 below; 27.5 at 50 ms is.
    let fan = edges_from(&trace, Pin(16), after_boot);
    assert_eq!(
        changes(&fan),
        [(20, Level::High), (50, Level::Low), (70, Level::High), (80, Level::Low)],
        "the fan"
    );
    // Low is active: 999 at 20 ms is below 1000, and 1100 at 70 ms is back by 100.
    let pump = edges_from(&trace, Pin(17), after_boot);
    assert_eq!(changes(&pump), [(20, Level::Low), (70, Level::High)], "the pump");
}

#[test]
fn changes_are_published_once_each() {
    let trace = run(&job("threshold", milliseconds(100)));
    let lines: Vec<String> = trace.uart_lines(Uart(0)).into_iter().map(|line| line.text).collect();
    let of =
        |channel: &str| -> Vec<&str> { lines.iter().filter_map(|line| line.strip_prefix(channel)).collect() };
    // 29.0 is neither above 30 nor back at 27.5, so the first that is known is `true`.
    assert_eq!(of("hot: "), ["true", "false", "true", "false"]);
    assert_eq!(of("dry: "), ["false", "true", "false"]);
}
