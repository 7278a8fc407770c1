//! The driver of the AT24C on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, new, start};
use embassy_time::Instant;
use fwc_devices::Settings;
use fwc_runtime::device::Error;

use crate::bench::{Bench, run};

const SIZES: [u32; 6] = [256, 4_096, 8_192, 16_384, 32_768, 65_536];

fn bench(bytes: u32) -> Bench {
    Bench::with("at24c", &Settings::new([("bytes".to_string(), f64::from(bytes))]))
}

#[test]
fn what_is_written_is_read_at_every_size_and_across_pages() {
    for bytes in SIZES {
        let bench = bench(bytes);
        let mut memory = new(bench.i2c(0x50), 0x50, Options { bytes });
        run(async {
            start(&mut memory).await.unwrap();
            let pattern: Vec<u8> = (0..150_u8).map(|number| number.wrapping_mul(7)).collect();
            for address in [0, 5, bytes - 150] {
                memory.write(address, &pattern).await.unwrap();
                let mut read = vec![0; pattern.len()];
                memory.read(address, &mut read).await.unwrap();
                assert_eq!(read, pattern, "{bytes} bytes, at {address}");
            }
            let mut around = [0; 1];
            memory.read(bytes - 151, &mut around).await.unwrap();
            assert_eq!(around, [if bytes == 256 { pattern[100] } else { 0xFF }]);
        });
    }
}

#[test]
fn a_page_takes_one_write_cycle() {
    let bench = bench(32_768);
    let mut memory = new(bench.i2c(0x50), 0x50, Options { bytes: 32_768 });
    run(async {
        memory.write(0, &[1; 128]).await.unwrap();
        let millis = Instant::now().as_millis();
        assert!((10..=12).contains(&millis), "two pages took {millis} ms");
    });
}

#[test]
fn beyond_the_end_nothing_is_written() {
    let bench = bench(256);
    let mut memory = new(bench.i2c(0x57), 0x57, Options { bytes: 256 });
    run(async {
        assert_eq!(memory.write(255, &[1, 2]).await, Err(Error::Corrupt));
        assert_eq!(memory.read(u32::MAX, &mut [0; 8]).await, Err(Error::Corrupt));
        assert_eq!(bench.shows(), [""; 0]);
        memory.write(255, &[1]).await.unwrap();
        assert_eq!(bench.shows().len(), 1);
    });
}

#[test]
fn a_part_that_is_not_there_is_an_error_and_keeps_its_bytes() {
    let bench = bench(4_096);
    let mut memory = new(bench.i2c(0x50), 0x50, Options { bytes: 4_096 });
    run(async {
        memory.write(100, b"kept").await.unwrap();
        bench.unplug(true);
        assert!(matches!(memory.write(100, b"lost").await, Err(Error::Bus(_))));
        assert!(matches!(start(&mut memory).await, Err(Error::Bus(_))));
        bench.unplug(false);
        let mut read = [0; 4];
        memory.read(100, &mut read).await.unwrap();
        assert_eq!(&read, b"kept");
    });
}
