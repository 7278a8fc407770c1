//! A probe -> what can be read of the chip behind it, whichever that is. Nothing is written but what reading needs.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use probe_rs::architecture::arm::dp::{DpAddress, DpRegisterAddress};
use probe_rs::architecture::arm::sequences::ArmDebugSequence;
use probe_rs::architecture::arm::{ArmDebugInterface, ArmError, DapProbe, FullyQualifiedApAddress};

use super::identity::{Expected, Lock, Mark, Seen};
use super::select::Found;
use super::{Fault, PATIENCE, ProbeChoice, ProbeError, open, select};
use crate::limit;

const DPIDR: DpRegisterAddress = DpRegisterAddress { address: 0, bank: Some(0) };
/// The identification register of every access port (Arm Debug Interface, version 5.2, section C2.6.4).
const IDR: u64 = 0xfc;
/// Armv6-M Architecture Reference Manual, section B3.2.3.
pub(super) const CPUID: u64 = 0xe000_ed00;
/// A chip has its cores behind the first of its access ports.
const PORTS: usize = 4;

/// Makes an error about the chip say which chip is there, if it is another than the board's.
pub fn explain(
    error: ProbeError,
    choice: &ProbeChoice,
    expected: &Expected,
    known: &[Mark],
    cancel: &AtomicBool,
) -> ProbeError {
    if !matches!(error.fault, Fault::NoTarget { .. } | Fault::Locked { .. } | Fault::OtherChip { .. }) {
        return error;
    }
    let (choice, wanted, marks) = (choice.clone(), expected.clone(), known.to_vec());
    let looked = limit::supervised(PATIENCE, cancel, &mut |()| {}, move |_| {
        let item = select::one(choice.selector.as_deref()).ok()?;
        Some(look(&item, &choice, &wanted, &marks))
    });
    let Ok(Some(seen)) = looked else { return error };
    ProbeError { fault: judge(error.fault, &seen, expected, known), ..error }
}

/// What the fault is, once it is known what is there.
fn judge(fault: Fault, seen: &Seen, expected: &Expected, known: &[Mark]) -> Fault {
    if seen.is_nothing() {
        return fault;
    }
    let other = |seen: &Seen| Fault::OtherChip {
        board: expected.board.clone(),
        chip: expected.chip.clone(),
        found: seen.described(known),
        found_chips: seen.chip(known).map(|mark| mark.chips.clone()),
    };
    match (&fault, seen.chip(known)) {
        // It is the right one, and has another reason.
        (Fault::NoTarget { .. } | Fault::Locked { .. }, Some(mark))
            if expected.mark.as_ref().is_some_and(|own| own.is_same(mark)) =>
        {
            fault
        }
        (Fault::Locked { .. }, None) if seen.is_locked(expected) => fault,
        // Where a chip's lock is no port of its own, the fault was read from the chip itself.
        (Fault::Locked { .. }, None) if !matches!(expected.lock, Some(Lock::ControlPort { .. })) => fault,
        (Fault::NoTarget { .. }, None) if seen.core.is_none() => fault,
        _ => other(seen),
    }
}

pub(super) fn look(item: &Found, choice: &ProbeChoice, expected: &Expected, known: &[Mark]) -> Seen {
    let Ok(mut probe) = open(item, choice) else { return Seen::default() };
    // First as a chip that has the wires for itself, then those that are selected by a number.
    let selects = known.iter().filter_map(|mark| mark.target_select).map(DpAddress::Multidrop);
    for port in std::iter::once(DpAddress::Default).chain(selects) {
        if probe.attach_to_unspecified().is_err() {
            break;
        }
        let mut interface = match probe.try_into_arm_debug_interface(Arc::new(Glance)) {
            Ok(interface) => interface,
            Err(_) => break,
        };
        if let Some(seen) = look_at(&mut *interface, port, expected, known) {
            return seen;
        }
        probe = interface.close();
    }
    Seen::default()
}

/// The library's way to a debug port, tried once instead of five times: that it may not answer is no surprise here.
#[derive(Debug)]
struct Glance;

impl ArmDebugSequence for Glance {
    /// Arm Debug Interface, version 5.2, section B5.3.4: from JTAG to SWD, or out of the dormant state.
    fn debug_port_setup(&self, interface: &mut dyn DapProbe, port: DpAddress) -> Result<(), ArmError> {
        const LINE_RESET: u64 = (1 << 51) - 1;
        interface.swj_sequence(51, LINE_RESET)?;
        if port == DpAddress::Default {
            interface.swj_sequence(16, 0xe79e)?;
        } else {
            interface.swj_sequence(31, 0x33bb_bbba)?;
            interface.swj_sequence(8, 0xff)?;
            interface.swj_sequence(64, 0x8685_2d95_6209_f392)?;
            interface.swj_sequence(64, 0x19bc_0ea2_e3dd_afe9)?;
            interface.swj_sequence(12, 0x1a0)?;
        }
        self.debug_port_connect(interface, port)
    }
}

fn look_at(
    interface: &mut dyn ArmDebugInterface,
    port: DpAddress,
    expected: &Expected,
    known: &[Mark],
) -> Option<Seen> {
    interface.select_debug_port(port).ok()?;
    let debug_port = interface.read_raw_dp_register(port, DPIDR).ok()?;
    let mut seen = Seen { debug_port: Some(debug_port), ..Seen::default() };
    if let Some(Lock::ControlPort { port: number, .. }) = expected.lock {
        let address = FullyQualifiedApAddress::v1_with_dp(port, number);
        seen.control_port = interface.read_raw_ap_register(&address, IDR).ok();
    }
    for access_port in interface.access_ports(port).unwrap_or_default().iter().take(PORTS) {
        look_through(interface, access_port, known, &mut seen);
        if seen.core.is_some() {
            break;
        }
    }
    Some(seen)
}

/// What a debugger sees through an access port, if that leads to a memory.
fn look_through(
    interface: &mut dyn ArmDebugInterface,
    port: &FullyQualifiedApAddress,
    known: &[Mark],
    seen: &mut Seen,
) {
    let Ok(mut memory) = interface.memory_interface(port) else { return };
    seen.core = memory.read_word_32(CPUID).ok().filter(|core| *core != 0);
    if seen.core.is_none() {
        return;
    }
    let mut addresses: Vec<u64> = known.iter().map(|mark| mark.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    // Where a chip has nothing, reading fails.
    seen.words = addresses
        .into_iter()
        .filter_map(|address| memory.read_word_32(address).ok().map(|word| (address, word)))
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected {
            board: "nrf52840-dk".to_owned(),
            chip: "nRF52840".to_owned(),
            probe_rs: "nRF52840_xxAA".to_owned(),
            mark: Some(nrf()),
            lock: Some(Lock::ControlPort { port: 1, idr: 0x0288_0000 }),
        }
    }

    fn nrf() -> Mark {
        Mark {
            chips: "nRF52840".to_owned(),
            address: 0x1000_0100,
            mask: u32::MAX,
            values: vec![0x52840],
            core_part: None,
            target_select: None,
        }
    }

    fn stm() -> Mark {
        Mark {
            chips: "STM32F411".to_owned(),
            address: 0xe004_2000,
            mask: 0xfff,
            values: vec![0x431],
            ..nrf()
        }
    }

    fn no_target() -> Fault {
        Fault::NoTarget { chip: "nRF52840".to_owned(), reason: "no answer".to_owned() }
    }

    fn locked() -> Fault {
        Fault::Locked { chip: "nRF52840".to_owned(), reason: "locked".to_owned(), unlock: None }
    }

    fn judged(fault: Fault, seen: &Seen) -> String {
        judge(fault, seen, &expected(), &[nrf(), stm()]).to_string()
    }

    #[test]
    fn another_chip_is_told_whatever_the_library_made_of_it() {
        let seen = Seen {
            debug_port: Some(0x2ba0_1477),
            core: Some(0x410f_c241),
            control_port: Some(0),
            words: vec![(0xe004_2000, 0x1000_6431)],
        };
        let told = "nrf52840-dk has an nRF52840, but an STM32F411 answers the probe";
        assert_eq!(judged(no_target(), &seen), told);
        // Of a port that is not there the library reads nothing, which looks like a lock.
        assert_eq!(judged(locked(), &seen), told);
    }

    #[test]
    fn a_locked_chip_stays_one() {
        let seen = Seen { debug_port: Some(1), control_port: Some(0x0288_0000), ..Seen::default() };
        assert!(judged(locked(), &seen).contains("is locked"));
    }

    #[test]
    fn where_nothing_answers_the_first_error_stays() {
        assert!(judged(no_target(), &Seen::default()).starts_with("no nRF52840 answers the probe"));
    }

    #[test]
    fn the_right_chip_has_another_reason() {
        let seen = Seen {
            debug_port: Some(1),
            core: Some(0x410f_c241),
            words: vec![(0x1000_0100, 0x52840)],
            ..Seen::default()
        };
        assert!(judged(no_target(), &seen).starts_with("no nRF52840 answers the probe"));
    }
}
