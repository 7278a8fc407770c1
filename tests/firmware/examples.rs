//! The projects of `examples/` do what their READMEs say.

use fwc_devices::Settings;
use fwc_parts::Wired;
use fwc_sim::{Analog, Bus, BusFault, I2c, Job, Level, Nanos, Parts, Pin, Stimulus, Trace, Uart, UsbPort};
use fwc_tests::{build_edited, build_project, emulator, link_edited, milliseconds, repository};

use crate::{edges_from, run};

const LED: Pin = Pin(25);
const KEY: Pin = Pin(15);

fn job(example: &str, run_for: Nanos) -> Job {
    Job::new(build_project(&format!("examples/{example}"), "rpi-pico").elf, run_for)
}

fn lines(trace: &Trace) -> Vec<String> {
    trace.uart_lines(Uart(0)).into_iter().map(|line| line.text).collect()
}

/// The key is low while it is pressed.
fn press(job: Job, from: u64, to: u64) -> Job {
    job.drive(milliseconds(from), KEY, Level::Low).drive(milliseconds(to), KEY, Level::High)
}

/// The last block of the README: what is to be seen.
fn promised(example: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(repository().join("examples").join(example).join("README.md"));
    let readme = readme.expect("every example has a README");
    let block = readme.rsplit("```").nth(1).expect("its README ends with what is to be seen");
    block.trim().lines().map(str::to_owned).collect()
}

/// Runs a job with a part of the catalogue on I2C0, under its device's name.
fn run_with(job: &Job, device: &str, driver: &str, address: u8) -> Trace {
    let Some(Wired::I2c(part)) = fwc_devices::part(driver, &Settings::default()) else {
        panic!("`{driver}` is no part on I2C")
    };
    let parts = Parts::new().i2c(device, I2c(0), address, part);
    let (trace, _) = emulator().run_with(job, parts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(trace.faults(), Vec::<String>::new());
    trace
}

/// Those that an nRF52840 can carry compile and link for it; nothing here runs one.
#[test]
fn an_nrf52840_carries_them() {
    for example in ["battery", "blink", "blink-echo", "echo", "overload", "thermostat"] {
        link_edited(&format!("examples/{example}"), "nrf52840-dk", str::to_owned);
    }
    for example in ["button", "pipeline"] {
        let on_the_board = |text: &str| format!("{text}\n[boards.nrf52840-dk.pins]\nkey = \"BUTTON\"\n");
        link_edited(&format!("examples/{example}"), "nrf52840-dk", on_the_board);
    }
}

/// A chain of lights compiles and links for one board of each family of chips that drives it; nothing here runs one.
#[test]
fn lights_on_every_family() {
    // The chips that count ticks of 32.768 kHz keep no period of 20 ms to the microsecond.
    let boards = [
        ("nrf52840-dk", "D5", "20.02ms"),
        ("bluepill-f103", "PA7", "20ms"),
        ("nucleo-f401re", "D11", "20ms"),
        ("nucleo-g071rb", "D11", "20ms"),
        ("nucleo-h743zi", "D11", "20ms"),
        ("nucleo-l476rg", "D11", "20ms"),
        ("esp32-c3-devkitm", "GPIO10", "20ms"),
        ("esp32-c6-devkitc", "GPIO10", "20ms"),
    ];
    for (board, pin, every) in boards {
        let there = |text: &str| {
            format!(
                "{text}\n[boards.{board}.devices.strip]\npin = \"{pin}\"\n\n[boards.{board}.tasks.rainbow]\nevery = \"{every}\"\n"
            )
        };
        link_edited("examples/led-strip", board, there);
    }
}

#[test]
fn blink() {
    let trace = run(&job("blink", milliseconds(3_010)));
    assert_eq!(edges_from(&trace, LED, milliseconds(50)).len(), 6);
}

#[test]
fn echo() {
    let trace = run(&job("echo", milliseconds(100)).send(milliseconds(20), Uart(0), b"parrot"));
    assert_eq!(trace.uart_text(Uart(0)), "parrot");
}

#[test]
fn blink_echo() {
    let trace = run(&job("blink-echo", milliseconds(3_010)).send(milliseconds(700), Uart(0), b"both"));
    assert_eq!(trace.uart_text(Uart(0)), "both");
    assert_eq!(edges_from(&trace, LED, milliseconds(50)).len(), 6);
}

#[test]
fn button() {
    let job = press(press(job("button", milliseconds(3_000)), 500, 700), 1_000, 2_000);
    let trace = run(&job);
    assert_eq!(lines(&trace), promised("button"));
    assert_eq!(edges_from(&trace, LED, milliseconds(50)).len(), 1, "the long press changes nothing");
}

#[test]
fn pipeline() {
    // The input tells of a level when it has stood for 20 ms, so the lines come that much later.
    let trace = run(&press(press(job("pipeline", milliseconds(4_500)), 1_000, 1_250), 2_700, 3_900));
    assert_eq!(lines(&trace), promised("pipeline"));
}

#[test]
fn overload() {
    let trace = run(&job("overload", milliseconds(1_900)));
    assert_eq!(lines(&trace), promised("overload"));
}

#[test]
fn usb_echo() {
    let trace = run(&job("usb-echo", milliseconds(200)).open_usb(milliseconds(1), UsbPort(0)).send_usb(
        milliseconds(150),
        UsbPort(0),
        b"parrot",
    ));
    assert_eq!(trace.usb_text(UsbPort(0)), "parrot");
}

#[test]
fn usb_console() {
    let port = UsbPort(0);
    let session = job("usb-console", milliseconds(76_000))
        .open_usb(milliseconds(1), port)
        .send_usb(milliseconds(200), port, b"\r")
        .send_usb(milliseconds(300), port, b"help\r")
        .send_usb(milliseconds(400), port, b"led off\x08\x08n\r")
        .send_usb(milliseconds(500), port, b"fan on\r")
        .send_usb(milliseconds(75_500), port, b"uptime\r");
    let trace = run(&session);
    let shown = trace.usb_text(port).replace("off\x08 \x08\x08 \x08n", "on");
    let shown: Vec<&str> = shown.lines().map(str::trim_end).skip(1).collect();
    assert_eq!(shown, promised("usb-console"));
    let edges = edges_from(&trace, LED, milliseconds(50));
    assert_eq!(edges.iter().map(|edge| edge.level).collect::<Vec<_>>(), [Level::High]);
}

#[test]
fn data_logger() {
    let port = UsbPort(0);
    let job = job("data-logger", milliseconds(2_150))
        .open_usb(milliseconds(1), port)
        .at(Nanos(0), Stimulus::Voltage { channel: Analog(0), millivolts: 1_650 })
        .set(Nanos(0), "thermometer", "celsius", 21.5);
    let text = run_with(&job, "thermometer", "tmp117", 0x48).usb_text(port);
    // A conversion takes its time, so that the room's line may be a little later than the others.
    let without_time = |line: &str| {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields.remove(1);
        fields.join(",")
    };
    let shown: Vec<String> = text.lines().map(without_time).collect();
    let promised: Vec<String> = promised("data-logger").iter().map(|line| without_time(line)).collect();
    assert!(shown.windows(promised.len()).any(|lines| lines == promised), "{text}");
    assert_eq!(shown.iter().filter(|line| line.starts_with("room")).count(), 2, "{text}");
}

/// The emulator with parts has one core: there, as the README says, the priority alone does.
#[test]
fn motion() {
    let one_core = |app: &str| app.replace("\ncore = 1", "");
    let firmware = build_edited("examples/motion", "rpi-pico", one_core);
    let job = Job::new(firmware.elf, milliseconds(900))
        .set(Nanos(0), "imu", "accel_z", 1.0)
        .set(milliseconds(500), "imu", "accel_x", 3.0)
        .set(milliseconds(600), "imu", "accel_x", 0.0);
    let trace = run_with(&job, "imu", "mpu6050", 0x68);
    let shown = lines(&trace);
    assert_eq!(shown[..3], vec![promised("motion")[0].clone(); 3]);
    assert!(
        shown.iter().any(|line| line.starts_with("summaries: peak=3.00 upright=true lost=0")),
        "{shown:?}"
    );
    assert_eq!(edges_from(&trace, LED, milliseconds(50)).len(), 2, "on at the jolt, and off after it");
}

#[test]
fn thermostat() {
    let part = |driver: &str| match fwc_devices::part(driver, &Settings::default()) {
        Some(Wired::I2c(part)) => part,
        _ => panic!("`{driver}` is no part on I2C"),
    };
    let bus = I2c(0);
    // What the screen shows is what it shows at the end, so there is a run for each moment.
    let run_for = |run_for: u64| {
        let job = job("thermostat", milliseconds(run_for))
            .set(Nanos(0), "room", "celsius", 22.0)
            .set(Nanos(0), "room", "humidity", 48.0)
            .set(milliseconds(1_500), "room", "celsius", 26.5)
            .set(milliseconds(2_500), "room", "celsius", 24.5)
            .set(milliseconds(3_500), "room", "celsius", 23.5)
            .disturb(milliseconds(4_500), Bus::I2c(bus), BusFault::Nack)
            .disturb(milliseconds(8_200), Bus::I2c(bus), BusFault::None);
        let parts =
            Parts::new().i2c("room", bus, 0x76, part("bme280")).i2c("screen", bus, 0x3C, part("ssd1306"));
        let (trace, mut parts) = emulator().run_with(&job, parts).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(trace.faults(), Vec::<String>::new());
        let mut shown = parts.part("screen").expect("it is on the bus").shows();
        while shown.last().is_some_and(String::is_empty) {
            shown.pop();
        }
        (trace, shown)
    };
    let (_, shown) = run_for(1_400);
    assert_eq!(shown, ["room      22.0 °C", "humidity  48 %", "pressure  1013 hPa", "", "fan       off"]);
    let (_, shown) = run_for(2_400);
    assert_eq!(shown, promised("thermostat"));
    let (_, shown) = run_for(8_600);
    assert_eq!(shown, ["room      no reading", "", "", "", "fan       off"]);
    let (trace, shown) = run_for(9_600);
    assert_eq!(shown[0], "room      23.5 °C");
    let fan = edges_from(&trace, Pin(16), milliseconds(50));
    let seen: Vec<(Level, u64)> = fan.iter().map(|edge| (edge.level, edge.at.0 / 1_000_000_000)).collect();
    assert_eq!(seen, [(Level::High, 2), (Level::Low, 4)], "on above 25 degrees, off below 24");
}

#[test]
fn battery() {
    let job = job("battery", milliseconds(31_000))
        .set(Nanos(0), "meter", "volts", 4.0)
        .set(Nanos(0), "meter", "amperes", 0.05)
        .set(milliseconds(15_000), "meter", "volts", 3.2)
        .set(milliseconds(25_000), "meter", "volts", 3.6);
    let trace = run_with(&job, "meter", "ina219", 0x40);
    let shown = lines(&trace);
    assert_eq!(shown[0], promised("battery")[0]);
    assert_eq!(shown.len(), 3, "{shown:?}");
    let lamp = edges_from(&trace, LED, milliseconds(50));
    assert_eq!(lamp.len(), 1, "on at 3.2 V, and still on at 3.6 V: {lamp:?}");
    assert!(lamp[0].level == Level::High && lamp[0].at > milliseconds(20_000), "{lamp:?}");
}

#[test]
fn led_strip() {
    let trace = run(&job("led-strip", milliseconds(39)));
    let Some(Wired::Pins(mut strip)) =
        fwc_devices::part("ws2812", &Settings::new([("lights".to_string(), 30.0)]))
    else {
        panic!("a strip is a part on pins")
    };
    for edge in edges_from(&trace, Pin(16), Nanos(0)) {
        let level = if edge.level == Level::High { fwc_parts::Level::High } else { fwc_parts::Level::Low };
        strip.driven(0, level, edge.at);
    }
    let shown = strip.shows().concat();
    let lights: Vec<&str> = shown.split_whitespace().collect();
    assert_eq!(lights.len(), 30, "{shown}");
    assert_eq!(lights[..4].join(" "), promised("led-strip")[0]);
}
