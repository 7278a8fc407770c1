//! Reads a word from an odd address at the second tick: a Cortex-M0+ cannot, and takes a HardFault.

use crate::io::StumblerIo;

pub async fn faults(mut io: StumblerIo) -> ! {
    let word = 0x1234_5678_u32;
    io.tick.next().await;
    fwc_runtime::info!("the first tick is fine");
    io.tick.next().await;
    fwc_runtime::info!("read {}", read(core::ptr::from_ref(&word).wrapping_byte_add(1)));
    loop {
        io.tick.next().await;
    }
}

#[inline(never)]
fn read(address: *const u32) -> u32 {
    // SAFETY: none; the fault is what it is for.
    unsafe { address.read_volatile() }
}
