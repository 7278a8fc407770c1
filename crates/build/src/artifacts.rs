//! Turns an ELF into the files that flashing takes: UF2, BIN and Intel HEX, beside a copy of the ELF itself.
//!
//! Each file is written whole or not at all. When neither the ELF nor the wish has changed since the last time,
//! nothing is read and nothing is written.

mod image;
mod uf2;

use crate::disk::{DiskError, Stamp, create_folder, read, write_atomically};
use crate::elf::{Elf, MemoryRegion};
use crate::size::{SizeReport, measure_elf};
use image::Image;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is made of which ELF, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRequest {
    /// The ELF as cargo left it.
    pub elf: PathBuf,
    /// The files' name without an ending.
    pub name: String,
    /// Where they are put; created at need.
    pub output_folder: PathBuf,
    /// The chip's memory; an image must lie in its flash.
    pub memory: Vec<MemoryRegion>,
    /// The chip's UF2 family; without one there is no UF2.
    pub uf2_family: Option<u32>,
    /// Whether the ELF is what the flash holds, byte by byte. Where a boot loader loads it, it is the only file.
    pub is_flat: bool,
}

/// The files that were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifacts {
    /// With symbols, for debuggers and log decoding.
    pub elf: PathBuf,
    /// The flash's content from `bin_address` on; absent where a boot loader loads the ELF.
    pub bin: Option<PathBuf>,
    /// Where the BIN belongs.
    pub bin_address: u64,
    /// Intel HEX; absent where a boot loader loads the ELF.
    pub hex: Option<PathBuf>,
    /// For boot drives.
    pub uf2: Option<PathBuf>,
    /// What the image takes of the chip.
    pub sizes: SizeReport,
    /// Whether the files were written now, or were up to date.
    pub changed: bool,
}

/// Why there are no files.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The ELF could not be read, or a file not written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is no image for a 32-bit chip.
    #[error("`{}` is not a 32-bit ELF: {reason}", elf.display())]
    NotAnImage {
        /// The file.
        elf: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// A part of the image is not meant for flash.
    #[error(
        "section `{section}` ({bytes} bytes at {address:#010x}) lies outside of the chip's flash ({flash})"
    )]
    OutsideFlash {
        /// The section's name.
        section: String,
        /// Where it would be loaded.
        address: u64,
        /// Its size.
        bytes: u64,
        /// The flash regions, for the message.
        flash: String,
    },
    /// Two parts of the image claim the same flash.
    #[error("sections `{first}` and `{second}` overlap in flash at {address:#010x}")]
    Overlap {
        /// The section that comes first.
        first: String,
        /// The section that begins inside of it.
        second: String,
        /// Where it begins.
        address: u64,
    },
    /// Nothing is to be flashed.
    #[error("`{}` has nothing to put into flash", elf.display())]
    Empty {
        /// The file.
        elf: PathBuf,
    },
}

/// What was made the last time, kept beside the files.
#[derive(Serialize, Deserialize)]
struct Receipt {
    made_by: String,
    request: ArtifactRequest,
    stamps: Vec<(PathBuf, Stamp)>,
    artifacts: Artifacts,
}

/// Makes the files, or finds that they are up to date.
pub fn write_artifacts(request: &ArtifactRequest) -> Result<Artifacts, ArtifactError> {
    let receipt = request.output_folder.join(format!(".{}.artifacts.json", request.name));
    if let Some(artifacts) = up_to_date(&receipt, request) {
        return Ok(artifacts);
    }
    let bytes = read(&request.elf)?;
    let not_an_image = |error: object::Error| ArtifactError::NotAnImage {
        elf: request.elf.clone(),
        reason: error.to_string(),
    };
    let elf = Elf::parse(&bytes).map_err(not_an_image)?;
    let image = if request.is_flat { Some(Image::of(&elf, request)?) } else { None };
    create_folder(&request.output_folder)?;
    let put = |ending: &str, bytes: &[u8]| {
        let path = request.output_folder.join(format!("{}.{ending}", request.name));
        write_atomically(&path, bytes).map(|()| path)
    };
    let image = image.as_ref();
    let uf2 = image.zip(request.uf2_family).map(|(image, family)| put("uf2", &uf2::write(image, family)));
    let artifacts = Artifacts {
        elf: put("elf", &bytes)?,
        bin: image.map(|image| put("bin", &image.flat())).transpose()?,
        bin_address: image.map_or(0, Image::first_address),
        hex: image.map(|image| put("hex", image.intel_hex(elf.entry).as_bytes())).transpose()?,
        uf2: uf2.transpose()?,
        sizes: measure_elf(&elf, &request.memory),
        changed: true,
    };
    keep_receipt(&receipt, request, &artifacts)?;
    Ok(artifacts)
}

fn up_to_date(receipt: &std::path::Path, request: &ArtifactRequest) -> Option<Artifacts> {
    let receipt: Receipt = serde_json::from_slice(&std::fs::read(receipt).ok()?).ok()?;
    let same = receipt.made_by == MADE_BY
        && receipt.request == *request
        && receipt.stamps.iter().all(|(path, stamp)| Stamp::of(path).as_ref() == Some(stamp));
    same.then_some(Artifacts { changed: false, ..receipt.artifacts })
}

/// Another version of fwc may write other files.
const MADE_BY: &str = concat!("fwc ", env!("CARGO_PKG_VERSION"));

fn keep_receipt(
    path: &std::path::Path,
    request: &ArtifactRequest,
    artifacts: &Artifacts,
) -> Result<(), DiskError> {
    let files = [&request.elf, &artifacts.elf].into_iter().chain(&artifacts.bin).chain(&artifacts.hex);
    let stamps = files.chain(&artifacts.uf2).filter_map(|file| Some((file.clone(), Stamp::of(file)?)));
    let receipt = Receipt {
        made_by: MADE_BY.to_owned(),
        request: request.clone(),
        stamps: stamps.collect(),
        artifacts: artifacts.clone(),
    };
    let text = serde_json::to_vec(&receipt).expect("paths and numbers are always JSON");
    write_atomically(path, &text)
}
