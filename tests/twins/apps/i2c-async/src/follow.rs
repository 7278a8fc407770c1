//! Port B of an MCP23017 is read, and port A is driven by what it shows.

use embedded_hal_async::i2c::I2c;
use fwc_runtime::{info, warn};

use crate::io::FollowIo;

const ADDRESS: u8 = 0x20;
const DIRECTION_A: u8 = 0x00;
const PORT_B: u8 = 0x13;
const LATCH_A: u8 = 0x14;

pub async fn follow(mut io: FollowIo) -> ! {
    if let Err(error) = io.bus.write(ADDRESS, &[DIRECTION_A, 0]).await {
        warn!("set up: {:?}", error);
    }
    loop {
        io.tick.next().await;
        let mut port = [0];
        match io.bus.write_read(ADDRESS, &[PORT_B], &mut port).await {
            Ok(()) => info!("port {}", port[0]),
            Err(error) => warn!("read: {:?}", error),
        }
        if let Err(error) = io.bus.write(ADDRESS, &[LATCH_A, port[0]]).await {
            warn!("write: {:?}", error);
        }
    }
}
