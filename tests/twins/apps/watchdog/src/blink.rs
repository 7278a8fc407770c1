use crate::io::BlinkIo;
use embedded_hal::digital::StatefulOutputPin;

pub async fn blink(mut io: BlinkIo) -> ! {
    fwc_runtime::info!("Hello world!");
    for _ in 0..20 {
        io.tick.next().await;
        let Ok(()) = io.led.toggle();
    }
    fwc_runtime::info!("Stopped feeding the watchdog");
    core::future::pending().await
}
