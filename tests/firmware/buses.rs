//! `i2c` and `spi`: registers of parts, and what a bus that fails does to those on it and to the others.

use fwc_parts::{Acknowledge, Direction, I2cPart, Part, Quantity, SetError, SpiPart};
use fwc_sim::{Bus, BusFault, I2c, Level, LogRecord, Nanos, Parts, Pin, Spi, Trace};
use fwc_tests::{emulator, milliseconds};

use crate::job;

const SENSORS: Bus = Bus::I2c(I2c(0));
const ADDRESS: u8 = 0x48;

/// Register 1 holds a number of two bytes that the world sets; whatever is written is kept.
#[derive(Default)]
struct Sensor {
    number: u16,
    register: Option<u8>,
    read: usize,
    written: Vec<u8>,
}

impl Part for Sensor {
    fn quantities(&self) -> &'static [Quantity] {
        &[Quantity { name: "number", unit: "", least: 0.0, most: 65_535.0, initial: 0.0 }]
    }

    fn set(&mut self, _quantity: &str, value: f64, _now: Nanos) -> Result<(), SetError> {
        self.number = value as u16;
        Ok(())
    }

    fn power_up(&mut self, _now: Nanos) {
        *self = Self::default();
    }
}

impl I2cPart for Sensor {
    fn start(&mut self, direction: Direction, _now: Nanos) -> Acknowledge {
        self.read = 0;
        if direction == Direction::Write {
            self.register = None;
        }
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, _now: Nanos) -> Acknowledge {
        match self.register {
            None => self.register = Some(byte),
            Some(_) => self.written.push(byte),
        }
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        self.read += 1;
        self.number.to_be_bytes().get(self.read - 1).copied().unwrap_or(0xff)
    }

    fn stop(&mut self, _now: Nanos) {}
}

/// Answers 0x9f with its identity.
#[derive(Default)]
struct Memory(usize);

impl Part for Memory {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn set(&mut self, _quantity: &str, _value: f64, _now: Nanos) -> Result<(), SetError> {
        Err(SetError::Unknown)
    }

    fn power_up(&mut self, _now: Nanos) {}
}

impl SpiPart for Memory {
    fn select(&mut self, _now: Nanos) {
        self.0 = 0;
    }

    fn transfer(&mut self, _byte: u8, _now: Nanos) -> u8 {
        self.0 += 1;
        [0, 0xef, 0x40, 0x18].get(self.0 - 1).copied().unwrap_or(0)
    }

    fn deselect(&mut self, _now: Nanos) {}
}

fn run(job: &fwc_sim::Job) -> Trace {
    let parts = Parts::new().i2c("sensor", I2c(0), ADDRESS, Box::<Sensor>::default()).spi(
        "memory",
        Spi(0),
        Pin(17),
        Box::<Memory>::default(),
    );
    let (trace, _) = emulator().run_with(job, parts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());
    trace
}

/// What was logged between two moments, in milliseconds.
fn logged(logs: &[LogRecord], from: u64, to: u64) -> Vec<&str> {
    let within = |at: Nanos| (milliseconds(from)..milliseconds(to)).contains(&at);
    logs.iter().filter(|record| within(record.at)).map(|record| record.message.as_str()).collect()
}

/// The lamp changes every ten milliseconds, counted from its first change. A bus that is freed by hand holds up who is due meanwhile, for
/// a tenth of a millisecond at most.
#[track_caller]
fn assert_undisturbed(trace: &Trace, changes: usize) {
    let edges: Vec<_> = trace.edges(Pin(15)).collect();
    assert_eq!(edges.len(), changes);
    for (count, edge) in edges.iter().enumerate() {
        let late = edge.at.0.abs_diff(edges[0].at.0 + 10_000_000 * count as u64);
        assert!(late < 300_000, "edge {count} is {late} ns late");
        assert_eq!(edge.level == Level::High, count % 2 == 0);
    }
}

#[test]
fn two_tasks_share_a_bus_and_a_third_has_one_alone() {
    let trace = run(&job("buses", milliseconds(35)).set(milliseconds(15), "sensor", "number", 513.0));
    let messages: Vec<_> = trace.i2c_messages(I2c(0)).collect();
    assert!(messages.iter().all(|message| message.address == ADDRESS && message.nack.is_none()));
    // Neither comes between the two messages of the other's transaction.
    let reads = messages.windows(2).filter(|pair| pair[1].direction == Direction::Read);
    assert!(reads.clone().all(|pair| pair[0].direction == Direction::Write && pair[0].bytes == [1]));
    let numbers: Vec<&[u8]> = reads.map(|pair| pair[1].bytes).collect();
    assert_eq!(numbers, [&[0, 0], &[2, 1], &[2, 1]]);
    let written = messages.iter().filter(|message| message.bytes.len() == 20);
    let written: Vec<[u8; 2]> = written.map(|message| [message.bytes[0], message.bytes[19]]).collect();
    assert_eq!(written, [[2, 1], [2, 2], [2, 3]]);
    let transfers: Vec<_> = trace.spi_transfers(Spi(0)).collect();
    assert_eq!(transfers.len(), 3);
    for transfer in transfers {
        assert_eq!(transfer.select, Some(Pin(17)));
        assert_eq!((transfer.sent, transfer.received), (&[0x9f, 0, 0, 0][..], &[0, 0xef, 0x40, 0x18][..]));
    }
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    assert!(logs.iter().any(|record| record.message == "identity [ef, 40, 18]"), "{logs:?}");
    assert_undisturbed(&trace, 3);
}

#[test]
fn a_bus_that_fails_is_logged_counted_and_recovered_and_nobody_else_notices() {
    let job = job("buses", milliseconds(205))
        .set(Nanos(0), "sensor", "number", 513.0)
        .disturb(milliseconds(25), SENSORS, BusFault::Nack)
        .disturb(milliseconds(45), SENSORS, BusFault::None)
        .disturb(milliseconds(65), SENSORS, BusFault::Stuck)
        .disturb(milliseconds(95), SENSORS, BusFault::None)
        .disturb(milliseconds(115), SENSORS, BusFault::Hung)
        .disturb(milliseconds(145), SENSORS, BusFault::Short(1))
        .disturb(milliseconds(165), SENSORS, BusFault::None);
    let trace = run(&job);
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    let of_bus = |from, to| -> Vec<&str> {
        logged(&logs, from, to).into_iter().filter(|text| !text.starts_with("identity")).collect()
    };
    let sorted = |from, to| {
        let mut texts = of_bus(from, to);
        texts.sort_unstable();
        texts
    };
    assert_eq!(of_bus(0, 25), ["read 513"; 2]);
    let nobody = [
        "read failed 1 times: NoPart",
        "read failed 2 times: NoPart",
        "write failed 1 times: NoPart",
        "write failed 2 times: NoPart",
    ];
    assert_eq!(sorted(25, 45), nobody);
    assert_eq!(of_bus(45, 65), ["read 513"; 2]);
    let stuck = of_bus(65, 95);
    assert!(stuck.contains(&"read failed 3 times: Timeout"), "{stuck:?}");
    assert!(stuck.contains(&"write failed 3 times: Timeout"), "{stuck:?}");
    assert!(stuck.contains(&"sensors: the bus hung and is held low; 1 times"), "{stuck:?}");
    assert!(stuck.iter().all(|text| !text.contains("free")), "{stuck:?}");
    assert_eq!(of_bus(105, 115), ["read 513"]);
    // The first transfer that meets the part which hangs frees it, and the second one finds all well.
    let hung = of_bus(115, 135);
    assert_eq!(hung.iter().filter(|text| text.contains("is free again")).count(), 1, "{hung:?}");
    assert_eq!(hung.iter().filter(|text| text.contains("Timeout")).count(), 1, "{hung:?}");
    assert_eq!(hung.last(), Some(&"read 513"));
    // A byte that nobody sends reads as 0xff: which values are sound, only a driver knows.
    assert_eq!(of_bus(145, 165), ["read 767"; 2]);
    assert_eq!(of_bus(165, 205), ["read 513"; 4]);
    assert_undisturbed(&trace, 20);
    assert_eq!(trace.spi_transfers(Spi(0)).count(), 20);
}
