//! Blinks GP25, echoes UART0 through interrupts, writes to UART1 by DMA, counts presses of a button on GP15.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::Spawner;
use embassy_rp::clocks::ClockConfig;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{DMA_CH0, UART0};
use embassy_rp::uart::{Async, BufferedInterruptHandler, BufferedUart, Config, UartTx};
use embassy_rp::{bind_interrupts, dma};
use embassy_time::{Duration, Ticker};
use embedded_io_async::{Read, Write};
use static_cell::StaticCell;
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Interrupts {
    UART0_IRQ => BufferedInterruptHandler<UART0>;
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

const ECHO_BAUD: u32 = if cfg!(feature = "fast") { 921_600 } else { 115_200 };
const CLOCK_HZ: u32 = if cfg!(feature = "clock-133") { 133_000_000 } else { 125_000_000 };

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let clocks = ClockConfig::system_freq(CLOCK_HZ).expect("a PLL setting exists for this frequency");
    let chip = embassy_rp::init(embassy_rp::config::Config::new(clocks));

    let mut echo_settings = Config::default();
    echo_settings.baudrate = ECHO_BAUD;
    static TRANSMIT: StaticCell<[u8; 256]> = StaticCell::new();
    static RECEIVE: StaticCell<[u8; 256]> = StaticCell::new();
    let console = BufferedUart::new(
        chip.UART0,
        chip.PIN_0,
        chip.PIN_1,
        Interrupts,
        TRANSMIT.init([0; 256]),
        RECEIVE.init([0; 256]),
        echo_settings,
    );
    let report = UartTx::new(chip.UART1, chip.PIN_4, chip.DMA_CH0, Interrupts, Config::default());

    spawner.spawn(blink(Output::new(chip.PIN_25, Level::Low)).unwrap());
    spawner.spawn(echo(console).unwrap());
    spawner.spawn(count(report).unwrap());
    spawner.spawn(button(Input::new(chip.PIN_15, Pull::Up), Output::new(chip.PIN_14, Level::Low)).unwrap());
    info!("ready at {} Hz", embassy_rp::clocks::clk_sys_freq());
}

#[embassy_executor::task]
async fn blink(mut led: Output<'static>) {
    let mut ticker = Ticker::every(Duration::from_millis(100));
    loop {
        ticker.next().await;
        led.toggle();
    }
}

#[embassy_executor::task]
async fn echo(mut console: BufferedUart) {
    let mut bytes = [0; 64];
    loop {
        match console.read(&mut bytes).await {
            Ok(length) => console.write_all(&bytes[..length]).await.unwrap(),
            Err(error) => info!("echo: {}", error),
        }
    }
}

#[embassy_executor::task]
async fn count(mut report: UartTx<'static, Async>) {
    let mut ticker = Ticker::every(Duration::from_millis(250));
    let mut line = *b"count 0, written by the DMA while the core sleeps\r\n";
    loop {
        ticker.next().await;
        report.write(&line).await.unwrap();
        line[6] = if line[6] == b'9' { b'0' } else { line[6] + 1 };
    }
}

#[embassy_executor::task]
async fn button(mut button: Input<'static>, mut lamp: Output<'static>) {
    let mut presses = 0u32;
    loop {
        button.wait_for_falling_edge().await;
        lamp.toggle();
        presses += 1;
        info!("press {}", presses);
    }
}
