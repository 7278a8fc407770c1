//! Images made by fwc beside the same programs written by hand on Embassy: text + data + bss.

use std::path::Path;

use anyhow::{Context, Result};
use fwc_build::{SizeReport, measure};

use super::twins::{self, PAIRS};
use crate::setup::announce;

pub(super) fn bench(fwc: &Path) -> Result<()> {
    announce("building the twins");
    let by_hand = twins::build_by_hand()?;
    announce("building the apps");
    println!("\nImage sizes on the RP2040: by fwc, and by hand (opt-level s, fat LTO, defmt over RTT)");
    println!("{:<18} {:>22} {:>22} {:>8}", "app", "fwc text/data/bss", "hand text/data/bss", "ratio");
    for pair in PAIRS {
        let by_hand = sizes(&by_hand.join(pair.twin))?;
        let composed = sizes(&twins::build_app(fwc, pair)?)?;
        let ratio = total(&composed) as f64 / total(&by_hand) as f64;
        println!("{:<18} {:>22} {:>22} {ratio:>8.3}", pair.name(), shown(&composed), shown(&by_hand));
    }
    println!("bar: 1.00 or below");
    Ok(())
}

fn sizes(elf: &Path) -> Result<SizeReport> {
    let bytes = std::fs::read(elf).with_context(|| format!("while reading {}", elf.display()))?;
    measure(&bytes, &[]).with_context(|| format!("while reading {}", elf.display()))
}

fn total(sizes: &SizeReport) -> u64 {
    sizes.text + sizes.data + sizes.bss
}

fn shown(sizes: &SizeReport) -> String {
    format!("{}/{}/{}", sizes.text, sizes.data, sizes.bss)
}
