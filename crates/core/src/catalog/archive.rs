//! The tables of chips that no board of ours has, packed: what `board = "chip:NAME"` reads.
//!
//! `boards/stm32.chips` begins with a line that names the format, then a line a chip: its name, and where its two parts
//! are: what sets it apart, and what it has in common with other chips, which is there once. After an empty line the parts
//! follow, each deflated by itself, so that one chip is read without the others.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The first line.
pub const FORMAT: &str = "fwc chips 1";

/// More than any part unpacks to: a broken archive must not eat the memory.
const LIMIT: usize = 1 << 20;

/// The archive, with its index not yet read.
#[derive(Clone, Copy)]
pub(super) struct Archive<'a> {
    index: &'a str,
    parts: &'a [u8],
}

impl<'a> Archive<'a> {
    /// Finds the index of an archive; none where it is of another format.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Archive<'a>> {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let index = std::str::from_utf8(&bytes[..end + 1]).ok()?.strip_prefix(FORMAT)?.strip_prefix('\n')?;
        Some(Archive { index, parts: &bytes[end + 2..] })
    }

    /// The chips' names, in the order of the archive, which is sorted.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        self.index.lines().filter_map(|line| line.split(' ').next())
    }

    /// The text of a chip's tables.
    pub(super) fn tables(self, name: &str) -> Option<String> {
        let line = self.index.lines().find(|line| line.split(' ').next() == Some(name))?;
        let mut numbers = line.split(' ').skip(1).map(|number| number.parse::<usize>().ok());
        let mut text = String::new();
        for _ in 0..2 {
            let (start, length) = (numbers.next()??, numbers.next()??);
            let part = self.parts.get(start..start.checked_add(length)?)?;
            let unpacked = decompress_to_vec_with_limit(part, LIMIT).ok()?;
            text.push_str(std::str::from_utf8(&unpacked).ok()?);
        }
        Some(text)
    }
}
