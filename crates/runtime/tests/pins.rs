//! Polarity, debouncing, the ticker, and the behaviours that move pins.

mod common;

use common::{Simulation, Wired, forever};
use embassy_futures::poll_once;
use embassy_time::{Duration, Instant, Timer};
use embedded_hal::digital::{InputPin, OutputPin, StatefulOutputPin};
use embedded_hal_async::digital::Wait;
use fwc_runtime::channel::Channel;
use fwc_runtime::gpio::{ActiveHigh, ActiveLow, Debounced, Input, Output};
use fwc_runtime::{NoopRawMutex, Ticker, behaviors};

const DEBOUNCE: u32 = 20_000;

type Events = Channel<NoopRawMutex, bool, 32>;

#[test]
fn an_active_low_output_is_active_at_the_low_level() {
    let wire = Wired::at(true);
    let mut output = Output::<_, ActiveLow>::new(wire.clone());
    assert!(output.is_set_low().unwrap());
    output.set_high().unwrap();
    assert!(!wire.level());
    assert!(output.is_set_high().unwrap());
    output.toggle().unwrap();
    assert!(wire.level());
    output.set_low().unwrap();
    assert!(wire.level());
}

#[test]
fn an_active_high_output_is_active_at_the_high_level() {
    let wire = Wired::default();
    let mut output = Output::<_, ActiveHigh>::new(wire.clone());
    output.set_high().unwrap();
    assert!(wire.level() && output.is_set_high().unwrap());
    output.toggle().unwrap();
    assert!(!wire.level() && output.is_set_low().unwrap());
}

#[test]
fn inputs_wait_and_answer_by_their_polarity() {
    for active in [true, false] {
        let wire = Wired::at(!active);
        let mut high = Input::<_, ActiveHigh>::new(wire.clone());
        let mut low = Input::<_, ActiveLow>::new(wire.clone());
        let answers = |wire: &Wired| {
            let mut high = Input::<_, ActiveHigh>::new(wire.clone());
            let mut low = Input::<_, ActiveLow>::new(wire.clone());
            let ready_high = poll_once(high.wait_for_high()).is_ready();
            let ready_low = poll_once(high.wait_for_low()).is_ready();
            assert_eq!(poll_once(low.wait_for_high()).is_ready(), ready_low);
            assert_eq!(poll_once(low.wait_for_low()).is_ready(), ready_high);
            (high.is_high().unwrap(), low.is_high().unwrap(), high.is_low().unwrap(), low.is_low().unwrap())
        };
        assert_eq!(answers(&wire), (!active, active, active, !active));

        let mut to_active = Box::pin(async {
            if active { high.wait_for_rising_edge().await } else { low.wait_for_rising_edge().await }
        });
        assert!(poll_once(to_active.as_mut()).is_pending());
        wire.set(active);
        assert!(poll_once(to_active.as_mut()).is_ready());
        assert_eq!(answers(&wire), (active, !active, !active, active));
    }
}

#[test]
fn a_ticker_does_not_drift_with_the_work_between_ticks() {
    let mut simulation = Simulation::new();
    let times = forever(std::cell::RefCell::new(Vec::new()));
    simulation.spawn(async {
        let mut ticker = Ticker::<10_000>::new();
        for tick in 0..100u64 {
            ticker.next().await;
            times.borrow_mut().push(Instant::now().as_micros());
            // Work of up to 9 ms, which the next tick does not feel.
            Timer::after_millis(tick % 10).await;
        }
    });
    simulation.run_ms(1_010);
    let expected: Vec<u64> = (1..=100).map(|tick| tick * 10_000).collect();
    assert_eq!(*times.borrow(), expected);
}

#[test]
fn a_ticker_catches_up_after_work_that_took_longer_than_its_period() {
    let mut simulation = Simulation::new();
    let times = forever(std::cell::RefCell::new(Vec::new()));
    simulation.spawn(async {
        let mut ticker = Ticker::<10_000>::new();
        loop {
            ticker.next().await;
            times.borrow_mut().push(Instant::now().as_millis());
            if times.borrow().len() == 1 {
                Timer::after_millis(35).await;
            }
        }
    });
    simulation.run_ms(60);
    assert_eq!(*times.borrow(), [10, 45, 45, 45, 50, 60]);
}

#[test]
fn blink_toggles_at_each_tick() {
    let mut simulation = Simulation::new();
    let led = Wired::default();
    let output = Output::<_, ActiveHigh>::new(led.clone());
    simulation.spawn(behaviors::blink(output, Ticker::<250_000>::new()));
    simulation.run_ms(1_000);
    assert_eq!(led.edges(), [(250_000, true), (500_000, false), (750_000, true), (1_000_000, false)]);
}

#[test]
fn toggle_flips_at_the_messages_that_match() {
    let mut simulation = Simulation::new();
    let channel: &'static Events = forever(Events::new());
    let lamp = Wired::default();
    let output = Output::<_, ActiveHigh>::new(lamp.clone());
    simulation.spawn(behaviors::toggle(channel.subscriber(), output, |on| on));
    for message in [true, false, true, true, false] {
        channel.publisher().try_send(message).unwrap();
    }
    simulation.settle();
    assert_eq!(lamp.edges().len(), 3);
}

/// Presses that bounce: (time in microseconds, level).
fn play(simulation: &mut Simulation, wire: &Wired, moves: &[(u64, bool)]) {
    for (at, level) in moves {
        simulation.run_for(Instant::from_micros(*at) - Instant::now());
        wire.set(*level);
    }
}

fn received(channel: &'static Events) -> Vec<bool> {
    std::iter::from_fn(|| channel.subscriber().try_receive().ok()).collect()
}

#[test]
fn a_bouncing_press_is_one_press_and_one_release() {
    let mut simulation = Simulation::new();
    let channel: &'static Events = forever(Events::new());
    let wire = Wired::at(true);
    let input = Debounced::<_, DEBOUNCE>::new(Input::<_, ActiveLow>::new(wire.clone()));
    simulation.spawn(behaviors::button(input, channel.publisher()));

    let bounces = [0u64, 300, 900, 1_500, 4_000, 4_100, 9_000, 9_300, 15_000];
    for (index, offset) in bounces.iter().enumerate() {
        play(&mut simulation, &wire, &[(100_000 + offset, index % 2 == 1)]);
    }
    // The last bounce is at 115 ms; the press counts 20 ms later.
    simulation.run_for(Instant::from_micros(134_900) - Instant::now());
    assert_eq!(received(channel), []);
    simulation.run_ms(1);
    assert_eq!(received(channel), [true]);

    for (index, offset) in bounces.iter().enumerate() {
        play(&mut simulation, &wire, &[(500_000 + offset, index % 2 == 0)]);
    }
    simulation.run_ms(100);
    assert_eq!(received(channel), [false]);
}

#[test]
fn glitches_shorter_than_the_debounce_time_are_not_seen() {
    let mut simulation = Simulation::new();
    let channel: &'static Events = forever(Events::new());
    let wire = Wired::default();
    let input = Debounced::<_, DEBOUNCE>::new(Input::<_, ActiveHigh>::new(wire.clone()));
    simulation.spawn(behaviors::button(input, channel.publisher()));
    for pulse in 0..20u64 {
        let start = 10_000 + pulse * 40_000;
        play(&mut simulation, &wire, &[(start, true), (start + 19_900, false)]);
    }
    simulation.run_ms(100);
    assert_eq!(received(channel), []);
}

#[test]
fn a_press_while_the_channel_is_full_is_told_when_there_is_room() {
    let mut simulation = Simulation::new();
    let channel: &'static Channel<NoopRawMutex, bool, 1> = forever(Channel::new());
    let wire = Wired::default();
    let input = Debounced::<_, DEBOUNCE>::new(Input::<_, ActiveHigh>::new(wire.clone()));
    simulation.spawn(behaviors::button(input, channel.publisher()));
    play(&mut simulation, &wire, &[(10_000, true), (60_000, false), (110_000, true)]);
    simulation.run_ms(100);
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.extend(channel.subscriber().try_receive());
        simulation.run_ms(50);
    }
    // The release of the first press was still to be published when the second came; then all is quiet again.
    assert_eq!(heard, [true, false, true]);
}

#[test]
fn waits_on_a_debounced_input_may_be_dropped_and_begun_again() {
    let mut simulation = Simulation::new();
    let seen = forever(std::cell::Cell::new(0));
    let wire = Wired::default();
    let mut input = Debounced::<_, DEBOUNCE>::new(wire.clone());
    simulation.spawn(async move {
        let mut ticker = Ticker::<5_000>::new();
        loop {
            let wait = embassy_futures::select::select(input.wait_for_rising_edge(), ticker.next());
            if let embassy_futures::select::Either::First(result) = wait.await {
                result.unwrap();
                seen.set(Instant::now().as_millis());
            }
        }
    });
    play(&mut simulation, &wire, &[(10_000, true)]);
    simulation.run_ms(100);
    assert_eq!(seen.get(), 30);
}

#[test]
fn asking_a_debounced_input_samples_it() {
    let mut simulation = Simulation::new();
    let wire = Wired::default();
    let mut input = Debounced::<_, DEBOUNCE>::new(wire.clone());
    let mut heard = Vec::new();
    for millisecond in 0..100 {
        // A bounce at 10 ms, then high from 15 ms on.
        wire.set(millisecond == 10 || millisecond >= 15);
        heard.push(input.is_high().unwrap());
        assert_eq!(input.is_low().unwrap(), !heard[millisecond]);
        simulation.run_ms(1);
    }
    assert_eq!(heard.iter().position(|high| *high), Some(35));
    assert!(heard[35..].iter().all(|high| *high));
}

#[test]
fn level_waits_on_a_debounced_input_know_the_level_already_reached() {
    let mut simulation = Simulation::new();
    let wire = Wired::default();
    let mut input = Debounced::<_, DEBOUNCE>::new(wire.clone());
    assert!(poll_once(input.wait_for_low()).is_ready());
    assert!(poll_once(input.wait_for_high()).is_pending());
    wire.set(true);
    let log = forever(std::cell::RefCell::new(Vec::new()));
    simulation.spawn(async move {
        input.wait_for_high().await.unwrap();
        log.borrow_mut().push(("high", Instant::now().as_millis()));
        input.wait_for_high().await.unwrap();
        input.wait_for_falling_edge().await.unwrap();
        log.borrow_mut().push(("falling", Instant::now().as_millis()));
        input.wait_for_any_edge().await.unwrap();
        log.borrow_mut().push(("any", Instant::now().as_millis()));
        input.wait_for_low().await.unwrap();
        log.borrow_mut().push(("low", Instant::now().as_millis()));
    });
    play(&mut simulation, &wire, &[(100_000, false), (200_000, true), (300_000, false)]);
    simulation.run_ms(100);
    assert_eq!(*log.borrow(), [("high", 20), ("falling", 120), ("any", 220), ("low", 320)]);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Press {
    Short,
    Long,
}

impl behaviors::Press for Press {
    const SHORT: Self = Self::Short;
    const LONG: Self = Self::Long;
}

#[test]
fn short_comes_at_the_release_and_long_when_the_time_is_over() {
    let mut simulation = Simulation::new();
    let channel: &'static Channel<NoopRawMutex, Press, 8> = forever(Channel::new());
    let log = forever(std::cell::RefCell::new(Vec::new()));
    let wire = Wired::default();
    let input = Debounced::<_, DEBOUNCE>::new(wire.clone());
    let long_press = Duration::from_millis(600);
    simulation.spawn(behaviors::button_presses(input, channel.publisher(), long_press));
    simulation.spawn(async {
        loop {
            let press = channel.subscriber().receive().await;
            log.borrow_mut().push((Instant::now().as_millis(), press));
        }
    });
    play(&mut simulation, &wire, &[(100_000, true), (200_000, false)]);
    play(&mut simulation, &wire, &[(1_000_000, true), (2_500_000, false)]);
    play(&mut simulation, &wire, &[(3_000_000, true), (3_599_000, false)]);
    simulation.run_ms(1_000);
    assert_eq!(*log.borrow(), [(220, Press::Short), (1_620, Press::Long), (3_619, Press::Short)]);
}
