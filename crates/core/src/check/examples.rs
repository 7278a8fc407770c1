//! Pins for examples in messages: of the chosen board, free in the file and able to do what is wanted, so that an example can be typed in.
//!
//! Where no pin of the board would do, or no board is known, an example is a label that boards have.

use std::collections::HashSet;

use fwc_schema::Field;
use fwc_schema::app::{AppFile, PeripheralKeys};
use fwc_schema::chip::{BlockKind, LimitationKind, Signal};
use fwc_schema::device::Raw;

use crate::catalog::{BlockId, Board, PinId};
use crate::check::board::PinNames;

/// What a pin by itself is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Plain input or output.
    Gpio,
    /// A pwm.
    Pwm,
    /// An analog input.
    Analog,
    /// The data of a chain of lights.
    Lights,
}

/// What stands for a pin that cannot be named.
const ANY: &str = "LED";

impl PinNames<'_> {
    /// A pin for a job.
    pub(super) fn example(&self, job: Job) -> String {
        let Some(board) = self.board() else { return ANY.to_owned() };
        let chip = &board.chip;
        let able = |pin: PinId| match job {
            Job::Gpio => true,
            Job::Pwm => chip.pwm_outputs(pin).next().is_some(),
            Job::Analog => {
                chip.pin(pin).functions.iter().any(|function| matches!(function.signal, Signal::In(_)))
            }
            Job::Lights => chip.led_strip_block().is_none_or(|kind| {
                kind != BlockKind::Spi || chip.blocks_on(pin, kind, Signal::Mosi).next().is_some()
            }),
        };
        let free = || chip.pin_ids().filter(|pin| self.is_free(board, *pin, None));
        let found = free().find(|pin| able(*pin)).or_else(|| free().next());
        found.map_or(ANY.to_owned(), |pin| chip.pin(pin).name.clone())
    }

    /// Pins for the lines of a bus or a uart, all of one block: as they are given, or an example for what is missing.
    pub(super) fn line_examples(&self, kind: BlockKind, lines: &[(Signal, &Field<String>)]) -> Vec<String> {
        let given = |field: &Field<String>| field.get().and_then(|name| self.known(name));
        let by_labels = || lines.iter().map(|(signal, _)| signal.to_string()).collect();
        let Some(board) = self.board() else { return by_labels() };
        let wanted: Vec<(Signal, Option<PinId>)> =
            lines.iter().map(|(signal, field)| (*signal, given(field))).collect();
        // What is given and can be none of these lines has a fault of its own.
        let anew: Vec<(Signal, Option<PinId>)> = wanted.iter().map(|(signal, _)| (*signal, None)).collect();
        let pins = self.on_one_block(board, kind, &wanted).or_else(|| self.on_one_block(board, kind, &anew));
        // On a chip that has no such block, that is what is said once pins are there.
        let any = || board.chip.pin_ids().filter(|pin| self.is_free(board, *pin, None)).take(lines.len());
        let pins = pins.unwrap_or_else(|| any().collect());
        let name = |(signal, pin): (&(Signal, Option<PinId>), PinId)| {
            let label = signal.0.to_string();
            match board.labels.get(&label) {
                Some(labelled) if *labelled == pin => label,
                _ => board.chip.pin(pin).name.clone(),
            }
        };
        wanted.iter().zip(pins).map(name).collect()
    }

    /// A pin for each line, the first block of the kind first that can have all; of blocks, those that DMA serves come first.
    fn on_one_block(
        &self,
        board: &Board,
        kind: BlockKind,
        lines: &[(Signal, Option<PinId>)],
    ) -> Option<Vec<PinId>> {
        let chip = &board.chip;
        let mut blocks: Vec<BlockId> = chip.blocks_of(kind).collect();
        blocks.sort_by_key(|block| chip.block(*block).dma.tx.is_none());
        blocks.into_iter().find_map(|block| {
            let remaps = &chip.block(block).remaps;
            let by_remap = remaps
                .iter()
                .find_map(|remap| self.lines_of(board, block, lines, &|pin| remap.pins.contains(&pin)));
            by_remap.or_else(|| match remaps.is_empty() {
                true => self.lines_of(board, block, lines, &|_| true),
                false => None,
            })
        })
    }

    /// A pin for each line, of those that are allowed; a label of the board's that is called after the line first.
    fn lines_of(
        &self,
        board: &Board,
        block: BlockId,
        lines: &[(Signal, Option<PinId>)],
        is_allowed: &dyn Fn(PinId) -> bool,
    ) -> Option<Vec<PinId>> {
        let mut taken: HashSet<PinId> = lines.iter().filter_map(|(_, pin)| *pin).collect();
        let mut found = Vec::new();
        for (signal, given) in lines {
            let reaches = |pin: &PinId| is_allowed(*pin) && board.chip.reaches(block, *signal, *pin);
            if let Some(given) = given {
                found.push(Some(*given).filter(reaches)?);
                continue;
            }
            let labelled = board.labels.get(&signal.to_string()).copied();
            let mut pins = labelled.into_iter().chain(board.chip.pins_for(block, *signal));
            let pin = pins.find(|pin| {
                reaches(pin) && !taken.contains(pin) && self.is_free(board, *pin, Some(*signal))
            })?;
            taken.insert(pin);
            found.push(pin);
        }
        Some(found)
    }

    /// Whether neither the file nor the board nor the chip has a use for a pin that is led out.
    fn is_free(&self, board: &Board, pin: PinId, signal: Option<Signal>) -> bool {
        let led_out = board.headers.is_empty() || board.contacts_of(pin).next().is_some();
        let serves = |kind: LimitationKind| kind.serves_the_chip() || kind == LimitationKind::NfcAntenna;
        led_out
            && !self.is_named(pin)
            && !board.is_taken_for(pin, signal)
            && !board.chip.limits_of(pin).any(serves)
    }
}

/// Every word of the file that stands where a pin may be named.
pub(super) fn words_for_pins(file: &AppFile) -> Vec<&str> {
    let mut fields: Vec<&Field<String>> = Vec::new();
    for named in &file.peripherals {
        match &named.entry.keys {
            PeripheralKeys::Output(keys) => fields.push(&keys.pin),
            PeripheralKeys::Input(keys) => fields.push(&keys.pin),
            PeripheralKeys::Pwm(keys) => fields.push(&keys.pin),
            PeripheralKeys::Adc(keys) => fields.push(&keys.pin),
            PeripheralKeys::Uart(keys) => fields.extend([&keys.tx, &keys.rx, &keys.rts, &keys.cts]),
            PeripheralKeys::I2c(keys) => fields.extend([&keys.sda, &keys.scl]),
            PeripheralKeys::Spi(keys) => fields.extend([&keys.sck, &keys.mosi, &keys.miso]),
            PeripheralKeys::Watchdog(_) | PeripheralKeys::UsbSerial(_) | PeripheralKeys::Unknown => {}
        }
    }
    fields.extend(file.devices.iter().map(|named| &named.entry.keys.chip_select));
    let own = file.devices.iter().flat_map(|named| &named.entry.own).filter_map(|(_, value)| {
        match &value.get()?.value {
            Raw::Text(text) => Some(text.as_str()),
            _ => None,
        }
    });
    fields.into_iter().filter_map(|field| Some(field.get()?.as_str())).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use fwc_diag::{Diagnostic, Severity};

    use crate::catalog::{Catalog, bare_chip_names};
    use crate::check::CheckOptions;
    use crate::{check_text, resolve::resolve};

    /// Of so many chips that stand by themselves one is looked at.
    const EVERY: usize = 29;

    /// A chip with fewer pins may have room for a bus on those of the debug port alone, which no example names.
    const FEW: usize = 16;

    /// Entries that lack nothing but pins, and the table that they stand in.
    const ENTRIES: &[(&str, &str)] = &[
        ("peripherals", "kind = \"output\""),
        ("peripherals", "kind = \"input\""),
        ("peripherals", "kind = \"pwm\"\nfrequency = \"1kHz\""),
        ("peripherals", "kind = \"adc\""),
        ("peripherals", "kind = \"uart\"\nbaud = 115200"),
        ("peripherals", "kind = \"i2c\""),
        ("peripherals", "kind = \"spi\"\nfrequency = \"1MHz\""),
        ("devices", "driver = \"ws2812\"\nlights = 4"),
    ];

    fn said(board: &str, table: &str, entry: &str) -> Vec<Diagnostic> {
        let text = format!(
            "[app]\nname = \"demo\"\nboard = \"{board}\"\n\n[{table}.it]\n{entry}\n\n[tasks.control]\ncode = \"control\"\nuses = \"it\"\n"
        );
        let options = CheckOptions { modules: vec!["control".to_owned()], ..CheckOptions::default() };
        check_text(&text, &Catalog::default(), &options).and_then(resolve).diagnostics
    }

    #[test]
    fn each_can_be_typed_in() {
        let catalog = Catalog::default();
        let boards = catalog.boards().into_iter().map(|head| head.name.clone());
        let chips = bare_chip_names().into_iter().step_by(EVERY).map(|chip| format!("chip:{chip}"));
        let (mut tried, mut faulty) = (0, Vec::new());
        for board in boards.chain(chips) {
            let known = catalog.board(&board).unwrap().unwrap();
            if known.lacks_core_supply() || known.chip.pins.len() < FEW {
                continue;
            }
            for (table, entry) in ENTRIES {
                let helps: Vec<String> =
                    said(&board, table, entry).into_iter().flat_map(|fault| fault.helps).collect();
                let given =
                    helps.iter().flat_map(|help| help.split('`')).filter(|word| word.contains(" = \""));
                let lines: Vec<&str> = given.collect();
                assert!(!lines.is_empty(), "{board}: {entry}: {helps:?}");
                let whole = format!("{entry}\n{}", lines.join("\n"));
                let faults = said(&board, table, &whole);
                // What the chip does not have at all, no pin mends.
                let is_driven = faults.iter().all(|fault| fault.code.name != "not-applicable");
                let is_fault = |fault: &Diagnostic| {
                    fault.severity == Severity::Error || fault.code.name == "used-on-board"
                };
                let found = faults.iter().filter(|fault| is_driven && is_fault(fault));
                faulty.extend(found.map(|fault| format!("{board}: {whole}: {}", fault.title)));
                tried += usize::from(is_driven);
            }
        }
        assert_eq!(faulty, Vec::<String>::new());
        assert!(tried > 200, "{tried}");
    }
}
