//! What both programs end with: a panic is logged, and halts.
#![no_std]

use core::panic::PanicInfo;

use defmt::{Display2Format, error};
use defmt_rtt as _;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    error!("{}", Display2Format(info));
    loop {}
}
