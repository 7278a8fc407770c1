use crate::io::DimIo;
use embedded_hal::pwm::SetDutyCycle;

pub async fn dim(mut io: DimIo) -> ! {
    loop {
        for percent in [0, 20, 40, 60, 80, 100] {
            fwc_runtime::info!("duty {}%", percent);
            let Ok(()) = io.led.set_duty_cycle_percent(percent);
            io.tick.next().await;
        }
    }
}
