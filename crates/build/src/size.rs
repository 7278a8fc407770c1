//! Measures an image: what it takes of each memory region, and which tasks, channels and symbols take it.
//!
//! In: an ELF and the chip's memory. Out: `SizeReport`, numbers only.

use crate::elf::{Elf, MemoryRegion, Section, SectionKind, Symbol};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// How many symbols are listed.
const LARGEST: usize = 20;

/// embassy-executor keeps the futures of a task in a static of this name, inside of the task's function.
const TASK_POOL: &str = "::POOL";

/// What an image takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeReport {
    /// Instructions and constants, boot2 and vector table included; the sum as `size` counts it.
    pub text: u64,
    /// Statics with a first value: they take flash and RAM.
    pub data: u64,
    /// Statics without one: they take RAM.
    pub bss: u64,
    /// Each section that takes memory, by address.
    pub sections: Vec<SectionSize>,
    /// Each region with what is used of it.
    pub regions: Vec<RegionUse>,
    /// RAM of each task, largest first.
    pub tasks: Vec<StaticSize>,
    /// RAM of the other statics, largest first: channels, buffers, cells.
    pub statics: Vec<StaticSize>,
    /// The largest symbols of all kinds.
    pub largest: Vec<SymbolSize>,
}

impl SizeReport {
    /// Those of an application's tasks, by the names of their functions, of which nothing is in the image. The compiler leaves out
    /// what is behind a panic that always comes, so such a firmware stops before it starts them.
    pub fn absent_tasks<'a>(&self, functions: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let of_app = || self.tasks.iter().filter(|task| task.is_in_module("tasks"));
        let is_there = |function: &&str| of_app().any(|task| task.name() == *function);
        functions.into_iter().filter(|function| !is_there(function)).collect()
    }
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionSize {
    /// Its name, `.text`.
    pub name: String,
    /// What it is for.
    pub kind: SectionKind,
    /// Where it is used.
    pub address: u64,
    /// Where the image has it; differs from `address` for what is copied to RAM at start.
    pub load_address: u64,
    /// Its size.
    pub bytes: u64,
}

/// A memory region and what is used of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionUse {
    /// The region.
    #[serde(flatten)]
    pub region: MemoryRegion,
    /// Bytes that sections take. In RAM the stack comes on top of them.
    pub used: u64,
    /// Of its length.
    pub percent: f64,
}

/// A static in RAM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticSize {
    /// Its path; for a task, the path of its function.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Where it lies.
    pub address: u64,
}

impl StaticSize {
    /// The last part of the path: a task's or a static's own name.
    pub fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or(&self.path)
    }

    /// Whether it stands in a module of that name, `channels`.
    pub fn is_in_module(&self, module: &str) -> bool {
        self.path.rsplit("::").skip(1).any(|part| part == module)
    }
}

/// A symbol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolSize {
    /// Its path without hashes.
    pub path: String,
    /// What it is.
    pub kind: SymbolUse,
    /// Its size.
    pub bytes: u64,
}

/// What a symbol takes its bytes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SymbolUse {
    /// Instructions, in flash.
    Code,
    /// Constants, in flash.
    Constant,
    /// Instructions or a static, in flash and copied to RAM.
    Data,
    /// A static, in RAM.
    Bss,
}

/// Measures an ELF.
pub fn measure(elf: &[u8], memory: &[MemoryRegion]) -> Result<SizeReport, object::Error> {
    Elf::parse(elf).map(|elf| measure_elf(&elf, memory))
}

pub(crate) fn measure_elf(elf: &Elf<'_>, memory: &[MemoryRegion]) -> SizeReport {
    let own = |section: &&Section<'_>| !is_gap(section) && !is_mirror(section);
    let sum = |kind| {
        let of_kind = elf.sections.iter().filter(own).filter(|section| section.kind == kind);
        of_kind.map(|section| section.size).sum()
    };
    let (tasks, statics) = statics(elf);
    let mut sections: Vec<SectionSize> = elf.sections.iter().map(section_size).collect();
    sections.sort_by_key(|section| section.address);
    SizeReport {
        text: sum(SectionKind::Text),
        data: sum(SectionKind::Data),
        bss: sum(SectionKind::Bss),
        sections,
        regions: memory.iter().map(|region| region_use(elf, region)).collect(),
        tasks,
        statics,
        largest: largest(elf),
    }
}

fn section_size(section: &Section<'_>) -> SectionSize {
    SectionSize {
        name: section.name.clone(),
        kind: section.kind,
        address: section.address,
        load_address: section.load_address,
        bytes: section.size,
    }
}

/// Whether a section takes nothing: esp-hal 1.2.2, ld/: `.stack` is the RAM that is left, and `.rotext_dummy` keeps instructions out of
/// the addresses of constants, by the whole pages in which the flash is mapped.
fn is_gap(section: &Section<'_>) -> bool {
    section.kind == SectionKind::Bss && matches!(section.name.as_str(), ".stack" | ".rotext_dummy")
}

/// Whether a section is RAM that another takes, at the other one of its two addresses: esp-hal 1.2.2, ld/: `.rwdata_dummy` is where the
/// instructions in RAM are seen as data.
fn is_mirror(section: &Section<'_>) -> bool {
    section.kind == SectionKind::Bss && section.name == ".rwdata_dummy"
}

/// A section takes a region's bytes where it is used and, when that is elsewhere, where it is loaded from.
fn region_use(elf: &Elf<'_>, region: &MemoryRegion) -> RegionUse {
    let holds = |address| region.holds(address, 0);
    let takes =
        |section: &&Section<'_>| !is_gap(section) && (holds(section.address) || holds(section.load_address));
    let used = elf.sections.iter().filter(takes).map(|section| section.size).sum();
    let percent = if region.length == 0 { 0.0 } else { used as f64 * 100.0 / region.length as f64 };
    RegionUse { region: region.clone(), used, percent }
}

/// Tasks and other statics.
fn statics(elf: &Elf<'_>) -> (Vec<StaticSize>, Vec<StaticSize>) {
    let in_ram = |symbol: &&Symbol| {
        let section = &elf.sections[symbol.section];
        section.kind != SectionKind::Text && !section.executable
    };
    let mut tasks = Vec::new();
    let mut others = Vec::new();
    for symbol in elf.symbols.iter().filter(in_ram) {
        let task = symbol.name.strip_suffix(TASK_POOL);
        let path = task.unwrap_or(&symbol.name).to_owned();
        let size = StaticSize { path, bytes: symbol.size, address: symbol.address };
        if task.is_some() { tasks.push(size) } else { others.push(size) }
    }
    for list in [&mut tasks, &mut others] {
        list.sort_by(|left, right| {
            (Reverse(left.bytes), &left.path).cmp(&(Reverse(right.bytes), &right.path))
        });
    }
    (tasks, others)
}

fn largest(elf: &Elf<'_>) -> Vec<SymbolSize> {
    let mut symbols: Vec<&Symbol> = elf.symbols.iter().collect();
    symbols.sort_by(|left, right| (Reverse(left.size), &left.name).cmp(&(Reverse(right.size), &right.name)));
    // Equal functions are merged by the linker and keep all their names.
    let mut seen = BTreeSet::new();
    symbols.retain(|symbol| seen.insert((symbol.address, symbol.section)));
    let entry = |symbol: &&Symbol| {
        let section = &elf.sections[symbol.section];
        let kind = match section.kind {
            SectionKind::Text if section.executable => SymbolUse::Code,
            SectionKind::Text => SymbolUse::Constant,
            SectionKind::Data => SymbolUse::Data,
            SectionKind::Bss => SymbolUse::Bss,
        };
        SymbolSize { path: symbol.name.clone(), kind, bytes: symbol.size }
    };
    symbols.iter().take(LARGEST).map(entry).collect()
}
