//! Images made by fwc beside the same programs written by hand on Embassy: text + data + bss.

use std::path::Path;

use anyhow::{Context, Result};
use fwc_build::{SizeReport, measure};

use super::measured::{self, Row};
use super::pairs::{self, ByHand, ELSEWHERE, PAIRS, Pair};
use crate::setup::announce;

/// The sizes on the RP2040.
pub(super) fn bench(fwc: &Path) -> Result<()> {
    announce("building the twins");
    let by_hand = pairs::build_by_hand()?;
    compare(fwc, &by_hand, PAIRS, "rpi-pico", "size")
}

/// Those on a board of each other family.
pub(super) fn bench_elsewhere(fwc: &Path) -> Result<()> {
    for board in ELSEWHERE {
        announce(&format!("building the twins for {}", board.board));
        let by_hand = board.build_by_hand()?;
        compare(fwc, &by_hand, board.pairs, board.board, &board.part())?;
    }
    Ok(())
}

fn compare(fwc: &Path, by_hand: &ByHand, pairs: &[Pair], board: &str, part: &str) -> Result<()> {
    announce("building the apps");
    println!("\nImage sizes on {board}: by fwc, and by hand (opt-level s, fat LTO, defmt over RTT)");
    println!("{:<18} {:>22} {:>22} {:>8}", "app", "fwc text/data/bss", "hand text/data/bss", "ratio");
    let mut rows = Vec::new();
    for pair in pairs {
        let by_hand = sizes(&by_hand.images.join(pair.twin))?;
        let composed = sizes(&pairs::build_app(fwc, pair, board)?)?;
        let row = Row { name: pair.name().to_string(), by_fwc: total(&composed), by_hand: total(&by_hand) };
        println!("{:<18} {:>22} {:>22} {:>8.3}", row.name, shown(&composed), shown(&by_hand), row.ratio());
        rows.push(row);
    }
    println!("bar: 1.00 or below");
    measured::record(part, &by_hand.toolchain, &rows)
}

fn sizes(elf: &Path) -> Result<SizeReport> {
    let bytes = std::fs::read(elf).with_context(|| format!("while reading {}", elf.display()))?;
    measure(&bytes, &[]).with_context(|| format!("while reading {}", elf.display()))
}

fn total(sizes: &SizeReport) -> f64 {
    (sizes.text + sizes.data + sizes.bss) as f64
}

fn shown(sizes: &SizeReport) -> String {
    format!("{}/{}/{}", sizes.text, sizes.data, sizes.bss)
}
