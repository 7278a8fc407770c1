//! QEMU's virt board: a RISC-V whose CLINT counts time.

use riscv::interrupt::Interrupt;
use riscv_rt::{core_interrupt, entry};

use crate::clock;

/// QEMU, hw/riscv/virt.c: the CLINT's registers for the first processor.
const MTIMECMP: *mut u32 = 0x0200_4000 as *mut u32;
const MTIME: *mut u32 = 0x0200_BFF8 as *mut u32;

/// QEMU, virt: the timer counts at 10 MHz.
const MILLISECOND: u64 = 10_000;

#[entry]
fn main() -> ! {
    set_alarm(read(MTIME) + MILLISECOND);
    // SAFETY: nothing has begun that the interrupts could disturb.
    unsafe {
        riscv::register::mie::set_mtimer();
        riscv::interrupt::enable();
    }
    crate::run()
}

#[core_interrupt(Interrupt::MachineTimer)]
unsafe fn machine_timer() {
    set_alarm(read(MTIMECMP) + MILLISECOND);
    clock::tick();
}

/// A register of two words, whose upper one is the same before and after.
fn read(register: *mut u32) -> u64 {
    loop {
        // SAFETY: both words are registers of the CLINT, which can be read at any time.
        let [high, low, again] = unsafe {
            let upper = register.add(1);
            [upper.read_volatile(), register.read_volatile(), upper.read_volatile()]
        };
        if high == again {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// The privileged architecture, machine timer registers: no alarm comes between the two words.
fn set_alarm(at: u64) {
    // SAFETY: both words are registers of the CLINT, which the timer's interrupt alone writes once it is on.
    unsafe {
        MTIMECMP.write_volatile(u32::MAX);
        MTIMECMP.add(1).write_volatile((at >> 32) as u32);
        MTIMECMP.write_volatile(at as u32);
    }
}
