//! Deadlines: what takes too long is counted, from when its tick fell.

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::{Simulation, forever};
use embassy_futures::poll_once;
use embassy_time::{Duration, Instant, Timer};
use fwc_runtime::{Deadline, MonitoredTicker};

/// In microseconds.
const PERIOD: u64 = 10_000;

/// Does work of these milliseconds, one a tick. When each tick came, in milliseconds.
fn work(
    simulation: &mut Simulation,
    deadline: &'static Deadline,
    works: &'static [u64],
) -> Rc<RefCell<Vec<u64>>> {
    let ticks = Rc::new(RefCell::new(Vec::new()));
    let seen = ticks.clone();
    simulation.spawn(async move {
        let mut tick = MonitoredTicker::<_, PERIOD>::new(deadline);
        for work in works {
            tick.next().await;
            seen.borrow_mut().push(Instant::now().as_millis());
            Timer::after_millis(*work).await;
        }
        tick.next().await;
    });
    ticks
}

#[test]
fn work_that_takes_longer_than_the_deadline_is_counted() {
    let deadline: &'static Deadline = forever(Deadline::new("control", Duration::from_millis(4)));
    let mut simulation = Simulation::new();
    work(&mut simulation, deadline, &[3, 4, 5, 1, 9]);
    simulation.run_ms(34);
    assert_eq!(deadline.missed(), 0, "work that is still under way is not counted");
    simulation.run_ms(2);
    assert_eq!(deadline.missed(), 1);
    simulation.run_ms(30);
    assert_eq!(deadline.missed(), 2);
}

#[test]
fn the_time_counts_from_when_the_tick_fell() {
    let deadline: &'static Deadline = forever(Deadline::new("control", Duration::from_millis(12)));
    let mut simulation = Simulation::new();
    // The tick at 20 ms is taken at 35 ms and done at 36 ms; the one at 30 ms is done at 37 ms, in time.
    let ticks = work(&mut simulation, deadline, &[25, 1, 1, 1]);
    simulation.run_ms(60);
    assert_eq!(*ticks.borrow(), [10, 35, 36, 40]);
    assert_eq!(deadline.missed(), 2);
}

#[test]
fn a_wait_for_a_tick_that_is_given_up_is_no_work() {
    let deadline: &'static Deadline = forever(Deadline::new("control", Duration::from_millis(1)));
    let mut simulation = Simulation::new();
    simulation.spawn(async move {
        let mut tick = MonitoredTicker::<_, PERIOD>::new(deadline);
        for _ in 0..5 {
            assert!(poll_once(tick.next()).is_pending());
            Timer::after_micros(1_500).await;
        }
        tick.next().await;
        assert_eq!(Instant::now().as_millis(), 10, "no tick is lost");
        drop(tick.next());
        drop(tick.next());
    });
    simulation.run_ms(30);
    assert_eq!(deadline.missed(), 0);
}
