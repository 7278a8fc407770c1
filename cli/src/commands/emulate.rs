//! `fwc emulate CHIP`: the other end of the emulator's protocol, which fwc starts in a process of its own. So a run that hangs
//! can be ended from outside, as that of an emulator that fwc does not bring.

use std::io::{stdin, stdout};

use crate::Outcome;
use crate::arguments::EmulatedChip;
use crate::failure::Failure;

pub(crate) fn run(chip: EmulatedChip, crystal_hz: u32) -> Outcome {
    let EmulatedChip::Stm32f407 = chip;
    let mut output = stdout().lock();
    match fwc_stm32_emulator::serve(crystal_hz, &mut stdin().lock(), &mut output) {
        0 => Ok(()),
        // The only line on stdout has told why.
        _ => Err(Failure::usage("the job cannot be run")),
    }
}
