//! embassy-rp's USB controller under embassy-usb's device.

use crate::plan::expression::{Expression, Statement};
use crate::plan::hal::Handle;
use crate::plan::pace::StaticCode;
use crate::plan::peripherals::{ConfigCode, HalvesPlan};
use crate::plan::usb::{DeviceNames, UsbCode, UsbIdentity, VariableCode};
use crate::resolved::Resolved;

/// What embassy-usb's interrupt is handled by.
pub(super) const HANDLER: &str = "usb::InterruptHandler";

/// The type that the log is written to.
pub(in crate::plan) const LOG: &str = "fwc_hal_rp::usb::PortWriter<true>";

/// The shortest answer for which there must be room: a port's line coding.
const LEAST_CONTROL: usize = 8;

pub(in crate::plan) fn device(
    resolved: &Resolved,
    identity: &UsbIdentity,
    names: &DeviceNames<'_>,
) -> UsbCode {
    // embassy-usb 0.6.0, src/lib.rs: a text's descriptor, and one byte that stays free.
    let control = (2 * identity.longest_text() + 3).max(LEAST_CONTROL).next_multiple_of(4);
    let rust_type = format!("fwc_hal_rp::usb::Memory<{}, {control}>", names.ports.len());
    let start = Expression::call(
        format!("{}.start", names.memory),
        [
            Expression::plain(format!("p.{}", block(resolved))),
            Expression::plain("Irqs"),
            Expression::call(format!("board::{}", names.config), []),
        ],
    );
    UsbCode {
        memory: StaticCode {
            name: names.memory.to_string(),
            value: Expression::call("fwc_hal_rp::usb::Memory::new", []),
            rust_type,
        },
        config: ConfigCode {
            function: names.config.to_string(),
            rust_type: "embassy_usb::Config<'static>".to_string(),
            body: config(identity),
        },
        setup: Statement::bind(format!("({}, [{}])", names.device, names.ports.join(", ")), start),
        device: VariableCode {
            name: names.device.to_string(),
            rust_type: "fwc_hal_rp::usb::Device".to_string(),
        },
        log: None,
    }
}

fn block(resolved: &Resolved) -> &str {
    let wiring = resolved.usb.expect("a device is planned where one was resolved");
    &resolved.app.board.chip.block(wiring.block).name
}

/// Sets what differs from embassy-usb's default.
fn config(identity: &UsbIdentity) -> Vec<String> {
    let mut code = Vec::new();
    if identity.test_ids {
        code.push("// pid.codes' test id: for yourself, not for what you pass on.".to_string());
    }
    let (vendor, product) = (identity.ids.vendor_id, identity.ids.product_id);
    code.push(format!("let mut config = embassy_usb::Config::new({vendor:#06x}, {product:#06x});"));
    let manufacturer =
        identity.manufacturer.iter().map(|text| format!("config.manufacturer = Some({text:?});"));
    code.extend(manufacturer);
    code.push(format!("config.product = Some({:?});", identity.product));
    code.push("config".to_string());
    code
}

/// A serial port, which is made together with the device.
pub(super) fn handle() -> Handle {
    Handle {
        halves: Some(HalvesPlan {
            reader: "fwc_hal_rp::usb::PortReader".to_string(),
            writer: "fwc_hal_rp::usb::PortWriter".to_string(),
        }),
        ..Handle::new("fwc_hal_rp::usb::SerialPort", Expression::plain(String::new()))
    }
}
