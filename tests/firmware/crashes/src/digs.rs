//! Calls itself at the second tick until there is no stack left.

use crate::io::StumblerIo;

pub async fn digs(mut io: StumblerIo) -> ! {
    io.tick.next().await;
    fwc_runtime::info!("the first tick is fine");
    io.tick.next().await;
    fwc_runtime::info!("dug {}", dig(0));
    loop {
        io.tick.next().await;
    }
}

#[inline(never)]
#[expect(unconditional_recursion, reason = "this is what it is for")]
fn dig(depth: u32) -> u32 {
    let room = core::hint::black_box([depth; 64]);
    room[0].wrapping_add(dig(depth.wrapping_add(room[1])))
}
