//! Reads a register of two bytes at each tick, and goes on whatever happens.

use embedded_hal_async::i2c::I2c;
use fwc_runtime::{info, warn};

use crate::io::ReadIo;

pub async fn read(mut io: ReadIo) -> ! {
    let mut failed = 0u32;
    loop {
        io.tick.next().await;
        let mut value = [0; 2];
        match io.sensors.write_read(0x48, &[1], &mut value).await {
            Ok(()) => info!("read {}", u16::from_be_bytes(value)),
            Err(error) => {
                failed += 1;
                warn!("read failed {} times: {:?}", failed, error);
            }
        }
    }
}
