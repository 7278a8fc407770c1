//! An LED that is brighter each second, at 30 kHz.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_rp::pwm::{Config, Pwm, SetDutyCycle};
use embassy_time::{Duration, Ticker};
use {defmt_rtt as _, panic_probe as _};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    // 125 MHz / 4167 = 30 kHz.
    let mut config = Config::default();
    config.top = 4166;
    let mut led = Pwm::new_output_b(p.PWM_SLICE4, p.PIN_25, config);
    let mut ticker = Ticker::every(Duration::from_secs(1));
    loop {
        for percent in [0, 20, 40, 60, 80, 100] {
            info!("duty {}%", percent);
            led.set_duty_cycle_percent(percent).ok();
            ticker.next().await;
        }
    }
}
