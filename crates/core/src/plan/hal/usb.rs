//! The USB controllers of Embassy's HALs under embassy-usb's device, each behind the same names in its crate of adapters.

use fwc_schema::chip::Hal;

use crate::catalog::InterruptId;
use crate::plan::expression::{Expression, Statement};
use crate::plan::hal::{CrateUse, Handle, refused};
use crate::plan::pace::StaticCode;
use crate::plan::peripherals::{ConfigCode, HalvesPlan};
use crate::plan::usb::{DeviceNames, UsbCode, UsbIdentity, VariableCode};
use crate::resolved::Resolved;

/// The crate's feature of the device, where there is one.
pub(super) fn feature(resolved: &Resolved) -> Option<&'static str> {
    let chip = &resolved.app.board.chip;
    resolved.usb.map(|wiring| match chip.hal {
        Hal::Stm32 if chip.block(wiring.block).hal == STM32_OTG => "usb-otg",
        Hal::Stm32 if chip.block(wiring.block).hal == STM32_OTG_HS => "usb-otg-hs",
        Hal::Stm32 if chip.usb.as_ref().is_some_and(|usb| usb.outer_pull_up) => "usb-outer-pull-up",
        Hal::Stm32 => "usb-device",
        Hal::Rp | Hal::Nrf | Hal::Esp | Hal::Sim => "usb",
    })
}

/// The controller of an STM32 that can be a host as well, which the HAL has another driver for.
const STM32_OTG: &str = "USB_OTG_FS";

/// The same where it could be faster with a part beside it.
const STM32_OTG_HS: &str = "USB_OTG_HS";

/// The crate of the device, where there is one. One handler answers for all ports.
pub(super) fn device_crate(resolved: &Resolved) -> Option<CrateUse> {
    resolved.usb.map(|_| CrateUse::new("embassy-usb", ["max-handler-count-1"]))
}

/// What the controller's own vector is handled by, where there is a device.
pub(super) fn handler(resolved: &Resolved) -> Option<(InterruptId, String)> {
    let block = resolved.app.board.chip.block(resolved.usb?.block);
    Some((block.interrupts[0], format!("usb::InterruptHandler<peripherals::{}>", block.hal)))
}

/// The module of adapters.
pub(super) fn module(hal: Hal) -> &'static str {
    match hal {
        Hal::Rp => "fwc_hal_rp::usb",
        Hal::Nrf => "fwc_hal_nrf::usb",
        Hal::Stm32 => "fwc_hal_stm32::usb",
        Hal::Esp => refused("a usb device"),
        Hal::Sim => "fwc_hal_sim::usb",
    }
}

/// The shortest answer for which there must be room: a port's line coding.
const LEAST_CONTROL: usize = 8;

/// The code that makes the device.
pub(super) fn device(resolved: &Resolved, identity: &UsbIdentity, names: &DeviceNames<'_>) -> UsbCode {
    // embassy-usb 0.6.0, src/lib.rs: a text's descriptor, and one byte that stays free.
    let control = (2 * identity.longest_text() + 3).max(LEAST_CONTROL).next_multiple_of(4);
    let module = module(resolved.app.board.chip.hal);
    let rust_type = format!("{module}::Memory<{}, {control}>", names.ports.len());
    let block = [format!("p.{}", block(resolved)), "Irqs".to_string()].map(Expression::plain);
    let lines = resolved.usb.and_then(|wiring| wiring.lines).into_iter().flatten();
    let lines = lines.map(|pin| Expression::plain(format!("p.{}", resolved.app.board.chip.pin(pin).hal)));
    let told = Expression::call(format!("board::{}", names.config), []);
    let start =
        Expression::call(format!("{}.start", names.memory), block.into_iter().chain(lines).chain([told]));
    UsbCode {
        memory: StaticCode {
            name: names.memory.to_string(),
            value: Expression::call(format!("{module}::Memory::new"), []),
            rust_type,
        },
        config: ConfigCode {
            function: names.config.to_string(),
            rust_type: "embassy_usb::Config<'static>".to_string(),
            body: config(identity),
        },
        setup: Statement::bind(format!("({}, [{}])", names.device, names.ports.join(", ")), start),
        device: VariableCode { name: names.device.to_string(), rust_type: format!("{module}::Device") },
        log: None,
    }
}

fn block(resolved: &Resolved) -> &str {
    let wiring = resolved.usb.expect("a device is planned where one was resolved");
    &resolved.app.board.chip.block(wiring.block).hal
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
pub(super) fn handle(hal: Hal) -> Handle {
    let module = module(hal);
    Handle {
        halves: Some(HalvesPlan {
            reader: format!("{module}::PortReader"),
            writer: format!("{module}::PortWriter"),
        }),
        ..Handle::new(format!("{module}::SerialPort"), Expression::plain(String::new()))
    }
}
