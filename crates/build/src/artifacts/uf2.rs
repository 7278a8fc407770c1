//! Writes an image as UF2, the format of boot drives (<https://github.com/microsoft/uf2>).

use super::image::{ERASED, Image};
use std::collections::BTreeMap;

const MAGIC_START: [u32; 2] = [0x0A32_4655, 0x9E5D_5157];
const MAGIC_END: u32 = 0x0AB1_6F30;
const FLAG_FAMILY: u32 = 0x0000_2000;
const BLOCK: usize = 512;
/// The field for data, of which all boot loaders use the first 256 bytes only.
const DATA: usize = 476;
/// RP2040 datasheet, section 2.8.4.2: the boot loader takes blocks of 256 bytes at multiples of 256.
const PAGE: u64 = 256;
/// Flash is erased by sectors of 4 KiB (RP2040 datasheet, section 2.8.3.1.3): a sector that is begun is written whole, so
/// that nothing of an earlier image survives, or is lost, in the rest of it by chance.
const SECTOR: u64 = 4096;

/// The file's bytes.
pub(super) fn write(image: &Image<'_>, family: u32) -> Vec<u8> {
    let pages = pages(image);
    let count = pages.len() as u32;
    let mut file = Vec::with_capacity(pages.len() * BLOCK);
    for (number, (address, page)) in (0_u32..).zip(&pages) {
        let head = [
            MAGIC_START[0],
            MAGIC_START[1],
            FLAG_FAMILY,
            *address as u32,
            PAGE as u32,
            number,
            count,
            family,
        ];
        head.iter().for_each(|word| file.extend_from_slice(&word.to_le_bytes()));
        file.extend_from_slice(page);
        file.resize(file.len() + DATA - page.len(), 0);
        file.extend_from_slice(&MAGIC_END.to_le_bytes());
    }
    file
}

/// All pages of every sector that the image touches, by address.
fn pages(image: &Image<'_>) -> BTreeMap<u64, [u8; PAGE as usize]> {
    let mut pages = BTreeMap::new();
    for part in &image.parts {
        let end = part.address + part.bytes.len() as u64;
        for address in (part.address / SECTOR * SECTOR..end.next_multiple_of(SECTOR)).step_by(PAGE as usize) {
            pages.entry(address).or_insert([ERASED; PAGE as usize]);
        }
        let mut address = part.address;
        let mut rest = part.bytes;
        while !rest.is_empty() {
            let offset = (address % PAGE) as usize;
            let (here, after) = rest.split_at(rest.len().min(PAGE as usize - offset));
            let page = pages.entry(address - offset as u64).or_insert([ERASED; PAGE as usize]);
            page[offset..offset + here.len()].copy_from_slice(here);
            address += here.len() as u64;
            rest = after;
        }
    }
    pages
}
