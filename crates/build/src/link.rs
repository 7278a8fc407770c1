//! Reads what a linker says: how far an image overflows its memory, which symbols nobody defines.
//!
//! In: the text of lld or of GNU ld, as rustc quotes it. Out: `LinkFault`.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Why an image could not be linked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkFault {
    /// Memory regions that are too small, by name.
    pub overflows: Vec<Overflow>,
    /// Symbols that are used and not defined.
    pub undefined: Vec<String>,
    /// The linker's own lines about errors.
    pub messages: Vec<String>,
}

/// A memory region that the image does not fit into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// The region's name in the linker script, `FLASH`.
    pub region: String,
    /// How many bytes too many there are.
    pub bytes: u64,
}

/// Whether a compiler message reports a failed link.
pub fn is_link_failure(message: &str) -> bool {
    message.starts_with("linking with `") && message.contains("failed")
}

/// Reads the text of a failed link.
pub fn read_linker_text(text: &str) -> LinkFault {
    let mut overflows: BTreeMap<String, u64> = BTreeMap::new();
    let mut undefined = BTreeSet::new();
    let mut messages = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some((region, bytes)) = overflow(line) {
            // lld reports each section that is over the edge, counted from the region's end: the last is the sum.
            let known = overflows.entry(region).or_default();
            *known = bytes.max(*known);
        }
        undefined.extend(undefined_symbol(line));
        if line.contains("error:") || line.contains("ERROR(") {
            messages.push(line.to_owned());
        }
    }
    let overflows = overflows.into_iter().map(|(region, bytes)| Overflow { region, bytes }).collect();
    LinkFault { overflows, undefined: undefined.into_iter().collect(), messages }
}

/// lld: `section '.text' will not fit in region 'FLASH': overflowed by 8 bytes`;
/// GNU ld: ``region `FLASH' overflowed by 8 bytes``.
fn overflow(line: &str) -> Option<(String, u64)> {
    let (before, after) = line.split_once("overflowed by ")?;
    let bytes = after.split_whitespace().next()?.parse().ok()?;
    let quoted = before.rsplit_once("region ")?.1.strip_prefix(['\'', '`'])?;
    let (region, _) = quoted.split_once('\'')?;
    Some((region.to_owned(), bytes))
}

/// lld: `undefined symbol: name`; GNU ld: ``undefined reference to `name'``.
fn undefined_symbol(line: &str) -> Option<String> {
    let lld = line.split_once("undefined symbol: ").map(|(_, name)| name);
    let gnu = || Some(line.split_once("undefined reference to `")?.1.trim_end_matches('\''));
    lld.or_else(gnu).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overflows(text: &str) -> Vec<(String, u64)> {
        read_linker_text(text).overflows.into_iter().map(|over| (over.region, over.bytes)).collect()
    }

    #[test]
    fn lld_counts_from_the_end_of_the_region() {
        let text = "  = note: rust-lld: error: section '.text' will not fit in region 'FLASH': overflowed by 90 bytes\n\
            rust-lld: error: section '.rodata' will not fit in region 'FLASH': overflowed by 4186 bytes\n\
            rust-lld: error: section '.bss' will not fit in region 'RAM': overflowed by 12 bytes";
        assert_eq!(overflows(text), [("FLASH".to_owned(), 4186), ("RAM".to_owned(), 12)]);
    }

    #[test]
    fn gnu_ld_is_read_too() {
        let text = "ld: region `RAM' overflowed by 123 bytes";
        assert_eq!(overflows(text), [("RAM".to_owned(), 123)]);
        let text = "main.o: undefined reference to `_embassy_time_now'";
        assert_eq!(read_linker_text(text).undefined, ["_embassy_time_now"]);
    }

    #[test]
    fn undefined_symbols_are_listed_once() {
        let text = "rust-lld: error: undefined symbol: _critical_section_1_0_acquire\n>>> referenced by lib.rs\n\
            rust-lld: error: undefined symbol: _critical_section_1_0_acquire";
        assert_eq!(read_linker_text(text).undefined, ["_critical_section_1_0_acquire"]);
        assert_eq!(read_linker_text(text).messages.len(), 2);
    }

    #[test]
    fn other_text_says_nothing() {
        assert_eq!(
            read_linker_text("overflowed by many bytes\nregion overflowed by 7"),
            LinkFault::default()
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(region|'|`|overflowed by |undefined symbol: |[0-9]{1,25}|\\PC|\n){0,40}") {
            let fault = read_linker_text(&text);
            proptest::prop_assert!(fault.overflows.len() <= text.lines().count());
        }
    }
}
