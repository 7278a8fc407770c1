//! The serial ports of this machine -> the one behind which an Espressif chip can be.

use serialport::{SerialPortType, UsbPortInfo};

use super::LoaderFault;

/// Espressif's own USB, and the bridges of boards: Silicon Labs CP210x, WCH CH34x, FTDI, Prolific (usb.ids).
const VENDORS: [u16; 5] = [0x303a, 0x10c4, 0x1a86, 0x0403, 0x067b];

/// A serial port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoaderPort {
    /// Its path, `/dev/ttyUSB0` or `COM3`.
    pub path: String,
    /// What is known of its USB device.
    pub usb: Option<UsbPortInfo>,
}

impl LoaderPort {
    /// `CP2102N USB to UART Bridge Controller`.
    fn product(&self) -> Option<&str> {
        self.usb.as_ref()?.product.as_deref()
    }

    fn is_likely(&self) -> bool {
        self.usb.as_ref().is_some_and(|usb| VENDORS.contains(&usb.vid))
    }
}

/// The serial ports behind which an Espressif chip can be.
#[must_use]
pub fn likely_ports() -> Vec<LoaderPort> {
    ports().into_iter().filter(LoaderPort::is_likely).collect()
}

/// The serial ports that this machine has now.
pub(super) fn ports() -> Vec<LoaderPort> {
    let ports = serialport::available_ports().unwrap_or_default().into_iter();
    ports
        .map(|port| LoaderPort {
            path: port.port_name,
            usb: match port.port_type {
                SerialPortType::UsbPort(usb) => Some(usb),
                _ => None,
            },
        })
        .collect()
}

/// A port that is not of a USB device, as the library wants it.
pub(super) fn no_usb() -> UsbPortInfo {
    UsbPortInfo { vid: 0, pid: 0, serial_number: None, manufacturer: None, product: None, interface: None }
}

/// The one that is meant, or the only one that can be.
pub(super) fn choose(ports: &[LoaderPort], wanted: Option<&str>) -> Result<LoaderPort, LoaderFault> {
    if let Some(path) = wanted {
        let found = ports.iter().find(|port| port.path == path).cloned();
        // A link to a port, such as those in /dev/serial/by-id, is in no list.
        return Ok(found.unwrap_or_else(|| LoaderPort { path: path.to_owned(), usb: None }));
    }
    let likely: Vec<&LoaderPort> = ports.iter().filter(|port| port.is_likely()).collect();
    match likely.as_slice() {
        [] => Err(LoaderFault::NoPort { others: ports.iter().map(|port| port.path.clone()).collect() }),
        [port] => Ok((*port).clone()),
        several => {
            let named = |port: &&LoaderPort| {
                (port.path.clone(), port.product().unwrap_or("a USB serial port").to_owned())
            };
            Err(LoaderFault::SeveralPorts { ports: several.iter().map(named).collect() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(path: &str, vid: Option<u16>) -> LoaderPort {
        let usb = vid.map(|vid| UsbPortInfo { vid, product: Some("bridge".to_owned()), ..no_usb() });
        LoaderPort { path: path.to_owned(), usb }
    }

    #[test]
    fn the_only_port_with_a_bridge_is_taken() {
        let ports = [
            port("/dev/ttyS0", None),
            port("/dev/ttyUSB0", Some(0x10c4)),
            port("/dev/ttyACM0", Some(0x1366)),
        ];
        assert_eq!(choose(&ports, None).unwrap().path, "/dev/ttyUSB0");
        assert_eq!(choose(&ports, Some("/dev/ttyS0")).unwrap().path, "/dev/ttyS0");
        assert_eq!(choose(&ports, Some("/dev/serial/by-id/it")).unwrap().path, "/dev/serial/by-id/it");
    }

    #[test]
    fn of_several_none_is_guessed() {
        let ports = [port("/dev/ttyUSB0", Some(0x10c4)), port("/dev/ttyACM0", Some(0x303a))];
        let fault = choose(&ports, None).unwrap_err();
        assert_eq!(fault.to_string(), "2 serial ports can have the board behind them");
        assert_eq!(fault.remedies()[0], "`--port /dev/ttyUSB0` takes bridge");
    }

    #[test]
    fn where_there_is_none_the_others_are_named() {
        let fault = choose(&[port("/dev/ttyS0", None)], None).unwrap_err();
        assert_eq!(fault.to_string(), "no serial port of an Espressif board is there");
        assert!(fault.remedies().iter().any(|help| help.contains("/dev/ttyS0")), "{:?}", fault.remedies());
        assert!(choose(&[], None).unwrap_err().remedies()[0].contains("a cable that has data wires"));
    }
}
