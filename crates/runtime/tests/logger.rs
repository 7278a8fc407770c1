//! Log lines in a ring: `log` knows one logger in a process, so this is one story.

mod common;

use common::{Serial, Simulation};
use fwc_runtime::logger::Logger;
use fwc_runtime::{debug, info, warn};
use log::LevelFilter;

static LOGGER: Logger<256> = Logger::new();

#[test]
fn lines_leave_in_order_and_those_without_room_are_counted() {
    let mut simulation = Simulation::new();
    let out = Serial::default();
    LOGGER.start(LevelFilter::Info);
    simulation.spawn(LOGGER.drain(out.clone()));
    simulation.run_ms(1_500);

    info!("fan {}", "on");
    debug!("below the level");
    log::error!(target: "embassy_rp::uart", "{:?}", Some(1));
    simulation.settle();
    assert_eq!(out.take_text(), "1500 INFO logger: fan on\r\n1500 ERROR embassy_rp::uart: Some(1)\r\n");

    // 32 bytes of the first line leave for the writer, which then waits.
    out.block(true);
    for number in 0..20 {
        warn!("line {number} of some length");
        simulation.settle();
    }
    out.block(false);
    simulation.settle();
    let kept = out.take_text();
    let kept: Vec<&str> = kept.lines().collect();
    assert_eq!(kept[0], "1500 WARN logger: line 0 of some length");
    let count = kept.len();
    assert!((5..9).contains(&count), "{count} lines of 40 bytes were kept of a ring of 256");

    info!("room again");
    simulation.settle();
    let told = out.take_text();
    let dropped = 20 - count;
    assert_eq!(
        told,
        format!(
            "1500 WARN log: {dropped} lines dropped, the ring was full\r\n1500 INFO logger: room again\r\n"
        )
    );

    info!("{}é{}", "x".repeat(138), "y".repeat(50));
    simulation.settle();
    let long = out.take_text();
    assert!(long.len() <= 160 && long.ends_with("x~\r\n") && !long.contains('y'), "{long}");
    info!("as before");
    simulation.settle();
    assert_eq!(out.take_text(), "1500 INFO logger: as before\r\n");
}
