//! A board to the rows that `fwc boards NAME` shows: each pin, where it is, and what can be there.

use fwc_schema::chip::BlockKind;
use serde::Serialize;

use super::board::Board;
use super::chip::{BlockId, Function, PinId};

/// A pin of a board, as people want to see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PinRow {
    /// The chip's name for it.
    pub pin: String,
    /// The contacts that lead to it, with the connector's name where it has one: `1`, `CN7 21`. Empty: on no header.
    pub contacts: Vec<String>,
    /// The board's labels for it.
    pub labels: Vec<String>,
    /// What the board itself uses it for, `part: note`.
    pub onboard: Option<String>,
    /// What can be there besides plain input and output, in the datasheet's words.
    pub functions: Vec<String>,
    /// What it cannot do or must not meet, as sentences.
    pub limitations: Vec<String>,
}

/// A row for each pin, by number.
pub fn pin_rows(board: &Board) -> Vec<PinRow> {
    board.chip.pin_ids().map(|pin| row(board, pin)).collect()
}

fn row(board: &Board, pin: PinId) -> PinRow {
    let contact = |header: &Option<String>, number: u16| match header {
        Some(name) => format!("{name} {number}"),
        None => number.to_string(),
    };
    PinRow {
        pin: board.chip.pin(pin).name.clone(),
        contacts: board.contacts_of(pin).map(|(header, at)| contact(&header.name, at.number)).collect(),
        labels: board.labels_of(pin).map(str::to_owned).collect(),
        onboard: board.onboard(pin).map(|onboard| format!("{}: {}", onboard.part, onboard.note)),
        functions: functions(board, pin).map(|function| board.chip.function_title(function)).collect(),
        limitations: board.chip.limitations_of(pin).collect(),
    }
}

/// The pin's own functions, then those that can be on any pin, of what is driven.
fn functions(board: &Board, pin: PinId) -> impl Iterator<Item = Function> + '_ {
    let chip = &board.chip;
    let driven = |block: &BlockId| {
        let kind = match chip.block(*block).kind {
            BlockKind::Uart => "uart",
            BlockKind::I2c => "i2c",
            BlockKind::Spi => "spi",
            BlockKind::Pwm => "pwm",
            _ => return true,
        };
        chip.drives(kind)
    };
    let anywhere = chip.block_ids().filter(driven).flat_map(|block| {
        chip.block(block).any_pin.iter().map(move |signal| Function { block, signal: *signal })
    });
    chip.pin(pin).functions.iter().copied().chain(anywhere)
}
