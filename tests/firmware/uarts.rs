//! Bytes through uarts: none lost, and each at its time.

use fwc_sim::{Level, Pin, Uart};
use fwc_tests::milliseconds;

use crate::{assert_pace, edges_from, job, run};

/// A thousand bytes that look random and are the same in each run (xorshift32).
fn thousand_bytes(seed: u32) -> Vec<u8> {
    let mut state = seed;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 11) as u8
    })
    .take(1_000)
    .collect()
}

#[test]
fn a_thousand_bytes_are_echoed_at_both_rates() {
    let (slow, fast) = (thousand_bytes(0x2545_f491), thousand_bytes(0x9e37_79b9));
    let job = job("echo", milliseconds(150)).send(milliseconds(10), Uart(0), slow.clone()).send(
        milliseconds(20),
        Uart(1),
        fast.clone(),
    );
    let trace = run(&job);
    for (uart, sent, bit_nanoseconds) in [(Uart(0), slow, 8_681), (Uart(1), fast, 1_085)] {
        let bytes: Vec<_> = trace.uart_bytes(uart).collect();
        let echoed: Vec<u8> = bytes.iter().map(|timed| timed.byte).collect();
        assert_eq!(echoed, sent, "{uart:?}");
        // 1,000 characters of ten bits took the time that the rate gives, within 2%.
        let took = bytes[999].at.0 - bytes[0].at.0;
        let expected = 999 * 10 * bit_nanoseconds;
        assert!(took.abs_diff(expected) < expected / 50, "{uart:?} took {took} ns, not {expected}");
    }
}

#[test]
fn another_clock_changes_neither_time_nor_baud() {
    let sent = thousand_bytes(0x1234_5678);
    let trace = run(&job("clock", milliseconds(1_005)).send(milliseconds(10), Uart(0), sent.clone()));
    let bytes: Vec<_> = trace.uart_bytes(Uart(0)).collect();
    assert_eq!(bytes.iter().map(|timed| timed.byte).collect::<Vec<_>>(), sent);
    let took = bytes[999].at.0 - bytes[0].at.0;
    let expected = 999 * 10 * 8_681;
    assert!(took.abs_diff(expected) < expected / 50, "took {took} ns, not {expected}");
    // The board's override sets the pace: ten edges in a second.
    let edges = edges_from(&trace, Pin(16), milliseconds(50));
    assert_eq!(edges.len(), 10);
    assert_pace(&edges, milliseconds(100), milliseconds(1), Level::High);
}
