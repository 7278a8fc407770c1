//! Uarts, buses and chains of lights to hardware blocks, drivers and DMA channels.
//!
//! What each of them needs is stated as data for the search, which decides for all of them together: they compete for
//! the blocks of their kind, and all of them for the DMA channels.

mod baud;
mod clocks;
mod exhausted;
mod frame;
mod functions;
mod lights;
mod port;
mod remedies;
mod sharing;
mod transfer;

use std::collections::BTreeMap;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::chip::{BlockKind, Hal};
use fwc_schema::units::Frequency;

use crate::app::PeripheralId;
use crate::catalog::{BlockId, DmaDirection, DmaId};
use crate::resolve::clock::Core;
use crate::resolve::context::Context;
use crate::resolve::search::{self, Claim, Failure, Hold, Variable};
use crate::resolved::{Executor, I2cWiring, LedStripWiring, LightBits, SpiWiring, UartWiring};
use transfer::{Transfer, Users};

pub(super) use functions::{blocks_without, pins_beside};
pub(super) use port::{Port, PortKind, kind_title};
pub(crate) use transfer::uart_dma;

/// The hardware of uarts, buses and chains of lights.
#[derive(Default)]
pub(super) struct Wirings {
    pub(super) uarts: BTreeMap<PeripheralId, UartWiring>,
    pub(super) i2cs: BTreeMap<PeripheralId, I2cWiring>,
    pub(super) spis: BTreeMap<PeripheralId, SpiWiring>,
    pub(super) led_strips: BTreeMap<PeripheralId, LedStripWiring>,
}

/// What a port needs of the hardware.
#[derive(Clone)]
struct Need<'a> {
    port: Port<'a>,
    /// The blocks that it could be on, in the HAL's order; at least one.
    blocks: Vec<BlockId>,
    driver: Driver,
}

/// How a port's bytes are moved.
#[derive(Clone)]
enum Driver {
    Uart(Transfer),
    I2c,
    Spi {
        /// Whether the chip reads too.
        reads: bool,
    },
    LedStrip,
}

impl Driver {
    /// What DMA moves, each way by a channel of its own.
    fn dma(&self) -> &'static [DmaDirection] {
        match self {
            Driver::Uart(transfer) => transfer.dma(),
            Driver::LedStrip => &[DmaDirection::Tx],
            // Where an I2C block asks no channel for data, its interrupt moves it.
            Driver::I2c => &[DmaDirection::Tx, DmaDirection::Rx],
            // Whoever reads must also send, so that there is a clock.
            Driver::Spi { reads: true } => &[DmaDirection::Tx, DmaDirection::Rx],
            Driver::Spi { reads: false } => &[DmaDirection::Tx],
        }
    }
}

/// How fast a port really is.
#[derive(Clone, Copy)]
enum Rate {
    Bits(u32),
    Clock(Frequency),
    /// As its driver sets it, whatever the core's frequency.
    OfDriver,
    /// Of an SPI master that sends lights their bits.
    Lights(LightBits),
}

/// What ports compete for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    /// A block, or the first of those that are one singleton of the HAL's.
    Block(BlockId),
    Dma(DmaId),
    /// On which block the need with that place is: its DMA channels must serve that block.
    Place(usize),
}

/// What the search decides for a need, in the order of the variables' candidates.
#[derive(Clone, Copy)]
enum Choice {
    Block(BlockId),
    Dma(DmaDirection, DmaId),
}

/// The hardware of every uart and bus; nothing when one of them cannot have any. Without `core` the rates, which
/// depend on it, are not looked at. `executors` is indexed by task.
pub(super) fn wire(
    context: &Context<'_>,
    core: Option<&Core>,
    executors: &[Executor],
    faults: &mut Vec<Diagnostic>,
) -> Option<Wirings> {
    let exists = |port: &Port<'_>| context.chip.blocks_of(port.kind()).next().is_some();
    let (ports, without): (Vec<Port<'_>>, Vec<Port<'_>>) = Port::all(context).into_iter().partition(exists);
    faults.extend(without.iter().map(|port| no_block(context, port)));
    let count = ports.len();
    let mut needs = needs(context, ports, faults);
    let has_dropped = needs.len() < count;
    let rates: Vec<Option<Rates>> =
        needs.iter_mut().map(|need| rates(context, core?, need, faults)).collect();
    let taken = allocate(context, core, &needs, faults)?;
    if !without.is_empty() || has_dropped {
        return None;
    }
    let mut wirings = Wirings::default();
    for ((need, taken), rate) in needs.iter().zip(taken).zip(rates) {
        let rate = rate?.into_iter().find(|(block, _)| *block == taken.block);
        let (_, rate) = rate.expect("only blocks with a rate are candidates");
        wirings.add(context, need, &taken, rate, executors);
    }
    Some(wirings)
}

impl Wirings {
    fn add(
        &mut self,
        context: &Context<'_>,
        need: &Need<'_>,
        taken: &Taken,
        rate: Rate,
        executors: &[Executor],
    ) {
        let (id, block) = (need.port.id, taken.block);
        let place = functions::reason(context, &need.port, block);
        match (&need.driver, rate) {
            (Driver::Uart(transfer), Rate::Bits(actual_baud)) => {
                let driver = transfer.driver(taken.dma(DmaDirection::Tx), taken.dma(DmaDirection::Rx));
                let reason = format!("{place}; {}", transfer.reason);
                self.uarts.insert(id, UartWiring { block, driver, reason, actual_baud });
            }
            (Driver::I2c, Rate::Clock(actual)) => {
                let sharing = sharing::of_bus(context, id, executors);
                let (tx, rx) = (taken.dma(DmaDirection::Tx), taken.dma(DmaDirection::Rx));
                self.i2cs.insert(id, I2cWiring { block, tx, rx, actual, sharing, reason: place });
            }
            (Driver::Spi { .. }, Rate::Clock(actual)) => {
                let sharing = sharing::of_bus(context, id, executors);
                let tx = taken.dma(DmaDirection::Tx);
                let rx = taken.dma(DmaDirection::Rx);
                self.spis.insert(id, SpiWiring { block, tx, rx, actual, sharing, reason: place });
            }
            (Driver::LedStrip, Rate::OfDriver | Rate::Lights(_)) => {
                let dma = taken.dma(DmaDirection::Tx);
                let bits = match rate {
                    Rate::Lights(bits) => Some(bits),
                    _ => None,
                };
                let fed = match context.chip.block(block).kind {
                    BlockKind::Rmt => "which sends a few lights by itself, and more while its task feeds it",
                    _ => "fed by DMA, so that its pulses wait for no task",
                };
                let reason = format!("{place}; {fed}");
                self.led_strips.insert(id, LedStripWiring { block, dma, bits, reason });
            }
            (Driver::Uart(_) | Driver::I2c | Driver::Spi { .. } | Driver::LedStrip, _) => {
                unreachable!("a uart counts bits, a bus has a clock, and lights have their driver's")
            }
        }
    }
}

/// What a port's rate is on each block that can have it.
type Rates = Vec<(BlockId, Rate)>;

/// The rates of a need, whose blocks are from here on those that can have it. Where none can, it is a fault, and every
/// block stays: that it is on one of them may be impossible as well.
fn rates(
    context: &Context<'_>,
    core: &Core,
    need: &mut Need<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Rates> {
    if let PortKind::Uart(uart) = need.port.of {
        faults.extend(frame::faults(context, &need.port, uart));
    }
    let on = |block: &BlockId| Some((*block, rate_on(context, core, &need.port, *block)?));
    let rates: Rates = need.blocks.iter().filter_map(on).collect();
    if rates.is_empty() {
        // Of several blocks the fastest comes nearest to what is too fast for all; that is the usual fault.
        let reach = |block: &&BlockId| {
            let clock_hz = core.of_block(context, **block);
            let spi = matches!(need.port.of, PortKind::Spi(_))
                .then(|| context.chip.spi_limits(**block, clock_hz)[1]);
            (clock_hz, spi)
        };
        let fastest = need.blocks.iter().max_by_key(reach)?;
        let clock = (core.of_block(context, *fastest), core.words(context, *fastest));
        faults.extend(match need.port.of {
            PortKind::Uart(uart) => Some(baud::out_of_reach(context, &clock, &uart.baud)),
            PortKind::I2c(i2c) => Some(clocks::i2c_out_of_reach(context, &clock, i2c)),
            PortKind::Spi(spi) => Some(clocks::spi_out_of_reach(context, *fastest, &clock, spi)),
            PortKind::LedStrip(strip) => {
                Some(lights::out_of_reach(context, *fastest, &clock, &need.port, strip))
            }
        });
        return None;
    }
    need.blocks = rates.iter().map(|(block, _)| *block).collect();
    Some(rates)
}

/// The rate of a port on a block; nothing where it cannot have its own there.
fn rate_on(context: &Context<'_>, core: &Core, port: &Port<'_>, block: BlockId) -> Option<Rate> {
    let clock_hz = core.of_block(context, block);
    match port.of {
        PortKind::Uart(uart) => baud::rate(context, clock_hz, uart.baud.value).map(Rate::Bits),
        PortKind::I2c(i2c) => context.chip.i2c_rate(clock_hz, i2c.frequency.value).map(Rate::Clock),
        PortKind::Spi(spi) => context.chip.spi_rate(block, clock_hz, spi.frequency.value).map(Rate::Clock),
        PortKind::LedStrip(_) if port.kind() == BlockKind::Spi => {
            lights::bits(context.chip, block, clock_hz).map(Rate::Lights)
        }
        PortKind::LedStrip(_) => Some(Rate::OfDriver),
    }
}

fn no_block(context: &Context<'_>, port: &Port<'_>) -> Diagnostic {
    let title = format!("{} has no {} for `{}`", context.chip.title, port.words().one, port.name);
    Diagnostic::error(codes::BLOCK_EXHAUSTED, title, context.app.peripheral(port.id).name.span)
}

/// What the ports need, but for those that no driver can move the bytes of, which are faults.
fn needs<'a>(context: &Context<'a>, ports: Vec<Port<'a>>, faults: &mut Vec<Diagnostic>) -> Vec<Need<'a>> {
    let users = Users::of_all(context.app);
    let unused = Users::default();
    ports
        .into_iter()
        .filter_map(|port| {
            if let Some(fault) = frame::undriven_handshake(context, &port) {
                faults.push(fault);
                return None;
            }
            let blocks = functions::possible_blocks(context, &port, faults);
            let driver = match port.of {
                PortKind::Uart(uart) => {
                    let users = users.get(&port.id).unwrap_or(&unused);
                    let transfer = transfer::choose(context, &port, uart, users, faults);
                    Driver::Uart(transfer.served(context, &port, uart, &blocks, faults)?)
                }
                PortKind::I2c(_) => Driver::I2c,
                PortKind::Spi(spi) => Driver::Spi { reads: spi.miso.is_some() },
                PortKind::LedStrip(_) => Driver::LedStrip,
            };
            let blocks = served(context, &port, &driver, blocks, faults)?;
            Some(Need { port, blocks, driver })
        })
        .collect()
}

/// The blocks whose DMA requests the driver of a bus or of lights has a channel for each way; nothing where none is left, which
/// is a fault.
///
/// embassy-stm32 0.6.0, src/i2c/mod.rs (`I2c::new`) and src/spi/mod.rs (`Spi::new`): each takes its channels. Some blocks have no
/// requests in stm32-metapac, such as I2C6 of the STM32U5A5.
fn served(
    context: &Context<'_>,
    port: &Port<'_>,
    driver: &Driver,
    blocks: Vec<BlockId>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<BlockId>> {
    if context.chip.hal != Hal::Stm32 || matches!(driver, Driver::Uart(_)) {
        return Some(blocks);
    }
    let is_served = |block: &BlockId| {
        driver.dma().iter().all(|direction| context.chip.dma_request(*block, *direction).is_some())
    };
    let (served, others): (Vec<BlockId>, Vec<BlockId>) = blocks.into_iter().partition(is_served);
    if served.is_empty() {
        let title = transfer::without_dma(context, port, &others);
        let (_, pin) = *port.pins().first().expect("each port has a pin");
        faults.push(
            Diagnostic::error(codes::NOT_APPLICABLE, title, pin.span)
                .note(format!("the HAL's driver of {} moves its bytes by DMA", port.words().a))
                .help(format!("take pins of another {}", port.words().one)),
        );
        return None;
    }
    Some(served)
}

/// What a need was given.
struct Taken {
    block: BlockId,
    dma: Vec<(DmaDirection, DmaId)>,
}

impl Taken {
    fn dma(&self, direction: DmaDirection) -> Option<DmaId> {
        self.dma.iter().find(|(of, _)| *of == direction).map(|(_, channel)| *channel)
    }
}

/// Decides for all needs together. Where that is impossible, every crowd that has too little is a fault.
fn allocate(
    context: &Context<'_>,
    core: Option<&Core>,
    needs: &[Need<'_>],
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<Taken>> {
    let mut members: Vec<usize> = (0..needs.len()).collect();
    loop {
        let (variables, choices) = problem(context, needs, &members);
        match search::solve(&variables, context.budget) {
            Ok(_) if members.len() < needs.len() => return None,
            Ok(chosen) => return Some(taken(needs.len(), &variables, &choices, &chosen)),
            Err(Failure::Conflict(crowd)) => {
                let others = exhausted::refuse(context, core, needs, &crowd, faults);
                members.retain(|member| !crowd.contains(member) && !others.contains(member));
            }
            Err(Failure::GaveUp) => {
                faults.push(exhausted::gave_up(needs, &members));
                return None;
            }
        }
    }
}

/// The problem of some of the needs, and what each candidate of each variable stands for.
fn problem(
    context: &Context<'_>,
    needs: &[Need<'_>],
    members: &[usize],
) -> (Vec<Variable<Resource>>, Vec<Vec<Choice>>) {
    let mut variables = Vec::new();
    let mut choices = Vec::new();
    let mut add = |member: usize, candidates: Vec<(Choice, Vec<Claim<Resource>>)>| {
        let (of_variable, candidates) = candidates.into_iter().unzip();
        variables.push(Variable { member, candidates });
        choices.push(of_variable);
    };
    for member in members {
        add(*member, block_candidates(context, *member, &needs[*member]));
    }
    for member in members {
        let need = &needs[*member];
        for direction in channels_of(context, need) {
            add(*member, dma_candidates(context, *member, need, direction));
        }
    }
    (variables, choices)
}

/// The directions for each of which a need takes a channel. A block that asks no channel for data, as on the nRF52, has a DMA
/// of its own.
fn channels_of(context: &Context<'_>, need: &Need<'_>) -> Vec<DmaDirection> {
    let asks = |direction: &DmaDirection| {
        need.blocks.iter().any(|block| context.chip.dma_request(*block, *direction).is_some())
    };
    need.driver.dma().iter().copied().filter(asks).collect()
}

fn block_candidates(
    context: &Context<'_>,
    member: usize,
    need: &Need<'_>,
) -> Vec<(Choice, Vec<Claim<Resource>>)> {
    let candidate = |block: &BlockId| {
        let claims = vec![alone(Resource::Block(context.chip.shared_as(*block))), placed(member, *block)];
        (Choice::Block(*block), claims)
    };
    need.blocks.iter().map(candidate).collect()
}

/// The DMA channels for each block on which the need may be, the lowest channel first.
fn dma_candidates(
    context: &Context<'_>,
    member: usize,
    need: &Need<'_>,
    direction: DmaDirection,
) -> Vec<(Choice, Vec<Claim<Resource>>)> {
    let mut pairs: Vec<(DmaId, BlockId)> = need
        .blocks
        .iter()
        .flat_map(|block| context.chip.dma_channels_for(*block, direction).map(|dma| (dma, *block)))
        .collect();
    pairs.sort_unstable();
    let candidate =
        |(dma, block)| (Choice::Dma(direction, dma), vec![alone(Resource::Dma(dma)), placed(member, block)]);
    pairs.into_iter().map(candidate).collect()
}

fn alone(resource: Resource) -> Claim<Resource> {
    Claim { resource, hold: Hold::Alone }
}

fn placed(member: usize, block: BlockId) -> Claim<Resource> {
    Claim { resource: Resource::Place(member), hold: Hold::Set(u32::from(block.0)) }
}

fn taken(
    count: usize,
    variables: &[Variable<Resource>],
    choices: &[Vec<Choice>],
    chosen: &[usize],
) -> Vec<Taken> {
    let mut blocks = vec![None; count];
    let mut channels = vec![Vec::new(); count];
    for ((variable, of_variable), candidate) in variables.iter().zip(choices).zip(chosen) {
        match of_variable[*candidate] {
            Choice::Block(block) => blocks[variable.member] = Some(block),
            Choice::Dma(direction, dma) => channels[variable.member].push((direction, dma)),
        }
    }
    let block = |block: Option<BlockId>| block.expect("every need has a variable for its block");
    blocks.into_iter().map(block).zip(channels).map(|(block, dma)| Taken { block, dma }).collect()
}
