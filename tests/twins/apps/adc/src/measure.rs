use crate::io::MeasureIo;
use fwc_hal_rp::adc::celsius;
use fwc_runtime::AnalogInput;

pub async fn measure(mut io: MeasureIo) -> ! {
    loop {
        io.tick.next().await;
        fwc_runtime::info!("pin 26: {} mV", io.first.millivolts().await.unwrap_or(0));
        fwc_runtime::info!("pin 27: {} mV", io.second.millivolts().await.unwrap_or(0));
        fwc_runtime::info!("pin 28: {} mV", io.third.millivolts().await.unwrap_or(0));
        fwc_runtime::info!("{} degrees", celsius(io.chip.millivolts().await.unwrap_or(0)));
    }
}
