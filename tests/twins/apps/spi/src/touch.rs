//! Reads X and Y of an XPT2046.

use embedded_hal::digital::OutputPin;
use embedded_hal_async::spi::SpiBus;
use fwc_runtime::info;

use crate::io::TouchIo;

pub async fn touch(mut io: TouchIo) -> ! {
    loop {
        io.tick.next().await;
        let _ = io.select.set_high();
        let mut bytes = [0x90, 0x00, 0x00, 0xd0, 0x00, 0x00];
        let outcome = io.bus.transfer_in_place(&mut bytes).await;
        let _ = io.select.set_low();
        if outcome.is_ok() {
            let x = u16::from_be_bytes([bytes[1], bytes[2]]) >> 3;
            let y = u16::from_be_bytes([bytes[4], bytes[5]]) >> 3;
            info!("x {} y {}", x, y);
        }
    }
}
