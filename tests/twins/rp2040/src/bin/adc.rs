//! Three voltages and the chip's temperature, once a second.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_rp::adc::{Adc, Channel, Config, InterruptHandler};
use embassy_rp::bind_interrupts;
use embassy_rp::gpio::Pull;
use embassy_time::{Duration, Ticker};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    ADC_IRQ_FIFO => InterruptHandler;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut adc = Adc::new(p.ADC, Irqs, Config::default());
    let mut first = Channel::new_pin(p.PIN_26, Pull::None);
    let mut second = Channel::new_pin(p.PIN_27, Pull::None);
    let mut third = Channel::new_pin(p.PIN_28, Pull::None);
    let mut chip = Channel::new_temp_sensor(p.ADC_TEMP_SENSOR);
    let mut ticker = Ticker::every(Duration::from_secs(1));
    loop {
        ticker.next().await;
        info!("pin 26: {} mV", millivolts(adc.read(&mut first).await.unwrap_or(0)));
        info!("pin 27: {} mV", millivolts(adc.read(&mut second).await.unwrap_or(0)));
        info!("pin 28: {} mV", millivolts(adc.read(&mut third).await.unwrap_or(0)));
        info!("{} degrees", celsius(millivolts(adc.read(&mut chip).await.unwrap_or(0))));
    }
}

fn millivolts(steps: u16) -> u16 {
    ((u32::from(steps) * 3300 + 2048) / 4096) as u16
}

fn celsius(millivolts: u16) -> f32 {
    27.0 - (f32::from(millivolts) - 706.0) / 1.721
}
