use crate::io::HighIo;

pub async fn high(mut io: HighIo) -> ! {
    loop {
        fwc_runtime::info!("        [high] tick!");
        io.tick.next().await;
    }
}
