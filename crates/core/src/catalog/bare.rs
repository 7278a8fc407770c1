//! A chip alone as a board: no labels, no headers, no crystal; a probe reaches it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fwc_schema::board::{FlashWay, PowerFile, Regulator};
use fwc_schema::chip::Bounds;

use super::board::Board;

/// The supply of most boards, in millivolts: what an analog input is measured against.
const SUPPLY: u32 = 3300;

/// The board that is the archived chip of that name and nothing else.
pub(super) fn board(name: &str) -> Option<Board> {
    let chip = super::archived(super::bare_chip(name)?)?;
    Some(Board {
        name: chip.name.clone(),
        title: chip.title.clone(),
        aliases: Vec::new(),
        description: format!("{} by itself", chip.title),
        vendor: String::new(),
        sources: Vec::new(),
        source_place: None,
        crystal_hz: None,
        clock_input_hz: None,
        slow_crystal_hz: None,
        flash_chip: None,
        power: PowerFile {
            regulator: Regulator::Ldo,
            part: String::new(),
            logic_millivolts: SUPPLY,
            input_millivolts: Bounds { min: SUPPLY, max: SUPPLY },
            spare_milliamperes: None,
            core_supply: None,
        },
        labels: BTreeMap::new(),
        no_pin: BTreeMap::new(),
        serial_port: None,
        usb: None,
        rails: BTreeMap::new(),
        headers: Vec::new(),
        onboard: Vec::new(),
        flash: vec![FlashWay::Probe {}],
        chip: Arc::new(chip),
        is_bare: true,
    })
}
