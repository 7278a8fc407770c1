//! Goes wrong on demand.

use embassy_futures::yield_now;
use embedded_io_async::Read;

use crate::io::ActIo;

pub async fn act(mut io: ActIo) -> ! {
    let mut byte = [0];
    loop {
        io.console.read_exact(&mut byte).await.ok();
        match byte[0] {
            b'l' => loop {
                core::hint::spin_loop();
            },
            b'y' => loop {
                yield_now().await;
            },
            b's' => fwc_runtime::info!("{}", dig(0)),
            _ => panic!("that is no order"),
        }
    }
}

/// Calls itself until there is no stack left.
#[inline(never)]
#[expect(unconditional_recursion, reason = "this is what it is for")]
fn dig(depth: u32) -> u32 {
    let room = core::hint::black_box([depth; 64]);
    room[0].wrapping_add(dig(depth.wrapping_add(room[1])))
}
