//! Pins and blocks of the other board for every group, the most fitting ones first.
//!
//! A name that the other board knows stays; else the pin with the same label, with the label of the signal, and only then
//! any that is free and led out. DMA channels and the counter of time are minded, too. What competes beyond that is left to the
//! chain, whose refusals come back as [`Banned`].

use std::collections::{BTreeMap, BTreeSet, HashSet};

use fwc_diag::{Diagnostic, Severity, codes};
use fwc_schema::Span;
use fwc_schema::board::Wiring;
use fwc_schema::chip::{BlockKind, Hal, LimitationKind, Signal};
use fwc_schema::units::Frequency;

use crate::catalog::{BlockId, Board, DmaDirection, DmaId, PinId};
use crate::port::slots::{Group, Labels, Slot, Takes};

/// A group on the other board.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// One for each slot; of a group that does not fit, pins that stand in.
    pub(super) pins: Vec<PlacedPin>,
    /// Whether the pins can do it.
    pub(super) fits: bool,
    /// Of a group that does not fit: whether nothing but DMA channels is missing.
    pub(super) lacks_channels: bool,
}

/// A pin of the other board.
#[derive(Clone, Debug)]
pub(super) struct PlacedPin {
    pub(super) pin: PinId,
    /// As app.toml is to name it.
    pub(super) name: String,
    /// Why it was taken; empty where the file names it so already.
    pub(super) why: String,
}

/// Pins that the chain has refused for a slot: its entry, its key, the pin.
pub(super) type Banned = HashSet<(String, String, PinId)>;

/// How many ways of placing a group are tried, and how many of them on one block.
const WAYS: usize = 24;
const WAYS_ON_A_BLOCK: usize = 8;
/// How many pins of a signal are put together with those of the others.
const PINS_A_SIGNAL: usize = 5;
/// Steps after which a search gives up.
const STEPS: u32 = 4_000;

/// Labels that are for one signal of a bus or a line.
const SIGNAL_LABELS: &[&str] = &["TX", "RX", "RTS", "CTS", "SDA", "SCL", "SCK", "MOSI", "MISO", "CS"];

// What a pin costs: the least is taken.
const SAME_LABEL: u32 = 1;
const SAME_PIN: u32 = 2;
const SIGNAL_LABEL: u32 = 3;
const ANALOG_LABEL: u32 = 4;
const OTHER_MEANING: u32 = 20;
const IN_THE_WAY: u32 = 40;
const NUMBERED_LABEL: u32 = 50;
const ANY_PIN: u32 = 100;
const OTHER_SIGNAL_LABEL: u32 = 30;

/// Places every group that can be placed.
pub(super) fn place(
    groups: &[Group],
    labels: &Labels,
    from: &Board,
    to: &Board,
    banned: &Banned,
) -> Vec<Placed> {
    let mut placer = Placer { groups, labels, from, to, banned, channels: channels(to), minds_dma: true };
    let mut order: Vec<usize> = (0..groups.len()).filter(|index| placer.is_driven(*index)).collect();
    order.sort_by_key(|index| (placer.least_cost(*index) > 0, rank(groups[*index].takes), *index));
    let mut lacking = BTreeSet::new();
    loop {
        let (mut deepest, mut ways, mut steps) = (0, BTreeMap::new(), STEPS);
        if placer.descend(&order, &mut Taken::default(), &mut ways, &mut deepest, &mut steps) {
            return placer.with_stand_ins(ways, &lacking);
        }
        let failed = deepest.min(order.len() - 1);
        if !groups[order[failed]].dma.is_empty() && placer.has_place_without_dma(&order[..=failed]) {
            lacking.insert(order[failed]);
        }
        // The one that found no room is left out, and the others are placed.
        order.remove(failed);
    }
}

/// The channels that can move a block's data each way, where it asks for one.
fn channels(to: &Board) -> BTreeMap<(BlockId, DmaDirection), Vec<DmaId>> {
    let both = [DmaDirection::Tx, DmaDirection::Rx];
    let ways = to.chip.block_ids().flat_map(|block| both.map(|direction| (block, direction)));
    let asking = ways.filter(|(block, direction)| to.chip.dma_request(*block, *direction).is_some());
    asking.map(|way| (way, to.chip.dma_channels_for(way.0, way.1).collect())).collect()
}

/// The pins that the chain refuses, where the file does not insist on them.
pub(super) fn refused(groups: &[Group], placed: &[Placed], faults: &[Diagnostic]) -> Banned {
    let stand_ins = stand_ins(groups, placed);
    let errors = faults.iter().filter(|fault| fault.severity == Severity::Error);
    let errors = errors.filter(|fault| !is_echo(fault, &stand_ins));
    let places: BTreeSet<_> = errors.map(Diagnostic::span).collect();
    let mut banned = Banned::new();
    for (group, placed) in groups.iter().zip(placed).filter(|(_, placed)| placed.fits) {
        for (slot, pin) in group.slots.iter().zip(&placed.pins) {
            if places.contains(&slot.name.span) && !pin.why.is_empty() {
                banned.insert((group.entry.clone(), slot.key.clone(), pin.pin));
            }
        }
    }
    banned
}

/// Where the file names pins and blocks of what was not placed.
pub(super) fn stand_ins(groups: &[Group], placed: &[Placed]) -> Vec<Span> {
    let unfit = groups.iter().zip(placed).filter(|(_, placed)| !placed.fits);
    let places = unfit.flat_map(|(group, _)| {
        let instance = group.instance.as_ref().map(|instance| instance.span);
        group.slots.iter().map(|slot| slot.name.span).chain(instance)
    });
    places.collect()
}

/// Whether a fault is of pins that only stand in, or of what is in their way.
pub(super) fn is_echo(fault: &Diagnostic, stand_ins: &[Span]) -> bool {
    let is_conflict =
        [codes::BLOCK_EXHAUSTED, codes::PWM_CONFLICT, codes::PIN_CONFLICT].contains(&fault.code);
    stand_ins.contains(&fault.span())
        || is_conflict && fault.labels.iter().any(|label| stand_ins.contains(&label.span))
}

/// Those with the fewest pins first.
fn rank(takes: Takes) -> u8 {
    match takes {
        Takes::Adc => 0,
        Takes::Block(BlockKind::I2c) => 1,
        Takes::Block(BlockKind::Spi) => 2,
        Takes::Block(_) => 3,
        Takes::Pwm(_) | Takes::PwmBlock => 4,
        Takes::Input => 5,
        Takes::Output => 6,
    }
}

/// What is taken so far.
#[derive(Clone, Default)]
struct Taken {
    pins: BTreeSet<PinId>,
    blocks: BTreeSet<BlockId>,
    outputs: BTreeSet<(BlockId, Signal)>,
    frequencies: BTreeMap<BlockId, Frequency>,
    /// The pins of the blocks that make these frequencies: some chips map those of a block together.
    pulses: BTreeMap<BlockId, Vec<PinId>>,
    lines: BTreeSet<u16>,
    /// Each way in which a block's data is moved by DMA.
    moved: Vec<(BlockId, DmaDirection)>,
}

/// A way of placing a group.
struct Way {
    cost: u32,
    pins: Vec<PlacedPin>,
    block: Option<BlockId>,
    output: Option<(BlockId, Signal, Frequency)>,
    line: Option<u16>,
}

struct Placer<'a> {
    groups: &'a [Group],
    labels: &'a Labels,
    from: &'a Board,
    to: &'a Board,
    banned: &'a Banned,
    channels: BTreeMap<(BlockId, DmaDirection), Vec<DmaId>>,
    minds_dma: bool,
}

impl Placer<'_> {
    fn is_driven(&self, index: usize) -> bool {
        self.to.chip.drives(self.groups[index].kind)
    }

    /// What the group costs on an empty board: nothing where the file names its pins already.
    fn least_cost(&self, index: usize) -> u32 {
        self.ways(index, &Taken::default()).first().map_or(0, |way| way.cost)
    }

    /// Places the groups of `order`; `deepest` is the furthest place in it that was reached.
    fn descend(
        &self,
        order: &[usize],
        taken: &mut Taken,
        placed: &mut BTreeMap<usize, Vec<PlacedPin>>,
        deepest: &mut usize,
        steps: &mut u32,
    ) -> bool {
        let Some(index) = order.get(placed.len()).copied() else { return true };
        *deepest = (*deepest).max(placed.len());
        for way in self.ways(index, taken) {
            if *steps == 0 {
                return false;
            }
            *steps -= 1;
            let mut with = taken.clone();
            with.pins.extend(way.pins.iter().map(|pin| pin.pin));
            with.blocks.extend(way.block.map(|block| self.to.chip.shared_as(block)));
            with.lines.extend(way.line);
            if let Some((block, signal, frequency)) = way.output {
                with.outputs.insert((block, signal));
                with.frequencies.insert(block, frequency);
                with.pulses.entry(block).or_default().extend(way.pins.iter().map(|pin| pin.pin));
            }
            if let Some(block) = way.block {
                with.moved.extend(self.groups[index].dma.iter().map(|direction| (block, *direction)));
            }
            if !self.has_channels(&with) || !self.leaves_time(&with) {
                continue;
            }
            placed.insert(index, way.pins);
            if self.descend(order, &mut with, placed, deepest, steps) {
                return true;
            }
            placed.remove(&index);
        }
        false
    }

    /// Whether the groups would have their places if DMA channels were no matter.
    fn has_place_without_dma(&mut self, order: &[usize]) -> bool {
        self.minds_dma = false;
        let (mut deepest, mut steps) = (0, STEPS);
        let has_place =
            self.descend(order, &mut Taken::default(), &mut BTreeMap::new(), &mut deepest, &mut steps);
        self.minds_dma = true;
        has_place
    }

    /// Whether there is a DMA channel for each way in which data is moved.
    fn has_channels(&self, taken: &Taken) -> bool {
        if !self.minds_dma {
            return true;
        }
        let wanted: Vec<&Vec<DmaId>> = taken.moved.iter().filter_map(|way| self.channels.get(way)).collect();
        let mut owner = BTreeMap::new();
        (0..wanted.len()).all(|who| gets_channel(who, &wanted, &mut owner, &mut BTreeSet::new()))
    }

    /// Whether pwms leave a counter to count time with, where one of theirs does that.
    fn leaves_time(&self, taken: &Taken) -> bool {
        let chip = &self.to.chip;
        let drivers = std::iter::once(&chip.time_driver).chain(&chip.other_time_drivers);
        let blocks = drivers.filter_map(|driver| chip.block_named(&driver.timer));
        let mut counters = blocks.filter(|block| chip.block(*block).kind == BlockKind::Pwm).peekable();
        counters.peek().is_none() || counters.any(|block| !taken.frequencies.contains_key(&block))
    }

    /// Gives what was not placed any free pins, so that the chain looks at all else.
    fn with_stand_ins(
        &self,
        mut placed: BTreeMap<usize, Vec<PlacedPin>>,
        lacking: &BTreeSet<usize>,
    ) -> Vec<Placed> {
        let taken: BTreeSet<PinId> = placed.values().flatten().map(|pin| pin.pin).collect();
        let mut free = self.to.chip.pin_ids().filter(|pin| !taken.contains(pin));
        let mut stand_in = || {
            let pin = free.next().unwrap_or(PinId(0));
            PlacedPin { pin, name: self.to.chip.pin(pin).name.clone(), why: String::new() }
        };
        let placed = self.groups.iter().enumerate().map(|(index, group)| match placed.remove(&index) {
            Some(pins) => Placed { pins, fits: true, lacks_channels: false },
            None => Placed {
                pins: group.slots.iter().map(|_| stand_in()).collect(),
                fits: false,
                lacks_channels: lacking.contains(&index),
            },
        });
        placed.collect()
    }

    /// The ways of placing a group beside what is taken, the best first.
    fn ways(&self, index: usize, taken: &Taken) -> Vec<Way> {
        let group = &self.groups[index];
        let mut ways = match group.takes {
            Takes::Block(kind) => {
                let blocks = self.to.chip.blocks_of(kind).filter(|block| {
                    let forced = group.instance.as_ref().map(|name| self.to.chip.block_named(name));
                    !taken.blocks.contains(&self.to.chip.shared_as(*block))
                        && self.is_served(group, *block)
                        && forced.is_none_or(|forced| forced == Some(*block))
                });
                blocks.flat_map(|block| self.ways_on(group, block, taken)).collect()
            }
            _ => match group.slots.first() {
                Some(slot) => self.ways_of_one(group, slot, taken),
                None => vec![Way { cost: 0, pins: Vec::new(), block: None, output: None, line: None }],
            },
        };
        ways.sort_by_key(|way| way.cost);
        ways.truncate(WAYS);
        ways
    }

    /// Whether a driver can move the bytes of a group on a block: that of an STM32's uart of one direction needs DMA.
    fn is_served(&self, group: &Group, block: BlockId) -> bool {
        let has = |signal: Signal| group.slots.iter().any(|slot| slot.signal == Some(signal));
        self.to.chip.hal != Hal::Stm32
            || has(Signal::Tx) == has(Signal::Rx)
            || group.dma.iter().all(|direction| self.channels.contains_key(&(block, *direction)))
    }

    fn ways_on(&self, group: &Group, block: BlockId, taken: &Taken) -> Vec<Way> {
        let mut ways = vec![Way { cost: 0, pins: Vec::new(), block: Some(block), output: None, line: None }];
        for slot in &group.slots {
            let reaches = |pin: PinId| {
                slot.signal.is_none_or(|signal| self.to.chip.reaches(block, signal, pin))
                    && !taken.pins.contains(&pin)
            };
            let pins = self.pins(group, slot).into_iter().filter(|(_, pin)| reaches(pin.pin));
            // Where pins are mapped in groups, the dearer ones may be all that go together with those of other signals.
            let most = if self.to.chip.block(block).remaps.is_empty() { PINS_A_SIGNAL } else { usize::MAX };
            let pins: Vec<(u32, PlacedPin)> = pins.take(most).collect();
            let with = |way: &Way, (cost, pin): &(u32, PlacedPin)| {
                let is_new = way.pins.iter().all(|other| other.pin != pin.pin);
                let all: Vec<PinId> = way.pins.iter().chain([pin]).map(|pin| pin.pin).collect();
                (is_new && self.to.chip.are_together(block, &all)).then(|| Way {
                    cost: way.cost + cost,
                    pins: way.pins.iter().chain([pin]).cloned().collect(),
                    ..*way
                })
            };
            ways = ways.iter().flat_map(|way| pins.iter().filter_map(|pin| with(way, pin))).collect();
        }
        ways.sort_by_key(|way| way.cost);
        ways.truncate(WAYS_ON_A_BLOCK);
        ways
    }

    fn ways_of_one(&self, group: &Group, slot: &Slot, taken: &Taken) -> Vec<Way> {
        let chip = &self.to.chip;
        let mut ways = Vec::new();
        for (cost, pin) in
            self.pins(group, slot).into_iter().filter(|(_, pin)| !taken.pins.contains(&pin.pin))
        {
            let way = |output, line| Way { cost, pins: vec![pin.clone()], block: None, output, line };
            match group.takes {
                Takes::Pwm(frequency) => {
                    let free = chip.pwm_outputs(pin.pin).filter(|function| {
                        let shares = taken.frequencies.get(&function.block);
                        let beside = taken.pulses.get(&function.block).into_iter().flatten();
                        let all: Vec<PinId> = beside.copied().chain([pin.pin]).collect();
                        !taken.blocks.contains(&function.block)
                            && chip.are_together(function.block, &all)
                            && !taken.outputs.contains(&(function.block, function.signal))
                            && shares.is_none_or(|other| *other == frequency)
                    });
                    ways.extend(
                        free.map(|function| way(Some((function.block, function.signal, frequency)), None)),
                    );
                }
                Takes::PwmBlock => {
                    let is_free = |block: &BlockId| {
                        !taken.blocks.contains(block) && !taken.frequencies.contains_key(block)
                    };
                    let block = chip.blocks_of(BlockKind::Pwm).find(is_free);
                    ways.extend(block.map(|block| Way { block: Some(block), ..way(None, None) }));
                }
                Takes::Adc => {
                    let mut functions = chip.pin(pin.pin).functions.iter();
                    if functions.any(|function| matches!(function.signal, Signal::In(_))) {
                        ways.push(way(None, None));
                    }
                }
                Takes::Input => match chip.edge_line(pin.pin) {
                    Some((line, _)) if taken.lines.contains(&line) => {}
                    line => ways.push(way(None, line.map(|(line, _)| line))),
                },
                Takes::Output | Takes::Block(_) => ways.push(way(None, None)),
            }
            if ways.len() >= WAYS {
                break;
            }
        }
        ways
    }

    /// Every pin that a slot could be on, the cheapest first.
    fn pins(&self, group: &Group, slot: &Slot) -> Vec<(u32, PlacedPin)> {
        let is_banned = |pin: PinId| self.banned.contains(&(group.entry.clone(), slot.key.clone(), pin));
        let pins = self.to.chip.pin_ids().filter(|pin| !is_banned(*pin));
        let mut pins: Vec<(u32, PlacedPin)> = pins.filter_map(|pin| self.price(group, slot, pin)).collect();
        pins.sort_by_key(|(cost, pin)| (*cost, pin.pin));
        pins
    }

    fn price(&self, group: &Group, slot: &Slot, pin: PinId) -> Option<(u32, PlacedPin)> {
        let named = self.labels.get(slot.name.as_str()).copied().or_else(|| self.to.pin(&slot.name));
        let insists = slot.origin.as_ref().is_none_or(|origin| origin.is_overridden)
            || self.labels.contains_key(slot.name.as_str());
        let as_named = PlacedPin { pin, name: slot.name.value.clone(), why: String::new() };
        if insists && named.is_some() {
            return (named == Some(pin)).then_some((0, as_named));
        }
        let same_meaning = self.same_meaning(slot, pin);
        let is_free = self.is_free(slot, pin);
        if named == Some(pin) {
            let cost = match (same_meaning, is_free || self.to.onboard(pin).is_some() && same_meaning) {
                (_, false) => IN_THE_WAY,
                (false, true) => OTHER_MEANING,
                (true, true) => 0,
            };
            return Some((cost, as_named));
        }
        let means_same_part = same_meaning && self.to.onboard(pin).is_some();
        if !is_free && !means_same_part {
            return None;
        }
        let labelled = |label: &str, cost: u32| {
            let why = format!("labelled {label}");
            Some((cost, PlacedPin { pin, name: label.to_owned(), why }))
        };
        let wanted = signal_label(slot);
        let fits = |label: &&str| **label == wanted || !SIGNAL_LABELS.contains(label);
        if let Some(label) = self.common_labels(slot, pin).find(fits) {
            return labelled(label, SAME_LABEL);
        }
        let name = &self.to.chip.pin(pin).name;
        if self.is_like_named(slot, name) {
            let why = "the same pin".to_owned();
            return Some((SAME_PIN, PlacedPin { pin, name: name.clone(), why }));
        }
        let own = |label: &&str| **label == wanted || means_same_part;
        if let Some(label) = self.to.labels_of(pin).find(own) {
            return labelled(label, SIGNAL_LABEL);
        }
        let numbered = |letter: char| {
            let number = move |label: &str| label.strip_prefix(letter)?.parse::<u32>().ok();
            self.to.labels_of(pin).find_map(|label| Some((label, number(label)?)))
        };
        if let Some((label, number)) = numbered('A').filter(|_| group.takes == Takes::Adc) {
            return labelled(label, ANALOG_LABEL + number);
        }
        let meant_for_a_signal =
            self.to.labels_of(pin).any(|label| numbered('D').is_none_or(|(of, _)| of != label));
        let extra = if meant_for_a_signal { OTHER_SIGNAL_LABEL } else { 0 };
        if let Some((label, number)) = numbered('D') {
            return labelled(label, NUMBERED_LABEL + number + extra);
        }
        let why = match self.to.contacts_of(pin).next() {
            Some((header, contact)) => match &header.name {
                Some(name) => format!("contact {} of {name}", contact.number),
                None => format!("contact {}", contact.number),
            },
            None => "free".to_owned(),
        };
        let name = name.clone();
        Some((ANY_PIN + u32::from(pin.0) + extra, PlacedPin { pin, name, why }))
    }

    /// Whether the pin is to its board what the slot's was to the first: a light, a button, or nothing.
    fn same_meaning(&self, slot: &Slot, pin: PinId) -> bool {
        let is_taken = self.to.is_taken_for(pin, bus_signal(slot));
        let there = self.to.onboard(pin).filter(|_| is_taken).map(|onboard| onboard.wiring);
        let here = slot.origin.as_ref().filter(|origin| self.from.is_taken_for(origin.pin, bus_signal(slot)));
        let here = here.and_then(|origin| self.from.onboard(origin.pin));
        let both = (here.map(|onboard| onboard.wiring), there);
        let (indicator, button) = (Some(Wiring::Indicator), Some(Wiring::Button));
        both == (None, None) || both == (indicator, indicator) || both == (button, button)
    }

    /// Led out, no part of the board, unless that is meant for the slot, and no wire of a debug probe.
    fn is_free(&self, slot: &Slot, pin: PinId) -> bool {
        let led_out = self.to.headers.is_empty() || self.to.contacts_of(pin).next().is_some();
        let is_reserved = self.to.chip.limits_of(pin).any(LimitationKind::serves_the_chip);
        !self.to.is_taken_for(pin, bus_signal(slot)) && led_out && !is_reserved
    }

    /// Labels that the slot's pin has on the first board and this one on the other.
    fn common_labels(&self, slot: &Slot, pin: PinId) -> impl Iterator<Item = &str> {
        let origin = slot.origin.as_ref().map(|origin| origin.pin);
        let had = move |label: &&str| origin.is_some() && self.from.labels.get(*label) == origin.as_ref();
        self.to.labels_of(pin).filter(had)
    }

    /// Whether a pin of the same make of chip has the name that the slot's has on the first.
    fn is_like_named(&self, slot: &Slot, name: &str) -> bool {
        let origin = slot.origin.as_ref();
        self.from.chip.hal == self.to.chip.hal
            && origin.is_some_and(|origin| self.from.chip.pin(origin.pin).name == name)
    }
}

/// Gives a way of moving data a channel, moving who has it to another one where that helps.
fn gets_channel(
    who: usize,
    wanted: &[&Vec<DmaId>],
    owner: &mut BTreeMap<DmaId, usize>,
    seen: &mut BTreeSet<DmaId>,
) -> bool {
    for channel in wanted[who] {
        if !seen.insert(*channel) {
            continue;
        }
        let had = owner.get(channel).copied();
        if had.is_none_or(|other| gets_channel(other, wanted, owner, seen)) {
            owner.insert(*channel, who);
            return true;
        }
    }
    false
}

/// The signal of a port that the slot's key is named after. The pin of a chain of lights has a signal too, and is no bus.
fn bus_signal(slot: &Slot) -> Option<Signal> {
    slot.signal.filter(|signal| slot.key.eq_ignore_ascii_case(&signal.to_string()))
}

/// The label of a pin that is meant for the slot's signal; empty where there is none.
fn signal_label(slot: &Slot) -> String {
    match slot.signal {
        Some(signal) => signal.to_string(),
        None if slot.key == "chip-select" => "CS".to_owned(),
        None => String::new(),
    }
}
