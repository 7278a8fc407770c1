use crate::io::GreetIo;
use embedded_io_async::Write;

pub async fn greet(mut io: GreetIo) -> ! {
    io.console.write_all(b"Hello World!\r\n").await.ok();
    loop {
        io.tick.next().await;
        io.console.write_all(b"hello there!\r\n").await.ok();
    }
}
