//! A serial port -> lines of text, as a uart, a USB serial port or a log over either sends them.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serialport::{ErrorKind, SerialPort};

/// How long a read waits, so that the end of listening is noticed soon.
const READ: Duration = Duration::from_millis(50);
/// How often a port that is gone is looked for.
const RETRY: Duration = Duration::from_millis(300);
/// A line without an end is shown in pieces.
const LONGEST_LINE: usize = 4096;

/// Which port, and how fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialChoice {
    /// Its path, `/dev/ttyACM0` or `COM3`.
    pub port: String,
    /// Bits in a second; a port over USB ignores it.
    pub baud: u32,
}

/// News of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SerialEvent {
    /// From now on it is listened to.
    Listening,
    /// A line, without its end.
    Line(String),
    /// It was pulled; it is listened to again when it is back.
    Gone(String),
}

/// Why a port cannot be listened to.
#[derive(Debug, thiserror::Error)]
pub enum SerialError {
    /// It cannot be opened.
    #[error("while opening the serial port `{port}`: {reason}")]
    Open {
        /// Its path.
        port: String,
        /// What the system said.
        reason: String,
        /// The ports that there are.
        others: Vec<String>,
    },
}

impl SerialError {
    /// What to do.
    #[must_use]
    pub fn remedies(&self) -> Vec<String> {
        let SerialError::Open { others, .. } = self;
        match others.as_slice() {
            [] => vec!["this machine has no serial port now: is the board plugged in?".to_owned()],
            others => vec![format!("there is {}", others.join(", "))],
        }
    }
}

/// Listens until the user has had enough; a port that is pulled is waited for.
///
/// # Errors
/// The port cannot be opened at first.
pub fn listen(
    choice: &SerialChoice,
    on_event: &mut dyn FnMut(SerialEvent),
    cancel: &AtomicBool,
) -> Result<(), SerialError> {
    let mut port = open(choice).map_err(|error| {
        let ports = serialport::available_ports().unwrap_or_default();
        SerialError::Open {
            port: choice.port.clone(),
            reason: error.description,
            others: ports.into_iter().map(|port| port.port_name).collect(),
        }
    })?;
    while !cancel.load(Ordering::Relaxed) {
        on_event(SerialEvent::Listening);
        let reason = read_lines(port.as_mut(), on_event, cancel);
        drop(port);
        let Some(reason) = reason else { return Ok(()) };
        on_event(SerialEvent::Gone(reason));
        port = loop {
            if cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            std::thread::sleep(RETRY);
            if let Ok(port) = open(choice) {
                break port;
            }
        };
    }
    Ok(())
}

fn open(choice: &SerialChoice) -> serialport::Result<Box<dyn SerialPort>> {
    let mut port = serialport::new(&choice.port, choice.baud).timeout(READ).open()?;
    match port.write_data_terminal_ready(true) {
        // Firmware with a port over USB sends once a terminal is there; a pseudo terminal has no such line.
        Err(error) if matches!(error.kind, ErrorKind::NoDevice) => Err(error),
        _ => Ok(port),
    }
}

/// Reads until the port is gone, and says why; none at the user's wish.
fn read_lines(
    port: &mut dyn SerialPort,
    on_event: &mut dyn FnMut(SerialEvent),
    cancel: &AtomicBool,
) -> Option<String> {
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    while !cancel.load(Ordering::Relaxed) {
        match port.read(&mut buffer) {
            Ok(0) => return Some("it was closed".to_owned()),
            Ok(count) => take(&buffer[..count], &mut line, on_event),
            Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::Interrupted) => {}
            Err(error) => return Some(error.to_string()),
        }
    }
    None
}

fn take(bytes: &[u8], line: &mut Vec<u8>, on_event: &mut dyn FnMut(SerialEvent)) {
    for byte in bytes {
        if *byte != b'\n' {
            line.push(*byte);
        }
        if *byte == b'\n' || line.len() >= LONGEST_LINE {
            let text = String::from_utf8_lossy(line);
            on_event(SerialEvent::Line(text.trim_end_matches('\r').to_owned()));
            line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_come_in() {
        let mut lines = Vec::new();
        let mut line = Vec::new();
        for bytes in [b"he".as_slice(), b"llo\r\nwor", b"ld\n\n", b"rest"] {
            take(bytes, &mut line, &mut |event| lines.push(event));
        }
        let texts = ["hello", "world", ""].map(|text| SerialEvent::Line(text.to_owned()));
        assert_eq!(lines, texts);
        assert_eq!(line, b"rest");
    }

    #[test]
    fn a_port_that_is_not_there_is_an_error_with_its_name() {
        let choice = SerialChoice { port: "/dev/nowhere".to_owned(), baud: 115_200 };
        let error = listen(&choice, &mut |_| {}, &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().starts_with("while opening the serial port `/dev/nowhere`: "), "{error}");
    }
}
