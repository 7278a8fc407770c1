//! The very image that would be flashed boots in the emulator, blinks and prints.

use fwc_tests::build_project;
use fwc_tests_stm32::Board;

/// A tick may be late by the steps of watching, by the slices in which the emulator runs its core, and by the core's own work.
const TOLERANCE: u64 = 1_500_000;

#[track_caller]
fn check_pace(edges: &[u64], period: u64) {
    let gaps = edges.windows(2).map(|pair| pair[1] - pair[0]);
    let wrong: Vec<u64> = gaps.filter(|gap| gap.abs_diff(period) > TOLERANCE).collect();
    assert!(wrong.is_empty(), "edges {period} ns apart, but {wrong:?}: {edges:?}");
}

#[test]
fn an_image_of_the_discovery_board_blinks_prints_and_answers() {
    let firmware = build_project("tests/stm32/apps/blink-echo", "stm32f4-discovery");
    let mut board = Board::boot(&firmware.elf.with_extension("bin"));

    // The green LED is PD12: on and off every 50 ms, on the thread executor.
    let green = board.watch(320, 'D', 12);
    check_pace(&green, 50_000_000);
    assert!((5..=7).contains(&green.len()), "{green:?}");

    // The orange LED is PD13: every 20 ms, on an executor that runs in an interrupt.
    let orange = board.watch(210, 'D', 13);
    check_pace(&orange, 20_000_000);
    assert!((9..=11).contains(&orange.len()), "{orange:?}");

    // A line every 100 ms, each as long as its bytes take at 115200 baud.
    let said = String::from_utf8_lossy(&board.said).into_owned();
    assert!(said.starts_with("count 1\r\ncount 2\r\ncount 3\r\n"), "{said:?}");

    // What comes in is answered: the receiver's interrupt, its buffer and its silence work.
    board.said.clear();
    board.send(b"hello");
    board.watch(100, 'D', 12);
    let said = String::from_utf8_lossy(&board.said).into_owned();
    assert!(said.contains("HELLO"), "{said:?}");
}
