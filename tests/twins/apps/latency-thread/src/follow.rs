use crate::io::FollowIo;
use embedded_hal::digital::OutputPin;
use embedded_hal_async::digital::Wait;

pub async fn follow(mut io: FollowIo) -> ! {
    loop {
        let Ok(()) = io.edge.wait_for_rising_edge().await;
        let Ok(()) = io.answer.set_high();
        let Ok(()) = io.edge.wait_for_falling_edge().await;
        let Ok(()) = io.answer.set_low();
    }
}
