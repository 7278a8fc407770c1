//! Writes a count to another register of the same part at each tick, more bytes than the block's FIFO holds.

use embedded_hal_async::i2c::I2c;
use fwc_runtime::warn;

use crate::io::WriteIo;

pub async fn write(mut io: WriteIo) -> ! {
    let mut count = 0;
    let mut failed = 0u32;
    loop {
        io.tick.next().await;
        count += 1;
        let mut bytes = [count; 20];
        bytes[0] = 2;
        if let Err(error) = io.sensors.write(0x48, &bytes).await {
            failed += 1;
            warn!("write failed {} times: {:?}", failed, error);
        }
    }
}
