use alloc::format;
use alloc::vec::Vec;

use crate::io::FillIo;

pub async fn fill(mut io: FillIo) -> ! {
    let mut lines = Vec::new();
    loop {
        io.tick.next().await;
        lines.push(format!("line {}", lines.len()));
        fwc_runtime::info!("{}", lines.last());
        io.heap.signal(lines.len() as u32);
    }
}
