//! Writes each count as a line, and obeys commands of one byte: `f` asks for a full packet, `p` for a panic.

use embassy_futures::select::{Either, select};
use embedded_io_async::{Read, Write};

use crate::io::ShellIo;

pub async fn shell(mut io: ShellIo) -> ! {
    let mut command = [0; 1];
    let mut prints = true;
    loop {
        match select(io.console.read(&mut command), io.counts.next()).await {
            Either::First(Ok(_)) => match command {
                [b'f'] => {
                    prints = false;
                    let _ = io.console.write_all(&[b'-'; 64]).await;
                }
                [b'p'] => panic!("asked for"),
                _ => {}
            },
            Either::Second(count) if prints => {
                let digits = [b'0' + (count / 100 % 10) as u8, b'0' + (count / 10 % 10) as u8, b'0' + (count % 10) as u8, b'\n'];
                let _ = io.console.write_all(&digits).await;
            }
            Either::Second(_) => {}
        }
    }
}
