//! Talks to a part on I2C1, to nobody there, and measures voltages, by the drivers' interrupts and DMA.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_rp::adc::{Adc, Channel, Config as AdcConfig, InterruptHandler as AdcInterruptHandler};
use embassy_rp::gpio::Pull;
use embassy_rp::i2c::{Config as I2cConfig, I2c, InterruptHandler as I2cInterruptHandler};
use embassy_rp::peripherals::{DMA_CH0, I2C1};
use embassy_rp::{bind_interrupts, dma};
use embassy_time::{Instant, Timer};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Interrupts {
    I2C1_IRQ => I2cInterruptHandler<I2C1>;
    ADC_IRQ_FIFO => AdcInterruptHandler;
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

const PART: u16 = 0x44;
const NOBODY: u16 = 0x45;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let chip = embassy_rp::init(embassy_rp::config::Config::default());
    let mut bus = I2c::new_async(chip.I2C1, chip.PIN_3, chip.PIN_2, Interrupts, I2cConfig::default());
    let mut adc = Adc::new(chip.ADC, Interrupts, AdcConfig::default());
    let mut samples = dma::Channel::new(chip.DMA_CH0, Interrupts);
    let mut channels = [
        Channel::new_pin(chip.PIN_26, Pull::None),
        Channel::new_pin(chip.PIN_27, Pull::None),
        Channel::new_temp_sensor(chip.ADC_TEMP_SENSOR),
    ];
    loop {
        let mut answer = [0; 6];
        let before = Instant::now();
        let read = bus.write_read_async(PART, [0xe0, 0x01], &mut answer).await;
        info!("read {} {=[u8]:x} in {} us", read.is_ok(), answer, before.elapsed().as_micros());
        let mut long = [0; 40];
        info!("long {} {}", bus.read_async(PART, &mut long).await.is_ok(), long[39]);
        info!("nobody {}", bus.write_async(NOBODY, [1]).await);
        info!("single {}", adc.read(&mut channels[1]).await);
        let mut many = [0u16; 6];
        let measured = adc.read_many_multichannel(&mut channels, &mut many, 47, &mut samples).await;
        info!("many {} {}", measured.is_ok(), many);
        Timer::after_millis(10).await;
    }
}
