//! How a uart's bytes are moved: chosen by who uses it.

use std::collections::BTreeMap;

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::chip::{Hal, Signal};

use crate::app::{Access, App, LogOver, PeripheralId, PeripheralKind, PinUse, Uart};
use crate::catalog::{BlockId, DmaDirection, DmaId};
use crate::resolve::context::Context;
use crate::resolve::ports::{Port, functions};
use crate::resolve::proposals::{Proposals, Wanted};
use crate::resolved::{PinRole, UartDriver};

/// Tasks that a sentence names.
const NAMED_TASKS: usize = 3;

/// The kind of driver, before a DMA channel is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Buffered,
    BufferedRx,
    BufferedTx,
    DmaTx,
    DmaRx,
}

impl Kind {
    fn dma(self) -> &'static [DmaDirection] {
        match self {
            Kind::Buffered | Kind::BufferedRx | Kind::BufferedTx => &[],
            Kind::DmaTx => &[DmaDirection::Tx],
            Kind::DmaRx => &[DmaDirection::Rx],
        }
    }
}

/// How bytes are moved, and why.
#[derive(Clone)]
pub(super) struct Transfer {
    pub(super) kind: Kind,
    /// A clause.
    pub(super) reason: String,
}

impl Transfer {
    /// What DMA moves.
    pub(super) fn dma(&self) -> &'static [DmaDirection] {
        self.kind.dma()
    }

    /// The same where DMA serves one of the blocks that the uart could be on. Where it serves none, a uart with both pins is
    /// buffered, and for one with a single pin the HAL has no driver: a fault.
    ///
    /// embassy-stm32 0.6.0, src/usart/mod.rs (`UartRx::new`, `UartTx::new`): each takes a DMA channel.
    pub(super) fn served(
        self,
        context: &Context<'_>,
        port: &Port<'_>,
        uart: &Uart,
        blocks: &[BlockId],
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Transfer> {
        let is_served = |direction: &DmaDirection| {
            blocks.iter().any(|block| context.chip.dma_request(*block, *direction).is_some())
        };
        if context.chip.hal != Hal::Stm32 || self.dma().iter().all(is_served) {
            return Some(self);
        }
        let one_way = match (uart.rx, uart.tx) {
            (Some(rx), None) => one_way(context, port, blocks, rx, (PinRole::Tx, Signal::Tx), "receives"),
            (None, Some(tx)) => one_way(context, port, blocks, tx, (PinRole::Rx, Signal::Rx), "sends"),
            _ => {
                let reason = "buffered by its interrupt, since no DMA channel serves it".to_owned();
                return Some(Transfer { kind: Kind::Buffered, reason });
            }
        };
        faults.push(one_way);
        None
    }

    /// The driver, given the channels that the search found; none where the chip has no channels to find.
    pub(super) fn driver(&self, tx: Option<DmaId>, rx: Option<DmaId>) -> UartDriver {
        match self.kind {
            Kind::Buffered => UartDriver::Buffered,
            Kind::BufferedRx => UartDriver::BufferedRx,
            Kind::BufferedTx => UartDriver::BufferedTx,
            Kind::DmaTx => UartDriver::DmaTx { tx },
            Kind::DmaRx => {
                UartDriver::DmaRx { rx: rx.expect("a HAL that receives by DMA alone has channels for it") }
            }
        }
    }
}

/// Who uses each half of a uart, in words.
#[derive(Default)]
pub(super) struct Users {
    readers: Vec<String>,
    writers: Vec<String>,
}

impl Users {
    /// The users of every uart that has any.
    pub(super) fn of_all(app: &App) -> BTreeMap<PeripheralId, Users> {
        let mut all: BTreeMap<PeripheralId, Users> = BTreeMap::new();
        if let LogOver::Uart(id) = app.log_over {
            all.entry(id).or_default().writers.push("the log".to_owned());
        }
        for task in &app.tasks {
            for used in &task.uses {
                let PeripheralKind::Uart(uart) = &app.peripheral(used.peripheral).kind else { continue };
                let users = all.entry(used.peripheral).or_default();
                if used.access != Access::Write && uart.rx.is_some() {
                    users.readers.push(format!("the task {}", quoted(&task.name)));
                }
                if used.access != Access::Read && uart.tx.is_some() {
                    users.writers.push(format!("the task {}", quoted(&task.name)));
                }
            }
        }
        all
    }
}

/// Chooses the driver of a uart.
///
/// A stream that is read may come at any time, so the interrupt handler keeps it until its reader comes. Where nothing
/// is read, DMA sends straight from the writer's memory and takes neither a buffer nor an interrupt for each byte.
pub(super) fn choose(
    context: &Context<'_>,
    port: &Port<'_>,
    uart: &Uart,
    users: &Users,
    faults: &mut Vec<Diagnostic>,
) -> Transfer {
    let kind = kind(context.chip.hal, uart, users);
    if kind == Kind::Buffered {
        refuse_half_flow_control(context, port, uart, faults);
    }
    Transfer { kind, reason: reason(kind, users) }
}

fn kind(hal: Hal, uart: &Uart, users: &Users) -> Kind {
    let unused = users.readers.is_empty() && users.writers.is_empty();
    let is_read = !users.readers.is_empty() || (unused && uart.rx.is_some());
    let is_written = !users.writers.is_empty() || (unused && uart.tx.is_some());
    match (is_read, is_written) {
        // embassy-stm32 0.6.0, src/usart: a buffered uart has both halves, and DMA sends minding CTS.
        (true, _) if hal == Hal::Stm32 => {
            if uart.tx.is_some() {
                Kind::Buffered
            } else {
                Kind::DmaRx
            }
        }
        (false, _) if hal == Hal::Stm32 => Kind::DmaTx,
        (true, true) => Kind::Buffered,
        (true, false) => Kind::BufferedRx,
        // embassy-rp 0.10.0, src/uart/mod.rs: `UartTx::new` takes no CTS pin; src/uart/buffered.rs:
        // `BufferedUartTx::new_with_cts` does.
        (false, _) if uart.cts.is_some() => Kind::BufferedTx,
        (false, _) => Kind::DmaTx,
    }
}

/// What DMA would move of each uart of an application on chips of a HAL.
pub(crate) fn uart_dma(app: &App, hal: Hal) -> BTreeMap<PeripheralId, &'static [DmaDirection]> {
    let users = Users::of_all(app);
    let unused = Users::default();
    let uarts = (0..).map(PeripheralId).zip(&app.peripherals);
    let dma = uarts.filter_map(|(id, peripheral)| match &peripheral.kind {
        PeripheralKind::Uart(uart) => Some((id, kind(hal, uart, users.get(&id).unwrap_or(&unused)).dma())),
        _ => None,
    });
    dma.collect()
}

/// What is said of a port whose bytes DMA would move, on blocks that it does not serve.
pub(super) fn without_dma(context: &Context<'_>, port: &Port<'_>, blocks: &[BlockId]) -> String {
    let titles: Vec<String> = blocks.iter().map(|block| context.block_title(*block).to_owned()).collect();
    format!("no DMA channel serves {}, on which `{}` is", listed(&titles, "or", titles.len()), port.name)
}

/// A uart with one pin on blocks that DMA does not serve.
fn one_way(
    context: &Context<'_>,
    port: &Port<'_>,
    blocks: &[BlockId],
    used: PinUse,
    (missing, signal): (PinRole, Signal),
    what_it_does: &str,
) -> Diagnostic {
    let title = without_dma(context, port, blocks);
    let beside = functions::pins_beside(context, port, missing);
    let wanted = Wanted::Signal { blocks: functions::kept_blocks(context, port), signal, beside };
    let proposals = Proposals::new(context);
    let pins = proposals.pins(&wanted, used.pin);
    let help = match pins.is_empty() {
        true => "take a pin of another uart".to_owned(),
        false => format!(
            "add `{}`, which can be {}, or take a pin of another uart",
            missing.key(),
            proposals.listed(&pins)
        ),
    };
    Diagnostic::error(codes::NOT_APPLICABLE, title, used.span)
        .note(format!(
            "the HAL's driver of a uart that only {what_it_does} moves its bytes by DMA; a uart with both pins is served by its interrupt"
        ))
        .help(help)
}

fn reason(kind: Kind, users: &Users) -> String {
    let readers = listed(&users.readers, "and", NAMED_TASKS);
    let writers = listed(&users.writers, "and", NAMED_TASKS);
    match kind {
        Kind::Buffered | Kind::BufferedRx | Kind::BufferedTx if readers.is_empty() && writers.is_empty() => {
            "buffered by its interrupt, since nothing says how it will be used".to_owned()
        }
        Kind::Buffered => format!("buffered by its interrupt, so that {readers} misses no byte"),
        Kind::BufferedRx => {
            format!("received by its interrupt, so that {readers} misses no byte; nothing writes it")
        }
        Kind::BufferedTx => format!("sent by its interrupt, which minds `cts`; only {writers} writes it"),
        Kind::DmaRx if readers.is_empty() => {
            "received by DMA into a ring, since nothing writes it".to_owned()
        }
        Kind::DmaRx => {
            format!("received by DMA into a ring, so that {readers} misses no byte; nothing writes it")
        }
        Kind::DmaTx if writers.is_empty() => "sent by DMA, since it cannot receive".to_owned(),
        Kind::DmaTx => format!("sent by DMA, since it is only written, by {writers}"),
    }
}

/// embassy-rp 0.10.0, src/uart/buffered.rs, and embassy-nrf 0.11.0, src/buffered_uarte/v1.rs: a uart that both reads and
/// writes is made by `new` or by `new_with_rtscts`; there is nothing between.
fn refuse_half_flow_control(
    context: &Context<'_>,
    port: &Port<'_>,
    uart: &Uart,
    faults: &mut Vec<Diagnostic>,
) {
    let (used, given, missing) = match (uart.rts, uart.cts) {
        (Some(rts), None) => (rts, PinRole::Rts, (PinRole::Cts, Signal::Cts)),
        (None, Some(cts)) => (cts, PinRole::Cts, (PinRole::Rts, Signal::Rts)),
        _ => return,
    };
    let name = port.name;
    let (missing, signal) = missing;
    let title = format!("`{name}` has `{}` without `{}`", given.key(), missing.key());
    let beside = functions::pins_beside(context, port, missing);
    let wanted = Wanted::Signal { blocks: functions::kept_blocks(context, port), signal, beside };
    let proposals = Proposals::new(context);
    let pins = proposals.pins(&wanted, used.pin);
    let help = match pins.is_empty() {
        true => format!("remove `{}`", given.key()),
        false => format!(
            "add `{}`, which can be {}, or remove `{}`",
            missing.key(),
            proposals.listed(&pins),
            given.key()
        ),
    };
    faults.push(
        Diagnostic::error(codes::NOT_APPLICABLE, title, used.span)
            .note("the HAL's driver of a uart that is both read and written has flow control in both directions or in none")
            .help(help),
    );
}
