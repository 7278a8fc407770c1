//! An ELF file -> what the emulator needs of it: the bytes for the flash, and where functions, statics and the log are.

use std::collections::HashMap;

use object::elf::PT_LOAD;
use object::read::elf::{ElfFile32, ProgramHeader};
use object::{Architecture, Object, ObjectSymbol, SymbolKind};

use crate::chip::{FLASH_SIZE, FLASH_START, RAM_START};
use crate::job::JobError;

/// What of a stretch of memory belongs together, by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) name: String,
    pub(crate) start: u32,
    /// The first address behind it.
    pub(crate) end: u32,
}

/// A firmware.
#[derive(Debug, Default)]
pub(crate) struct Image {
    /// What to place in the flash, by offset from its start.
    pub(crate) segments: Vec<(u32, Vec<u8>)>,
    /// Where SEGGER's RTT has its control block.
    pub(crate) rtt: Option<u32>,
    /// Where each function's code is, by address.
    pub(crate) functions: Vec<Span>,
    /// Where each static lies in the RAM.
    pub(crate) statics: Vec<Span>,
}

/// Reads the whole file; `name` is what to call it in messages.
pub(crate) fn read_image(file: &[u8], name: &str) -> Result<Image, JobError> {
    let refuse = |what: String, help: &str| JobError::new(what, name, help);
    let elf: ElfFile32<'_> = ElfFile32::parse(file).map_err(|error| {
        refuse(format!("this is no ELF file of a 32-bit machine: {error}"), "give the file that cargo linked")
    })?;
    if elf.architecture() != Architecture::Arm {
        return Err(refuse(
            format!("this ELF file is for another machine: {:?}", elf.architecture()),
            "build the firmware for the target thumbv7em-none-eabihf",
        ));
    }
    let mut image = Image::default();
    let endian = elf.endian();
    for header in elf.elf_program_headers() {
        let (address, size) = (header.p_paddr.get(endian), header.p_filesz.get(endian));
        if header.p_type(endian) != PT_LOAD || size == 0 {
            continue;
        }
        let end = address.checked_add(size).filter(|end| *end <= FLASH_START + FLASH_SIZE);
        if address < FLASH_START || end.is_none() {
            return Err(refuse(
                format!(
                    "a segment of {size} bytes is to be loaded at 0x{address:x}, which is not in the flash"
                ),
                "link the image for a chip that runs from flash at 0x08000000",
            ));
        }
        let bytes = header
            .data(endian, file)
            .map_err(|()| refuse("this ELF file is cut short".to_owned(), "build the firmware again"))?;
        image.segments.push((address - FLASH_START, bytes.to_vec()));
    }
    let mut known: HashMap<u32, ()> = HashMap::new();
    for symbol in elf.symbols() {
        let (Ok(name), address, size) = (symbol.name(), symbol.address() as u32, symbol.size() as u32) else {
            continue;
        };
        if name == "_SEGGER_RTT" {
            image.rtt = Some(address);
        }
        // Bit 0 of a function's address says that it is Thumb code (ELF for the Arm Architecture, section 5.5.3).
        let start = if symbol.kind() == SymbolKind::Text { address & !1 } else { address };
        let span = Span { name: name.to_owned(), start, end: start + size };
        match symbol.kind() {
            SymbolKind::Text if size > 0 && known.insert(start, ()).is_none() => image.functions.push(span),
            SymbolKind::Data if size > 0 && start >= RAM_START => image.statics.push(span),
            _ => {}
        }
    }
    image.functions.sort_by_key(|span| span.start);
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_image_is_refused_by_its_name() {
        let error = read_image(b"hello", "a.bin").unwrap_err();
        assert_eq!(error.place, "a.bin");
        assert!(error.what.starts_with("this is no ELF file of a 32-bit machine"), "{}", error.what);
    }
}
