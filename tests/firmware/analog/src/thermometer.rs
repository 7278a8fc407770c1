//! The chip's own sensor, in whole degrees.

use fwc_runtime::AnalogInput;

use crate::io::ReadSensorIo;

pub async fn thermometer(mut io: ReadSensorIo) -> ! {
    loop {
        io.tick.next().await;
        if let Ok(millivolts) = io.sensor.millivolts().await {
            io.celsius.send(fwc_hal_rp::adc::celsius(millivolts) as i32).await;
        }
    }
}
