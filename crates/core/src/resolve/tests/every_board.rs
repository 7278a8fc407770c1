//! Random wirings on every board, against what the generated tables of its chip say, which are read a second time here and
//! without the catalogue. What is accepted is looked at promise by promise; of what is refused, every way is tried.

mod source;

use source::{Source, SourceBlock};

use super::*;
use fwc_diag::codes;

use crate::app::PeripheralId;
use crate::catalog::DmaId;
use crate::resolved::UartDriver;

/// Boards whose chip has a USB controller that cannot be used there: its lines lead nowhere on a micro:bit, and an STM32L476 needs a
/// crystal for it, which its Nucleo lacks.
const NO_USB: &[&str] = &["microbit-v2", "nucleo-l476rg"];

/// What is wired. What has no block to choose from is rarer.
const KINDS: &[&str] = &[
    "output",
    "input",
    "uart",
    "i2c",
    "spi",
    "pwm",
    "adc",
    "led-strip",
    "output",
    "input",
    "uart",
    "i2c",
    "spi",
    "pwm",
    "adc",
    "led-strip",
    "usb-serial",
    "watchdog",
];

/// Wirings of each board.
const RUNS: u64 = 2_000;

/// A peripheral to be wired: its kind, and its keys with their pins.
#[derive(Clone, Debug)]
struct Thing {
    kind: &'static str,
    pins: Vec<(&'static str, String)>,
    /// Of a pwm, in kHz.
    frequency: u64,
}

/// What a thing is wired to: a block, an output of it and the group of its pins where it is a pwm, and DMA channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wired {
    block: Option<String>,
    output: Option<String>,
    remap: Option<String>,
    channels: Vec<String>,
}

impl Thing {
    fn has(&self, key: &str) -> bool {
        self.pins.iter().any(|(of, _)| *of == key)
    }

    fn table(&self, name: &str) -> String {
        if self.kind == "led-strip" {
            let pin = &self.pins[0].1;
            return format!("[devices.{name}]\ndriver = \"ws2812\"\npin = \"{pin}\"\nlights = 3\n");
        }
        let mut table = format!("[peripherals.{name}]\nkind = \"{}\"\n", self.kind);
        table.extend(self.pins.iter().map(|(key, pin)| format!("{key} = \"{pin}\"\n")));
        match self.kind {
            "uart" => table.push_str("baud = 115200\n"),
            "spi" => table.push_str("frequency = \"1MHz\"\n"),
            "pwm" => table.push_str(&format!("frequency = \"{}kHz\"\n", self.frequency)),
            "watchdog" => table.push_str("timeout = \"1s\"\n"),
            _ => {}
        }
        table
    }
}

/// A small generator of numbers (xorshift64*): the same ones each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn one<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = self.below(list.len());
        &list[index]
    }

    /// A peripheral whose pins are mostly right; of few pins, so that conflicts and fits are both frequent.
    fn thing(&mut self, source: &Source, kinds: &[&'static str]) -> Thing {
        let kind = *self.one(kinds);
        let keys: &[&'static str] = match kind {
            "uart" => self.one::<&[&str]>(&[&["tx"], &["rx"], &["tx", "rx"]]),
            "i2c" => &["sda", "scl"],
            "spi" => self.one::<&[&str]>(&[&["sck", "mosi"], &["sck", "mosi", "miso"], &["sck", "miso"]]),
            "usb-serial" | "watchdog" => &[],
            _ => &["pin"],
        };
        let of_lights = source.lights.filter(|_| kind == "led-strip").map(|(kind, _)| kind);
        let blocks: Vec<&SourceBlock> =
            source.blocks.iter().filter(|block| block.kind == of_lights.unwrap_or(kind)).collect();
        let right = (!blocks.is_empty() && self.below(8) > 0).then(|| *self.one(&blocks));
        let pins = keys.iter().map(|key| {
            let fits = |pin: &str| match (kind, right) {
                ("pwm", _) => !source.outputs(pin).is_empty(),
                ("adc", _) => source.is_analog(pin),
                ("led-strip", Some(block)) => source.has(pin, block, source.lights.unwrap().1),
                (_, Some(block)) => source.has(pin, block, &key.to_uppercase()),
                (_, None) => true,
            };
            let all: Vec<&String> = source.pins.iter().map(|(name, ..)| name).collect();
            let fitting: Vec<&String> = all.iter().copied().filter(|pin| fits(pin)).take(24).collect();
            let pin = if fitting.is_empty() { *self.one(&all) } else { *self.one(&fitting) };
            (*key, pin.clone())
        });
        let pins = pins.collect();
        Thing { kind, pins, frequency: 1 + self.below(2) as u64 }
    }
}

/// What the things of a resolved file are wired to.
fn wired(resolved: &Resolved, things: usize) -> Vec<Wired> {
    let chip = &resolved.app.board.chip;
    let channel = |id: DmaId| chip.dma_channel(id).name.clone();
    let of = |id: PeripheralId| {
        let mut wired = Wired::default();
        let mut port = |block, channels: [Option<DmaId>; 2]| {
            wired.block = Some(chip.block(block).name.clone());
            wired.channels = channels.into_iter().flatten().map(channel).collect();
        };
        if let Some(uart) = resolved.uarts.get(&id) {
            let dma = match uart.driver {
                UartDriver::DmaTx { tx } => tx,
                UartDriver::DmaRx { rx } => Some(rx),
                UartDriver::Buffered | UartDriver::BufferedRx | UartDriver::BufferedTx => None,
            };
            port(uart.block, [dma, None]);
        } else if let Some(i2c) = resolved.i2cs.get(&id) {
            port(i2c.block, [i2c.tx, i2c.rx]);
        } else if let Some(spi) = resolved.spis.get(&id) {
            port(spi.block, [spi.tx, spi.rx]);
        } else if let Some(strip) = resolved.led_strips.get(&id) {
            port(strip.block, [strip.dma, None]);
        } else if let Some(pwm) = resolved.pwms.get(&id) {
            wired.block = Some(chip.block(pwm.block).name.clone());
            wired.output = Some(pwm.signal.to_string());
            wired.remap = pwm.remap.clone();
        }
        wired
    };
    // The pin of a device is a peripheral of its own, behind those of the file.
    let named = |at: usize| {
        let names = [format!("p{at}_pin"), format!("p{at}")];
        let places = names.map(|name| resolved.app.peripherals.iter().position(|of| of.name.value == name));
        places.into_iter().flatten().next().expect("everything has a peripheral")
    };
    (0..things).map(|at| of(PeripheralId(named(at) as u32))).collect()
}

/// Holds the only fault of a file against what is possible: the things that a conflict names are no more than must be, and what
/// is proposed works.
fn judge(source: &Source, things: &[Thing], fault: &Diagnostic) -> Result<(), String> {
    if ![codes::BLOCK_EXHAUSTED, codes::PWM_CONFLICT].contains(&fault.code) {
        return Ok(());
    }
    let named = things_in(&fault.title);
    let of = |set: u32| -> Vec<Thing> {
        let kept = things.iter().enumerate().filter(|(at, _)| set & 1 << at != 0);
        kept.map(|(_, thing)| thing.clone()).collect()
    };
    if named.iter().any(|at| ["usb-serial", "watchdog"].contains(&things[*at].kind)) || named.is_empty() {
        return Ok(());
    }
    let set: u32 = named.iter().map(|at| 1 << at).sum();
    if source.is_possible(&of(set)) {
        return Err("what is named can be".to_owned());
    }
    for fewer in (0..1_u32 << things.len()).filter(|fewer| fewer.count_ones() < set.count_ones()) {
        if !source.is_possible(&of(fewer)) {
            return Err(format!("fewer cannot be: {fewer:b}"));
        }
    }
    // What ends a conflict for its members does not for others that are said to be in the same straits.
    let is_alone = !fault.notes.iter().any(|note| note.ends_with("as well"));
    for help in fault.helps.iter().filter(|_| is_alone) {
        for proposed in proposed(things, help) {
            if !source.is_possible(&proposed) {
                return Err(format!("this does not help: {help}: {proposed:?}"));
            }
        }
    }
    Ok(())
}

/// The places of the things that a sentence names, each once.
fn things_in(sentence: &str) -> Vec<usize> {
    let mut named: Vec<usize> = sentence.split('`').skip(1).step_by(2).filter_map(place_of).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// `p3`, or its pin where it is a device.
fn place_of(word: &str) -> Option<usize> {
    word.strip_prefix('p')?.trim_end_matches("_pin").parse().ok()
}

/// The files that a help proposes. What is between backticks is a thing, a pin for the one before it, a key without which it
/// is to be, or keys with their values.
fn proposed(things: &[Thing], help: &str) -> Vec<Vec<Thing>> {
    let without = |gone: &[usize]| -> Vec<Thing> {
        let kept = things.iter().enumerate().filter(|(at, _)| !gone.contains(at));
        kept.map(|(_, thing)| thing.clone()).collect()
    };
    if let Some((_, names)) = help.split_once("remove one of ") {
        return things_in(names).into_iter().map(|at| without(&[at])).collect();
    }
    if let Some((_, names)) = help.split_once("remove ") {
        // Of those of whom so many are too many, any may go.
        let count = names.split(' ').next().and_then(|count| count.parse().ok());
        let mut gone = things_in(names);
        gone.truncate(count.unwrap_or(gone.len()));
        return vec![without(&gone)];
    }
    let mut better = things.to_vec();
    let mut pins = Vec::new();
    let mut of = 0;
    let words: Vec<&str> = help.split('`').collect();
    for (before, word) in words.iter().zip(&words[1..]).step_by(2) {
        match (place_of(word), word.split_once(" = ")) {
            (Some(_), _) if before.contains(", as ") || before.contains(" and ") && !pins.is_empty() => break,
            (Some(at), _) => of = at,
            (_, Some(("frequency", value))) => {
                better[of].frequency = value.trim_matches('"').strip_suffix("kHz").unwrap().parse().unwrap();
            }
            (_, Some((key, pin))) => {
                let key = ["tx", "rx", "sda", "scl", "sck", "mosi", "miso", "pin"]
                    .into_iter()
                    .find(|of| *of == key);
                let key = key.expect("it is a key of a pin");
                better[of].pins.retain(|(of, _)| *of != key);
                better[of].pins.push((key, pin.trim_matches('"').to_owned()));
            }
            _ if before.ends_with("without ") => better[of].pins.retain(|(key, _)| key != word),
            _ => pins.push((*word).to_owned()),
        }
    }
    if pins.is_empty() {
        return vec![better];
    }
    let on = |pin: String| {
        let mut better = better.clone();
        better[of].pins = vec![("pin", pin)];
        better
    };
    pins.into_iter().map(on).collect()
}

#[test]
fn what_is_accepted_keeps_every_promise_and_what_is_refused_cannot_be() {
    let catalog = Catalog::default();
    for head in catalog.boards() {
        let board = catalog.board(&head.name).expect("it is bundled").expect("it is sound");
        let mut source = Source::of_chip(&board.chip.name, board.chip.hal);
        source.usb = source.usb.filter(|_| !NO_USB.contains(&head.name.as_str()));
        let driven = |kind: &&str| !board.chip.not_driven.iter().any(|not| not == kind);
        let kinds: Vec<&'static str> = KINDS.iter().copied().filter(driven).collect();
        let (mut accepted, mut refused) = (0, 0);
        for seed in 1..=RUNS {
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let count = 1 + random.below(5);
            let things: Vec<Thing> = (0..count).map(|_| random.thing(&source, &kinds)).collect();
            let tables = things.iter().enumerate().map(|(at, thing)| thing.table(&format!("p{at}")));
            let text = format!(
                "[app]\nname = \"sample\"\nboard = \"{}\"\n{}",
                head.name,
                tables.collect::<String>()
            );
            let checked = resolve(app(&text));
            let possible = source.is_possible(&things);
            let is = checked.value.is_some();
            assert_eq!(is, possible, "run {seed}\n{text}\n{:#?}", checked.diagnostics);
            let Some(resolved) = checked.value else {
                refused += 1;
                if let [fault] = &checked.diagnostics[..] {
                    judge(&source, &things, fault)
                        .unwrap_or_else(|why| panic!("run {seed}: {why}\n{text}\n{fault:#?}"));
                }
                continue;
            };
            accepted += 1;
            assert_eq!(resolved.pins.len(), things.iter().map(|thing| thing.pins.len()).sum::<usize>());
            source.verify(&things, &wired(&resolved, things.len()));
        }
        assert!(accepted > 100 && refused > 100, "{}: {accepted} accepted, {refused} refused", head.name);
    }
}
