//! Asks the part on SPI what it is, with its chip select in its own hands.

use embedded_hal::digital::OutputPin;
use embedded_hal_async::spi::SpiBus;
use fwc_runtime::info;

use crate::io::IdentifyIo;

pub async fn identify(mut io: IdentifyIo) -> ! {
    loop {
        io.tick.next().await;
        let mut answer = [0; 4];
        let _ = io.select.set_high();
        let outcome = io.memory.transfer(&mut answer, &[0x9f]).await;
        let _ = io.select.set_low();
        if outcome.is_ok() {
            info!("identity {=[u8]:02x}", answer[1..]);
        }
    }
}
