//! `cargo xtask wirings [--count N] [BOARD]...`: a sample of random wirings that `fwc check` accepts is built for each board.
//!
//! In: what the pins of a board's chip can be. Out: for each board as many applications as are asked for, of a few random
//! peripherals, which fwc takes and the compiler must take too. The same numbers come out each time. Without boards it is one of
//! each family of chips.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};
use fwc_core::catalog::{BlockId, Board, Catalog, PinId};
use fwc_schema::chip::{BlockKind, Signal};

use crate::setup::{self, announce, cache_folder, repository};

/// Wirings of each board where nobody says how many.
const COUNT: usize = 3;

/// Wirings that are tried for one that is accepted, before that is given up.
const TRIES: u64 = 200;

/// Peripherals of a wiring at most.
const MOST: usize = 7;

/// A kind of peripheral: its word, the blocks that it is on, and the keys of its pins with their signals.
struct Kind {
    word: &'static str,
    block: Option<BlockKind>,
    keys: &'static [&'static [(&'static str, Option<Signal>)]],
    more: &'static str,
}

const KINDS: &[Kind] = &[
    Kind { word: "output", block: None, keys: &[&[("pin", None)]], more: "" },
    Kind { word: "input", block: None, keys: &[&[("pin", None)]], more: "" },
    Kind {
        word: "uart",
        block: Some(BlockKind::Uart),
        keys: &[
            &[("tx", Some(Signal::Tx))],
            &[("rx", Some(Signal::Rx))],
            &[("tx", Some(Signal::Tx)), ("rx", Some(Signal::Rx))],
            &[
                ("tx", Some(Signal::Tx)),
                ("rx", Some(Signal::Rx)),
                ("rts", Some(Signal::Rts)),
                ("cts", Some(Signal::Cts)),
            ],
        ],
        more: "baud = 115200\n",
    },
    Kind {
        word: "i2c",
        block: Some(BlockKind::I2c),
        keys: &[&[("sda", Some(Signal::Sda)), ("scl", Some(Signal::Scl))]],
        more: "",
    },
    Kind {
        word: "spi",
        block: Some(BlockKind::Spi),
        keys: &[
            &[("sck", Some(Signal::Sck)), ("mosi", Some(Signal::Mosi))],
            &[("sck", Some(Signal::Sck)), ("miso", Some(Signal::Miso))],
            &[("sck", Some(Signal::Sck)), ("mosi", Some(Signal::Mosi)), ("miso", Some(Signal::Miso))],
        ],
        more: "frequency = \"1MHz\"\n",
    },
    Kind {
        word: "pwm",
        block: Some(BlockKind::Pwm),
        keys: &[&[("pin", None)]],
        more: "frequency = \"1kHz\"\n",
    },
    Kind { word: "adc", block: Some(BlockKind::Adc), keys: &[&[("pin", None)]], more: "" },
    Kind { word: "usb-serial", block: Some(BlockKind::Usb), keys: &[&[]], more: "" },
    Kind { word: "watchdog", block: Some(BlockKind::Watchdog), keys: &[&[]], more: "timeout = \"1s\"\n" },
    Kind { word: LIGHTS, block: None, keys: &[&[("pin", None)]], more: "lights = 3\n" },
];

/// The one kind that is a device on a pin.
const LIGHTS: &str = "led-strip";

/// Builds the wirings of the boards that are named, or of one board a family, so many of each.
pub(crate) fn wirings(arguments: &[&str]) -> Result<()> {
    let (count, named) = match arguments {
        ["--count", count, boards @ ..] => {
            (count.parse().with_context(|| format!("`{count}` is no number"))?, boards)
        }
        boards => (COUNT, boards),
    };
    let boards = match named.is_empty() {
        true => one_of_each_family(),
        false => named.iter().map(|name| (*name).to_owned()).collect(),
    };
    let fwc = setup::build_fwc("debug")?;
    for name in boards {
        let board = Catalog::default().board(&name).and_then(Result::ok);
        let board = board.with_context(|| format!("there is no board `{name}`"))?;
        announce(&format!("random wirings of {name}"));
        let mut seed = 1;
        for wiring in 1..=count {
            seed = build_next(&fwc, &board, wiring, seed)?;
        }
    }
    Ok(())
}

/// The first board, by name, of each family of chips.
fn one_of_each_family() -> Vec<String> {
    let catalog = Catalog::default();
    let mut families: BTreeMap<String, String> = BTreeMap::new();
    for head in catalog.boards() {
        let board = catalog.board(&head.name).and_then(Result::ok).expect("a bundled board is sound");
        let family = board.chip.part.as_ref().map_or(&board.chip.name, |part| &part.family);
        families.entry(family.clone()).or_insert_with(|| head.name.clone());
    }
    families.into_values().collect()
}

/// Builds the next wiring from a seed on that is accepted; gives the seed behind it.
fn build_next(fwc: &Path, board: &Board, wiring: usize, seed: u64) -> Result<u64> {
    let folder = repository().join("target/wirings").join(&board.name).join(wiring.to_string());
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("while removing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("while making {}", folder.display()))?;
    let file = folder.join("app.toml");
    for seed in seed..seed + TRIES {
        let text = app(board, &mut Random::of(seed));
        fs::write(&file, &text).with_context(|| format!("while writing {}", file.display()))?;
        if !run(fwc, "check", &folder)?.status.success() {
            continue;
        }
        let built = run(fwc, "build", &folder)?;
        ensure!(
            built.status.success(),
            "what `fwc check` accepts does not build:\n{text}\n{}",
            String::from_utf8_lossy(&built.stderr)
        );
        println!(
            "{}: wiring {seed} builds, {} things",
            board.name,
            text.matches("\nkind = ").count() + text.matches("\ndriver = ").count()
        );
        return Ok(seed + 1);
    }
    bail!("none of {TRIES} wirings of {} was accepted", board.name)
}

fn run(fwc: &Path, command: &str, folder: &Path) -> Result<Output> {
    Command::new(fwc)
        .args([command, "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", repository().join("target/firmware/build"))
        .env("FWC_CACHE", cache_folder())
        .output()
        .with_context(|| format!("while starting {}", fwc.display()))
}

/// An application of some peripherals, all of which one task has.
fn app(board: &Board, random: &mut Random) -> String {
    let mut text = format!("[app]\nname = \"sample\"\nboard = \"{}\"\n", board.written());
    let driven = KINDS.iter().filter(|kind| board.chip.drives(kind.word));
    let kinds: Vec<&Kind> = driven.collect();
    let mut taken: Vec<PinId> = Vec::new();
    let mut names = Vec::new();
    for at in 0..2 + random.below(MOST - 1) {
        let kind = *random.one(&kinds);
        let Some(pins) = pins(board, kind, &mut taken, random) else { continue };
        let name = format!("p{at}");
        let head = match kind.word {
            LIGHTS => format!("[devices.{name}]\ndriver = \"ws2812\"\n"),
            word => format!("[peripherals.{name}]\nkind = \"{word}\"\n"),
        };
        text += &format!("{head}{}", kind.more);
        text.extend(pins.iter().map(|(key, pin)| format!("{key} = \"{}\"\n", board.chip.pin(*pin).name)));
        names.push(name);
    }
    text + &format!("[tasks.all]\ncode = \"all\"\nevery = \"1s\"\nuses = {names:?}\n")
}

/// Free pins that lead to one block of the kind, as what they shall be.
fn pins(
    board: &Board,
    kind: &Kind,
    taken: &mut Vec<PinId>,
    random: &mut Random,
) -> Option<Vec<(&'static str, PinId)>> {
    let chip = &board.chip;
    let blocks: Vec<BlockId> = kind.block.map(|kind| chip.blocks_of(kind).collect()).unwrap_or_default();
    let block = (!blocks.is_empty()).then(|| *random.one(&blocks));
    let mut found = Vec::new();
    for (key, signal) in *random.one(kind.keys) {
        let leads = |pin: &PinId| match (block, signal) {
            (Some(block), Some(signal)) => chip.reaches(block, *signal, *pin),
            (Some(block), None) => {
                let any = chip.block(block).any_pin.iter().any(|signal| chip.reaches(block, *signal, *pin));
                any || chip.pin(*pin).functions.iter().any(|function| function.block == block)
            }
            _ => true,
        };
        let is_free = |pin: &PinId| !taken.contains(pin) && board.onboard(*pin).is_none();
        let pins: Vec<PinId> = chip.pin_ids().filter(|pin| is_free(pin) && leads(pin)).collect();
        if pins.is_empty() {
            return None;
        }
        let pin = *random.one(&pins);
        taken.push(pin);
        found.push((*key, pin));
    }
    Some(found)
}

/// A small generator of numbers (xorshift64*): the same ones each time.
struct Random(u64);

impl Random {
    fn of(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn one<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}
