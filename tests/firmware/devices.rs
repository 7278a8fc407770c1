//! `[devices]`: drivers of the catalogue and one of a project's own, on simulated parts and a bus that fails.

use fwc_devices::{Settings, part};
use fwc_parts::{Acknowledge, Direction, I2cPart, Part, Quantity, SetError, Wired};
use fwc_sim::{Bus, BusFault, I2c, Job, Nanos, Parts, Uart};
use fwc_tests::{build_project, emulator, milliseconds};

/// The registers of an LM75B (datasheet, section 7.4) that its driver asks: the temperature in eighths of a degree.
struct Lm75 {
    celsius: f64,
    sent: usize,
}

const QUANTITIES: &[Quantity] =
    &[Quantity { name: "celsius", unit: "°C", least: -55.0, most: 125.0, initial: 20.0 }];

impl Part for Lm75 {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn set(&mut self, _quantity: &str, value: f64, _now: Nanos) -> Result<(), SetError> {
        self.celsius = value;
        Ok(())
    }

    fn power_up(&mut self, _now: Nanos) {}
}

impl I2cPart for Lm75 {
    fn start(&mut self, _direction: Direction, _now: Nanos) -> Acknowledge {
        self.sent = 0;
        Acknowledge::Ack
    }

    fn write(&mut self, _byte: u8, _now: Nanos) -> Acknowledge {
        Acknowledge::Ack
    }

    fn read(&mut self, _now: Nanos) -> u8 {
        let register = ((self.celsius * 8.0).round() as i16) << 5;
        let byte = register.to_be_bytes()[self.sent % 2];
        self.sent += 1;
        byte
    }

    fn stop(&mut self, _now: Nanos) {}
}

/// A part of the catalogue on I2C.
fn stock(driver: &str) -> Box<dyn I2cPart> {
    match part(driver, &Settings::default()) {
        Some(Wired::I2c(part)) => part,
        _ => panic!("`{driver}` is no part on I2C"),
    }
}

#[test]
fn what_the_world_sets_is_published_and_a_lost_part_is_started_again() {
    let firmware = build_project("tests/golden/devices", "rpi-pico");
    let sensors = I2c(0);
    let parts = Parts::new()
        .i2c("indoor", sensors, 0x76, stock("bme280"))
        .i2c("outdoor", sensors, 0x49, stock("tmp117"))
        .i2c("cabinet", sensors, 0x4F, Box::new(Lm75 { celsius: 20.0, sent: 0 }));
    let job = Job::new(firmware.elf, milliseconds(4_600))
        .set(milliseconds(500), "indoor", "celsius", 31.5)
        .set(milliseconds(500), "indoor", "humidity", 61.0)
        .set(milliseconds(500), "indoor", "pressure", 987.5)
        .set(milliseconds(500), "cabinet", "celsius", -7.25)
        .disturb(milliseconds(1_500), Bus::I2c(sensors), BusFault::Nack)
        .disturb(milliseconds(2_500), Bus::I2c(sensors), BusFault::None)
        .set(milliseconds(2_600), "cabinet", "celsius", 42.0);
    let (trace, _) = emulator().run_with(&job, parts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());

    let lines: Vec<(Nanos, String)> =
        trace.uart_lines(Uart(0)).into_iter().map(|line| (line.at, line.text)).collect();
    let of = |channel: &str| -> Vec<(u64, Vec<f64>)> {
        let texts = lines.iter().filter_map(|(at, text)| Some((at, text.strip_prefix(channel)?)));
        texts
            .map(|(at, text)| {
                let values =
                    text.split_whitespace().filter_map(|field| field.split_once('=')?.1.parse().ok());
                (at.0 / 1_000_000_000, values.collect())
            })
            .collect()
    };
    let near = |found: &[(u64, Vec<f64>)], expected: &[(u64, &[f64])]| {
        assert_eq!(found.len(), expected.len(), "{lines:?}");
        for ((at, values), (second, wanted)) in found.iter().zip(expected) {
            assert_eq!((at, values.len()), (second, wanted.len()), "{lines:?}");
            for (value, wanted) in values.iter().zip(*wanted) {
                assert!((value - wanted).abs() < 0.2, "{value} is not {wanted}: {lines:?}");
            }
        }
    };
    // The tick of the second second finds no part; the third starts them again.
    let room: &[f64] = &[31.5, 61.0, 987.5];
    near(&of("rooms:"), &[(1, room), (3, room), (4, room)]);
    // Its own key says that half a kelvin is taken off.
    near(&of("cabinets:"), &[(1, &[-7.75]), (3, &[41.5]), (4, &[41.5])]);
    let logs = trace.logs().unwrap_or_else(|error| panic!("{error}"));
    let told: Vec<&str> = logs.iter().map(|record| record.message.as_str()).collect();
    for device in ["indoor", "cabinet"] {
        let message = format!("{device}: cannot be measured: Bus(NoPart); failed 1 times");
        assert!(told.contains(&message.as_str()), "{told:?}");
    }
}
