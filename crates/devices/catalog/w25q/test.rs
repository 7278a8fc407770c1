//! The driver of the W25Q on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Fault, Handle, Options, SECTOR, new, start};
use embassy_time::Instant;
use embedded_hal_async::spi::SpiDevice;
use embedded_storage_async::nor_flash::{NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use fwc_devices::Settings;
use fwc_runtime::device::Error;

use crate::bench::{Bench, SpiBus, run};

fn memory(bytes: u32) -> (Bench, Handle<SpiBus>) {
    let bench = Bench::with("w25q", &Settings::new([("bytes".to_string(), f64::from(bytes))]));
    let handle = new(bench.spi(), Options { bytes });
    (bench, handle)
}

#[test]
fn what_is_written_is_read_at_every_size_and_across_pages() {
    for power in 19..=24 {
        let bytes = 1 << power;
        let (_, mut memory) = memory(bytes);
        run(async {
            assert_eq!(memory.jedec_id().await, Ok([0xEF, 0x40, power]));
            let pattern: Vec<u8> = (0..600_u32).map(|number| (number * 7) as u8).collect();
            for address in [0, 4_000, bytes - 600] {
                memory.write(address, &pattern).await.unwrap();
                let mut read = vec![0; pattern.len()];
                memory.read(address, &mut read).await.unwrap();
                assert_eq!(read, pattern, "{bytes} bytes, at {address}");
            }
        });
    }
}

#[test]
fn zeros_become_ones_by_an_erase_alone_and_neighbours_stay() {
    let (_, mut memory) = memory(1 << 20);
    run(async {
        // The last byte before, all of a block and a sector, the first byte after.
        let (from, to) = (0x0F000, 0x20000);
        for address in [from - 1, from, 0x10000, to - 1, to] {
            memory.write(address, &[0x0F]).await.unwrap();
            memory.write(address, &[0x3C]).await.unwrap();
        }
        let start = Instant::now();
        memory.erase(from, to).await.unwrap();
        let millis = start.elapsed().as_millis();
        assert!((2_400..2_450).contains(&millis), "a sector and a block took {millis} ms");
        for (address, expected) in
            [(from - 1, 0x0C), (from, 0xFF), (0x10000, 0xFF), (to - 1, 0xFF), (to, 0x0C)]
        {
            let mut byte = [0];
            memory.read(address, &mut byte).await.unwrap();
            assert_eq!(byte, [expected], "at {address:#X}");
        }
    });
}

#[test]
fn beyond_the_end_and_in_the_middle_of_sectors_nothing_happens() {
    let (bench, mut memory) = memory(1 << 19);
    run(async {
        assert_eq!(memory.write((1 << 19) - 1, &[1, 2]).await, Err(Error::Corrupt));
        assert_eq!(memory.read(u32::MAX, &mut [0; 8]).await, Err(Error::Corrupt));
        for (from, to) in [(1, SECTOR), (0, SECTOR + 1), (SECTOR, 0), (0, (1 << 19) + SECTOR)] {
            assert_eq!(memory.erase(from, to).await, Err(Error::Corrupt), "{from} to {to}");
        }
        assert_eq!(bench.shows(), [""; 0]);
        let fault = NorFlash::write(&mut memory, u32::MAX, &[1]).await.unwrap_err();
        assert_eq!((fault, fault.kind()), (Fault(Error::Corrupt), NorFlashErrorKind::OutOfBounds));
        assert_eq!(ReadNorFlash::capacity(&memory), 1 << 19);
    });
}

#[test]
fn a_part_of_another_size_is_refused() {
    let bench = Bench::with("w25q", &Settings::new([("bytes".to_string(), f64::from(1 << 20))]));
    let mut memory = new(bench.spi(), Options { bytes: 1 << 22 });
    run(async {
        assert_eq!(start(&mut memory).await, Err(Error::WrongPart(0xEF_40_14)));
        assert_eq!(memory.write(0, &[0]).await, Err(Error::WrongPart(0xEF_40_14)));
        assert_eq!(bench.shows(), [""; 0]);
    });
}

#[test]
fn a_part_that_is_not_there_is_an_error_and_keeps_its_bytes() {
    let (bench, mut memory) = memory(1 << 19);
    run(async {
        memory.write(100, b"kept").await.unwrap();
        bench.unplug(true);
        assert_eq!(memory.write(100, b"lost").await, Err(Error::NotReady));
        assert_eq!(memory.read(100, &mut [0; 4]).await, Err(Error::NotReady));
        bench.unplug(false);
        let mut read = [0; 4];
        memory.read(100, &mut read).await.unwrap();
        assert_eq!(&read, b"kept");
    });
}

#[test]
fn a_part_that_an_earlier_program_left_asleep_or_at_work_is_waited_for() {
    let (bench, mut memory) = memory(1 << 19);
    let mut bus = bench.spi();
    run(async {
        memory.write(0, &[0xAB]).await.unwrap();
        bus.write(&[0xB9]).await.unwrap();
        let mut memory = new(bench.spi(), Options { bytes: 1 << 19 });
        let mut read = [0];
        memory.read(0, &mut read).await.unwrap();
        assert_eq!(read, [0xAB]);
        bus.write(&[0x06]).await.unwrap();
        bus.write(&[0xD8, 0, 0, 0]).await.unwrap();
        memory.read(0, &mut read).await.unwrap();
        assert_eq!(read, [0xFF], "after the erase");
    });
}
