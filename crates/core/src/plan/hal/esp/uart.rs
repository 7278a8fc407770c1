//! esp-hal's uarts: the hardware's FIFO is their buffer, and their interrupt wakes who waits.

use fwc_schema::app::Parity;

use crate::app::{PinUse, Uart};
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, refused, singleton};
use crate::plan::peripherals::HalvesPlan;
use crate::resolved::{Resolved, UartDriver, UartWiring};

/// The handle of a uart.
pub(super) fn handle(resolved: &Resolved, uart: &Uart, wiring: &UartWiring, names: &HandleNames) -> Handle {
    let block = Expression::plain(format!("p.{}", resolved.app.board.chip.block(wiring.block).hal));
    let pin = |pin: Option<PinUse>| pin.map(|pin| singleton(resolved, pin));
    let (tx, rx) = (pin(uart.tx), pin(uart.rx));
    let (rust_type, function, pins) = match wiring.driver {
        UartDriver::Buffered => ("Uart", "both", [tx, rx]),
        UartDriver::BufferedRx => ("UartReader", "reader", [None, rx]),
        UartDriver::BufferedTx | UartDriver::DmaTx { .. } => ("UartWriter", "writer", [tx, None]),
        UartDriver::DmaRx { .. } => refused("a ring of DMA"),
    };
    let config = Expression::call(format!("board::{}", names.config), []);
    let arguments = std::iter::once(block).chain(pins.into_iter().flatten()).chain([config]);
    let halves = (wiring.driver == UartDriver::Buffered).then(|| HalvesPlan {
        reader: "fwc_hal_esp::uart::UartReader".to_string(),
        writer: "fwc_hal_esp::uart::UartWriter".to_string(),
    });
    Handle {
        halves,
        config: Some(("esp_hal::uart::Config".to_string(), config_code(uart))),
        ..Handle::new(
            format!("fwc_hal_esp::uart::{rust_type}"),
            Expression::call(format!("fwc_hal_esp::uart::{function}"), arguments),
        )
    }
}

/// Sets what differs from the HAL's default, 8N1; the rate is always said.
fn config_code(uart: &Uart) -> Vec<String> {
    let mut code = vec![
        "let config = esp_hal::uart::Config::default();".to_string(),
        format!("let config = config.with_baudrate({});", grouped(uart.baud.value.into())),
    ];
    if uart.data_bits != 8 {
        code.push(format!(
            "let config = config.with_data_bits(esp_hal::uart::DataBits::_{});",
            uart.data_bits
        ));
    }
    let parity = match uart.parity {
        Parity::None => None,
        Parity::Even => Some("Even"),
        Parity::Odd => Some("Odd"),
    };
    code.extend(
        parity.map(|parity| format!("let config = config.with_parity(esp_hal::uart::Parity::{parity});")),
    );
    if uart.stop_bits == 2 {
        code.push("let config = config.with_stop_bits(esp_hal::uart::StopBits::_2);".to_string());
    }
    // Rust's style has no variable that is returned at once.
    match code.pop() {
        Some(last) => {
            let value = last.trim_start_matches("let config = ").trim_end_matches(';').to_string();
            code.push(value);
        }
        None => unreachable!("the rate is always said"),
    }
    code
}
