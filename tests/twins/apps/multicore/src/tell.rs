use crate::io::TellIo;

pub async fn tell(mut io: TellIo) -> ! {
    fwc_runtime::info!("Hello from core 0");
    loop {
        io.states.send(true).await;
        io.tick.next().await;
        io.states.send(false).await;
        io.tick.next().await;
    }
}
