//! What every rule of this stage reads, and words that several of them use.

use fwc_schema::chip::BlockKind;

use crate::app::{App, LedStrip, Peripheral, PeripheralId, PeripheralKind, PinUse, Pwm};
use crate::catalog::{BlockId, Chip, Function, PinId};
use crate::resolve::pins::PinMap;

/// What every rule reads.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) app: &'a App,
    pub(super) chip: &'a Chip,
    pub(super) pins: &'a PinMap,
    /// The steps after which a search gives up.
    pub(super) budget: u32,
}

impl<'a> Context<'a> {
    /// The pwms by name, so that no choice depends on the order of the file.
    pub(super) fn pwms(&self) -> Vec<(PeripheralId, &'a str, &'a Pwm)> {
        if !self.drives("pwm") {
            return Vec::new();
        }
        let numbered = (0..).map(PeripheralId).zip(&self.app.peripherals);
        let mut pwms: Vec<_> = numbered.filter_map(|(id, peripheral)| as_pwm(id, peripheral)).collect();
        pwms.sort_by_key(|(_, name, _)| *name);
        pwms
    }

    /// The chains of lights that take a pwm block each, by name.
    pub(super) fn pwm_strips(&self) -> Vec<(PeripheralId, &'a str, &'a LedStrip)> {
        if self.chip.led_strip_block() != Some(BlockKind::Pwm) {
            return Vec::new();
        }
        let numbered = (0..).map(PeripheralId).zip(&self.app.peripherals);
        let mut strips: Vec<_> = numbered
            .filter_map(|(id, peripheral)| match &peripheral.kind {
                PeripheralKind::LedStrip(strip) => Some((id, peripheral.name.as_str(), strip)),
                _ => None,
            })
            .collect();
        strips.sort_by_key(|(_, name, _)| *name);
        strips
    }

    /// Whether fwc drives a kind of peripheral on the chip.
    pub(super) fn drives(&self, kind: &str) -> bool {
        self.chip.drives(kind)
    }

    pub(super) fn pwm(&self, id: PeripheralId) -> Option<&'a Pwm> {
        as_pwm(id, self.app.peripheral(id)).map(|(_, _, pwm)| pwm)
    }

    pub(super) fn pin_name(&self, pin: PinId) -> &'a str {
        &self.chip.pin(pin).name
    }

    /// A word at a pin in the file, which says first what pin it is where the file names it otherwise.
    pub(super) fn at_pin(&self, used: PinUse, word: &str) -> String {
        match used.renamed {
            true => format!("is `{}`, {word}", self.pin_name(used.pin)),
            false => word.to_owned(),
        }
    }

    pub(super) fn block_title(&self, block: BlockId) -> &'a str {
        &self.chip.block(block).title
    }

    /// What blocks of a kind could use a pin for: `UART0 CTS`.
    pub(super) fn functions(&self, pin: PinId, kind: BlockKind) -> Vec<String> {
        let is_of_kind = |function: &&Function| self.chip.block(function.block).kind == kind;
        let functions = self.chip.pin(pin).functions.iter().filter(is_of_kind);
        functions.map(|function| self.chip.function_title(*function)).collect()
    }
}

fn as_pwm(id: PeripheralId, peripheral: &Peripheral) -> Option<(PeripheralId, &str, &Pwm)> {
    match &peripheral.kind {
        PeripheralKind::Pwm(pwm) => Some((id, peripheral.name.as_str(), pwm)),
        _ => None,
    }
}
