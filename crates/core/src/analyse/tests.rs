//! What looks like a fault of the numbers and is none: nothing is said about it. What is said stands in `tests/ui`.

use std::sync::LazyLock;

use super::*;
use crate::catalog::Catalog;
use crate::check::CheckOptions;
use crate::check_text;

/// The codes of what is said about the rest of a file.
#[track_caller]
fn faults(text: &str) -> Vec<String> {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::default);
    let text = format!("[app]\nname = \"analysed\"\nboard = \"rpi-pico\"\n{text}");
    let checked = check_text(&text, &CATALOG, &CheckOptions::default());
    let app = checked.value.unwrap_or_else(|| panic!("the check refuses {text}: {:#?}", checked.diagnostics));
    analyse(&app, Some(125_000_000)).into_iter().map(|fault| fault.code.to_string()).collect()
}

fn channel(name: &str, keys: &str) -> String {
    format!("[channels.{name}]\nmessage = \"u16\"\n{}\n", keys.replace(", ", "\n"))
}

fn code(name: &str, keys: &str) -> String {
    format!("[tasks.{name}]\ncode = \"{name}\"\n{}\n", keys.replace(", ", "\n"))
}

/// A sample at `every`, printed at `baud` from a channel with these keys.
fn sampled(every: &str, baud: u32, keys: &str) -> String {
    format!(
        "[peripherals.knob]\nkind = \"adc\"\npin = \"GP26\"\n\
         [peripherals.console]\nkind = \"uart\"\ntx = \"TX\"\nbaud = {baud}\n{}\
         [tasks.measure]\nbehavior = \"sample\"\nfrom = \"knob\"\nevery = \"{every}\"\npublishes = \"levels\"\n\
         [tasks.journal]\nbehavior = \"print\"\nsubscribes = \"levels\"\nto = \"console\"\n",
        channel("levels", keys)
    )
}

/// One task's readings in another's hands.
fn passed_on(publisher: &str, keys: &str, reader: &str) -> String {
    channel("readings", keys)
        + &code("measure", &format!("publishes = \"readings\"{publisher}"))
        + &code("control", &format!("subscribes = \"readings\"{reader}"))
}

#[test]
fn a_line_is_as_busy_as_its_lines_are_long() {
    // `levels: 65535` and its end are 15 characters: 64 of them in a second are 960, which 9600 baud just carry.
    let queue = "kind = \"channel\"";
    assert_eq!(faults(&sampled("15625us", 9_600, queue)), [""; 0]);
    assert_eq!(faults(&sampled("15624us", 9_600, queue)), ["bandwidth"]);
    // A watch forgets what was not printed.
    assert_eq!(faults(&sampled("1ms", 9_600, "kind = \"watch\"")), [""; 0]);
}

#[test]
fn a_reader_that_is_as_quick_or_has_no_pace_is_in_time() {
    let queue = "kind = \"channel\"";
    assert_eq!(faults(&passed_on(", every = \"10ms\"", queue, ", every = \"10ms\"")), [""; 0]);
    assert_eq!(faults(&passed_on(", every = \"10ms\"", queue, ", every = \"11ms\"")), ["channel-overflow"]);
    assert_eq!(faults(&passed_on(", every = \"10ms\"", queue, "")), [""; 0]);
    assert_eq!(faults(&passed_on("", queue, ", every = \"10s\"")), [""; 0]);
}

#[test]
fn whoever_makes_room_or_drops_has_thought_of_it() {
    let faults_with = |keys: &str| faults(&passed_on(", every = \"10ms\"", keys, ", every = \"95ms\""));
    assert_eq!(faults_with("kind = \"channel\", capacity = 10"), [""; 0]);
    assert_eq!(faults_with("kind = \"channel\", capacity = 9"), ["channel-overflow"]);
    assert_eq!(faults_with("kind = \"channel\", overflow = \"drop-newest\""), [""; 0]);
    assert_eq!(faults_with("kind = \"signal\""), [""; 0]);
}

#[test]
fn two_readers_share_a_queue_and_each_reads_all_of_a_pubsub() {
    let two = |kind: &str| {
        faults(
            &(passed_on(", every = \"10ms\"", &format!("kind = \"{kind}\""), ", every = \"20ms\"")
                + &code("display", "every = \"20ms\", subscribes = \"readings\"")),
        )
    };
    assert_eq!(two("channel"), [""; 0]);
    assert_eq!(two("pubsub"), ["channel-overflow"]);
}

#[test]
fn a_high_task_may_feed_its_equals_and_those_above() {
    let queue = "kind = \"channel\"";
    let high = ", priority = \"high\"";
    assert_eq!(faults(&passed_on(high, queue, high)), [""; 0]);
    assert_eq!(faults(&passed_on("", queue, high)), [""; 0]);
    assert_eq!(faults(&passed_on(high, "kind = \"watch\"", "")), [""; 0]);
    assert_eq!(faults(&passed_on(high, "kind = \"channel\", overflow = \"drop-oldest\"", "")), [""; 0]);
    // One of the two readers is quick enough to make room.
    let helped = passed_on(high, queue, "") + &code("helper", &format!("subscribes = \"readings\"{high}"));
    assert_eq!(faults(&helped), [""; 0]);
}

#[test]
fn a_ring_stands_still_only_where_every_channel_waits() {
    let ring = |back: &str| {
        channel("there", "kind = \"channel\"")
            + &channel("back", back)
            + &code("ask", "publishes = \"there\", subscribes = \"back\"")
            + &code("answer", "publishes = \"back\", subscribes = \"there\"")
    };
    assert_eq!(faults(&ring("kind = \"pubsub\"")), ["wait-cycle"]);
    assert_eq!(faults(&ring("kind = \"signal\"")), [""; 0]);
    assert_eq!(faults(&ring("kind = \"channel\", overflow = \"drop-newest\"")), [""; 0]);
}

#[test]
fn two_rings_of_one_task_are_told_once_and_separate_ones_each() {
    let ring = |one: &str, other: &str| {
        channel(&format!("{one}_{other}"), "kind = \"channel\"")
            + &channel(&format!("{other}_{one}"), "kind = \"channel\"")
            + &code(one, &format!("publishes = \"{one}_{other}\", subscribes = \"{other}_{one}\""))
            + &code(other, &format!("publishes = \"{other}_{one}\", subscribes = \"{one}_{other}\""))
    };
    assert_eq!(faults(&(ring("a", "b") + &ring("c", "d"))), ["wait-cycle", "wait-cycle"]);
}

#[test]
fn a_pace_is_kept_to_what_a_crystal_keeps() {
    let at = |pace: &str| faults(&code("control", pace));
    // 333,333 us are a third of a second less one part in a million.
    assert_eq!(at("rate = \"3Hz\""), [""; 0]);
    assert_eq!(at("rate = \"60Hz\""), [""; 0]);
    assert_eq!(at("rate = \"700Hz\""), ["tick-drift"]);
    assert_eq!(at("every = \"10us\""), [""; 0]);
    assert_eq!(at("every = \"5us\""), ["period-too-short"]);
    assert_eq!(at("every = \"10ms\", deadline = \"10ms\""), [""; 0]);
    assert_eq!(at("every = \"10ms\", deadline = \"11ms\""), ["late-deadline"]);
}

#[test]
fn a_bus_carries_what_it_has_time_for() {
    // 17 bytes of 9 bits: 153 bits a sample.
    let at = |rate: u32| {
        faults(&format!(
            "[peripherals.sensors]\nkind = \"i2c\"\nsda = \"SDA\"\nscl = \"SCL\"\nfrequency = \"100kHz\"\n\
             [devices.imu]\ndriver = \"mpu6050\"\nbus = \"sensors\"\n\
             [channels.samples]\nmessage = \"mpu6050\"\nkind = \"watch\"\n\
             [tasks.sense]\nbehavior = \"sample\"\nfrom = \"imu\"\nevery = \"{}us\"\npublishes = \"samples\"\n{}",
            1_000_000 / rate,
            code("judge", "subscribes = \"samples\"")
        ))
    };
    assert_eq!(at(625), [""; 0]);
    assert_eq!(at(1_000), ["bandwidth"]);
}

#[test]
fn an_address_is_taken_on_its_own_bus_alone() {
    let clock = |name: &str, bus: &str| format!("[devices.{name}]\ndriver = \"ds3231\"\nbus = \"{bus}\"\n");
    let bus = |name: &str, sda: &str, scl: &str| {
        format!("[peripherals.{name}]\nkind = \"i2c\"\nsda = \"{sda}\"\nscl = \"{scl}\"\n")
    };
    let asked = code("ask", "uses = [\"inner\",\"outer\"]");
    let buses = bus("inside", "GP4", "GP5") + &bus("outside", "GP6", "GP7");
    assert_eq!(faults(&(buses + &clock("inner", "inside") + &clock("outer", "outside") + &asked)), [""; 0]);
}
