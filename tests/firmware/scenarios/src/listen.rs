//! Takes each byte as an order.

use embedded_io_async::{Read, Write};

use crate::io::ListenIo;

pub async fn listen(mut io: ListenIo) -> ! {
    let mut byte = [0];
    loop {
        if io.console.read_exact(&mut byte).await.is_err() {
            fwc_runtime::info!("that came broken");
            continue;
        }
        match byte[0] {
            b'!' => panic!("that is no order"),
            order => fwc_runtime::info!("order {}", order),
        }
        io.console.write_all(b"aye\r\n").await.ok();
    }
}
