//! SEGGER RTT's up channels in the RAM -> bytes, as a debug probe reads them, with their read pointers moved on.
//!
//! The control block is that of SEGGER's "Real Time Transfer" (J-Link user guide UM08001, section 16): the identifier,
//! the numbers of up and down channels, then for each channel name, buffer, size, write offset, read offset, flags.

use rsemu::core::space::RamStore;
use rsemu::core::value::{Endian, Width};

use crate::chip::{RAM_SIZE, RAM_START};

const IDENTIFIER: &[u8; 16] = b"SEGGER RTT\0\0\0\0\0\0";
const HEADER_SIZE: u32 = 24;
const CHANNEL_SIZE: u32 = 24;
const MOST_CHANNELS: u32 = 16;
const MODE_MASK: u32 = 3;
const MODE_BLOCK_IF_FULL: u32 = 2;

/// A reader of one control block.
#[derive(Debug)]
pub(crate) struct Rtt {
    /// From the RAM's start.
    offset: u32,
    is_found: bool,
}

impl Rtt {
    /// Of a block at an address; none where that cannot be in the RAM.
    pub(crate) fn at(address: u32) -> Option<Rtt> {
        let room = HEADER_SIZE + MOST_CHANNELS * CHANNEL_SIZE;
        let offset = address.checked_sub(RAM_START).filter(|offset| offset + room <= RAM_SIZE)?;
        Some(Rtt { offset, is_found: false })
    }

    /// What the firmware has written since the last time, by channel.
    pub(crate) fn poll(&mut self, ram: &RamStore) -> Vec<(u32, Vec<u8>)> {
        if !self.is_found && !self.find(ram) {
            return Vec::new();
        }
        let channels = word(ram, self.offset + 16).min(MOST_CHANNELS);
        (0..channels).filter_map(|channel| Some((channel, self.take(ram, channel)?))).collect()
    }

    /// The block is in its place once the firmware's start-up code has filled the initialised data.
    fn find(&mut self, ram: &RamStore) -> bool {
        let mut identifier = [0; 16];
        self.is_found = ram.read_at(self.offset.into(), &mut identifier).is_ok() && identifier == *IDENTIFIER;
        if self.is_found {
            set_blocking(ram, self.offset + HEADER_SIZE);
        }
        self.is_found
    }

    fn take(&self, ram: &RamStore, channel: u32) -> Option<Vec<u8>> {
        let descriptor = self.offset + HEADER_SIZE + channel * CHANNEL_SIZE;
        let (written, read) = (word(ram, descriptor + 12), word(ram, descriptor + 16));
        if written == read {
            return None;
        }
        let start = word(ram, descriptor + 4).checked_sub(RAM_START)?;
        let size = word(ram, descriptor + 8);
        // Half-initialised data after a reset: wait until it makes sense.
        if start.checked_add(size)? > RAM_SIZE || written >= size || read >= size {
            return None;
        }
        let mut bytes = vec![0; size as usize];
        ram.read_at(start.into(), &mut bytes).ok()?;
        let (written_at, read_at) = (written as usize, read as usize);
        let taken = if written > read {
            bytes[read_at..written_at].to_vec()
        } else {
            [&bytes[read_at..], &bytes[..written_at]].concat()
        };
        set_word(ram, descriptor + 16, written);
        set_blocking(ram, descriptor);
        Some(taken)
    }
}

/// While somebody reads, the firmware waits for room instead of dropping bytes: probes set this mode as well.
fn set_blocking(ram: &RamStore, descriptor: u32) {
    let flags = word(ram, descriptor + 20);
    set_word(ram, descriptor + 20, flags & !MODE_MASK | MODE_BLOCK_IF_FULL);
}

fn word(ram: &RamStore, offset: u32) -> u32 {
    ram.read_value(offset.into(), Width::U32, Endian::Little).map_or(0, |word| word as u32)
}

fn set_word(ram: &RamStore, offset: u32, word: u32) {
    // It was just read there.
    let _ = ram.write_value(offset.into(), Width::U32, word.into(), Endian::Little);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_taken_once_also_where_they_wrap_around() {
        let ram = RamStore::new(RAM_SIZE.into());
        let mut rtt = Rtt::at(RAM_START + 64).unwrap();
        assert_eq!(rtt.poll(&ram), []);
        ram.write_at(64, IDENTIFIER).unwrap();
        for (at, word) in [(80, 1), (64 + 24 + 4, RAM_START + 0x400), (64 + 24 + 8, 8), (64 + 24 + 12, 3)] {
            set_word(&ram, at, word);
        }
        ram.write_at(0x400, b"abcdefgh").unwrap();
        assert_eq!(rtt.poll(&ram), [(0, b"abc".to_vec())]);
        assert_eq!(rtt.poll(&ram), []);
        assert_eq!(word(&ram, 64 + 24 + 20) & MODE_MASK, MODE_BLOCK_IF_FULL);
        set_word(&ram, 64 + 24 + 12, 1);
        assert_eq!(rtt.poll(&ram), [(0, b"defgha".to_vec())]);
    }

    #[test]
    fn a_block_outside_of_the_ram_is_none() {
        assert!(Rtt::at(0x1000_0000).is_none() && Rtt::at(RAM_START + RAM_SIZE - 8).is_none());
    }
}
