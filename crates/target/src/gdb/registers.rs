//! The registers of a Cortex-M core as GDB numbers and describes them.
//!
//! GDB manual, appendix "Target Descriptions", ARM features: `org.gnu.gdb.arm.m-profile` and `org.gnu.gdb.arm.m-system`.
//! With the two stack pointers GDB unwinds out of interrupts.

use std::num::NonZeroUsize;

use gdbstub::arch::{Arch, RegId, Registers};

/// R0 to R12, SP, LR, PC, XPSR, MSP, PSP: the numbers are those of the core's register selector, too (ARMv6-M Architecture
/// Reference Manual, DCRSR).
pub(super) const COUNT: usize = 19;
const PC: usize = 15;
const SIZE: NonZeroUsize = NonZeroUsize::new(4).unwrap();

pub(super) const DESCRIPTION: &str = r#"<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
  <architecture>arm</architecture>
  <feature name="org.gnu.gdb.arm.m-profile">
    <reg name="r0" bitsize="32"/>
    <reg name="r1" bitsize="32"/>
    <reg name="r2" bitsize="32"/>
    <reg name="r3" bitsize="32"/>
    <reg name="r4" bitsize="32"/>
    <reg name="r5" bitsize="32"/>
    <reg name="r6" bitsize="32"/>
    <reg name="r7" bitsize="32"/>
    <reg name="r8" bitsize="32"/>
    <reg name="r9" bitsize="32"/>
    <reg name="r10" bitsize="32"/>
    <reg name="r11" bitsize="32"/>
    <reg name="r12" bitsize="32"/>
    <reg name="sp" bitsize="32" type="data_ptr"/>
    <reg name="lr" bitsize="32"/>
    <reg name="pc" bitsize="32" type="code_ptr"/>
    <reg name="xpsr" bitsize="32"/>
  </feature>
  <feature name="org.gnu.gdb.arm.m-system">
    <reg name="msp" bitsize="32" type="data_ptr"/>
    <reg name="psp" bitsize="32" type="data_ptr"/>
  </feature>
</target>
"#;

/// The architecture of all chips that the catalogue has.
pub(super) enum CortexM {}

impl Arch for CortexM {
    type Usize = u32;
    type Registers = CoreRegisters;
    type BreakpointKind = usize;
    type RegId = RegisterNumber;

    fn target_description_xml() -> Option<&'static str> {
        Some(DESCRIPTION)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegisterNumber(pub(super) u16);

impl RegId for RegisterNumber {
    fn from_raw_id(id: usize) -> Option<(RegisterNumber, Option<NonZeroUsize>)> {
        let number = u16::try_from(id).ok().filter(|_| id < COUNT)?;
        Some((RegisterNumber(number), Some(SIZE)))
    }

    fn to_raw_id(&self) -> Option<usize> {
        Some(self.0.into())
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CoreRegisters(pub(super) [u32; COUNT]);

impl Registers for CoreRegisters {
    type ProgramCounter = u32;

    fn pc(&self) -> u32 {
        self.0[PC]
    }

    fn gdb_serialize(&self, mut write_byte: impl FnMut(Option<u8>)) {
        for byte in self.0.iter().flat_map(|register| register.to_le_bytes()) {
            write_byte(Some(byte));
        }
    }

    fn gdb_deserialize(&mut self, bytes: &[u8]) -> Result<(), ()> {
        let (words, rest) = bytes.as_chunks::<4>();
        if words.len() != COUNT || !rest.is_empty() {
            return Err(());
        }
        self.0 = std::array::from_fn(|number| u32::from_le_bytes(words[number]));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_travel_in_the_order_of_the_description() {
        let registers = CoreRegisters(std::array::from_fn(|number| number as u32 * 0x0101));
        let mut bytes = Vec::new();
        registers.gdb_serialize(|byte| bytes.push(byte.unwrap()));
        assert_eq!(bytes.len(), DESCRIPTION.matches("<reg ").count() * 4);
        assert_eq!(bytes[PC * 4..PC * 4 + 4], [0x0f, 0x0f, 0, 0]);
        let mut back = CoreRegisters::default();
        back.gdb_deserialize(&bytes).unwrap();
        assert_eq!(back, registers);
        assert_eq!(back.gdb_deserialize(&bytes[1..]), Err(()));
    }
}
