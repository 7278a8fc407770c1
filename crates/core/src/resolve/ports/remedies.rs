//! What would end a conflict over blocks and DMA channels: other pins, a uart that goes by its interrupt, an spi that reads
//! nothing, one entry less. Each is tried beside all others before it is proposed.

use fwc_diag::words::listed;
use fwc_schema::chip::Signal;

use crate::app::{PeripheralKind, Uart};
use crate::catalog::{BlockId, DmaDirection, PinId};
use crate::resolve::clock::Core;
use crate::resolve::context::Context;
use crate::resolve::ports::transfer::{Kind, Transfer};
use crate::resolve::ports::{Driver, Need, PortKind, channels_of, exhausted, problem, rate_on};
use crate::resolve::proposals::{Proposals, Wanted};
use crate::resolve::search;
use crate::resolved::PinRole;

/// Remedies of which a message names each by itself.
const NAMED_REMEDIES: usize = 2;

/// Choices of what could go that are tried.
const TRIED_CHOICES: usize = 30;

/// A crowd of which nobody looks at single ones.
const MANY: usize = 16;

/// A conflict, and who must be served beside it.
pub(super) struct Remedies<'c, 'a> {
    context: &'c Context<'a>,
    core: Option<&'c Core>,
    needs: &'c [Need<'a>],
    crowd: &'c [usize],
    /// Whoever is in no other conflict.
    beside: Vec<usize>,
}

/// What one need would be instead, in words, and the pins that it would take.
struct Remedy<'a> {
    member: usize,
    need: Need<'a>,
    pins: Vec<PinId>,
    words: String,
}

/// The keys that bring a port to other pins, and those pins.
#[derive(Default)]
struct Keys {
    words: Vec<String>,
    pins: Vec<PinId>,
}

impl<'c, 'a> Remedies<'c, 'a> {
    /// Those for a crowd. Of the `others` it is said that they are in the same straits.
    pub(super) fn new(
        context: &'c Context<'a>,
        core: Option<&'c Core>,
        needs: &'c [Need<'a>],
        crowd: &'c [usize],
        others: &[usize],
    ) -> Remedies<'c, 'a> {
        let outside = |member: &usize| !crowd.contains(member) && !others.contains(member);
        let beside = search::undisputed((0..needs.len()).filter(outside).collect(), |members| {
            search::solve(&problem(context, needs, members).0, context.budget)
        });
        Remedies { context, core, needs, crowd, beside }
    }

    /// The first of the moves of a member to a block that can be, in words: the block is free.
    pub(super) fn first_move(&self, mut moves: impl Iterator<Item = (usize, BlockId)>) -> Option<String> {
        moves.find_map(|(member, block)| {
            let (need, keys) = self.moved(member, block)?;
            let title = self.context.block_title(block);
            let words = format!(
                "{title} is free: `{}` fits there with {}",
                need.port.name,
                listed(&keys.words, "and", keys.words.len())
            );
            let remedy = Remedy { member, need, pins: keys.pins, words };
            self.serve(&[&remedy], &[]).then_some(remedy.words)
        })
    }

    /// What gives everybody the DMA channels that it needs: one thing or another, several together, or what must go.
    pub(super) fn for_channels(&self) -> Vec<String> {
        let of_crowd = || self.crowd.iter().rev().copied();
        let without: Vec<Remedy<'_>> =
            of_crowd().flat_map(|member| self.with_fewer_channels(member)).collect();
        let moves: Vec<Remedy<'_>> = of_crowd().flat_map(|member| self.moves(member)).collect();
        let mut single: Vec<&Remedy<'_>> = Vec::new();
        for remedy in without.iter().chain(&moves) {
            let is_new = single.iter().all(|known| known.member != remedy.member);
            if single.len() < NAMED_REMEDIES && is_new && self.serve(&[remedy], &[]) {
                single.push(remedy);
            }
        }
        if !single.is_empty() {
            return single.into_iter().map(|remedy| remedy.words.clone()).collect();
        }
        let beside = self.beside.iter().flat_map(|member| self.with_fewer_channels(*member));
        let beside: Vec<Remedy<'_>> = beside.collect();
        vec![self.several(without.iter().chain(&moves).chain(&beside)).unwrap_or_else(|| self.removal(1))]
    }

    /// Remedies that end it together, none of which can be spared.
    fn several<'r>(&self, all: impl Iterator<Item = &'r Remedy<'a>>) -> Option<String>
    where
        'a: 'r,
    {
        let mut taken: Vec<&Remedy<'_>> = Vec::new();
        for remedy in all {
            let clashes = |other: &&Remedy<'_>| {
                other.member == remedy.member || other.pins.iter().any(|pin| remedy.pins.contains(pin))
            };
            if !self.serve(&taken, &[]) && !taken.iter().any(clashes) {
                taken.push(remedy);
            }
        }
        if !self.serve(&taken, &[]) {
            return None;
        }
        spare(&mut taken, |taken| self.serve(taken, &[]));
        let words: Vec<String> = taken.iter().map(|remedy| remedy.words.clone()).collect();
        Some(format!("together, these would do: {}", listed(&words, "and", words.len())))
    }

    /// What must go: any so many of the crowd where each choice is enough, one of those that suffice by themselves, or just these.
    pub(super) fn removal(&self, surplus: usize) -> String {
        let suffice =
            || choices(self.crowd, surplus).iter().take(TRIED_CHOICES).all(|gone| self.serve(&[], gone));
        if surplus > 1 && (self.crowd.len() > MANY || suffice()) {
            return format!("remove {surplus} of {}", exhausted::names(self.needs, self.crowd, "and"));
        }
        let suffices = |member: &usize| self.serve(&[], &[*member]);
        let single: Vec<usize> = self.crowd.iter().copied().filter(suffices).collect();
        match single.len() {
            0 => {}
            1 => return format!("remove {}", exhausted::names(self.needs, &single, "and")),
            _ => return format!("remove one of {}", exhausted::names(self.needs, &single, "and")),
        }
        let mut gone: Vec<usize> = Vec::new();
        for member in self.crowd.iter().rev().chain(self.beside.iter().rev()) {
            if !self.serve(&[], &gone) {
                gone.push(*member);
            }
        }
        spare(&mut gone, |gone| self.serve(&[], gone));
        gone.sort_unstable();
        format!("remove {}", exhausted::names(self.needs, &gone, "and"))
    }

    /// Whether all others can be served once some needs are other ones, and some are gone.
    fn serve(&self, changed: &[&Remedy<'_>], gone: &[usize]) -> bool {
        let mut needs: Vec<Need<'_>> = self.needs.to_vec();
        for remedy in changed {
            needs[remedy.member] = remedy.need.clone();
        }
        let members = self.crowd.iter().chain(&self.beside).copied();
        let mut members: Vec<usize> = members.filter(|member| !gone.contains(member)).collect();
        members.sort_unstable();
        search::is_solvable(&problem(self.context, &needs, &members).0, self.context.budget)
    }

    /// Ways in which a need would take fewer channels on the blocks where it can be.
    fn with_fewer_channels(&self, member: usize) -> Vec<Remedy<'a>> {
        let need = &self.needs[member];
        let name = need.port.name;
        if channels_of(self.context, need).is_empty() {
            return Vec::new();
        }
        match (need.port.of, &need.driver) {
            (PortKind::Spi(spi), Driver::Spi { reads: true })
                if spi.mosi.is_some() && !self.has_devices(need) =>
            {
                let need = Need { driver: Driver::Spi { reads: false }, ..need.clone() };
                let words = format!("`{name}` takes one channel without `miso`");
                vec![Remedy { member, need, pins: Vec::new(), words }]
            }
            (PortKind::Uart(uart), Driver::Uart(_)) if uart.rts.is_some() == uart.cts.is_some() => {
                self.by_interrupt(member, uart)
            }
            _ => Vec::new(),
        }
    }

    /// A uart that has both halves and is read goes by its interrupt.
    fn by_interrupt(&self, member: usize, uart: &Uart) -> Vec<Remedy<'a>> {
        let need = &self.needs[member];
        let name = need.port.name;
        let transfer = Transfer { kind: Kind::Buffered, reason: String::new() };
        let on =
            |blocks: Vec<BlockId>| Need { blocks, driver: Driver::Uart(transfer.clone()), ..need.clone() };
        let (role, signal) = match (uart.tx, uart.rx) {
            (Some(_), Some(_)) => {
                let words = format!("`{name}` needs no channel once a task reads it as well");
                return vec![Remedy { member, need: on(need.blocks.clone()), pins: Vec::new(), words }];
            }
            (Some(_), None) => (PinRole::Rx, Signal::Rx),
            (None, _) => (PinRole::Tx, Signal::Tx),
        };
        let beside: Vec<PinId> = need.port.pins().into_iter().map(|(_, used)| used.pin).collect();
        let proposals = Proposals::new(self.context);
        let on_block = |block: &BlockId| {
            let wanted = Wanted::Signal { blocks: vec![*block], signal, beside: beside.clone() };
            let pin = *proposals.pins(&wanted, *beside.first()?).first()?;
            let key = format!("`{} = \"{}\"`", role.key(), self.context.pin_name(pin));
            let words = match role {
                PinRole::Rx => format!("`{name}` needs no channel once it is read as well, with {key}"),
                _ => format!("`{name}` needs no channel with {key} as well"),
            };
            Some(Remedy { member, need: on(vec![*block]), pins: vec![pin], words })
        };
        need.blocks.iter().filter_map(on_block).collect()
    }

    /// Moves to blocks on which the need cannot be as it stands.
    fn moves(&self, member: usize) -> Vec<Remedy<'a>> {
        let port = &self.needs[member].port;
        let others = self.context.chip.blocks_of(port.kind());
        let others = others.filter(|block| !self.needs[member].blocks.contains(block));
        let to = |block: BlockId| {
            let (need, keys) = self.moved(member, block)?;
            let title = self.context.block_title(block);
            let words = format!(
                "`{}` can be on {title}, with {}",
                port.name,
                listed(&keys.words, "and", keys.words.len())
            );
            Some(Remedy { member, need, pins: keys.pins, words })
        };
        others.filter_map(to).collect()
    }

    /// Whether parts hang on a bus, which may be read.
    fn has_devices(&self, need: &Need<'_>) -> bool {
        let is_on_it = |kind: &PeripheralKind| match kind {
            PeripheralKind::Device(device) => {
                device.bus.as_ref().is_some_and(|bus| bus.value == need.port.id)
            }
            _ => false,
        };
        self.context.app.peripherals.iter().any(|peripheral| is_on_it(&peripheral.kind))
    }

    /// A need on another block, and the keys that bring it there; nothing where it has no rate there or a pin of it finds no
    /// place.
    fn moved(&self, member: usize, block: BlockId) -> Option<(Need<'a>, Keys)> {
        let need = &self.needs[member];
        if let Some(core) = self.core {
            rate_on(self.context, core, &need.port, block)?;
        }
        // On an STM32 a uart of one direction needs a channel, and some of its blocks ask for none.
        let asks = |direction: &DmaDirection| self.context.chip.dma_request(block, *direction).is_some();
        if !channels_of(self.context, need).iter().all(asks) {
            return None;
        }
        let remaps = &self.context.chip.block(block).remaps;
        let mut keys = match remaps.is_empty() {
            true => self.pins_on(need, block, &|_| true)?,
            false => {
                let mut ways = remaps
                    .iter()
                    .filter_map(|remap| self.pins_on(need, block, &|pin| remap.pins.contains(&pin)));
                ways.next()?
            }
        };
        if need.port.instance().is_some() {
            keys.words.insert(0, format!("`instance = \"{}\"`", self.context.block_title(block)));
        }
        (!keys.words.is_empty()).then(|| (Need { blocks: vec![block], ..need.clone() }, keys))
    }

    /// What the keys of a port's pins would be on a free block, for those that are not there; of the block's pins only some are
    /// `able`. Nothing where one finds no pin.
    fn pins_on(&self, need: &Need<'_>, block: BlockId, able: &dyn Fn(PinId) -> bool) -> Option<Keys> {
        let proposals = Proposals::new(self.context);
        let mut keys = Keys::default();
        for (role, used) in need.port.pins() {
            let signal = need.port.signal(role)?;
            if self.context.chip.reaches(block, signal, used.pin) && able(used.pin) {
                continue;
            }
            let found = proposals.pins(&Wanted::signal(vec![block], signal), used.pin);
            let pin = found.into_iter().find(|pin| able(*pin) && !keys.pins.contains(pin))?;
            keys.pins.push(pin);
            keys.words.push(format!("`{} = \"{}\"`", role.key(), self.context.pin_name(pin)));
        }
        Some(keys)
    }
}

/// Takes out, the last first, what is not needed for the rest to `do_it`.
fn spare<T>(items: &mut Vec<T>, do_it: impl Fn(&[T]) -> bool) {
    for place in (0..items.len()).rev() {
        let spared = items.remove(place);
        if !do_it(items) {
            items.insert(place, spared);
        }
    }
}

/// So many of the members, in each way; the first ways are enough where there are a great many.
fn choices(members: &[usize], count: usize) -> Vec<Vec<usize>> {
    let Some(rest) = count.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for (place, first) in members.iter().enumerate() {
        for choice in choices(&members[place + 1..], rest) {
            all.push([&[*first][..], &choice].concat());
        }
        if all.len() >= TRIED_CHOICES {
            break;
        }
    }
    all
}
