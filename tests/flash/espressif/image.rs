//! Bytes of a flash -> what an Espressif chip's boot loaders read there: images and the partition table.
//!
//! esptool's documentation, "Firmware Image Format"; ESP-IDF Programming Guide, "Partition Tables" (the binary table is that of
//! `gen_esp32part.py`). Whatever does not fit is a panic that says so.

use md5::Md5;
use sha2::{Digest as _, Sha256};

const IMAGE_MAGIC: u8 = 0xe9;
const CHECKSUM_START: u8 = 0xef;
const HEADER: usize = 24;
const ENTRY_MAGIC: [u8; 2] = [0xaa, 0x50];
const SUM_MAGIC: [u8; 2] = [0xeb, 0xeb];
const ENTRY: usize = 32;

/// A program as a boot loader finds it.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) chip: u16,
    pub(super) entry: u32,
    pub(super) segments: Vec<Segment>,
    /// How many bytes of flash it takes.
    pub(super) size: usize,
}

/// A run of bytes, and where it is to be.
pub(super) struct Segment {
    pub(super) address: u32,
    /// Where its bytes begin in the image.
    pub(super) offset: usize,
    pub(super) data: Vec<u8>,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:#x} bytes at {:#x} for {:#x}", self.data.len(), self.offset, self.address)
    }
}

impl Segment {
    pub(super) fn holds(&self, address: u32) -> bool {
        (self.address..self.address + self.data.len() as u32).contains(&address)
    }
}

impl Image {
    pub(super) fn read(flash: &[u8]) -> Image {
        assert_eq!(flash[0], IMAGE_MAGIC, "an image begins with its magic number");
        let count = flash[1];
        let (mut at, mut sum, mut segments) = (HEADER, CHECKSUM_START, Vec::new());
        for _ in 0..count {
            let (address, length) = (word(flash, at), word(flash, at + 4) as usize);
            let offset = at + 8;
            let data = flash[offset..offset + length].to_vec();
            sum = data.iter().fold(sum, |sum, byte| sum ^ byte);
            segments.push(Segment { address, offset, data });
            at = offset + length;
        }
        // The checksum is the last byte of a block of sixteen.
        let end = (at + 1).next_multiple_of(16);
        assert_eq!(flash[end - 1], sum, "the checksum of the segments");
        assert_eq!(flash[23], 1, "a digest follows");
        assert_eq!(flash[end..end + 32], *Sha256::digest(&flash[..end]), "the digest of the image");
        let chip = u16::from_le_bytes([flash[12], flash[13]]);
        Image { chip, entry: word(flash, 4), segments, size: end + 32 }
    }
}

/// A part of the flash.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Partition {
    /// Application or data.
    pub(super) kind: u8,
    pub(super) offset: usize,
    pub(super) size: usize,
    pub(super) label: String,
}

impl Partition {
    pub(super) const APP: u8 = 0;
}

pub(super) fn partitions(flash: &[u8]) -> Vec<Partition> {
    let mut partitions = Vec::new();
    for (number, entry) in flash.chunks_exact(ENTRY).enumerate() {
        if entry[..2] == SUM_MAGIC {
            assert_eq!(entry[16..], *Md5::digest(&flash[..number * ENTRY]), "the sum of the table");
            assert!(flash[(number + 1) * ENTRY..][..ENTRY].iter().all(|byte| *byte == 0xff), "and its end");
            return partitions;
        }
        assert_eq!(entry[..2], ENTRY_MAGIC, "an entry of the partition table: {partitions:?}");
        let label = entry[12..28].iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte));
        partitions.push(Partition {
            kind: entry[2],
            offset: word(entry, 4) as usize,
            size: word(entry, 8) as usize,
            label: label.collect(),
        });
    }
    panic!("the table has no end");
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}
