//! Parts of the catalogue on one emulated bus, I2C or SPI, each asked by its driver on the chip.

use fwc_devices::Settings;
use fwc_parts::{I2cPart, SpiPart, Wired};
use fwc_sim::{Bus, BusFault, I2c, Parts, Pin, Spi, Trace, Uart};
use fwc_tests::{emulator, milliseconds};

use crate::job;

/// The parts by driver and address.
const SHELF: [(&str, u8); 8] = [
    ("sht3x", 0x44),
    ("mcp9808", 0x18),
    ("bh1750", 0x23),
    ("mpu6050", 0x69),
    ("ads1115", 0x48),
    ("mcp23017", 0x20),
    ("ds3231", 0x68),
    ("at24c", 0x50),
];

fn shelf() -> Parts {
    SHELF
        .iter()
        .fold(Parts::new(), |parts, (driver, address)| parts.i2c(*driver, I2c(0), *address, part(driver)))
}

fn part(driver: &str) -> Box<dyn I2cPart> {
    match fwc_devices::part(driver, &Settings::new([("bytes".to_string(), 4_096.0)])) {
        Some(Wired::I2c(part)) => part,
        _ => panic!("`{driver}` is no part on I2C"),
    }
}

/// The last line that the firmware wrote of a channel until a moment.
fn last(trace: &Trace, channel: &str, until: u64) -> String {
    let lines = trace.uart_lines(Uart(0)).into_iter().filter(|line| line.at <= milliseconds(until));
    let mut of_channel =
        lines.filter_map(|line| Some(line.text.strip_prefix(channel)?.strip_prefix(": ")?.to_string()));
    of_channel.next_back().unwrap_or_default()
}

#[test]
fn each_driver_on_the_chip_measures_what_its_part_is_exposed_to() {
    let set = |job: fwc_sim::Job, at: u64, part: &str, values: &[(&str, f64)]| {
        values.iter().fold(job, |job, (quantity, value)| job.set(milliseconds(at), part, *quantity, *value))
    };
    let job = job("shelf", milliseconds(2_300));
    let job = set(job, 1, "ds3231", &[("unix", 1_700_000_000.0)]);
    let job = set(job, 1_050, "sht3x", &[("celsius", -10.5), ("humidity", 99.0)]);
    let job = set(job, 1_050, "mcp9808", &[("celsius", 101.25)]);
    let job = set(job, 1_050, "bh1750", &[("lux", 5_000.0)]);
    let job = set(job, 1_050, "mpu6050", &[("accel_x", -0.5), ("gyro_z", 125.0)]);
    let job = set(job, 1_050, "ads1115", &[("ain0", 3_300.0), ("ain3", -100.0)]);
    let job = set(job, 1_050, "mcp23017", &[("b0", 0.0), ("b7", 0.0)]);
    let job = set(job, 1_050, "ds3231", &[("celsius", 40.25)]);
    // Nobody answers for a while, and then everybody again.
    let job = job.disturb(milliseconds(1_650), Bus::I2c(I2c(0)), BusFault::Nack).disturb(
        milliseconds(1_850),
        Bus::I2c(I2c(0)),
        BusFault::None,
    );
    let (trace, mut parts) = emulator().run_with(&job, shelf()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());

    assert_eq!(last(&trace, "sht3x", 1_000), "celsius=25.00 humidity=50.00");
    assert_eq!(
        last(&trace, "mpu6050", 1_000),
        "accel_x=0.00 accel_y=0.00 accel_z=1.00 gyro_x=0.00 gyro_y=0.00 gyro_z=0.00 celsius=25.00"
    );
    for until in [1_600, 2_300] {
        let is = |channel: &str, text: &str| {
            assert_eq!(last(&trace, channel, until), text, "{channel} at {until} ms")
        };
        is("sht3x", "celsius=-10.50 humidity=99.00");
        is("mcp9808", "celsius=101.25");
        is("bh1750", "lux=5000.00");
        is(
            "mpu6050",
            "accel_x=-0.50 accel_y=0.00 accel_z=1.00 gyro_x=0.00 gyro_y=0.00 gyro_z=125.00 celsius=25.00",
        );
        is("ads1115", "ain0=3300.00 ain1=0.00 ain2=0.00 ain3=-100.00");
        is("mcp23017", "a=65 b=126");
    }
    assert_eq!(
        last(&trace, "ds3231", 1_600),
        "year=2023 month=11 day=14 hour=22 minute=13 second=21 celsius=40.25"
    );
    assert_eq!(
        last(&trace, "ds3231", 2_300),
        "year=2023 month=11 day=14 hour=22 minute=13 second=22 celsius=40.25"
    );
    // Four ticks on an erased memory, whose first number is all ones.
    let memory = parts.part("at24c").expect("it is on the shelf").shows();
    assert_eq!(memory[0], "0010: FF FF FF FF FF FF FF FF FF FF FF FF FF FF 03 00");
    let lost: Vec<String> =
        trace.logs().expect("the log is sound").into_iter().map(|record| record.message).collect();
    for (driver, _) in SHELF.iter().take(7) {
        let message = format!("the_{driver}: cannot be measured");
        assert!(lost.iter().any(|line| line.starts_with(&message)), "no word of {driver} in {lost:?}");
    }
}

fn part_on_spi(driver: &str) -> Box<dyn SpiPart> {
    match fwc_devices::part(driver, &Settings::new([("bytes".to_string(), 1_048_576.0)])) {
        Some(Wired::Spi(part)) => part,
        _ => panic!("`{driver}` is no part on SPI"),
    }
}

#[test]
fn parts_on_spi_share_their_bus_and_a_lost_one_is_told() {
    let bus = Spi(0);
    let places = [("mcp3008", 17), ("max31855", 20), ("w25q", 21)];
    let parts = places
        .iter()
        .fold(Parts::new(), |parts, (driver, pin)| parts.spi(*driver, bus, Pin(*pin), part_on_spi(driver)));
    // The erase of a sector takes 400 ms, in which the others are measured.
    let job = job("shelf-spi", milliseconds(1_330))
        .set(milliseconds(1), "max31855", "internal", 21.5)
        .set(milliseconds(1), "max31855", "celsius", -12.25)
        .set(milliseconds(1), "mcp3008", "ch0", 1_650.0)
        .set(milliseconds(1), "mcp3008", "ch7", 825.0)
        .set(milliseconds(450), "max31855", "celsius", 1_000.75)
        .set(milliseconds(450), "mcp3008", "ch3", 3_300.0)
        .set(milliseconds(750), "max31855", "wires", 1.0)
        .disturb(milliseconds(950), Bus::Spi(bus), BusFault::Nack)
        .disturb(milliseconds(1_050), Bus::Spi(bus), BusFault::None)
        .set(milliseconds(1_060), "max31855", "wires", 0.0);
    let (trace, mut parts) = emulator().run_with(&job, parts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());
    let volts =
        |ch3: &str| format!("ch0=1650.00 ch1=0.00 ch2=0.00 ch3={ch3} ch4=0.00 ch5=0.00 ch6=0.00 ch7=825.00");
    assert_eq!(last(&trace, "mcp3008", 350), volts("0.00"));
    assert_eq!(last(&trace, "max31855", 350), "celsius=-12.25 internal=21.50");
    for until in [740, 1_330] {
        assert_eq!(last(&trace, "mcp3008", until), volts("3296.78"));
        assert_eq!(last(&trace, "max31855", until), "celsius=1000.75 internal=21.50");
    }
    let told: Vec<String> =
        trace.logs().expect("the log is sound").into_iter().map(|record| record.message).collect();
    for message in [
        "the_max31855: cannot be measured: Reports(\"the thermocouple is open\")",
        "the_max31855: cannot be measured: Corrupt",
        "the_mcp3008: cannot be measured: Corrupt",
    ] {
        assert!(told.iter().any(|line| line.starts_with(message)), "{message} is not in {told:?}");
    }
    // Every 50 ms a bit more is zero, from 400 ms on; all sixteen are by now, though the bus was away for two of them.
    let shown = parts.part("w25q").expect("it is on the shelf").shows();
    assert_eq!(
        shown,
        [
            "0000F0: FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF 00",
            "000100: 00 FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF"
        ]
    );
}

#[test]
fn an_spi_bus_that_fails_is_logged_counted_and_recovered_and_nobody_else_notices() {
    let bus = Spi(0);
    let places = [("mcp3008", 17), ("max31855", 20), ("w25q", 21)];
    let parts = places
        .iter()
        .fold(Parts::new(), |parts, (driver, pin)| parts.spi(*driver, bus, Pin(*pin), part_on_spi(driver)));
    // Both are measured at each tenth of a second: in the middle of each fault once.
    let job = job("shelf-spi", milliseconds(1_055))
        .set(milliseconds(1), "max31855", "internal", 21.5)
        .set(milliseconds(1), "max31855", "celsius", -12.25)
        .set(milliseconds(1), "mcp3008", "ch0", 1_650.0)
        .disturb(milliseconds(450), Bus::Spi(bus), BusFault::Nack)
        .disturb(milliseconds(550), Bus::Spi(bus), BusFault::None)
        .disturb(milliseconds(650), Bus::Spi(bus), BusFault::Stuck)
        .disturb(milliseconds(750), Bus::Spi(bus), BusFault::None)
        .disturb(milliseconds(850), Bus::Spi(bus), BusFault::Short(1))
        .disturb(milliseconds(950), Bus::Spi(bus), BusFault::None);
    let (trace, _) = emulator().run_with(&job, parts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());

    let logs = trace.logs().expect("the log is sound");
    let told = |device: &str| -> Vec<(u64, &str)> {
        let start = format!("{device}: cannot be measured: ");
        let said = logs.iter().filter_map(|record| Some((record.at, record.message.strip_prefix(&start)?)));
        said.map(|(at, text)| (at.0 / 100_000_000, text)).collect()
    };
    let thermocouple =
        [(5, "Corrupt; failed 1 times"), (7, "Corrupt; failed 2 times"), (9, "Corrupt; failed 3 times")];
    assert_eq!(told("the_max31855"), thermocouple);
    // A line that is held low is zero volts to it, which are sound.
    assert_eq!(told("the_mcp3008"), [(5, "Corrupt; failed 1 times"), (9, "Corrupt; failed 2 times")]);
    let volts =
        |ch0: &str| format!("ch0={ch0} ch1=0.00 ch2=0.00 ch3=0.00 ch4=0.00 ch5=0.00 ch6=0.00 ch7=0.00");
    let lines: Vec<String> = trace.uart_lines(Uart(0)).into_iter().map(|line| line.text).collect();
    let of = |channel: &str| -> Vec<&str> {
        let start = format!("{channel}: ");
        lines.iter().filter_map(|line| line.strip_prefix(&start)).collect()
    };
    let (sound, zero) = (volts("1650.00"), volts("0.00"));
    // What the ticks at 100 ms to 1 s give, but for those that nobody answers.
    let sound = sound.as_str();
    assert_eq!(of("mcp3008"), [sound, sound, sound, sound, sound, &zero, sound, sound]);
    assert_eq!(of("max31855"), ["celsius=-12.25 internal=21.50"; 7]);

    // The lamp changes every ten milliseconds, whatever the bus does. At each tenth of a second others are due before it.
    let edges: Vec<_> = trace.edges(Pin(15)).collect();
    assert_eq!(edges.len(), 105);
    for (count, edge) in edges.iter().enumerate() {
        let late = edge.at.0.abs_diff(edges[0].at.0 + 10_000_000 * count as u64);
        assert!(late < 200_000, "edge {count} is {late} ns late");
    }
}
