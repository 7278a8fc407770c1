//! embassy-nrf's uarts: buffered with a timer and two PPI channels where they are read, else sent by their own DMA.

use fwc_schema::app::Parity;

use crate::app::{PeripheralId, PinUse, Uart};
use crate::catalog::InterruptId;
use crate::plan::Facts;
use crate::plan::expression::Expression;
use crate::plan::hal::{Handle, HandleNames, refused, singleton};
use crate::plan::peripherals::{BufferPlan, HalvesPlan};
use crate::resolved::{Resolved, UartDriver, UartWiring};

/// The handle of a uart.
pub(super) fn handle(resolved: &Resolved, uart: &Uart, wiring: &UartWiring, names: &HandleNames) -> Handle {
    let block = resolved.app.board.chip.block(wiring.block);
    let pin = |pin: Option<PinUse>| pin.map(|pin| singleton(resolved, pin));
    let (tx, rx, rts, cts) = (pin(uart.tx), pin(uart.rx), pin(uart.rts), pin(uart.cts));
    let irqs = Expression::plain("Irqs");
    let config = Expression::call(format!("board::{}", names.config), []);
    let tx_buffer = BufferPlan { name: names.tx_buffer.clone(), bytes: uart.buffer };
    // The driver receives into one half while the other is read.
    let rx_buffer = BufferPlan { name: names.rx_buffer.clone(), bytes: uart.buffer.next_multiple_of(2) };
    let tx_name = Expression::plain(&tx_buffer.name);
    let rx_name = Expression::plain(&rx_buffer.name);
    let companions = block.companions.iter().map(|name| Expression::plain(format!("p.{name}")));
    let receiver = std::iter::once(Expression::plain(format!("p.{}", block.hal))).chain(companions);
    let sender = std::iter::once(Expression::plain(format!("p.{}", block.hal)));
    let (adapter, function, arguments, buffers): (_, _, Vec<Expression>, _) = match wiring.driver {
        UartDriver::Buffered => {
            let flow = rts.is_some() && cts.is_some();
            let function = if flow { "BufferedUarte::new_with_rtscts" } else { "BufferedUarte::new" };
            let pins = [rx, tx, cts, rts].into_iter().flatten();
            let arguments = receiver.chain(pins).chain([irqs, config, rx_name, tx_name]).collect();
            ("Uart", function, arguments, vec![tx_buffer, rx_buffer])
        }
        // With and without flow control the interrupts stand at different places.
        UartDriver::BufferedRx if rts.is_some() => {
            let pins = [rx, rts].into_iter().flatten();
            let arguments = receiver.chain(pins).chain([irqs, config, rx_name]).collect();
            ("UartReader", "BufferedUarteRx::new_with_rts", arguments, vec![rx_buffer])
        }
        UartDriver::BufferedRx => {
            let arguments = receiver.chain([irqs]).chain(rx).chain([config, rx_name]).collect();
            ("UartReader", "BufferedUarteRx::new", arguments, vec![rx_buffer])
        }
        UartDriver::BufferedTx => {
            let function =
                if cts.is_some() { "BufferedUarteTx::new_with_cts" } else { "BufferedUarteTx::new" };
            let pins = [tx, cts].into_iter().flatten();
            let arguments = sender.chain(pins).chain([irqs, config, tx_name]).collect();
            ("UartWriter", function, arguments, vec![tx_buffer])
        }
        UartDriver::DmaRx { .. } => refused("a ring of DMA"),
        UartDriver::DmaTx { .. } => {
            let arguments = sender.chain([irqs]).chain(tx).chain([config]).collect();
            ("UartDmaWriter", "UarteTx::new", arguments, Vec::new())
        }
    };
    let halves = (wiring.driver == UartDriver::Buffered).then(|| HalvesPlan {
        reader: "fwc_hal_nrf::uart::UartReader".to_string(),
        writer: "fwc_hal_nrf::uart::UartWriter".to_string(),
    });
    let made = Expression::call(function, arguments);
    Handle {
        halves,
        buffers,
        config: Some(("uarte::Config".to_string(), config_code(resolved, uart))),
        ..Handle::new(
            format!("fwc_hal_nrf::uart::{adapter}"),
            Expression::call(format!("board::{}::new", names.alias), [made]),
        )
    }
}

/// Sets what differs from the HAL's default, 8N1; the rate is always said.
fn config_code(resolved: &Resolved, uart: &Uart) -> Vec<String> {
    let rate = resolved.app.board.chip.named_rate(uart.baud.value);
    let rate = rate.expect("a rate that the uart does not have is refused by the resolver");
    let mut code = vec![
        "let mut config = uarte::Config::default();".to_string(),
        format!("config.baudrate = uarte::Baudrate::{};", rate.hal),
    ];
    if uart.parity == Parity::Even {
        code.push("config.parity = uarte::Parity::Included;".to_string());
    }
    code.push("config".to_string());
    code
}

/// What a uart's interrupt is handled by.
pub(super) fn handler(
    facts: &Facts<'_>,
    id: PeripheralId,
    wiring: &UartWiring,
) -> (PeripheralId, InterruptId, String) {
    let block = facts.app().board.chip.block(wiring.block);
    let module = match wiring.driver {
        UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => "buffered_uarte",
        UartDriver::DmaTx { .. } | UartDriver::DmaRx { .. } => "uarte",
    };
    (id, block.interrupts[0], format!("{module}::InterruptHandler<peripherals::{}>", block.hal))
}
