use crate::io::BlinkyIo;
use embassy_time::Timer;
use embedded_hal::digital::OutputPin;

pub async fn blinky(mut io: BlinkyIo) -> ! {
    loop {
        fwc_runtime::info!("led on!");
        let Ok(()) = io.led.set_high();
        Timer::after_millis(250).await;
        fwc_runtime::info!("led off!");
        let Ok(()) = io.led.set_low();
        Timer::after_millis(250).await;
    }
}
