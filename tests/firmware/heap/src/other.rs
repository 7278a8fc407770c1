//! Allocates while it preempts the other task.

use alloc::vec::Vec;

use crate::io::OtherIo;

pub async fn other(mut io: OtherIo) -> ! {
    loop {
        io.tick.next().await;
        let block: Vec<u32> = (0..64).collect();
        assert_eq!(block.iter().sum::<u32>(), 2_016);
    }
}
