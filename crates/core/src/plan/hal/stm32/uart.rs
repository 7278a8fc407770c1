//! embassy-stm32's uarts: buffered where they are read and have a sender, else by DMA.

use fwc_schema::app::Parity;

use crate::app::{PeripheralId, PinUse, Uart};
use crate::catalog::{DmaId, InterruptId};
use crate::plan::Facts;
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, singleton};
use crate::plan::peripherals::{BufferPlan, HalvesPlan};
use crate::resolved::{Resolved, UartDriver, UartWiring};

/// The handle of a uart.
pub(super) fn handle(resolved: &Resolved, uart: &Uart, wiring: &UartWiring, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let block = Expression::plain(format!("p.{}", chip.block(wiring.block).hal));
    let pin = |pin: Option<PinUse>| pin.map(|pin| singleton(resolved, pin));
    let dma = |channel: DmaId| Expression::plain(format!("p.{}", chip.dma_channel(channel).name));
    let (tx, rx, rts, cts) = (pin(uart.tx), pin(uart.rx), pin(uart.rts), pin(uart.cts));
    let irqs = Expression::plain("Irqs");
    let config = Expression::call(format!("board::{}", names.config), []);
    let buffer = |name: &String| BufferPlan { name: name.clone(), bytes: uart.buffer };
    let (tx_buffer, rx_buffer) = (buffer(&names.tx_buffer), buffer(&names.rx_buffer));
    let tx_name = Expression::plain(&tx_buffer.name);
    let rx_name = Expression::plain(&rx_buffer.name);
    let block = std::iter::once(block);
    let (adapter, arguments, buffers) = match wiring.driver {
        // With flow control the interrupts stand before the buffers, without it behind them.
        UartDriver::Buffered if rts.is_some() => {
            let pins = [rx, tx, rts, cts].into_iter().flatten();
            let rest = [irqs, tx_name, rx_name, config];
            let made = Expression::call("BufferedUart::new_with_rtscts", block.chain(pins).chain(rest));
            ("Uart", vec![made], vec![tx_buffer, rx_buffer])
        }
        UartDriver::Buffered => {
            let rest = [tx_name, rx_name, irqs, config];
            let made = Expression::call("BufferedUart::new", block.chain(rx).chain(tx).chain(rest));
            ("Uart", vec![made], vec![tx_buffer, rx_buffer])
        }
        UartDriver::DmaRx { rx: channel } => {
            let function = if rts.is_some() { "UartRx::new_with_rts" } else { "UartRx::new" };
            let rest = [dma(channel), irqs, config];
            let made = Expression::call(function, block.chain(rx).chain(rts).chain(rest));
            ("UartDmaReader", vec![made, rx_name], vec![rx_buffer])
        }
        UartDriver::DmaTx { tx: channel } => {
            let function = if cts.is_some() { "UartTx::new_with_cts" } else { "UartTx::new" };
            let rest = channel.map(dma).into_iter().chain([irqs, config]);
            let made = Expression::call(function, block.chain(tx).chain(cts).chain(rest));
            ("UartDmaWriter", vec![made], Vec::new())
        }
        UartDriver::BufferedRx | UartDriver::BufferedTx => {
            unreachable!("the resolver buffers no half of a uart here")
        }
    };
    let halves = (wiring.driver == UartDriver::Buffered).then(|| HalvesPlan {
        reader: "fwc_hal_stm32::uart::UartReader".to_string(),
        writer: "fwc_hal_stm32::uart::UartWriter".to_string(),
    });
    Handle {
        halves,
        buffers,
        config: Some(("usart::Config".to_string(), config_code(uart))),
        ..Handle::new(
            format!("fwc_hal_stm32::uart::{adapter}"),
            Expression::call(format!("board::{}::new", names.alias), arguments),
        )
    }
}

/// Sets what differs from the HAL's default, 8N1; the rate is always said.
fn config_code(uart: &Uart) -> Vec<String> {
    let mut code = vec![
        "let mut config = usart::Config::default();".to_string(),
        format!("config.baudrate = {};", grouped(uart.baud.value.into())),
    ];
    let parity = match uart.parity {
        Parity::None => None,
        Parity::Even => Some("Even"),
        Parity::Odd => Some("Odd"),
    };
    code.extend(parity.map(|parity| format!("config.parity = usart::Parity::Parity{parity};")));
    if uart.stop_bits == 2 {
        code.push("config.stop_bits = usart::StopBits::STOP2;".to_string());
    }
    code.push("config".to_string());
    code
}

/// What a uart's interrupts are handled by. One that DMA serves has its own interrupt as well: by that it tells that the
/// last bit is out, or that the line has fallen silent.
pub(super) fn handlers(
    facts: &Facts<'_>,
    id: PeripheralId,
    wiring: &UartWiring,
) -> Vec<(PeripheralId, InterruptId, String)> {
    let chip = &facts.app().board.chip;
    let block = chip.block(wiring.block);
    let (handler, channel) = match wiring.driver {
        UartDriver::DmaTx { tx } => ("InterruptHandler", tx),
        UartDriver::DmaRx { rx } => ("InterruptHandler", Some(rx)),
        UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => {
            ("BufferedInterruptHandler", None)
        }
    };
    let own = (id, block.interrupts[0], format!("usart::{handler}<peripherals::{}>", block.hal));
    let of_channel = channel.map(|channel| {
        let channel = chip.dma_channel(channel);
        (id, channel.interrupt, format!("dma::InterruptHandler<peripherals::{}>", channel.name))
    });
    std::iter::once(own).chain(of_channel).collect()
}
