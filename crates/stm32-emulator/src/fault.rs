//! What the core's fault registers say -> why it has faulted, in words, and where.
//!
//! Arm DDI 0403E, B3.2.15 (CFSR), B3.2.16 (HFSR) and B1.5.6 (what is pushed when an exception is entered).

use rsemu::cpu::arm::v7m::sys::fsr;

use crate::chip::{Chip, RAM_START};

/// A fault of the core.
pub(crate) struct Fault {
    pub(crate) reason: String,
    /// The address of the instruction.
    pub(crate) program_counter: u32,
}

/// The fault whose handler the core has just entered.
pub(crate) fn of_handler(chip: &Chip) -> Fault {
    const PUSHED_PC: u32 = 0x18;
    let frame = chip.core.msp();
    // Where there is no room for the frame, the step that led here began at the instruction.
    let pushed = if frame < RAM_START { None } else { chip.peek(frame.wrapping_add(PUSHED_PC)) };
    Fault { reason: reason(chip), program_counter: pushed.unwrap_or(chip.stepped_at) }
}

/// Why, in words.
pub(crate) fn reason(chip: &Chip) -> String {
    let (configurable, hard, bus_address) =
        chip.core.with_sys(|registers| (registers.cfsr, registers.hfsr, registers.bfar));
    let what = words(configurable, hard, bus_address);
    if chip.core.msp() < RAM_START { format!("the stack has grown out of the RAM: {what}") } else { what }
}

fn words(configurable: u32, hard: u32, bus_address: u32) -> String {
    let has = |flag: u32| configurable & flag != 0;
    if has(fsr::BF_PRECISERR) && has(fsr::BF_BFARVALID) {
        return format!("nothing is at 0x{bus_address:08x}");
    }
    let known = [
        (fsr::UF_UNDEFINSTR, "undefined instruction"),
        (fsr::UF_INVSTATE, "a jump to what is no Thumb code"),
        (fsr::UF_INVPC, "a return from an exception to nowhere"),
        (fsr::UF_NOCP, "an instruction of a coprocessor that is off"),
        (fsr::UF_UNALIGNED, "unaligned access"),
        (fsr::UF_DIVBYZERO, "a division by zero"),
        (fsr::BF_IBUSERR, "there is no code"),
        (fsr::BF_STKERR, "the stack cannot be written"),
        (fsr::BF_UNSTKERR, "the stack cannot be read"),
        (fsr::MM_IACCVIOL, "there must not be code"),
        (fsr::MM_DACCVIOL, "the memory is protected"),
    ];
    let found = known.into_iter().find(|(flag, _)| has(*flag)).map(|(_, what)| what);
    let of_the_core = match hard {
        hard if hard & fsr::HF_DEBUGEVT != 0 => "breakpoint",
        hard if hard & fsr::HF_VECTTBL != 0 => "the vector table cannot be read",
        _ => "a fault that the core does not explain",
    };
    found.unwrap_or(of_the_core).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_registers_say_is_told_in_words() {
        let bus = fsr::BF_PRECISERR | fsr::BF_BFARVALID;
        assert_eq!(words(bus, fsr::HF_FORCED, 0x1fff_fff0), "nothing is at 0x1ffffff0");
        assert_eq!(words(fsr::UF_UNDEFINSTR, fsr::HF_FORCED, 0), "undefined instruction");
        assert_eq!(words(0, fsr::HF_DEBUGEVT, 0), "breakpoint");
        assert_eq!(words(0, 0, 0), "a fault that the core does not explain");
    }
}
