//! Pins that would do: free, led out of the board, and able to do what is wanted. Every help text takes them from here,
//! so that what it says is true.

use fwc_schema::chip::{LimitationKind, Signal};

use fwc_diag::words::{listed, quoted};

use crate::app::{PeripheralId, PeripheralKind};
use crate::catalog::{BlockId, PinId};
use crate::resolve::context::Context;
use crate::resolve::ports::{self, Port};
use crate::resolve::{adcs, edges, pwms};
use crate::resolved::{PinOwner, PinRole};

/// Pins that a sentence names; more do not help to choose.
const NAMED_PINS: usize = 6;

/// What a pin is wanted for.
pub(super) enum Wanted {
    /// Plain input or output.
    Gpio,
    /// Plain input, for this one.
    Input(PeripheralId),
    /// A signal of one of these blocks, which has the pins beside it as well.
    Signal { blocks: Vec<BlockId>, signal: Signal, beside: Vec<PinId> },
    /// An output of a slice that this pwm could have beside the others.
    Pwm(PeripheralId),
    /// A channel of the converter, for this adc.
    Adc(PeripheralId),
}

impl Wanted {
    /// A signal of one of these blocks.
    pub(super) fn signal(blocks: Vec<BlockId>, signal: Signal) -> Wanted {
        Wanted::Signal { blocks, signal, beside: Vec::new() }
    }
}

/// The pins of a board that can be proposed.
pub(super) struct Proposals<'a> {
    context: &'a Context<'a>,
    free: Vec<PinId>,
    /// The rest of the free ones, on which the board sends to a uart.
    receivers: Vec<PinId>,
}

impl<'a> Proposals<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Proposals<'a> {
        let offered: Vec<PinId> = context.chip.pin_ids().filter(|pin| is_offered(context, *pin)).collect();
        let (free, rest) = offered.into_iter().partition(|pin| context.app.board.onboard(*pin).is_none());
        let is_receiver = |pin: &PinId| !context.app.board.is_taken_for(*pin, Some(Signal::Rx));
        Proposals { context, free, receivers: rest.into_iter().filter(is_receiver).collect() }
    }

    /// The free pins that would do, the nearest to `near` first.
    pub(super) fn pins(&self, wanted: &Wanted, near: PinId) -> Vec<PinId> {
        let receivers: &[PinId] = match wanted {
            Wanted::Signal { signal: Signal::Rx, .. } => &self.receivers,
            _ => &[],
        };
        let pins = self.free.iter().chain(receivers).copied();
        nearest(pins.filter(|pin| self.does(wanted, *pin)), near)
    }

    /// The free pins of which that is so, the nearest to `near` first.
    pub(super) fn pins_that(&self, near: PinId, mut is_so: impl FnMut(PinId) -> bool) -> Vec<PinId> {
        nearest(self.free.iter().copied().filter(|pin| is_so(*pin)), near)
    }

    /// Where an owner would find room when it left `pin`.
    pub(super) fn instead_of(&self, pin: PinId, owner: PinOwner) -> Option<String> {
        let port = Port::of(self.context, owner.peripheral);
        let wanted = match port.and_then(|port| Some((port.signal(owner.role)?, port))) {
            Some((signal, port)) => {
                let blocks = ports::blocks_without(self.context, owner, &port);
                let beside = ports::pins_beside(self.context, &port, owner.role);
                Wanted::Signal { blocks, signal, beside }
            }
            _ if owner.role == PinRole::Pwm => Wanted::Pwm(owner.peripheral),
            _ if owner.role == PinRole::Adc => Wanted::Adc(owner.peripheral),
            _ if self.is_input(owner.peripheral) => Wanted::Input(owner.peripheral),
            _ => Wanted::Gpio,
        };
        self.sentence(&wanted, pin)
    }

    /// The pins that a signal can be on, as a sentence; nothing when there are none.
    pub(super) fn choice(
        &self,
        blocks: &[BlockId],
        signal: Signal,
        beside: &[PinId],
        near: PinId,
    ) -> Option<String> {
        let wanted = Wanted::Signal { blocks: blocks.to_vec(), signal, beside: beside.to_vec() };
        let pins = self.pins(&wanted, near);
        let board = &self.context.app.board.name;
        let what = self.signal_title(blocks, signal);
        (!pins.is_empty()).then(|| format!("on {board}, {what} can be {}", self.listed(&pins)))
    }

    /// The pins that would do, as a sentence; nothing when there are none.
    fn sentence(&self, wanted: &Wanted, near: PinId) -> Option<String> {
        let pins = self.pins(wanted, near);
        if pins.is_empty() {
            return None;
        }
        let board = &self.context.app.board.name;
        Some(match wanted {
            Wanted::Gpio | Wanted::Input(_) if pins.len() == 1 => {
                format!("on {board}, {} is free", self.listed(&pins))
            }
            Wanted::Gpio | Wanted::Input(_) => format!("on {board}, {} are free", self.listed_all(&pins)),
            Wanted::Signal { blocks, signal, .. } => {
                let what = self.signal_title(blocks, *signal);
                format!("on {board}, {what} can also be {}", self.listed(&pins))
            }
            Wanted::Pwm(id) | Wanted::Adc(id) => {
                let name = &self.context.app.peripheral(*id).name.value;
                format!("on {board}, `{name}` can also be on {}", self.listed(&pins))
            }
        })
    }

    /// `UART1 TX`; where several blocks would do, `UART TX`.
    fn signal_title(&self, blocks: &[BlockId], signal: Signal) -> String {
        match blocks {
            [block] => format!("{} {signal}", self.context.block_title(*block)),
            _ => {
                let kind = blocks.first().map(|block| self.context.chip.block(*block).kind);
                format!("{} {signal}", kind.map_or("", ports::kind_title))
            }
        }
    }

    fn is_input(&self, id: PeripheralId) -> bool {
        matches!(self.context.app.peripheral(id).kind, PeripheralKind::Input(_))
    }

    /// Pins in a sentence: `` `GP8` or `GP20` ``.
    pub(super) fn listed(&self, pins: &[PinId]) -> String {
        listed(&self.names(pins), "or", NAMED_PINS)
    }

    fn listed_all(&self, pins: &[PinId]) -> String {
        listed(&self.names(pins), "and", NAMED_PINS)
    }

    fn names(&self, pins: &[PinId]) -> Vec<String> {
        pins.iter().map(|pin| quoted(self.context.pin_name(*pin))).collect()
    }

    fn does(&self, wanted: &Wanted, pin: PinId) -> bool {
        match wanted {
            Wanted::Gpio => true,
            Wanted::Input(id) => edges::has_room(self.context, *id, pin),
            Wanted::Adc(_) => adcs::converters_of(self.context, pin).next().is_some(),
            Wanted::Pwm(id) => {
                let outputs = pwms::outputs_of(self.context, pin);
                outputs.into_iter().any(|output| pwms::has_room(self.context, *id, pin, output))
            }
            Wanted::Signal { blocks, signal, beside } => {
                let all: Vec<PinId> = beside.iter().copied().chain([pin]).collect();
                blocks.iter().any(|block| {
                    self.context.chip.reaches(*block, *signal, pin)
                        && self.context.chip.are_together(*block, &all)
                })
            }
        }
    }
}

/// The pins, the nearest to `near` first.
fn nearest(pins: impl Iterator<Item = PinId>, near: PinId) -> Vec<PinId> {
    let mut pins: Vec<PinId> = pins.collect();
    pins.sort_by_key(|pin| (pin.0.abs_diff(near.0), *pin));
    pins
}

/// Free, led out, and not wired to a debug probe.
fn is_offered(context: &Context<'_>, pin: PinId) -> bool {
    let board = &context.app.board;
    let led_out = board.headers.is_empty() || board.contacts_of(pin).next().is_some();
    let is_reserved = context.chip.limits_of(pin).any(LimitationKind::serves_the_chip);
    context.pins.is_free(pin) && led_out && !is_reserved
}
