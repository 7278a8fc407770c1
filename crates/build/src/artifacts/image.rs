//! The bytes that belong into flash: sections at their load addresses, sorted, none outside, none twice.

use super::{ArtifactError, ArtifactRequest};
use crate::elf::{Elf, MemoryKind, MemoryRegion, Section, SectionKind};
use ihex::Record;

/// Erased NOR flash reads as ones, so gaps that are written as such cost no wear and stay programmable.
pub(super) const ERASED: u8 = 0xFF;

/// A data record of Intel HEX holds up to 255 bytes; every tool writes 16.
const HEX_LINE: usize = 16;

/// What is flashed.
#[derive(Debug)]
pub(super) struct Image<'data> {
    pub(super) parts: Vec<Part<'data>>,
}

/// A run of bytes at its place in flash.
#[derive(Debug)]
pub(super) struct Part<'data> {
    pub(super) address: u64,
    pub(super) bytes: &'data [u8],
}

impl<'data> Image<'data> {
    pub(super) fn of(elf: &Elf<'data>, request: &ArtifactRequest) -> Result<Self, ArtifactError> {
        let mut sections: Vec<&Section<'data>> =
            elf.sections.iter().filter(|section| section.kind != SectionKind::Bss).collect();
        sections.sort_by_key(|section| section.load_address);
        if let Some(outside) = sections.iter().find(|section| !in_flash(section, &request.memory)) {
            return Err(ArtifactError::OutsideFlash {
                section: outside.name.clone(),
                address: outside.load_address,
                bytes: outside.size,
                flash: list_flash(&request.memory),
            });
        }
        let overlap = sections.windows(2).find(|pair| pair[1].load_address < end(pair[0]));
        if let Some(pair) = overlap {
            return Err(ArtifactError::Overlap {
                first: pair[0].name.clone(),
                second: pair[1].name.clone(),
                address: pair[1].load_address,
            });
        }
        if sections.is_empty() {
            return Err(ArtifactError::Empty { elf: request.elf.clone() });
        }
        let part = |section: &Section<'data>| Part { address: section.load_address, bytes: section.bytes };
        Ok(Self { parts: sections.into_iter().map(part).collect() })
    }

    pub(super) fn first_address(&self) -> u64 {
        self.parts.first().map_or(0, |part| part.address)
    }

    /// One run of bytes from the first address on, gaps filled.
    pub(super) fn flat(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in &self.parts {
            // Parts lie in flash regions, so an offset is far below the size of memory.
            bytes.resize((part.address - self.first_address()) as usize, ERASED);
            bytes.extend_from_slice(part.bytes);
        }
        bytes
    }

    pub(super) fn intel_hex(&self, entry: u64) -> String {
        let mut records = Vec::new();
        let mut upper = None;
        for (address, bytes) in self.parts.iter().flat_map(hex_lines) {
            // A record has 16 address bits; the others come from the last record of this type.
            let needed = (address >> 16) as u16;
            if upper.replace(needed) != Some(needed) {
                records.push(Record::ExtendedLinearAddress(needed));
            }
            records.push(Record::Data { offset: address as u16, value: bytes.to_vec() });
        }
        records.push(Record::StartLinearAddress(entry as u32));
        records.push(Record::EndOfFile);
        ihex::create_object_file_representation(&records).expect("lines of 16 bytes and one end are valid")
    }
}

/// Cuts a part into lines that do not cross a 64 KiB border, where the upper address bits change.
fn hex_lines<'part>(part: &'part Part<'_>) -> impl Iterator<Item = (u64, &'part [u8])> {
    let mut address = part.address;
    let mut rest = part.bytes;
    std::iter::from_fn(move || {
        let to_border = 0x1_0000 - (address & 0xFFFF) as usize;
        let (line, after) = rest.split_at(rest.len().min(HEX_LINE).min(to_border));
        let here = address;
        address += line.len() as u64;
        rest = after;
        (!line.is_empty()).then_some((here, line))
    })
}

fn in_flash(section: &Section<'_>, memory: &[MemoryRegion]) -> bool {
    let flash = memory.iter().filter(|region| region.kind == MemoryKind::Flash);
    flash.into_iter().any(|region| region.holds(section.load_address, section.size))
}

fn end(section: &Section<'_>) -> u64 {
    section.load_address + section.size
}

fn list_flash(memory: &[MemoryRegion]) -> String {
    let flash = memory.iter().filter(|region| region.kind == MemoryKind::Flash);
    let each = |region: &MemoryRegion| {
        format!("{} {:#010x}..{:#010x}", region.name, region.origin, region.origin + region.length)
    };
    flash.map(each).collect::<Vec<_>>().join(", ")
}
