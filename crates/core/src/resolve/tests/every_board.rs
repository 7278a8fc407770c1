//! Random wirings on every board, against what the generated tables of its chip say, which are read a second time here and
//! without the catalogue. What is accepted is looked at promise by promise; of what is refused, every way is tried.

mod source;

use source::{Source, SourceBlock};

use super::*;
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
                continue;
            };
            accepted += 1;
            assert_eq!(resolved.pins.len(), things.iter().map(|thing| thing.pins.len()).sum::<usize>());
            source.verify(&things, &wired(&resolved, things.len()));
        }
        assert!(accepted > 100 && refused > 100, "{}: {accepted} accepted, {refused} refused", head.name);
    }
}
