//! Writes the generated tables of the chips: the HAL's published sources to `boards/chips/NAME.tables.toml`.
//!
//! The sources are what cargo unpacked of the pinned packages. With `--check` nothing is written: a table that
//! differs from the one on disk is shown as a diff, and the command fails.

mod archive;
mod esp;
mod literal;
mod nrf;
mod render;
mod rp;
mod source;
mod stm32;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use fwc_schema::chip::{ChipTables, UnservedFile};
use similar::TextDiff;

/// What to do with a table that differs from the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write the file.
    Write,
    /// Show the difference and fail.
    Check,
}

/// Reads a chip's tables from published sources. It is given a folder for what it must write on the way.
type Generate = fn(&Path) -> Result<ChipTables>;

const CHIPS: &[(&str, Generate)] = &[
    ("esp32c3", esp::esp32c3_tables),
    ("esp32c6", esp::esp32c6_tables),
    ("nrf51822", nrf::nrf51822_tables),
    ("nrf52832", nrf::nrf52832_tables),
    ("nrf52833", nrf::nrf52833_tables),
    ("nrf52840", nrf::nrf52840_tables),
    ("rp2040", rp::rp2040_tables),
    ("rp2350a", rp::rp2350a_tables),
];

/// Chips that a package of metadata for all STM32 describes, those of boards.
const STM32_CHIPS: &[&str] = &[
    "stm32f103c8",
    "stm32f401re",
    "stm32f407vg",
    "stm32f411ce",
    "stm32g071rb",
    "stm32h743zi",
    "stm32l476rg",
];

/// How the names of the chips begin that are packed for `chip:NAME`: those of families with a file in boards/families. What else there
/// is stands in boards/unserved.
const STM32_FAMILIES: &[&str] = &[
    "stm32c0", "stm32f0", "stm32f1", "stm32f2", "stm32f3", "stm32f4", "stm32f7", "stm32g0", "stm32g4",
    "stm32h5", "stm32h72", "stm32h73", "stm32h74", "stm32h75", "stm32h7a", "stm32h7b", "stm32h7r",
    "stm32h7s", "stm32l0", "stm32l1", "stm32l4", "stm32l5", "stm32u0", "stm32u3", "stm32u5", "stm32wb1",
    "stm32wb3", "stm32wb5", "stm32wba", "stm32wl",
];

/// Generates every chip's tables, and writes or compares them.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let mut stale = Vec::new();
    for (chip, generate) in CHIPS {
        let scratch = repository().join("target/xtask/chips").join(chip);
        let tables = generate(&scratch).with_context(|| format!("while generating the tables of {chip}"))?;
        if !settle_tables(chip, &tables, mode)? {
            stale.push(*chip);
        }
    }
    let metapac = stm32::Metapac::fetch(&repository().join("target/xtask/chips/stm32"))?;
    for chip in STM32_CHIPS {
        let tables =
            metapac.tables(chip).with_context(|| format!("while generating the tables of {chip}"))?;
        if !settle_tables(chip, &tables, mode)? {
            stale.push(*chip);
        }
    }
    if !settle_archive(&metapac, mode)? {
        stale.push("stm32.chips");
    }
    if !stale.is_empty() {
        bail!("stale tables: {}; run `cargo xtask chips`", stale.join(", "));
    }
    Ok(())
}

/// Makes the archive hold the tables of every chip of the families, or says by `false` that it does not.
fn settle_archive(metapac: &stm32::Metapac, mode: Mode) -> Result<bool> {
    let mut chips = BTreeMap::new();
    for chip in metapac.chips(STM32_FAMILIES)? {
        let tables =
            metapac.tables(&chip).with_context(|| format!("while generating the tables of {chip}"))?;
        chips.insert(chip, tables);
    }
    check_unserved(metapac, &chips)?;
    let path = repository().join("boards/stm32.chips");
    let wanted = archive::pack(&chips)?;
    if fs::read(&path).is_ok_and(|found| found == wanted) {
        return Ok(true);
    }
    if mode == Mode::Write {
        fs::write(&path, &wanted).with_context(|| format!("while writing `{}`", path.display()))?;
        println!("wrote {}: {} chips, {} bytes", path.display(), chips.len(), wanted.len());
        return Ok(true);
    }
    println!("{} differs from the HAL's sources", path.display());
    Ok(false)
}

/// Fails where a chip is neither packed nor said not to be served, and where what is said is of no chip.
fn check_unserved(metapac: &stm32::Metapac, packed: &BTreeMap<String, ChipTables>) -> Result<()> {
    let path = repository().join("boards/unserved/stm32.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("while reading `{}`", path.display()))?;
    let unserved: UnservedFile =
        toml::from_str(&text).with_context(|| format!("while reading `{}`", path.display()))?;
    let left = metapac.chips_beside(packed)?;
    let untold: Vec<&str> =
        left.iter().map(String::as_str).filter(|chip| unserved.of_chip(chip).is_none()).collect();
    ensure!(untold.is_empty(), "`{}` says nothing of {}", path.display(), untold.join(", "));
    let starts = unserved.families.iter().flat_map(|family| &family.chips);
    let done: Vec<&str> =
        starts.map(String::as_str).filter(|start| !left.iter().any(|chip| chip.starts_with(start))).collect();
    ensure!(done.is_empty(), "`{}` has {}, of which all chips are packed", path.display(), done.join(", "));
    Ok(())
}

/// Makes a chip's file hold its tables, or says by `false` that it does not.
fn settle_tables(chip: &str, tables: &ChipTables, mode: Mode) -> Result<bool> {
    let path = repository().join("boards/chips").join(format!("{chip}.tables.toml"));
    let wanted = render::to_toml(tables);
    let read_back: ChipTables = toml::from_str(&wanted).context("the rendered tables do not parse")?;
    ensure!(read_back == *tables, "the tables of {chip} change when they are rendered and read again");
    settle(&path, &wanted, mode)
}

/// Makes the file hold the text, or says by `false` that it does not.
fn settle(path: &Path, wanted: &str, mode: Mode) -> Result<bool> {
    let found = fs::read_to_string(path).unwrap_or_default();
    if found == wanted {
        return Ok(true);
    }
    if mode == Mode::Write {
        fs::write(path, wanted).with_context(|| format!("while writing `{}`", path.display()))?;
        println!("wrote {}", path.display());
        return Ok(true);
    }
    let names = (path.display().to_string(), "from the HAL's sources".to_owned());
    print!("{}", TextDiff::from_lines(&found, wanted).unified_diff().header(&names.0, &names.1));
    Ok(false)
}

/// The folder of the workspace.
fn repository() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask is a folder of the workspace").to_owned()
}
