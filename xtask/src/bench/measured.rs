//! What the benchmarks of sizes and latencies measured last, by fwc and by hand: tests/twins/measured.toml, from which
//! docs/twins.md is written.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::setup::repository;

const HEAD: &str = "\
# What was measured last, by fwc and by hand: written by `cargo xtask bench size` (bytes) and `cargo xtask bench latency`
# (cycles of the emulated chip), and shown in docs/twins.md by `cargo xtask twins`.
";

/// Two measurements of one program: by fwc, and by hand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The app, or the executor.
    pub(crate) name: String,
    pub(crate) by_fwc: f64,
    pub(crate) by_hand: f64,
}

impl Row {
    /// What is to be 1.00 or below.
    pub(crate) fn ratio(&self) -> f64 {
        self.by_fwc / self.by_hand
    }
}

/// Keeps what a benchmark measured, in place of what it measured before.
pub(super) fn record(part: &str, toolchain: &str, rows: &[Row]) -> Result<()> {
    let mut kept = load()?;
    let numbers = |row: &Row| [row.by_fwc, row.by_hand].map(Value::Float).to_vec();
    let mut table: Table = rows.iter().map(|row| (row.name.clone(), Value::Array(numbers(row)))).collect();
    table.insert(TOOLCHAIN.to_string(), Value::String(toolchain.to_string()));
    kept.insert(part.to_string(), Value::Table(table));
    let text = format!("{HEAD}\n{}", toml::to_string(&kept).context("while writing what was measured")?);
    fs::write(path(), text).with_context(|| format!("while writing {}", path().display()))
}

/// What a benchmark measured last, and with which compiler.
pub(crate) fn read(part: &str) -> Result<(String, Vec<Row>)> {
    let missing = || format!("{} has no `{part}`: `cargo xtask bench {part}` writes it", path().display());
    let kept = load()?;
    let table = kept.get(part).and_then(Value::as_table).with_context(missing)?;
    let toolchain = table.get(TOOLCHAIN).and_then(Value::as_str).with_context(missing)?;
    let rows = table.iter().filter_map(|(name, numbers)| {
        let [by_fwc, by_hand] = numbers.as_array()?.as_slice() else { return None };
        Some(Row { name: name.clone(), by_fwc: by_fwc.as_float()?, by_hand: by_hand.as_float()? })
    });
    Ok((toolchain.to_string(), rows.collect()))
}

/// The key beside the names of apps, none of which has a space.
const TOOLCHAIN: &str = "built with";

fn path() -> PathBuf {
    repository().join("tests/twins/measured.toml")
}

fn load() -> Result<Table> {
    if !path().exists() {
        return Ok(Table::new());
    }
    let text = fs::read_to_string(path()).with_context(|| format!("while reading {}", path().display()))?;
    toml::from_str(&text).with_context(|| format!("while reading {}", path().display()))
}
