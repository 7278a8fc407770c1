//! The tables of every STM32 whose family is known, packed into one file; see `crates/core/src/catalog/archive.rs`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use fwc_core::catalog::ARCHIVE_FORMAT;
use fwc_schema::chip::ChipTables;
use miniz_oxide::deflate::compress_to_vec;

use super::render;

/// The best that the packer can do; it takes seconds for all of them.
const LEVEL: u8 = 9;

/// The archive of chips' tables, by name.
pub(super) fn pack(chips: &BTreeMap<String, ChipTables>) -> Result<Vec<u8>> {
    let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut parts: Vec<u8> = Vec::new();
    let mut index = format!("{ARCHIVE_FORMAT}\n");
    for (name, tables) in chips {
        let text = render::to_toml(tables);
        let read_back: ChipTables = toml::from_str(&text).context("the rendered tables do not parse")?;
        ensure!(read_back == *tables, "the tables of {name} change when they are rendered and read again");
        let split = text.find("\nedges = ").with_context(|| format!("{name} has no lines of edges"))?;
        index += name;
        for part in [&text[..split], &text[split..]] {
            let (start, length) = *places.entry(part.to_owned()).or_insert_with(|| {
                let packed = compress_to_vec(part.as_bytes(), LEVEL);
                let place = (parts.len(), packed.len());
                parts.extend(packed);
                place
            });
            index += &format!(" {start} {length}");
        }
        index += "\n";
    }
    let mut bytes = index.into_bytes();
    bytes.push(b'\n');
    bytes.extend(parts);
    Ok(bytes)
}
