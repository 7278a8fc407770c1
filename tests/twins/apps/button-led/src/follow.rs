use crate::io::FollowIo;
use embedded_hal::digital::OutputPin;
use embedded_hal_async::digital::Wait;

pub async fn follow(mut io: FollowIo) -> ! {
    loop {
        let Ok(()) = io.button.wait_for_high().await;
        let Ok(()) = io.led.set_high();
        let Ok(()) = io.button.wait_for_low().await;
        let Ok(()) = io.led.set_low();
    }
}
