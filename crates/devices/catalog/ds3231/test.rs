//! The driver of the DS3231 on its simulated part.

#[path = "driver.rs"]
mod driver;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use driver::{Reading, measure, new, set, start};
use embassy_time::{Duration, Timer};
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

fn time(reading: Reading) -> NaiveDateTime {
    let date = NaiveDate::from_ymd_opt(reading.year.into(), reading.month.into(), reading.day.into());
    date.and_then(|date| date.and_hms_opt(reading.hour.into(), reading.minute.into(), reading.second.into()))
        .expect("a date of the calendar")
}

#[test]
fn what_the_world_sets_is_measured() {
    let bench = Bench::of("ds3231");
    let mut clock = new(bench.i2c(0x68), 0x68);
    run(async {
        start(&mut clock).await.unwrap();
        // The first second, a leap day, the last second before the century's turn, the last of all.
        for unix in [946_684_800, 1_709_210_096, 4_102_444_799, 7_258_118_399_i64] {
            bench.set("unix", unix as f64);
            let reading = measure(&mut clock).await.unwrap();
            assert_eq!(time(reading), DateTime::from_timestamp(unix, 0).unwrap().naive_utc());
        }
        for celsius in [-40.0, -0.25, 21.5, 85.0] {
            bench.set("celsius", celsius);
            assert_eq!(f64::from(measure(&mut clock).await.unwrap().celsius), celsius);
        }
    });
}

#[test]
fn a_clock_that_stood_still_gives_no_time_until_it_is_set() {
    let bench = Bench::of("ds3231");
    let mut clock = new(bench.i2c(0x68), 0x68);
    run(async {
        start(&mut clock).await.unwrap();
        assert!(matches!(measure(&mut clock).await, Err(Error::Reports(_))));
        // A Sunday.
        let before = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(23, 59, 58).unwrap();
        set(&mut clock, &before).await.unwrap();
        assert_eq!(time(measure(&mut clock).await.unwrap()), before);
        assert_eq!(clock.day().await.unwrap().day(), 1);
        Timer::after(Duration::from_secs(3)).await;
        let after = measure(&mut clock).await.unwrap();
        assert_eq!((after.day, after.hour, after.minute, after.second), (23, 0, 0, 1));
    });
}

#[test]
fn the_time_goes_on_without_the_part_in_reach() {
    let bench = Bench::of("ds3231");
    let mut clock = new(bench.i2c(0x68), 0x68);
    run(async {
        bench.set("unix", 1_700_000_000.0);
        bench.unplug(true);
        assert!(matches!(measure(&mut clock).await, Err(Error::Bus(_))));
        Timer::after(Duration::from_secs(10)).await;
        bench.unplug(false);
        start(&mut clock).await.unwrap();
        let now = time(measure(&mut clock).await.unwrap());
        assert_eq!(now.and_utc().timestamp(), 1_700_000_010);
    });
}

#[test]
fn a_line_that_nobody_drives_is_no_time() {
    let bench = Bench::of("ds3231");
    let mut clock = new(bench.i2c(0x68), 0x68);
    run(async {
        bench.set("unix", 1_700_000_000.0);
        bench.cut_reads(Some(1));
        assert_eq!(measure(&mut clock).await, Err(Error::Corrupt));
        bench.cut_reads(None);
        measure(&mut clock).await.unwrap();
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("ds3231");
    let mut clock = new(bench.i2c(0x68), 0x68);
    run(async {
        bench.set("unix", 1_700_000_000.0);
        start(&mut clock).await.unwrap();
        assert_eq!(bench.moved(measure(&mut clock)).await, told("ds3231"));
    });
}
