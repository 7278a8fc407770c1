//! Reads from an ELF what flashing and measuring need: sections with where they lie and where they are loaded, symbols.

use object::elf::{PT_LOAD, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS};
use object::read::elf::{ElfFile32, ProgramHeader as _, SectionHeader as _};
use object::{Endianness, Object, ObjectSection, ObjectSymbol, SymbolKind};
use serde::{Deserialize, Serialize};

/// A part of a chip's memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryRegion {
    /// Its name, `FLASH`.
    pub name: String,
    /// What kind of memory it is.
    pub kind: MemoryKind,
    /// Its first address.
    pub origin: u64,
    /// Its size in bytes.
    pub length: u64,
}

/// Memory that keeps what is written, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryKind {
    /// Flash: what an image is written to.
    Flash,
    /// RAM: what is gone without power.
    Ram,
}

impl MemoryRegion {
    /// Whether a run of bytes lies wholly inside.
    pub fn holds(&self, address: u64, bytes: u64) -> bool {
        let inside = address.checked_sub(self.origin).and_then(|offset| offset.checked_add(bytes));
        inside.is_some_and(|end| end <= self.length)
    }
}

/// What a section is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionKind {
    /// Instructions, and constants: never written to.
    Text,
    /// Statics with a first value, which is copied from flash.
    Data,
    /// Statics without one.
    Bss,
}

/// A section that takes memory on the chip.
#[derive(Debug)]
pub(crate) struct Section<'data> {
    pub(crate) name: String,
    pub(crate) kind: SectionKind,
    pub(crate) executable: bool,
    /// Where it is used.
    pub(crate) address: u64,
    /// Where the image has it.
    pub(crate) load_address: u64,
    pub(crate) size: u64,
    /// Empty for `Bss`.
    pub(crate) bytes: &'data [u8],
}

/// A function or static with a size.
#[derive(Debug)]
pub(crate) struct Symbol {
    /// The path in Rust's terms, without hashes.
    pub(crate) name: String,
    pub(crate) address: u64,
    pub(crate) size: u64,
    /// The section it lies in, as an index into `Elf::sections`.
    pub(crate) section: usize,
}

/// The parts of an image that matter here.
#[derive(Debug)]
pub(crate) struct Elf<'data> {
    pub(crate) entry: u64,
    pub(crate) sections: Vec<Section<'data>>,
    pub(crate) symbols: Vec<Symbol>,
}

impl<'data> Elf<'data> {
    pub(crate) fn parse(bytes: &'data [u8]) -> Result<Self, object::Error> {
        let file = ElfFile32::<Endianness>::parse(bytes)?;
        let mut places = Vec::new();
        let mut sections = Vec::new();
        for section in file.sections() {
            let header = section.elf_section_header();
            let flags = header.sh_flags(file.endian());
            if !flags.contains(SHF_ALLOC) || section.size() == 0 {
                continue;
            }
            let empty = header.sh_type(file.endian()) == SHT_NOBITS;
            let kind = match (empty, flags.contains(SHF_WRITE)) {
                (true, _) => SectionKind::Bss,
                (false, true) => SectionKind::Data,
                (false, false) => SectionKind::Text,
            };
            places.push(section.index());
            sections.push(Section {
                name: section.name()?.to_owned(),
                kind,
                executable: flags.contains(SHF_EXECINSTR),
                address: section.address(),
                load_address: if empty { section.address() } else { load_address(&file, section.address()) },
                size: section.size(),
                bytes: section.data()?,
            });
        }
        let symbols = file.symbols().filter_map(|symbol| {
            let measured = matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data) && symbol.size() > 0;
            let place = symbol.section_index().filter(|_| measured)?;
            Some(Symbol {
                name: format!("{:#}", rustc_demangle::demangle(symbol.name().ok()?)),
                // Bit 0 of a function's address says that it is Thumb code (ELF for the Arm Architecture, 5.5.3).
                address: symbol.address() & !u64::from(symbol.kind() == SymbolKind::Text),
                size: symbol.size(),
                section: places.iter().position(|index| *index == place)?,
            })
        });
        Ok(Self { entry: file.entry(), symbols: symbols.collect(), sections })
    }
}

/// A segment says where its sections are loaded, as against where they are used: `.data` lies in RAM, its first
/// values in flash.
fn load_address(file: &ElfFile32<'_, Endianness>, address: u64) -> u64 {
    let endian = file.endian();
    let segment = file.elf_program_headers().iter().find(|segment| {
        let offset = address.checked_sub(u64::from(segment.p_vaddr(endian)));
        segment.p_type(endian) == PT_LOAD
            && offset.is_some_and(|offset| offset < u64::from(segment.p_filesz(endian)))
    });
    segment.map_or(address, |segment| {
        let offset = address - u64::from(segment.p_vaddr(endian));
        u64::from(segment.p_paddr(endian)) + offset
    })
}
