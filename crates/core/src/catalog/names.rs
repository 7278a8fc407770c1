//! A name that no board and no chip has, to what was most likely meant by it.
//!
//! People write an STM32 as it is printed on the chip: in capitals and with the package behind its name. What is proposed
//! is the chip of that name; a smaller one of the same line would compile as well and be wrong.

use fwc_diag::suggest::closest;
use fwc_diag::words::{listed, quoted};
use fwc_schema::chip::UnservedFamily;

use super::{
    BARE_CHIP, BoardHead, Catalog, bare_chip, bare_chip_names, chip_names, family_titles, unserved,
    unserved_other,
};

/// What the name of every STM32 starts with.
const MAKE: &str = "stm32";
/// So much of a name says which line it is of: `stm32f103`.
const LINE: usize = MAKE.len() + 4;
/// No chip's name is shorter: `stm32f103c8`.
const WHOLE: usize = LINE + 2;
/// So many chips are named one by one.
const NAMED: usize = 8;

/// What to say of a name that no board has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBoard {
    /// What explains it.
    pub notes: Vec<String>,
    /// What to write.
    pub help: String,
}

impl Catalog {
    /// What was most likely meant by a name that [`Catalog::board`] does not know.
    pub fn unknown_board(&self, name: &str) -> UnknownBoard {
        if let Some(chip) = behind_prefix(name) {
            let other = || self.with_other_chip(chip).or_else(|| not_served(chip));
            let other = if meant(chip).is_none() { other() } else { None };
            return other.unwrap_or_else(|| unknown_chip(chip));
        }
        if let Some(meant) = meant(name) {
            return self.bare(&meant);
        }
        if let Some(answer) = not_served(name) {
            return answer;
        }
        let near = closest(name, self.board_names());
        if let Some(chip) = chip_in(name).filter(|chip| !self.has_chip(near.as_deref(), chip)) {
            return self.bare(&Meant { chip, surplus: Surplus::Nothing });
        }
        if let Some(near) = near {
            return said(format!("did you mean `{near}`? `fwc boards` lists them all"));
        }
        if name.to_lowercase().starts_with(MAKE) {
            return unknown_chip(name);
        }
        if let Some(boards) = self.with_other_chip(name) {
            return boards;
        }
        said(format!(
            "`fwc boards` lists all boards; `{BARE_CHIP}NAME` is an STM32 by itself, and a project brings its own board as \
             `boards/NAME.toml`"
        ))
    }

    /// A chip's name where a board's should be.
    fn bare(&self, meant: &Meant) -> UnknownBoard {
        let Meant { chip, surplus } = meant;
        let without = if *surplus == Surplus::Package { ", without its package," } else { "" };
        let others = match self.boards_with(chip).as_slice() {
            [] => "`fwc boards` lists the boards".to_owned(),
            boards => format!("a board with it is {}", listed(boards, "or", NAMED)),
        };
        let help = format!("`{BARE_CHIP}{chip}`{without} is the chip by itself; {others}");
        UnknownBoard { notes: meant.notes(), help }
    }

    /// A chip of another make, which is no board by itself.
    fn with_other_chip(&self, chip: &str) -> Option<UnknownBoard> {
        let boards = self.boards_with(&chip.to_lowercase());
        let others = (!boards.is_empty()).then(|| listed(&boards, "or", NAMED));
        others
            .map(|boards| said(format!("a board with that chip is {boards}; `{BARE_CHIP}` is for an STM32")))
    }

    /// Whether a board of that name or alias has a chip.
    fn has_chip(&self, board: Option<&str>, chip: &str) -> bool {
        let is_it = |head: &&BoardHead| {
            board.is_some_and(|board| head.name == board || head.aliases.iter().any(|alias| alias == board))
        };
        self.boards().into_iter().filter(is_it).any(|head| head.chip == chip)
    }

    /// The boards with a chip, as messages show them.
    fn boards_with(&self, chip: &str) -> Vec<String> {
        let heads = self.boards().into_iter().filter(|head| head.chip == chip);
        heads.map(|head| quoted(&head.name)).collect()
    }
}

/// What is wrong with a name that no chip has, for the file of a board: one sentence.
pub(super) fn unknown_chip_of_board(name: &str) -> String {
    let lower = name.to_lowercase();
    let not_served = unserved(&lower).or_else(|| unserved_other(&letters(&lower)));
    if let (Some(UnservedFamily { title, why, .. }), None) = (not_served, meant(name)) {
        return format!("fwc does not serve the {title}: {why}");
    }
    if lower.starts_with(MAKE) {
        return answer(name, "").help;
    }
    let known = chip_names();
    match closest(name, known.iter().copied().chain(bare_chip_names())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let others: Vec<&str> = known.into_iter().filter(|chip| !chip.starts_with(MAKE)).collect();
            format!(
                "the chips are {}, and those of the STM32 by their names, such as `stm32g431cb`",
                others.join(", ")
            )
        }
    }
}

/// What was most likely meant by a chip's name behind `chip:`.
fn unknown_chip(name: &str) -> UnknownBoard {
    answer(name, BARE_CHIP)
}

fn answer(name: &str, prefix: &str) -> UnknownBoard {
    if let Some(meant) = meant(name) {
        let what = if meant.surplus == Surplus::Package { ", the name without its package" } else { "" };
        let help = format!("did you mean `{prefix}{}`{what}?", meant.chip);
        return UnknownBoard { notes: meant.notes(), help };
    }
    let name = &name.to_lowercase();
    if let Some(UnservedFamily { title, why, .. }) = unserved(name).or_else(|| unserved_other(name)) {
        let titles = family_titles();
        return UnknownBoard {
            notes: vec![format!("fwc does not serve the {title}: {why}")],
            help: format!("what it serves is the {}", listed(&titles, "and", titles.len())),
        };
    }
    if let Some(chips) = like(name) {
        let chips: Vec<String> = chips.iter().map(|chip| quoted(&format!("{prefix}{chip}"))).collect();
        return said(format!("of that line there are {}", listed(&chips, "and", NAMED)));
    }
    let whole = name.len() >= LINE;
    let near = || closest(without_package(name), bare_chip_names().into_iter().map(without_core));
    let near = whole.then(near).flatten().filter(|near| is_slip(without_package(name), near));
    let begins = || bare_chip_names().into_iter().any(|chip| chip.starts_with(name.as_str()));
    said(match near {
        Some(near) => format!("did you mean `{prefix}{near}`?"),
        None if begins() => format!("an STM32 is named without its package, such as `{prefix}stm32g431cb`"),
        None if name.starts_with(MAKE) => {
            let titles = family_titles();
            format!("fwc knows no such STM32; what it serves is the {}", listed(&titles, "and", titles.len()))
        }
        None => {
            format!(
                "`{BARE_CHIP}` is for an STM32, such as `{prefix}stm32g431cb`; `fwc boards` lists the boards with other chips"
            )
        }
    })
}

/// A chip of another make that fwc does not serve, though others of that make.
fn not_served(name: &str) -> Option<UnknownBoard> {
    let name = letters(&name.to_lowercase());
    let UnservedFamily { title, why, .. } = unserved_other(&name).filter(|_| !name.starts_with(MAKE))?;
    let help = format!("`fwc boards` lists the boards; `{BARE_CHIP}NAME` is an STM32 by itself");
    Some(UnknownBoard { notes: vec![format!("fwc does not serve the {title}: {why}")], help })
}

/// The chip whose name, or what is behind `stm32` of it, is a word of a board's name: `f411re` of `nucleo-f411re`.
fn chip_in(board: &str) -> Option<&'static str> {
    let board = board.to_lowercase();
    let names: Vec<&'static str> = bare_chip_names().into_iter().map(without_core).collect();
    let mut words = board.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.find_map(|word| {
        let word = word.strip_prefix(MAKE).unwrap_or(word);
        // A revision of the board may stand behind it: `h743zi2`.
        let rest = |name: &str| word.strip_prefix(name.strip_prefix(MAKE)?);
        names.iter().copied().find(|name| rest(name).is_some_and(|rest| rest.len() <= 1))
    })
}

/// Whether a word is a name with one letter wrong, missing or too many, or with two that are swapped.
fn is_slip(word: &str, name: &str) -> bool {
    let (word, name): (Vec<char>, Vec<char>) = (word.chars().collect(), name.chars().collect());
    let same = word.iter().zip(&name).take_while(|(one, other)| one == other).count();
    let (word, name) = (&word[same..], &name[same..]);
    match (word, name) {
        ([], []) => true,
        ([], [_]) | ([_], []) => true,
        ([], _) | (_, []) => false,
        ([one, word @ ..], [other, name @ ..]) => {
            let is_swap = word.first() == Some(other) && name.first() == Some(one) && word[1..] == name[1..];
            is_swap
                || word == name
                || word.iter().eq([other].into_iter().chain(name))
                || [one].into_iter().chain(word).eq(name)
        }
    }
}

/// A name without separators.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn said(help: String) -> UnknownBoard {
    UnknownBoard { notes: Vec::new(), help }
}

/// What stands behind `chip:`, in whichever case that is.
fn behind_prefix(name: &str) -> Option<&str> {
    let (prefix, chip) = name.split_at_checked(BARE_CHIP.len())?;
    prefix.eq_ignore_ascii_case(BARE_CHIP).then(|| chip.trim())
}

/// A chip, and what of a word is not part of its name.
#[derive(Debug, PartialEq, Eq)]
struct Meant {
    /// Its name behind `chip:`.
    chip: &'static str,
    surplus: Surplus,
}

#[derive(Debug, PartialEq, Eq)]
enum Surplus {
    /// Nothing but case or separators.
    Nothing,
    /// Its package, as it is printed on the chip.
    Package,
    /// A core, where fwc's firmware is for another: for this one.
    Core(String),
}

impl Meant {
    fn notes(&self) -> Vec<String> {
        match &self.surplus {
            Surplus::Core(core) => vec![format!("of its two cores, fwc makes firmware for the {core}")],
            Surplus::Nothing | Surplus::Package => Vec::new(),
        }
    }
}

/// The chip that a word names without being its name.
fn meant(word: &str) -> Option<Meant> {
    let word = word.trim().to_lowercase();
    let (body, core) = match word.rsplit_once("-cm") {
        Some((body, core)) => (body, Some(core)),
        None => (word.as_str(), None),
    };
    let (chip, surplus) = named(body)?;
    let other = core.and_then(|_| bare_chip(chip)?.split_once("-cm")).map(|(_, number)| number);
    let surplus = match other {
        Some(number) => Surplus::Core(format!("Cortex-M{}", number.to_uppercase())),
        None => surplus,
    };
    Some(Meant { chip, surplus })
}

/// The chip of a name in lower case, and whether its package stands behind it.
fn named(body: &str) -> Option<(&'static str, Surplus)> {
    let names: Vec<&'static str> = bare_chip_names().into_iter().map(without_core).collect();
    if let Some(name) = names.iter().find(|name| letters(name) == letters(body)) {
        return Some((*name, Surplus::Nothing));
    }
    let starts = names.iter().filter_map(|name| Some((*name, body.strip_prefix(*name)?)));
    let (name, rest) = starts.max_by_key(|(name, _)| name.len())?;
    let option = option_of_package(rest.trim_start_matches(['-', '_', ' ']))?;
    // A revision of some chips of the STM32L1, which stands behind the package where it is printed, has a name of its own.
    let revised = option.and_then(|option| {
        let revised = format!("{name}-{option}");
        names.iter().copied().find(|name| *name == revised)
    });
    Some((revised.unwrap_or(name), Surplus::Package))
}

/// The first letter behind a package's, such as `t6` or `t6tr`, where there is one; nothing outside where it is none.
///
/// ST's datasheets, "Ordering information": a letter for the package, a digit for the range of temperatures, then options.
fn option_of_package(text: &str) -> Option<Option<char>> {
    let mut letters = text.chars();
    let is_package = letters.next()?.is_ascii_alphabetic()
        && letters.next().is_none_or(|range| range.is_ascii_digit() || range == 'x')
        && letters.clone().all(|option| option.is_ascii_alphanumeric())
        && letters.clone().count() <= 4;
    is_package.then(|| letters.next())
}

/// A name without the core that need not be named.
fn without_core(name: &'static str) -> &'static str {
    name.split_once("-cm").map_or(name, |(chip, _)| chip)
}

/// A word that is no chip's name, less what looks like a package.
fn without_package(word: &str) -> &str {
    let starts = (WHOLE..word.len()).filter(|at| word.is_char_boundary(*at));
    let mut bodies = starts.filter(|at| option_of_package(&word[*at..]).is_some_and(|_| word.len() - at > 1));
    bodies.next().map_or(word, |at| &word[..at])
}

/// The chips that begin as a word does, as far as there are such, where that says at least their line.
fn like(word: &str) -> Option<Vec<&'static str>> {
    let names: Vec<&'static str> = bare_chip_names().into_iter().map(without_core).collect();
    let ends = (LINE..=word.len()).rev().filter(|end| word.is_char_boundary(*end));
    let mut likes = ends.map(|end| -> Vec<&'static str> {
        names.iter().copied().filter(|name| name.starts_with(&word[..end])).collect()
    });
    likes.find(|chips| !chips.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::Catalog;
    use super::unknown_chip_of_board;

    #[track_caller]
    fn check(name: &str, help: &str) {
        assert_eq!(Catalog::default().unknown_board(name).help, help, "for `{name}`");
    }

    #[test]
    fn a_name_as_it_is_printed_on_the_chip() {
        for package in ["T6", "t6tr", "Tx", "U6", "t", "-T6", "T6TR"] {
            check(
                &format!("chip:STM32G431CB{package}"),
                "did you mean `chip:stm32g431cb`, the name without its package?",
            );
            check(
                &format!("stm32g431cb{package}"),
                "`chip:stm32g431cb`, without its package, is the chip by itself; `fwc boards` lists the boards",
            );
        }
        check("chip:stm32f103c8t6", "did you mean `chip:stm32f103c8`, the name without its package?");
        check("chip:STM32H745ZIT6", "did you mean `chip:stm32h745zi`, the name without its package?");
        check("chip:STM32L151C6T6", "did you mean `chip:stm32l151c6`, the name without its package?");
        check("chip:STM32L151C6T6A", "did you mean `chip:stm32l151c6-a`, the name without its package?");
        check("chip:STM32L151C6T6TR", "did you mean `chip:stm32l151c6`, the name without its package?");
    }

    #[test]
    fn a_chip_where_a_board_should_be() {
        check("stm32g431cb", "`chip:stm32g431cb` is the chip by itself; `fwc boards` lists the boards");
        check("STM32F103C8", "`chip:stm32f103c8` is the chip by itself; a board with it is `bluepill-f103`");
        check("Chip:stm32g431cb", "did you mean `chip:stm32g431cb`?");
        check("chip:STM32G431CB", "did you mean `chip:stm32g431cb`?");
    }

    #[test]
    fn the_other_core_of_two() {
        let answer = Catalog::default().unknown_board("chip:stm32h745zi-cm4");
        assert_eq!(answer.help, "did you mean `chip:stm32h745zi`?");
        assert_eq!(answer.notes, ["of its two cores, fwc makes firmware for the Cortex-M7"]);
        let answer = Catalog::default().unknown_board("chip:stm32wl55jc-cm0p");
        assert_eq!(answer.help, "did you mean `chip:stm32wl55jc`?");
        assert_eq!(answer.notes, ["of its two cores, fwc makes firmware for the Cortex-M4"]);
    }

    #[test]
    fn a_size_that_is_not_made_is_no_smaller_chip() {
        let sizes = "of that line there are `chip:stm32f103c4`, `chip:stm32f103c6`, `chip:stm32f103c8` and `chip:stm32f103cb`";
        for name in ["chip:stm32f103c9", "chip:stm32f103cz", "chip:STM32F103C9T6", "chip:stm32f103c"] {
            check(name, sizes);
        }
        check(
            "chip:stm32f103",
            "of that line there are `chip:stm32f103c4`, `chip:stm32f103c6`, `chip:stm32f103c8`, `chip:stm32f103cb`, \
             `chip:stm32f103r4`, `chip:stm32f103r6`, `chip:stm32f103r8`, `chip:stm32f103rb` and 21 more",
        );
    }

    #[test]
    fn letters_swapped_and_a_package_behind_them() {
        check("chip:stm32g413cb", "did you mean `chip:stm32g431cb`?");
        check("chip:stm32g413cbt6", "did you mean `chip:stm32g431cb`?");
        check("chip:stm32l4", "an STM32 is named without its package, such as `chip:stm32g431cb`");
        check("rpi-pcio", "did you mean `rpi-pico`? `fwc boards` lists them all");
    }

    #[test]
    fn the_chip_that_is_in_a_board_s_name() {
        check("nucleo-f411re", "`chip:stm32f411re` is the chip by itself; `fwc boards` lists the boards");
        check("NUCLEO-L053R8", "`chip:stm32l053r8` is the chip by itself; `fwc boards` lists the boards");
        check("nuclo-g071rb", "did you mean `nucleo-g071rb`? `fwc boards` lists them all");
    }

    #[test]
    fn a_chip_that_is_not_served() {
        let check = |name: &str, note: &str, help: &str| {
            let answer = Catalog::default().unknown_board(name);
            assert_eq!(answer.notes, [note], "for `{name}`");
            assert!(answer.help.starts_with(help), "for `{name}`: {}", answer.help);
        };
        for name in ["esp32-s3", "esp32s3", "ESP32-S3-DevKitC-1"] {
            let note = "fwc does not serve the ESP32, ESP32-S2 and ESP32-S3: their cores are Xtensa's, for which Rust's own compiler makes no code";
            check(name, note, "`fwc boards` lists the boards;");
        }
        for name in ["nrf52810", "chip:nrf52810"] {
            let note = "fwc does not serve the nRF52805, nRF52810, nRF52811 and nRF52820: it has no tables of their pins and blocks";
            check(name, note, "`fwc boards` lists the boards;");
        }
        check(
            "chip:stm32mp157",
            "fwc does not serve the STM32MP: it has no flash of its own, and fwc links for flash",
            "what it serves is the STM32C0,",
        );
        check(
            "chip:STM32WB5MMG",
            "fwc does not serve the STM32WB1M, WB5M and WL5M: they are modules, and what is named is the chip in one: an STM32WB15, WB55 or WL55 with as much flash",
            "what it serves is the STM32C0,",
        );
    }

    #[test]
    fn a_space_behind_the_prefix() {
        check("chip: stm32f103c8", "did you mean `chip:stm32f103c8`?");
    }

    #[test]
    fn a_name_that_is_near_no_chip_s() {
        check(
            "chip:rp2040b",
            "`chip:` is for an STM32, such as `chip:stm32g431cb`; `fwc boards` lists the boards with other chips",
        );
        let answer = Catalog::default().unknown_board("chip:stm32x999zz");
        assert!(
            answer.help.starts_with("fwc knows no such STM32; what it serves is the STM32C0,"),
            "{}",
            answer.help
        );
    }

    #[test]
    fn a_chip_of_another_make() {
        check("chip:nRF52840", "a board with that chip is `nrf52840-dk`; `chip:` is for an STM32");
        check("nrf52833", "a board with that chip is `microbit-v2`; `chip:` is for an STM32");
    }

    #[test]
    fn the_chip_of_a_board_s_file() {
        let check = |name: &str, help: &str| assert_eq!(unknown_chip_of_board(name), help, "for `{name}`");
        check("STM32G431CBT6", "did you mean `stm32g431cb`, the name without its package?");
        check("nrf52480", "did you mean `nrf52840`?");
        check(
            "atsamd21g18",
            "the chips are esp32c3, esp32c6, nrf51822, nrf52832, nrf52833, nrf52840, rp2040, rp2350a, and those of the STM32 by their \
             names, such as `stm32g431cb`",
        );
    }
}
