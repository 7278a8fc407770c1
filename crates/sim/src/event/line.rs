//! One line of a run's output -> `Event`.

use std::collections::BTreeMap;

use fwc_parts::Direction;
use serde::Deserialize;

use super::{Driver, End, Event, Nack, ResetCause, UsbDevice};
use crate::{I2c, Level, LogLevel, Nanos, Pin, Spi, Uart, UsbPort};

impl Event {
    /// Reads a line; the error says what is wrong with it.
    pub(crate) fn parse(line: &str) -> Result<Output, String> {
        if let Some(event) = frequent(line) {
            return Ok(Output::Event(event));
        }
        let message: Message = serde_json::from_str(line).map_err(|error| error.to_string())?;
        message.into_output()
    }
}

/// The two kinds of line that a trace has by the million, as the simulation writes them; any other is left to the reader of
/// JSON, which takes several times as long.
fn frequent(line: &str) -> Option<Event> {
    let (time, rest) = line.strip_prefix("{\"t\":")?.split_once(',')?;
    let at = Nanos(time.parse().ok()?);
    if let Some(rest) = rest.strip_prefix("\"poll\":\"") {
        let task = rest.strip_suffix("\"}").filter(|task| is_name(task))?;
        return Some(Event::Poll { at, task: task.to_owned() });
    }
    let (channel, rest) = rest.strip_prefix("\"channel\":\"")?.split_once('"')?;
    let message = rest.strip_prefix(",\"message\":")?.strip_suffix('}').filter(|_| is_name(channel))?;
    // One object, and nothing behind it.
    let mut depth = 0;
    let mut within = false;
    let mut bytes = message.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => within = !within,
            b'\\' if within => drop(bytes.next()),
            b'{' if !within => depth += 1,
            b'}' if !within => depth -= 1,
            _ => {}
        }
        if depth == 0 && !within {
            break;
        }
    }
    (message.starts_with('{') && bytes.len() == 0 && depth == 0).then(|| Event::Message {
        at,
        channel: channel.to_owned(),
        message: message.to_owned(),
    })
}

/// Whether it is a name as app.toml has them, in which JSON escapes nothing.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What a line of output can be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Event(Event),
    /// The job could not be run at all.
    Failure {
        what: String,
        place: String,
        help: String,
    },
}

/// Every key that a line can have. One flat shape, because the kind of a line shows only in which keys it has.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Message {
    t: Option<u64>,
    pin: Option<u8>,
    level: Option<u8>,
    by: Option<Driver>,
    uart: Option<u8>,
    bytes: Option<String>,
    pins: Vec<u8>,
    lost: Option<String>,
    usb: Option<u8>,
    usb_device: Option<String>,
    vendor: u16,
    product: u16,
    strings: Strings,
    ports: u8,
    device: String,
    configuration: String,
    i2c: Option<u8>,
    address: Option<u8>,
    reading: bool,
    nack: Option<Nack>,
    spi: Option<u8>,
    select: Option<u8>,
    sent: Option<String>,
    received: Option<String>,
    reason: Option<String>,
    rtt: Option<u32>,
    reset: Option<ResetCause>,
    fault: Option<String>,
    lockup: Option<String>,
    pc: Option<u32>,
    warning: Option<String>,
    duty: Option<u64>,
    part: Option<String>,
    shows: Vec<String>,
    log: Option<String>,
    severity: Option<String>,
    channel: Option<String>,
    message: serde_json::Value,
    poll: Option<String>,
    broken: Option<String>,
    task: Option<String>,
    note: String,
    error: Option<String>,
    #[serde(rename = "where")]
    place: Option<String>,
    help: Option<String>,
    reached: bool,
    end: bool,
    retired_instructions: u64,
    slept_ns: u64,
    resets: u64,
    unmodelled: BTreeMap<String, u64>,
}

/// Texts of a USB device.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Strings {
    manufacturer: Option<String>,
    product: Option<String>,
    serial: Option<String>,
}

impl Message {
    fn into_output(self) -> Result<Output, String> {
        let Some(t) = self.t else {
            let what = self.error.ok_or("it has neither `t` nor `error`")?;
            let (place, help) = (self.place.unwrap_or_default(), self.help.unwrap_or_default());
            return Ok(Output::Failure { what, place, help });
        };
        self.into_event(Nanos(t)).map(Output::Event)
    }

    fn into_event(self, at: Nanos) -> Result<Event, String> {
        let bytes = |text: Option<String>| unhex(&text.ok_or("it has no `bytes`")?);
        if self.end {
            return self.into_end(at).map(Event::End);
        }
        if self.reached {
            return Ok(Event::Reached { at });
        }
        if let Some(level) = self.level {
            let pin = Pin(self.pin.ok_or("it has no `pin`")?);
            let level = if level == 0 { Level::Low } else { Level::High };
            return Ok(Event::Level { at, pin, level, driver: self.by.ok_or("it has no `by`")? });
        }
        if let Some(duty) = self.duty {
            return Ok(Event::Duty { at, pin: Pin(self.pin.ok_or("it has no `pin`")?), duty });
        }
        if let Some(part) = self.part {
            return Ok(Event::Shown { at, part, lines: self.shows });
        }
        if let Some(channel) = self.channel {
            return Ok(Event::Message { at, channel, message: self.message.to_string() });
        }
        if let Some(task) = self.poll {
            return Ok(Event::Poll { at, task });
        }
        if let Some(message) = self.log {
            let level = self.severity.as_deref().and_then(LogLevel::from_name);
            return Ok(Event::Log { at, level, message });
        }
        if let Some(what) = self.broken {
            return Ok(Event::Broken { at, task: self.task, what, note: self.note });
        }
        if let Some(uart) = self.uart.map(Uart) {
            if let Some(lost) = self.lost {
                return Ok(Event::Lost {
                    at,
                    uart,
                    bytes: unhex(&lost)?,
                    reason: self.reason.unwrap_or_default(),
                });
            }
            let pins = self.pins.into_iter().map(Pin).collect();
            return Ok(Event::Sent { at, uart, bytes: bytes(self.bytes)?, pins });
        }
        if let Some(bus) = self.i2c.map(I2c) {
            let direction = if self.reading { Direction::Read } else { Direction::Write };
            let (address, nack) = (self.address.ok_or("it has no `address`")?, self.nack);
            return Ok(Event::I2c { at, bus, address, direction, bytes: bytes(self.bytes)?, nack });
        }
        if let Some(bus) = self.spi.map(Spi) {
            let (sent, received) = (bytes(self.sent)?, bytes(self.received)?);
            return Ok(Event::Spi { at, bus, select: self.select.map(Pin), sent, received });
        }
        if let Some(port) = self.usb.map(UsbPort) {
            if let Some(lost) = self.lost {
                let reason = self.reason.unwrap_or_default();
                return Ok(Event::UsbLost { at, port, bytes: unhex(&lost)?, reason });
            }
            return Ok(Event::UsbReceived { at, port, bytes: bytes(self.bytes)? });
        }
        if self.usb_device.is_some() {
            return self.into_usb_device(at);
        }
        if let Some(channel) = self.rtt {
            return Ok(Event::Rtt { at, channel, bytes: bytes(self.bytes)? });
        }
        if let Some(cause) = self.reset {
            return Ok(Event::Reset { at, cause, task: self.task });
        }
        if let Some(reason) = self.fault {
            let program_counter = self.pc.ok_or("it has no `pc`")?;
            return Ok(Event::Fault { at, reason, program_counter, task: self.task });
        }
        if let Some(reason) = self.lockup {
            let program_counter = self.pc.ok_or("it has no `pc`")?;
            return Ok(Event::Lockup { at, reason, program_counter, task: self.task });
        }
        if let Some(text) = self.warning {
            return Ok(Event::Warning { at, text });
        }
        if let Some(error) = self.error {
            let (place, help) = (self.place.unwrap_or_default(), self.help.unwrap_or_default());
            return Ok(Event::Refused { at, text: format!("{place}: {error}; {help}") });
        }
        Err("it is no event that is known".to_owned())
    }

    fn into_usb_device(self, at: Nanos) -> Result<Event, String> {
        match self.usb_device.as_deref() {
            Some("detached") => return Ok(Event::UsbDetached { at }),
            Some("failed") => {
                return Ok(Event::UsbFailed { at, reason: self.reason.unwrap_or_default() });
            }
            Some("configured") => {}
            other => return Err(format!("no USB device is {other:?}")),
        }
        let device = UsbDevice {
            vendor_id: self.vendor,
            product_id: self.product,
            manufacturer: self.strings.manufacturer,
            product: self.strings.product,
            serial: self.strings.serial,
            ports: self.ports,
            device: unhex(&self.device)?,
            configuration: unhex(&self.configuration)?,
        };
        Ok(Event::UsbConfigured { at, device })
    }

    fn into_end(self, at: Nanos) -> Result<End, String> {
        let reason = self.reason.ok_or("it has no `reason`")?;
        let reason = serde_json::from_value(reason.into()).map_err(|error| error.to_string())?;
        Ok(End {
            at,
            reason,
            retired_instructions: self.retired_instructions,
            slept: Nanos(self.slept_ns),
            resets: self.resets,
            unmodelled: self.unmodelled,
        })
    }
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => {
            Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
        }
        _ => Err(format!("`{text}` is not pairs of hexadecimal digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EndReason;

    fn event(line: &str) -> Event {
        match Event::parse(line) {
            Ok(Output::Event(event)) => event,
            other => panic!("{line} gave {other:?}"),
        }
    }

    #[test]
    fn each_kind_of_line_becomes_its_event() {
        assert_eq!(
            event(r#"{"t":5,"pin":25,"level":1,"by":"chip"}"#),
            Event::Level { at: Nanos(5), pin: Pin(25), level: Level::High, driver: Driver::Chip }
        );
        assert_eq!(
            event(r#"{"t":6,"uart":1,"bytes":"4f6b","pins":[4]}"#),
            Event::Sent { at: Nanos(6), uart: Uart(1), bytes: b"Ok".to_vec(), pins: vec![Pin(4)] }
        );
        assert_eq!(
            event(r#"{"t":6,"uart":0,"lost":"ff","reason":"overrun"}"#),
            Event::Lost { at: Nanos(6), uart: Uart(0), bytes: vec![255], reason: "overrun".into() }
        );
        assert_eq!(
            event(r#"{"t":6,"i2c":1,"address":68,"reading":true,"bytes":"0102","nack":"data"}"#),
            Event::I2c {
                at: Nanos(6),
                bus: I2c(1),
                address: 0x44,
                direction: Direction::Read,
                bytes: vec![1, 2],
                nack: Some(Nack::Data),
            }
        );
        assert_eq!(
            event(r#"{"t":6,"spi":0,"select":17,"sent":"9f","received":"ff"}"#),
            Event::Spi {
                at: Nanos(6),
                bus: Spi(0),
                select: Some(Pin(17)),
                sent: vec![0x9f],
                received: vec![0xff],
            }
        );
        assert_eq!(
            event(r#"{"t":7,"rtt":0,"bytes":"0001"}"#),
            Event::Rtt { at: Nanos(7), channel: 0, bytes: vec![0, 1] }
        );
        assert_eq!(
            event(r#"{"t":8,"reset":"watchdog"}"#),
            Event::Reset { at: Nanos(8), cause: ResetCause::Watchdog, task: None }
        );
        assert_eq!(
            event(r#"{"t":9,"lockup":"unaligned access","pc":268435712,"task":"act"}"#),
            Event::Lockup {
                at: Nanos(9),
                reason: "unaligned access".into(),
                program_counter: 0x1000_0100,
                task: Some("act".into())
            }
        );
        assert_eq!(
            event(r#"{"t":8,"pin":16,"duty":250000}"#),
            Event::Duty { at: Nanos(8), pin: Pin(16), duty: 250_000 }
        );
        assert_eq!(
            event(r#"{"t":8,"broken":"panicked","note":"why\nin src/a.rs:1:2","task":"control"}"#),
            Event::Broken {
                at: Nanos(8),
                task: Some("control".into()),
                what: "panicked".into(),
                note: "why\nin src/a.rs:1:2".into()
            }
        );
        assert_eq!(event(r#"{"t":9,"reached":true}"#), Event::Reached { at: Nanos(9) });
        assert_eq!(
            event(r#"{"t":9,"warning":"w","pin":3}"#),
            Event::Warning { at: Nanos(9), text: "w".into() }
        );
    }

    #[test]
    fn a_usb_devices_life_becomes_its_events() {
        let line = r#"{"t":1,"usbDevice":"configured","vendor":4617,"product":1,"strings":{"product":"a"},"ports":2,"device":"12","configuration":"09"}"#;
        let device = UsbDevice {
            vendor_id: 0x1209,
            product_id: 1,
            manufacturer: None,
            product: Some("a".into()),
            serial: None,
            ports: 2,
            device: vec![0x12],
            configuration: vec![9],
        };
        assert_eq!(event(line), Event::UsbConfigured { at: Nanos(1), device });
        assert_eq!(event(r#"{"t":2,"usbDevice":"detached"}"#), Event::UsbDetached { at: Nanos(2) });
        assert_eq!(
            event(r#"{"t":3,"usbDevice":"failed","reason":"silent"}"#),
            Event::UsbFailed { at: Nanos(3), reason: "silent".into() }
        );
        assert_eq!(
            event(r#"{"t":4,"usb":1,"bytes":"4f6b"}"#),
            Event::UsbReceived { at: Nanos(4), port: UsbPort(1), bytes: b"Ok".to_vec() }
        );
        assert_eq!(
            event(r#"{"t":5,"usb":0,"lost":"ff","reason":"the port is not open"}"#),
            Event::UsbLost {
                at: Nanos(5),
                port: UsbPort(0),
                bytes: vec![255],
                reason: "the port is not open".into()
            }
        );
        assert_eq!(
            event(r#"{"t":6,"reset":"usb-boot"}"#),
            Event::Reset { at: Nanos(6), cause: ResetCause::UsbBoot, task: None }
        );
    }

    #[test]
    fn the_end_carries_what_the_run_came_to() {
        let line = r#"{"t":9,"end":true,"reason":"wall-limit","retiredInstructions":3,"sleptNs":4,"resets":1,"unmodelled":{"x":2}}"#;
        let Event::End(end) = event(line) else { panic!("this is the end") };
        assert_eq!((end.at, end.reason), (Nanos(9), EndReason::WallLimit));
        assert_eq!(
            (end.retired_instructions, end.slept, end.resets, end.unmodelled["x"]),
            (3, Nanos(4), 1, 2)
        );
    }

    #[test]
    fn a_refused_job_and_a_refused_stimulus_are_told_apart_by_their_time() {
        let failure = Event::parse(r#"{"error":"e","where":"w","help":"h"}"#);
        assert_eq!(failure, Ok(Output::Failure { what: "e".into(), place: "w".into(), help: "h".into() }));
        assert_eq!(
            event(r#"{"t":1,"error":"e","where":"w","help":"h"}"#),
            Event::Refused { at: Nanos(1), text: "w: e; h".into() }
        );
    }

    #[test]
    fn frequent_lines_are_read_as_all_others_are() {
        for line in [
            r#"{"t":7,"poll":"blink_2"}"#,
            r#"{"t":8,"channel":"levels","message":{"value":-3.5}}"#,
            r#"{"t":9,"channel":"shown","message":{"all":[1,{"x":null}],"text":"a\"},{\\"}}"#,
            r#"{"t":10,"channel":"own","message":{}}"#,
        ] {
            let quick = frequent(line).unwrap_or_else(|| panic!("{line} is frequent"));
            let message: Message = serde_json::from_str(line).unwrap();
            assert_eq!(message.into_output(), Ok(Output::Event(quick)));
        }
        for line in [
            r#"{"t":7,"poll":"a task"}"#,
            r#"{"t":7, "poll":"blink"}"#,
            r#"{"t":8,"channel":"levels","message":{"ms":0},"more":1}"#,
            r#"{"t":9,"end":true,"reason":"time"}"#,
        ] {
            assert_eq!(frequent(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_that_makes_no_sense_says_why() {
        for (line, why) in [
            ("hello", "expected value at line 1 column 1"),
            ("{}", "it has neither `t` nor `error`"),
            (r#"{"t":1}"#, "it is no event that is known"),
            (r#"{"t":1,"rtt":0,"bytes":"0"}"#, "`0` is not pairs of hexadecimal digits"),
            (r#"{"t":1,"level":1,"by":"chip"}"#, "it has no `pin`"),
        ] {
            assert_eq!(Event::parse(line), Err(why.to_owned()), "{line}");
        }
    }
}
