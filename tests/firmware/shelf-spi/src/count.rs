//! Counts its ticks across two pages of the memory, a bit for each; and erases the sector when it begins.

use crate::io::CountIo;

/// The first byte is the last one of a page.
const PLACE: u32 = 255;

pub async fn count(mut io: CountIo) -> ! {
    while io.memory.erase(0, 4096).await.is_err() {
        io.tick.next().await;
    }
    let mut bits = [0; 2];
    loop {
        io.tick.next().await;
        if io.memory.read(PLACE, &mut bits).await.is_ok() {
            // A one becomes a zero without an erase.
            let next = u16::from_le_bytes(bits) << 1;
            io.memory.write(PLACE, &next.to_le_bytes()).await.ok();
        }
    }
}
