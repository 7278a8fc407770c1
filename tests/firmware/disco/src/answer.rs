use embassy_futures::select::{Either, select};
use embedded_io_async::{Read, Write};

use crate::io::AnswerIo;

/// Writes a line for each count, and sends back in capitals what comes in.
pub async fn answer(mut io: AnswerIo) -> ! {
    let mut bytes = [0; 16];
    loop {
        match select(io.counts.receive(), io.console.read(&mut bytes)).await {
            Either::First(count) => {
                let line = line_of(count.seen);
                io.console.write_all(&line).await.ok();
            }
            Either::Second(Ok(length)) => {
                bytes[..length].make_ascii_uppercase();
                io.console.write_all(&bytes[..length]).await.ok();
            }
            Either::Second(Err(_)) => {}
        }
    }
}

/// `count 7` and a line's end, for counts of one digit.
fn line_of(seen: u32) -> [u8; 9] {
    let mut line = *b"count ?\r\n";
    line[6] = b'0' + (seen % 10) as u8;
    line
}
