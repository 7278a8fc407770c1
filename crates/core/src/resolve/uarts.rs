//! Uarts to hardware blocks, drivers and DMA channels.
//!
//! What each uart needs is stated as data for the search, which decides for all of them together.

mod baud;
mod exhausted;
mod functions;
mod transfer;

use std::collections::BTreeMap;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::chip::BlockKind;

use crate::app::{PeripheralId, Uart};
use crate::catalog::{BlockId, DmaDirection, DmaId};
use crate::resolve::context::Context;
use crate::resolve::search::{self, Claim, Failure, Hold, Variable};
use crate::resolved::UartWiring;
use transfer::{Transfer, Users};

pub(super) use functions::blocks_without;

/// What a uart needs of the hardware.
struct Need<'a> {
    id: PeripheralId,
    name: &'a str,
    uart: &'a Uart,
    /// The blocks that it could be on, in the HAL's order; at least one.
    blocks: Vec<BlockId>,
    transfer: Transfer,
}

/// What uarts compete for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    Block(BlockId),
    Dma(DmaId),
    /// On which block the need with that place is: its DMA channel must serve that block.
    Place(usize),
}

/// What the search decides for a need, in the order of the variables' candidates.
#[derive(Clone, Copy)]
enum Choice {
    Block(BlockId),
    Dma(DmaId),
}

/// The hardware of every uart; nothing when one of them cannot have any. Without `core_hz` the bit rates, which depend
/// on it, are not looked at.
pub(super) fn wire(
    context: &Context<'_>,
    core_hz: Option<u32>,
    faults: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<PeripheralId, UartWiring>> {
    let uarts = context.uarts();
    if context.chip.blocks_of(BlockKind::Uart).next().is_none() {
        faults.extend(uarts.iter().map(|(id, ..)| no_uart(context, *id)));
        return uarts.is_empty().then(BTreeMap::new);
    }
    let needs = needs(context, uarts, faults);
    let rates = baud::check(context, &needs, core_hz, faults);
    let taken = allocate(context, &needs, faults)?;
    let wirings = needs.iter().zip(taken).zip(rates?).map(|((need, taken), actual_baud)| {
        let driver = need.transfer.driver(taken.dma);
        let reason = format!(
            "{}; {}",
            functions::reason(context, need.id, need.uart, taken.block),
            need.transfer.reason
        );
        (need.id, UartWiring { block: taken.block, driver, reason, actual_baud })
    });
    Some(wirings.collect())
}

fn no_uart(context: &Context<'_>, id: PeripheralId) -> Diagnostic {
    let name = &context.app.peripheral(id).name;
    let title = format!("{} has no uart for `{}`", context.chip.title, name.value);
    Diagnostic::error(codes::BLOCK_EXHAUSTED, title, name.span)
}

fn needs<'a>(
    context: &Context<'a>,
    uarts: Vec<(PeripheralId, &'a str, &'a Uart)>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Need<'a>> {
    let users = Users::of_all(context);
    let unused = Users::default();
    uarts
        .into_iter()
        .map(|(id, name, uart)| {
            let blocks = functions::possible_blocks(context, id, uart, faults);
            let transfer = transfer::choose(context, id, uart, users.get(&id).unwrap_or(&unused), faults);
            Need { id, name, uart, blocks, transfer }
        })
        .collect()
}

/// What a need was given.
struct Taken {
    block: BlockId,
    dma: Option<DmaId>,
}

/// Decides for all needs together. Where that is impossible, every crowd that has too little is a fault.
fn allocate(context: &Context<'_>, needs: &[Need<'_>], faults: &mut Vec<Diagnostic>) -> Option<Vec<Taken>> {
    let mut members: Vec<usize> = (0..needs.len()).collect();
    loop {
        let (variables, choices) = problem(context, needs, &members);
        match search::solve(&variables, context.budget) {
            Ok(_) if members.len() < needs.len() => return None,
            Ok(chosen) => return Some(taken(needs.len(), &variables, &choices, &chosen)),
            Err(Failure::Conflict(crowd)) => {
                let others = exhausted::refuse(context, needs, &crowd, faults);
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
        add(*member, block_candidates(*member, &needs[*member]));
    }
    for member in members.iter().filter(|member| needs[**member].transfer.needs_dma()) {
        add(*member, dma_candidates(context, *member, &needs[*member]));
    }
    (variables, choices)
}

fn block_candidates(member: usize, need: &Need<'_>) -> Vec<(Choice, Vec<Claim<Resource>>)> {
    let candidate = |block: &BlockId| {
        let claims = vec![alone(Resource::Block(*block)), placed(member, *block)];
        (Choice::Block(*block), claims)
    };
    need.blocks.iter().map(candidate).collect()
}

/// The DMA channels for each block on which the need may be, the lowest channel first.
fn dma_candidates(
    context: &Context<'_>,
    member: usize,
    need: &Need<'_>,
) -> Vec<(Choice, Vec<Claim<Resource>>)> {
    let mut pairs: Vec<(DmaId, BlockId)> = need
        .blocks
        .iter()
        .flat_map(|block| context.chip.dma_channels_for(*block, DmaDirection::Tx).map(|dma| (dma, *block)))
        .collect();
    pairs.sort_unstable();
    let candidate = |(dma, block)| (Choice::Dma(dma), vec![alone(Resource::Dma(dma)), placed(member, block)]);
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
    let mut channels = vec![None; count];
    for ((variable, of_variable), candidate) in variables.iter().zip(choices).zip(chosen) {
        match of_variable[*candidate] {
            Choice::Block(block) => blocks[variable.member] = Some(block),
            Choice::Dma(dma) => channels[variable.member] = Some(dma),
        }
    }
    let block = |block: Option<BlockId>| block.expect("every need has a variable for its block");
    blocks.into_iter().map(block).zip(channels).map(|(block, dma)| Taken { block, dma }).collect()
}
