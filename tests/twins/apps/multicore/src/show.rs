use crate::io::ShowIo;
use embedded_hal::digital::OutputPin;

pub async fn show(mut io: ShowIo) -> ! {
    fwc_runtime::info!("Hello from core 1");
    loop {
        let Ok(()) = io.led.set_state(io.states.receive().await.into());
    }
}
