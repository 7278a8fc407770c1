//! `usb-serial` and a log over USB: the device as a host finds it, its ports, and what happens without a listener.

use fwc_sim::{Analog, Event, Level, Nanos, Pin, ResetCause, Stimulus, Trace, Uart, UsbPort};
use fwc_tests::milliseconds;

use crate::{edges_from, job, run};

const PORT: UsbPort = UsbPort(0);
const LOG: UsbPort = UsbPort(1);
const LED: Pin = Pin(25);

/// What the host said while the device came to life and later; a warning tells of a broken rule of the bus.
fn warnings(trace: &Trace) -> Vec<&Event> {
    let odd = |event: &&Event| matches!(event, Event::Warning { .. } | Event::UsbFailed { .. });
    trace.events().iter().filter(odd).collect()
}

/// Bytes in which no two neighbouring packets are alike.
fn pattern(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index % 251) as u8).collect()
}

#[test]
fn a_host_finds_the_device_with_the_files_identity() {
    let trace = run(&job("usb", milliseconds(200)));
    let devices: Vec<_> = trace.usb_devices().collect();
    let [(at, device)] = devices[..] else { panic!("one device is configured once: {devices:?}") };
    assert!(at > milliseconds(100) && at < milliseconds(150), "the host waits 120 ms for the bus: {at}");
    assert_eq!((device.vendor_id, device.product_id, device.ports), (0x2e8a, 0x000a, 1));
    assert_eq!(device.manufacturer.as_deref(), Some("Müller"));
    assert_eq!((device.product.as_deref(), device.serial.as_deref()), (Some("Bridge"), None));
    assert_eq!(device.configuration.len(), 70, "a head and the descriptors of one port");
    assert_eq!(warnings(&trace), Vec::<&Event>::new());
}

#[test]
fn a_thousand_bytes_cross_the_bridge_each_way() {
    let bytes = pattern(1_000);
    let trace = run(&job("usb", milliseconds(250))
        .open_usb(milliseconds(1), PORT)
        .send_usb(milliseconds(140), PORT, bytes.clone())
        .send(milliseconds(180), Uart(0), bytes.clone()));
    let down: Vec<u8> = trace.uart_bytes(Uart(0)).map(|timed| timed.byte).collect();
    assert_eq!(down, bytes);
    let up: Vec<u8> = trace.usb_bytes(PORT).map(|timed| timed.byte).collect();
    assert_eq!(up, bytes);
    assert_eq!(warnings(&trace), Vec::<&Event>::new());
}

#[test]
fn what_nobody_listens_to_is_dropped_and_told_later() {
    let trace = run(&job("usb", milliseconds(400))
        .send(milliseconds(10), Uart(0), pattern(300))
        .open_usb(milliseconds(200), PORT)
        .send(milliseconds(250), Uart(0), *b"heard")
        .close_usb(milliseconds(300), PORT)
        .send(milliseconds(310), Uart(0), *b"unheard"));
    assert_eq!(trace.usb_text(PORT), "heard");
    let logs = trace.logs().expect("the image has its tables");
    let told: Vec<&str> = logs.iter().map(|record| record.message.as_str()).collect();
    assert_eq!(told, ["300 bytes dropped, the usb port was closed"]);
    // All the while the blinker keeps its pace.
    assert_eq!(trace.edges(LED).count(), 39);
}

#[test]
fn a_port_comes_back_with_its_cable() {
    let trace = run(&job("usb", milliseconds(700))
        .open_usb(milliseconds(1), PORT)
        .send(milliseconds(150), Uart(0), *b"one ")
        .unplug(milliseconds(200))
        .send(milliseconds(250), Uart(0), pattern(500))
        .plug(milliseconds(300))
        .open_usb(milliseconds(301), PORT)
        .send(milliseconds(500), Uart(0), *b"two")
        .send_usb(milliseconds(550), PORT, *b"down"));
    assert_eq!(trace.usb_devices().count(), 2);
    assert_eq!(trace.usb_text(PORT), "one two");
    assert_eq!(trace.uart_text(Uart(0)), "down");
    assert_eq!(warnings(&trace), Vec::<&Event>::new());
}

#[test]
fn a_listener_gets_lines_from_the_moment_it_is_there() {
    let trace = run(&job("usb-print", milliseconds(265))
        .at(Nanos(0), Stimulus::Voltage { channel: Analog(0), millivolts: 1_650 })
        .open_usb(milliseconds(205), PORT));
    let lines: Vec<String> = trace.usb_lines(PORT).into_iter().map(|line| line.text).collect();
    assert_eq!(lines, ["level,220,1650", "level,240,1650", "level,260,1650"]);
}

#[test]
fn a_touch_at_1200_baud_asks_for_the_boot_drive() {
    let trace = run(&job("usb", milliseconds(400)).touch_usb(milliseconds(200), PORT));
    let resets: Vec<&Event> =
        trace.events().iter().filter(|event| matches!(event, Event::Reset { .. })).collect();
    let [Event::Reset { at, cause: ResetCause::UsbBoot, .. }] = resets[..] else { panic!("{resets:?}") };
    assert!(*at > milliseconds(200) && *at < milliseconds(205), "{at}");
    assert_eq!(edges_from(&trace, LED, Nanos(at.0 + 1)).len(), 0, "no image runs in the boot drive");
}

#[test]
fn closing_at_another_rate_asks_for_nothing() {
    let trace = run(&job("usb", milliseconds(300))
        .open_usb(milliseconds(150), PORT)
        .close_usb(milliseconds(200), PORT));
    assert_eq!(trace.end().resets, 0);
}

#[test]
fn a_log_has_a_port_of_its_own_and_keeps_its_first_lines() {
    let trace = run(&job("usb-log", milliseconds(500))
        .open_usb(milliseconds(200), LOG)
        .open_usb(milliseconds(300), PORT));
    let [(_, device)] = trace.usb_devices().collect::<Vec<_>>()[..] else { panic!("one device") };
    assert_eq!((device.vendor_id, device.product_id, device.ports), (0x1209, 0x0001, 2));
    assert_eq!(device.product.as_deref(), Some("usb-log"));
    let log = trace.usb_text(LOG);
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines[0], "10 INFO usb_log::count: count 0");
    assert!(log.contains("INFO usb_log::count: count 40\r\n"), "{log}");
    assert!(log.contains("bytes dropped, the usb port was closed\r\n"), "{log}");
    let console = trace.usb_text(PORT);
    assert!(console.starts_with("029\n") || console.starts_with("030\n"), "{console}");
    assert!(console.ends_with("048\n") || console.ends_with("049\n"), "{console}");
    assert_eq!(warnings(&trace), Vec::<&Event>::new());
}

#[test]
fn no_task_waits_for_a_host_that_never_comes() {
    let trace = run(&job("usb-log", milliseconds(1_000)).unplug(Nanos(0)));
    assert_eq!(trace.usb_devices().count(), 0);
    assert_eq!(trace.edges(LED).count(), 99);
    assert_eq!(trace.level_at(LED, milliseconds(995)), Level::High);
}

#[test]
fn a_full_packet_is_followed_by_an_empty_one() {
    let trace = run(&job("usb-log", milliseconds(300)).open_usb(milliseconds(1), PORT).send_usb(
        milliseconds(200),
        PORT,
        *b"f",
    ));
    // The host hands on a transfer when a packet is shorter than the others.
    assert!(trace.usb_text(PORT).ends_with(&"-".repeat(64)), "{}", trace.usb_text(PORT));
}

#[test]
fn a_panic_is_told_on_the_logs_port_and_resets() {
    let trace = run(&job("usb-log", milliseconds(600))
        .open_usb(milliseconds(1), LOG)
        .open_usb(milliseconds(1), PORT)
        .send_usb(milliseconds(200), PORT, *b"p")
        .open_usb(milliseconds(250), LOG));
    let log = trace.usb_text(LOG);
    assert!(log.contains(" ERROR panicked at "), "{log}");
    assert!(log.contains("src/shell.rs:") && log.contains("asked for\r\n"), "{log}");
    assert_eq!(trace.end().resets, 1);
    assert_eq!(trace.usb_devices().count(), 2);
    assert!(log.ends_with("INFO usb_log::count: count 30\r\n"), "{log}");
}
