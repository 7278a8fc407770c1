//! What was read of the chip at the probe -> whether it is the one that the board has, and which it is instead.

use std::fmt;

/// The chip that a board has, as far as a debugger can tell it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The board's name.
    pub board: String,
    /// The chip's name, as people write it.
    pub chip: String,
    /// What the probe-rs library calls it.
    pub probe_rs: String,
    /// What tells it from others; `None` where nobody has looked that up.
    pub mark: Option<Mark>,
    /// How it is locked; `None` where a debugger cannot tell.
    pub lock: Option<Lock>,
}

/// A register that tells a chip from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The chips that have it: `RP2040`, or how their names begin: `STM32F405, STM32F407`.
    pub chips: String,
    /// The register's address.
    pub address: u64,
    /// The bits that are the same in every revision.
    pub mask: u32,
    /// What these bits are.
    pub values: Vec<u32>,
    /// The part number in CPUID of its core, where another core has the same bits.
    pub core_part: Option<u32>,
    /// What selects the chip's debug port, where it answers to nothing before.
    pub target_select: Option<u32>,
}

/// How a chip is locked against debuggers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// Only this access port answers; the library erases everything by it, which unlocks the chip.
    ControlPort {
        /// Its number.
        port: u8,
        /// Its IDR.
        idr: u32,
    },
    /// A debugger gets in, but the flash is closed to it.
    OptionBits {
        /// The register's address.
        address: u64,
        /// The bits that lock.
        mask: u32,
        /// What they are while the chip is open.
        open: u32,
        /// Another program's command that unlocks it.
        unlock: String,
    },
}

/// What was read of the chip at the probe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// DPIDR, which every debug port of Arm's has.
    pub debug_port: Option<u32>,
    /// CPUID of its core.
    pub core: Option<u32>,
    /// The access port's IDR where the expected chip has its control port.
    pub control_port: Option<u32>,
    /// Registers that tell chips apart, with what they hold.
    pub words: Vec<(u64, u32)>,
}

impl Mark {
    /// Whether a word at the register's address says that it is such a chip; `None` where the register says nothing:
    /// first lots of some chips have it empty.
    #[must_use]
    pub fn fits(&self, word: u32) -> Option<bool> {
        match word {
            0 | u32::MAX => None,
            word => Some(self.values.contains(&(word & self.mask))),
        }
    }

    /// Whether a CPUID is of the chip's core, as far as that matters.
    #[must_use]
    pub fn fits_core(&self, cpuid: u32) -> bool {
        self.core_part.is_none_or(|part| part_number(cpuid) == part)
    }
}

impl Mark {
    /// Whether both tell the same chips, whatever these are called.
    pub(super) fn is_same(&self, other: &Mark) -> bool {
        let told_by = |mark: &Mark| (mark.address, mark.mask, mark.core_part);
        (told_by(self), &self.values) == (told_by(other), &other.values)
    }
}

impl Seen {
    /// The one of the known chips that it is.
    #[must_use]
    pub fn chip<'a>(&self, known: &'a [Mark]) -> Option<&'a Mark> {
        known.iter().find(|mark| {
            let word = self.words.iter().find(|(address, _)| *address == mark.address);
            word.is_some_and(|(_, word)| mark.fits(*word) == Some(true))
                && self.core.is_none_or(|core| mark.fits_core(core))
        })
    }

    /// Whether nothing at all has answered.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.debug_port.is_none()
    }

    /// Whether it is the expected chip, which only its control port can tell while it is locked.
    #[must_use]
    pub fn is_locked(&self, expected: &Expected) -> bool {
        matches!(expected.lock, Some(Lock::ControlPort { idr, .. }) if self.control_port == Some(idr))
    }

    /// `an STM32F411`, or what is known of a chip that fwc does not know.
    #[must_use]
    pub fn described(&self, known: &[Mark]) -> String {
        if let Some(mark) = self.chip(known) {
            return format!("an {}", mark.chips);
        }
        let core = self.core.map(core_name);
        let port = self.debug_port.map(|port| format!("DPIDR {port:#010x}"));
        let core_id = self.core.map(|core| format!("CPUID {core:#010x}"));
        let numbers: Vec<String> = core_id.into_iter().chain(port).collect();
        match core {
            Some(Some(core)) => {
                format!("a chip with a {core} that fwc does not know ({})", numbers.join(", "))
            }
            _ => format!("a chip that fwc does not know ({})", numbers.join(", ")),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.chip)
    }
}

/// The core by the part number in its CPUID: Armv6-M Architecture Reference Manual, section B3.2.3, and the reference
/// manuals of the cores.
fn core_name(cpuid: u32) -> Option<&'static str> {
    match (cpuid >> 24, part_number(cpuid)) {
        (0x41, 0xc20) => Some("Cortex-M0"),
        (0x41, 0xc60) => Some("Cortex-M0+"),
        (0x41, 0xc23) => Some("Cortex-M3"),
        (0x41, 0xc24) => Some("Cortex-M4"),
        (0x41, 0xc27) => Some("Cortex-M7"),
        (0x41, 0xd20) => Some("Cortex-M23"),
        (0x41, 0xd21) => Some("Cortex-M33"),
        _ => None,
    }
}

/// PARTNO of a CPUID.
fn part_number(cpuid: u32) -> u32 {
    (cpuid >> 4) & 0xfff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(chips: &str, address: u64, mask: u32, values: &[u32]) -> Mark {
        let values = values.to_vec();
        Mark { chips: chips.to_owned(), address, mask, values, core_part: None, target_select: None }
    }

    fn known() -> Vec<Mark> {
        vec![
            mark("RP2040", 0x4000_0000, 0x0fff_ffff, &[0x2927]),
            mark("RP2350A", 0x4000_0000, 0x0fff_ffff, &[0x4927]),
            mark("STM32F401", 0xe004_2000, 0xfff, &[0x423, 0x433]),
        ]
    }

    #[test]
    fn a_chip_is_known_in_every_revision() {
        for word in [0x1000_2927, 0x2000_2927] {
            let seen = Seen { words: vec![(0x4000_0000, word)], ..Seen::default() };
            assert_eq!(seen.described(&known()), "an RP2040");
        }
        let seen = Seen { words: vec![(0x4000_0000, 0x80), (0xe004_2000, 0x1000_6433)], ..Seen::default() };
        assert_eq!(seen.described(&known()), "an STM32F401");
    }

    /// The first STM32F405 have the STM32F2's number: OpenOCD, src/flash/nor/stm32f2x.c (stm32x_get_device_id).
    #[test]
    fn chips_with_one_number_are_told_by_their_core() {
        let of = |chips, values: &[u32], part| Mark {
            core_part: Some(part),
            ..mark(chips, 0xe004_2000, 0xfff, values)
        };
        let known = [of("STM32F2", &[0x411], 0xc23), of("STM32F405", &[0x413, 0x411], 0xc24)];
        let seen =
            |core, word| Seen { core: Some(core), words: vec![(0xe004_2000, word)], ..Seen::default() };
        assert_eq!(seen(0x412f_c230, 0x2000_6411).described(&known), "an STM32F2");
        assert_eq!(seen(0x410f_c241, 0x2000_6411).described(&known), "an STM32F405");
        assert_eq!(seen(0x410f_c241, 0x1000_6413).described(&known), "an STM32F405");
        assert!(seen(0x412f_c230, 0x1000_6413).chip(&known).is_none());
        assert!(!known[0].is_same(&Mark { core_part: Some(0xc24), ..known[0].clone() }));
    }

    #[test]
    fn what_is_not_known_is_told_by_its_numbers() {
        let seen = Seen { debug_port: Some(0x2ba0_1477), core: Some(0x410f_c241), ..Seen::default() };
        assert_eq!(
            seen.described(&known()),
            "a chip with a Cortex-M4 that fwc does not know (CPUID 0x410fc241, DPIDR 0x2ba01477)"
        );
        let seen = Seen { debug_port: Some(0x2ba0_1477), ..Seen::default() };
        assert_eq!(seen.described(&known()), "a chip that fwc does not know (DPIDR 0x2ba01477)");
    }

    #[test]
    fn an_empty_register_says_nothing() {
        let mark = mark("nRF52840", 0x1000_0100, u32::MAX, &[0x52840]);
        assert_eq!(mark.fits(u32::MAX), None);
        assert_eq!(mark.fits(0), None);
        assert_eq!(mark.fits(0x52833), Some(false));
        assert_eq!(mark.fits(0x52840), Some(true));
    }

    #[test]
    fn only_the_control_port_of_the_expected_chip_counts_as_its_lock() {
        let expected = Expected {
            board: "nrf52840-dk".to_owned(),
            chip: "nRF52840".to_owned(),
            probe_rs: "nRF52840_xxAA".to_owned(),
            mark: None,
            lock: Some(Lock::ControlPort { port: 1, idr: 0x0288_0000 }),
        };
        assert!(Seen { control_port: Some(0x0288_0000), ..Seen::default() }.is_locked(&expected));
        assert!(!Seen { control_port: Some(0), ..Seen::default() }.is_locked(&expected));
        assert!(!Seen::default().is_locked(&expected));
    }
}
