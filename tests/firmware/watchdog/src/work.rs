//! Stops in the way that a key asks for.

use core::future::pending;
use core::hint::spin_loop;

use embedded_hal::digital::InputPin;

use crate::io::WorkIo;

pub async fn work(mut io: WorkIo) -> ! {
    fwc_runtime::info!("started");
    loop {
        io.tick.next().await;
        if io.hang.is_high() == Ok(true) {
            pending::<()>().await;
        }
        while io.spin.is_high() == Ok(true) {
            spin_loop();
        }
        assert!(io.panic.is_high() == Ok(false), "told to");
    }
}
