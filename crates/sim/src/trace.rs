//! The events of a finished run, and the questions that tests ask of them.

use std::path::PathBuf;

use fwc_logs::DEFMT_CHANNEL;
use fwc_parts::Direction;

use crate::{
    End, Event, I2c, Level, LogDecoder, LogError, LogRecord, Nack, Nanos, Pin, Spi, Uart, UsbDevice, UsbPort,
};

/// Everything that happened in one run, in the order of time.
#[derive(Debug, Clone)]
pub struct Trace {
    elf: PathBuf,
    events: Vec<Event>,
    end: End,
}

/// A change of a pin's level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// When.
    pub at: Nanos,
    /// The level from then on.
    pub level: Level,
}

/// A byte that a uart has sent, or a program has got from a USB port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedByte {
    /// When its stop bit was over.
    pub at: Nanos,
    /// The byte.
    pub byte: u8,
}

/// A message on an I2C bus: a start, an address, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct I2cMessage<'a> {
    /// When it was over.
    pub at: Nanos,
    /// The 7-bit address.
    pub address: u8,
    /// Which way the bytes went.
    pub direction: Direction,
    /// The bytes.
    pub bytes: &'a [u8],
    /// What was not acknowledged, where something was not.
    pub nack: Option<Nack>,
}

/// Bytes that went both ways on an SPI bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpiTransfer<'a> {
    /// When it was over.
    pub at: Nanos,
    /// The pin of the chip select.
    pub select: Option<Pin>,
    /// From the chip.
    pub sent: &'a [u8],
    /// To the chip.
    pub received: &'a [u8],
}

/// A line of text that a uart has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When its last byte had come.
    pub at: Nanos,
    /// The text without the line end; bytes that are not UTF-8 become U+FFFD.
    pub text: String,
}

impl Trace {
    pub(crate) fn new(elf: PathBuf, events: Vec<Event>, end: End) -> Self {
        Self { elf, events, end }
    }

    /// All events but the end.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How the run ended.
    #[must_use]
    pub fn end(&self) -> &End {
        &self.end
    }

    /// Every change of a pin's level, whoever caused it.
    pub fn edges(&self, pin: Pin) -> impl Iterator<Item = Edge> {
        self.events.iter().filter_map(move |event| match event {
            Event::Level { at, pin: changed, level, .. } if *changed == pin => {
                Some(Edge { at: *at, level: *level })
            }
            _ => None,
        })
    }

    /// The level of a pin at a moment; an edge at that very moment has happened.
    #[must_use]
    pub fn level_at(&self, pin: Pin, at: Nanos) -> Level {
        self.edges(pin).take_while(|edge| edge.at <= at).last().map_or(Level::Low, |edge| edge.level)
    }

    /// What a uart has sent through a pin, byte by byte. What left through no pin, nobody has heard.
    pub fn uart_bytes(&self, uart: Uart) -> impl Iterator<Item = TimedByte> {
        self.events
            .iter()
            .filter_map(move |event| match event {
                Event::Sent { at, uart: sender, bytes, pins } if *sender == uart && !pins.is_empty() => {
                    Some((*at, bytes))
                }
                _ => None,
            })
            .flat_map(|(at, bytes)| bytes.iter().map(move |&byte| TimedByte { at, byte }))
    }

    /// What was sent to a uart and not received, byte by byte.
    pub fn lost_bytes(&self, uart: Uart) -> impl Iterator<Item = TimedByte> {
        self.events
            .iter()
            .filter_map(move |event| match event {
                Event::Lost { at, uart: receiver, bytes, .. } if *receiver == uart => Some((*at, bytes)),
                _ => None,
            })
            .flat_map(|(at, bytes)| bytes.iter().map(move |&byte| TimedByte { at, byte }))
    }

    /// What a uart has sent, as text; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn uart_text(&self, uart: Uart) -> String {
        let bytes: Vec<u8> = self.uart_bytes(uart).map(|timed| timed.byte).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What a uart has sent, in lines that end with `\n` or `\r\n`. A last line without its end is not among them.
    #[must_use]
    pub fn uart_lines(&self, uart: Uart) -> Vec<Line> {
        lines(self.uart_bytes(uart))
    }

    /// The devices that the USB host has configured, each time that it did.
    pub fn usb_devices(&self) -> impl Iterator<Item = (Nanos, &UsbDevice)> {
        self.events.iter().filter_map(|event| match event {
            Event::UsbConfigured { at, device } => Some((*at, device)),
            _ => None,
        })
    }

    /// What a program that holds a USB port open has got, byte by byte.
    pub fn usb_bytes(&self, port: UsbPort) -> impl Iterator<Item = TimedByte> {
        self.events
            .iter()
            .filter_map(move |event| match event {
                Event::UsbReceived { at, port: from, bytes } if *from == port => Some((*at, bytes)),
                _ => None,
            })
            .flat_map(|(at, bytes)| bytes.iter().map(move |&byte| TimedByte { at, byte }))
    }

    /// What a program has got from a USB port, as text; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn usb_text(&self, port: UsbPort) -> String {
        let bytes: Vec<u8> = self.usb_bytes(port).map(|timed| timed.byte).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What a program has got from a USB port, in lines as [`Trace::uart_lines`] has them.
    #[must_use]
    pub fn usb_lines(&self, port: UsbPort) -> Vec<Line> {
        lines(self.usb_bytes(port))
    }

    /// What went over an I2C bus, message by message.
    pub fn i2c_messages(&self, bus: I2c) -> impl Iterator<Item = I2cMessage<'_>> {
        self.events.iter().filter_map(move |event| match event {
            Event::I2c { at, bus: on, address, direction, bytes, nack } if *on == bus => {
                Some(I2cMessage { at: *at, address: *address, direction: *direction, bytes, nack: *nack })
            }
            _ => None,
        })
    }

    /// What went over an SPI bus, from chip select to chip select.
    pub fn spi_transfers(&self, bus: Spi) -> impl Iterator<Item = SpiTransfer<'_>> {
        self.events.iter().filter_map(move |event| match event {
            Event::Spi { at, bus: on, select, sent, received } if *on == bus => {
                Some(SpiTransfer { at: *at, select: *select, sent, received })
            }
            _ => None,
        })
    }

    /// What the firmware has logged. Reads the image's tables anew at each call.
    ///
    /// # Errors
    /// The firmware has logged something, and the image has no tables to read it by.
    pub fn logs(&self) -> Result<Vec<LogRecord>, LogError> {
        if !self.events.iter().any(|event| matches!(event, Event::Rtt { .. })) {
            return Ok(Vec::new());
        }
        let decoder = LogDecoder::for_image(&self.elf)?;
        let mut stream = decoder.stream();
        let mut records = Vec::new();
        for event in &self.events {
            match event {
                Event::Reset { .. } => stream.restart(),
                Event::Rtt { at, channel: DEFMT_CHANNEL, bytes } => records.extend(stream.take(*at, bytes)?),
                _ => {}
            }
        }
        Ok(records)
    }

    /// Faults and lockups of the core, in words: empty for a firmware that is well.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let describe = |event: &Event| match event {
            Event::Fault { at, reason, program_counter, .. } => {
                Some(format!("{at}: HardFault at 0x{program_counter:08x}: {reason}"))
            }
            Event::Lockup { at, reason, program_counter, .. } => {
                Some(format!("{at}: lockup at 0x{program_counter:08x}: {reason}"))
            }
            _ => None,
        };
        self.events.iter().filter_map(describe).collect()
    }
}

/// Bytes in lines that end with `\n` or `\r\n`.
fn lines(bytes: impl Iterator<Item = TimedByte>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open = Vec::new();
    for TimedByte { at, byte } in bytes {
        if byte != b'\n' {
            open.push(byte);
            continue;
        }
        let text = open.strip_suffix(b"\r").unwrap_or(&open);
        lines.push(Line { at, text: String::from_utf8_lossy(text).into_owned() });
        open.clear();
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Driver, EndReason};

    fn trace(events: Vec<Event>) -> Trace {
        let end = End {
            at: Nanos::from_millis(10),
            reason: EndReason::Time,
            retired_instructions: 0,
            slept: Nanos(0),
            resets: 0,
            unmodelled: BTreeMap::new(),
        };
        Trace::new("unused.elf".into(), events, end)
    }

    fn level(at: u64, pin: u8, level: Level) -> Event {
        Event::Level { at: Nanos(at), pin: Pin(pin), level, driver: Driver::Chip }
    }

    fn sent(at: u64, uart: u8, text: &str, pins: &[u8]) -> Event {
        let pins = pins.iter().copied().map(Pin).collect();
        Event::Sent { at: Nanos(at), uart: Uart(uart), bytes: text.into(), pins }
    }

    #[test]
    fn edges_and_levels_are_those_of_one_pin() {
        let trace =
            trace(vec![level(10, 25, Level::High), level(15, 3, Level::High), level(20, 25, Level::Low)]);
        let edges: Vec<Edge> = trace.edges(Pin(25)).collect();
        assert_eq!(
            edges,
            [Edge { at: Nanos(10), level: Level::High }, Edge { at: Nanos(20), level: Level::Low }]
        );
        let levels = [9, 10, 19, 20].map(|at| trace.level_at(Pin(25), Nanos(at)));
        assert_eq!(levels, [Level::Low, Level::High, Level::High, Level::Low]);
    }

    #[test]
    fn lines_carry_the_time_of_their_end_and_leave_out_an_unfinished_one() {
        let trace = trace(vec![
            sent(1, 0, "on", &[0]),
            sent(2, 1, "other", &[4]),
            sent(3, 0, "e\r", &[0]),
            sent(4, 0, "\ntwo\nthr", &[0]),
        ]);
        assert_eq!(trace.uart_text(Uart(0)), "one\r\ntwo\nthr");
        assert_eq!(
            trace.uart_lines(Uart(0)),
            [Line { at: Nanos(4), text: "one".into() }, Line { at: Nanos(4), text: "two".into() }]
        );
    }

    #[test]
    fn a_usb_ports_lines_are_its_own() {
        let got = |at, port, text: &str| Event::UsbReceived {
            at: Nanos(at),
            port: UsbPort(port),
            bytes: text.into(),
        };
        let trace = trace(vec![got(1, 0, "a\r\nb"), got(2, 1, "x\n"), got(3, 0, "c\n")]);
        assert_eq!(trace.usb_text(UsbPort(0)), "a\r\nbc\n");
        assert_eq!(
            trace.usb_lines(UsbPort(0)),
            [Line { at: Nanos(1), text: "a".into() }, Line { at: Nanos(3), text: "bc".into() }]
        );
    }

    #[test]
    fn nobody_hears_a_uart_without_a_pin() {
        let trace = trace(vec![sent(1, 0, "lost", &[]), sent(2, 0, "heard", &[16])]);
        assert_eq!(trace.uart_text(Uart(0)), "heard");
    }

    #[test]
    fn bytes_that_were_not_received_are_told_apart_by_their_uart() {
        let lost = |uart| Event::Lost {
            at: Nanos(3),
            uart: Uart(uart),
            bytes: vec![uart],
            reason: "overrun".into(),
        };
        let trace = trace(vec![lost(0), lost(1)]);
        assert_eq!(trace.lost_bytes(Uart(1)).collect::<Vec<_>>(), [TimedByte { at: Nanos(3), byte: 1 }]);
    }

    #[test]
    fn a_run_that_logged_nothing_needs_no_tables() {
        assert_eq!(trace(vec![]).logs().unwrap(), []);
    }

    #[test]
    fn logs_of_an_image_that_is_gone_say_so() {
        let trace = trace(vec![Event::Rtt { at: Nanos(1), channel: 0, bytes: vec![0] }]);
        assert_eq!(trace.logs().unwrap_err().to_string(), "while reading unused.elf");
    }

    #[test]
    fn faults_are_told_with_their_address() {
        let trace = trace(vec![Event::Lockup {
            at: Nanos::from_micros(2),
            reason: "unaligned access".into(),
            program_counter: 0x1000_0180,
            task: None,
        }]);
        assert_eq!(trace.faults(), ["2µs: lockup at 0x10000180: unaligned access"]);
    }
}
