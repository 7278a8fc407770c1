//! The standard trait: a fraction, a percentage, and both ends.

use embedded_hal::pwm::SetDutyCycle;

use crate::io::LightIo;

pub async fn light(mut io: LightIo) -> ! {
    io.tick.next().await;
    assert_eq!(io.lamp.max_duty_cycle(), 5_000);
    let Ok(()) = io.lamp.set_duty_cycle_fraction(3, 4);
    io.tick.next().await;
    let Ok(()) = io.lamp.set_duty_cycle_fully_on();
    io.tick.next().await;
    let Ok(()) = io.lamp.set_duty_cycle_fully_off();
    io.tick.next().await;
    let Ok(()) = io.lamp.set_duty_cycle_percent(10);
    core::future::pending().await
}
