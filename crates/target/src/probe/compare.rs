//! Image + what is in the flash -> the sectors that differ, which alone are written.

use std::sync::atomic::AtomicBool;

use probe_rs::config::Target as Description;
use probe_rs::{Core, MemoryInterface};

use super::{Fault, PATIENCE, ProbeError, Target};
use crate::limit::{self, Broken};
use crate::{Image, Part};

/// A sector that differs most often differs at its start: code moves when anything before it has grown.
const FIRST_LOOK: usize = 16;

/// How many bytes of an image lie in sectors that differ on the chip, which runs on meanwhile.
///
/// # Errors
/// The probe or the chip does not answer.
pub fn differing_bytes(
    target: Target,
    image: &Image,
    cancel: &AtomicBool,
) -> Result<(Target, u64), ProbeError> {
    let mut target = target;
    let image = image.clone();
    let compared = limit::supervised(PATIENCE, cancel, &mut |_| {}, move |news| {
        let description = target.session.target().clone();
        let mut core = target.session.core(0).map_err(|error| Fault::working(&error))?;
        let parts = changed(&mut core, &description, &image, &mut |done| news.say(done))?;
        drop(core);
        Ok((target, parts.iter().map(|part| part.bytes.len() as u64).sum()))
    });
    let fault = match compared {
        Ok(Ok(compared)) => return Ok(compared),
        Ok(Err(fault)) => fault,
        Err(Broken::Silent(limit)) => Fault::Silent { limit },
        Err(Broken::Cancelled) => Fault::Cancelled,
    };
    Err(ProbeError::amid(fault))
}

/// The parts of the image that lie in sectors which differ. A sector that the chip does not let us read counts as one that
/// does.
pub(super) fn changed(
    core: &mut Core<'_>,
    target: &Description,
    image: &Image,
    on_progress: &mut dyn FnMut(u64),
) -> Result<Vec<Part>, Fault> {
    let mut changed = Vec::new();
    let mut done = 0;
    for piece in image.parts.iter().flat_map(|part| sectors(part, &|address| sector_end(target, address))) {
        done += piece.bytes.len() as u64;
        if !holds(core, &piece)? {
            changed.push(piece);
        }
        on_progress(done);
    }
    Ok(changed)
}

fn holds(core: &mut Core<'_>, piece: &Part) -> Result<bool, Fault> {
    let mut there = vec![0; piece.bytes.len()];
    let (first, rest) = there.split_at_mut(FIRST_LOOK.min(piece.bytes.len()));
    let (wanted_first, wanted_rest) = piece.bytes.split_at(first.len());
    let mut same = |address, there: &mut [u8], wanted: &[u8]| match core.read(address, there) {
        Ok(()) => Ok(there == wanted),
        Err(error) => match Fault::working(&error) {
            // Before the chip has set its flash up, reading it may fail.
            Fault::Library(_) => Ok(false),
            fault => Err(fault),
        },
    };
    Ok(same(piece.address, first, wanted_first)?
        && (rest.is_empty() || same(piece.address + first.len() as u64, rest, wanted_rest)?))
}

/// A part cut at the borders of sectors.
fn sectors(part: &Part, sector_end: &dyn Fn(u64) -> Option<u64>) -> Vec<Part> {
    let mut pieces = Vec::new();
    let mut address = part.address;
    let mut rest = part.bytes.as_slice();
    while !rest.is_empty() {
        // What no flash loader knows is one piece; writing it gives the error.
        let room = sector_end(address).map_or(rest.len() as u64, |end| end - address);
        let (piece, after) = rest.split_at(rest.len().min(room as usize));
        pieces.push(Part { address, bytes: piece.to_vec() });
        address += piece.len() as u64;
        rest = after;
    }
    pieces
}

/// The address behind the sector that an address lies in.
fn sector_end(target: &Description, address: u64) -> Option<u64> {
    let mut algorithms = target.flash_algorithms.iter().map(|algorithm| &algorithm.flash_properties);
    let flash = algorithms.find(|flash| flash.address_range.contains(&address))?;
    let offset = address - flash.address_range.start;
    let sector = flash.sectors.iter().rfind(|sector| sector.address <= offset && sector.size > 0)?;
    let within = (offset - sector.address) % sector.size;
    Some(address - within + sector.size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_at_the_borders_of_sectors() {
        let part = Part { address: 0x1f00, bytes: vec![7; 0x1200] };
        let pieces = sectors(&part, &|address| Some((address / 0x1000 + 1) * 0x1000));
        let sizes: Vec<(u64, usize)> =
            pieces.iter().map(|piece| (piece.address, piece.bytes.len())).collect();
        assert_eq!(sizes, [(0x1f00, 0x100), (0x2000, 0x1000), (0x3000, 0x100)]);
    }

    #[test]
    fn the_library_knows_the_sectors_of_our_chips() {
        let registry = probe_rs::config::Registry::from_builtin_families();
        let target = registry.get_target_by_name("RP2040").unwrap();
        assert_eq!(sector_end(&target, 0x1000_0000), Some(0x1000_1000));
        assert_eq!(sector_end(&target, 0x1000_1fff), Some(0x1000_2000));
        assert_eq!(sector_end(&target, 0x2000_0000), None);
    }

    /// The tables call a chip as its vendor does, without the package, which the library's names have behind it.
    #[test]
    fn the_library_knows_the_stm32_chips_of_our_boards_by_their_names_without_a_package() {
        let registry = probe_rs::config::Registry::from_builtin_families();
        for name in ["STM32F401RE", "STM32F407VG", "STM32F411CE", "STM32G071RB", "STM32L476RG", "STM32G431CB"]
        {
            let target = registry.get_target_by_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(sector_end(&target, 0x0800_0000).is_some(), "{name}");
        }
    }
}
