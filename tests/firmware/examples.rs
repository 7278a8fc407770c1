//! The projects of `examples/` do what their READMEs say.

use fwc_sim::{Job, Level, Nanos, Pin, Trace, Uart, UsbPort};
use fwc_tests::{build_project, milliseconds, repository};

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
