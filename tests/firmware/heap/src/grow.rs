//! Allocates 500 times the heap's size in all, and at the end more than there is.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::io::GrowIo;

pub async fn grow(mut io: GrowIo) -> ! {
    let mut kept: Vec<String> = Vec::new();
    for round in 0..1_000 {
        let block: Box<[u8]> = alloc::vec![round as u8; 2_048].into_boxed_slice();
        if round % 100 == 0 {
            io.tick.next().await;
            kept.push(format!("round {round} of {}", block.len()));
        }
        assert!(block.iter().all(|byte| *byte == round as u8), "memory of two owners");
    }
    let words: usize = kept.iter().map(|line| line.split(' ').count()).sum();
    fwc_runtime::info!("{} lines of {} words, last {}", kept.len(), words, kept.last().unwrap().as_str());
    let too_much: Vec<u8> = Vec::with_capacity(8_192);
    panic!("the heap of 4 KiB gave {} bytes", too_much.capacity());
}
