//! A running firmware with a USB serial port -> the same board as a boot drive.
//!
//! A program that sets 1200 baud and closes the port asks for that: a custom from Arduino's boards, which the generated
//! firmware keeps (docs/app-toml.md, `usb-serial`).

use std::time::Duration;

use serialport::{SerialPortInfo, SerialPortType};

use crate::limit;

const BAUD: u32 = 1200;
/// A port that takes longer to open and close hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a firmware says of itself over USB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbDevice {
    /// Its vendor.
    pub vendor_id: u16,
    /// Its product.
    pub product_id: u16,
    /// Its product's name, which tells apart what has the ids for tests.
    pub product: String,
}

/// Why a port was not touched.
#[derive(Debug, thiserror::Error)]
pub enum TouchError {
    /// It cannot be opened.
    #[error("while opening the serial port `{port}`: {reason}")]
    Open {
        /// Its path.
        port: String,
        /// What the system said.
        reason: String,
    },
    /// It does not answer.
    #[error("the serial port `{port}` did not answer within {} s", limit.as_secs())]
    Silent {
        /// Its path.
        port: String,
        /// How long it was waited for.
        limit: Duration,
    },
}

/// A serial port over USB, and the device that it is of.
#[derive(Debug, Clone)]
struct Seen {
    port: String,
    ids: (u16, u16),
    serial_number: Option<String>,
    product: Option<String>,
}

/// A port for each board on which this firmware runs now.
#[must_use]
pub fn ports(device: &UsbDevice) -> Vec<String> {
    let ports = limit::within(PATIENCE, || serialport::available_ports().unwrap_or_default());
    one_a_board(device, ports.unwrap_or_default().into_iter().filter_map(seen).collect())
}

fn seen(port: SerialPortInfo) -> Option<Seen> {
    let SerialPortType::UsbPort(usb) = port.port_type else { return None };
    let ids = (usb.vid, usb.pid);
    Some(Seen { port: port.port_name, ids, serial_number: usb.serial_number, product: usb.product })
}

/// A device may have two ports, of which either will do.
fn one_a_board(device: &UsbDevice, mut ports: Vec<Seen>) -> Vec<String> {
    ports.sort_by(|left, right| left.port.cmp(&right.port));
    let mut boards = Vec::new();
    let mut chosen = Vec::new();
    for one in ports {
        // Windows knows a product by its driver's name alone, so there a name tells nothing.
        let named = cfg!(windows) || one.product.is_none_or(|product| is_name(&product, &device.product));
        if one.ids != (device.vendor_id, device.product_id) || !named {
            continue;
        }
        if !boards.contains(&one.serial_number) {
            boards.push(one.serial_number);
            chosen.push(one.port);
        }
    }
    chosen
}

/// Linux writes `_` for what is not to be in a file's name.
fn is_name(told: &str, product: &str) -> bool {
    let plain = |text: &str| text.replace(['_', ' '], "-");
    plain(told) == plain(product)
}

/// Asks the firmware behind a port for the boot drive. It restarts at once, and its port goes away.
///
/// # Errors
/// The port cannot be opened, or does not answer.
pub fn touch(port: &str) -> Result<(), TouchError> {
    let name = port.to_owned();
    let touched = limit::within(PATIENCE, move || {
        serialport::new(&name, BAUD).open().map(|mut port| {
            // The device may be gone by now, and a pseudo terminal has no such line.
            let _ = port.write_data_terminal_ready(false);
        })
    });
    let port = port.to_owned();
    match touched {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(TouchError::Open { port, reason: error.description }),
        Err(limit) => Err(TouchError::Silent { port, limit }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, product_id: u16, serial: &str, product: &str) -> Seen {
        Seen {
            port: name.to_owned(),
            ids: (0x1209, product_id),
            serial_number: Some(serial.to_owned()),
            product: Some(product.to_owned()),
        }
    }

    #[test]
    fn a_board_with_two_ports_is_one() {
        let device = UsbDevice { vendor_id: 0x1209, product_id: 1, product: "data-logger".to_owned() };
        let mut there = vec![
            port("/dev/ttyACM1", 1, "E660", "data-logger"),
            port("/dev/ttyACM0", 1, "E660", "data-logger"),
            port("/dev/ttyACM2", 2, "E661", "data-logger"),
        ];
        assert_eq!(one_a_board(&device, there.clone()), ["/dev/ttyACM0"]);
        there.push(port("/dev/ttyACM3", 1, "E662", "data_logger"));
        assert_eq!(one_a_board(&device, there.clone()), ["/dev/ttyACM0", "/dev/ttyACM3"]);
        if !cfg!(windows) {
            there.push(port("/dev/ttyACM4", 1, "E663", "another"));
            assert_eq!(one_a_board(&device, there).len(), 2);
        }
    }

    #[test]
    fn a_port_that_is_not_there_is_an_error_with_its_name() {
        let error = touch("/dev/nowhere").unwrap_err().to_string();
        assert!(error.starts_with("while opening the serial port `/dev/nowhere`: "), "{error}");
    }
}
