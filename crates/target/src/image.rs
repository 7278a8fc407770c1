//! ELF -> the bytes that belong into flash, by address.

use std::fs;
use std::path::{Path, PathBuf};

use object::elf::PT_LOAD;
use object::read::elf::{ElfFile32, ProgramHeader as _};
use object::{Endianness, Object as _, ObjectSymbol as _};

/// The name by which every RTT library exports its control block.
const LOG_BLOCK: &str = "_SEGGER_RTT";

/// What is flashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The file with symbols that it was read from.
    pub elf: PathBuf,
    /// Runs of bytes by address; neighbours are one run.
    pub parts: Vec<Part>,
    /// The address of the log's control block in RAM, where the firmware logs by RTT.
    pub log_block: Option<u64>,
}

/// A run of bytes at its place in flash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The address of the first byte.
    pub address: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file could not be read.
    #[error("while reading `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no image for a 32-bit chip.
    #[error("`{}` is not a 32-bit ELF: {reason}", path.display())]
    NotAnImage {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// Nothing is to be flashed.
    #[error("`{}` has nothing to put into flash", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl Image {
    /// Reads what an ELF's segments load: where they are stored, not where they are used.
    ///
    /// # Errors
    /// The file cannot be read, or is no image.
    pub fn of_elf(path: &Path) -> Result<Image, ImageError> {
        let bytes =
            fs::read(path).map_err(|source| ImageError::Unreadable { path: path.to_owned(), source })?;
        let not_an_image = |error: object::Error| ImageError::NotAnImage {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let file = ElfFile32::<Endianness>::parse(bytes.as_slice()).map_err(not_an_image)?;
        let mut parts = Vec::new();
        for segment in file.elf_program_headers() {
            let endian = file.endian();
            if segment.p_type(endian) != PT_LOAD || segment.p_filesz(endian) == 0 {
                continue;
            }
            let data = segment.data(endian, bytes.as_slice()).map_err(|()| ImageError::NotAnImage {
                path: path.to_owned(),
                reason: "a segment lies beyond the end of the file".to_owned(),
            })?;
            parts.push(Part { address: segment.p_paddr(endian).into(), bytes: data.to_vec() });
        }
        if parts.is_empty() {
            return Err(ImageError::Empty { path: path.to_owned() });
        }
        parts.sort_by_key(|part: &Part| part.address);
        let log_block = file.symbols().find(|symbol| symbol.name() == Ok(LOG_BLOCK));
        let log_block = log_block.map(|symbol| symbol.address());
        Ok(Image { elf: path.to_owned(), parts: joined(parts), log_block })
    }

    /// How many bytes are flashed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes.len() as u64).sum()
    }
}

/// Parts that touch are one part: the second boot stage and the vector table after it, code and constants.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if last.address + last.bytes.len() as u64 == part.address => {
                last.bytes.extend(part.bytes);
            }
            _ => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_part() {
        let part = |address, bytes: &[u8]| Part { address, bytes: bytes.to_vec() };
        let parts = vec![part(0x100, &[1, 2]), part(0x102, &[3]), part(0x200, &[4])];
        assert_eq!(joined(parts), [part(0x100, &[1, 2, 3]), part(0x200, &[4])]);
    }

    #[test]
    fn what_is_no_elf_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.txt");
        fs::write(&path, "not an ELF").unwrap();
        let error = Image::of_elf(&path).unwrap_err().to_string();
        assert!(error.contains("note.txt` is not a 32-bit ELF"), "{error}");
        let error = Image::of_elf(&folder.path().join("absent")).unwrap_err().to_string();
        assert!(error.starts_with("while reading"), "{error}");
    }
}
