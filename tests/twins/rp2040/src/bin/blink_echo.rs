//! Toggles the LED twice a second, and sends back what the uart receives.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_rp::bind_interrupts;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::UART0;
use embassy_rp::uart::{BufferedInterruptHandler, BufferedUart, Config};
use embassy_time::{Duration, Ticker};
use embedded_io_async::{Read, Write};
use static_cell::StaticCell;
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    UART0_IRQ => BufferedInterruptHandler<UART0>;
});

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());

    static TX_BUF: StaticCell<[u8; 64]> = StaticCell::new();
    let tx_buf = &mut TX_BUF.init([0; 64])[..];
    static RX_BUF: StaticCell<[u8; 64]> = StaticCell::new();
    let rx_buf = &mut RX_BUF.init([0; 64])[..];
    let uart = BufferedUart::new(p.UART0, p.PIN_0, p.PIN_1, Irqs, tx_buf, rx_buf, Config::default());
    spawner.spawn(echo(uart).unwrap());

    let mut led = Output::new(p.PIN_25, Level::Low);
    let mut ticker = Ticker::every(Duration::from_millis(500));
    loop {
        ticker.next().await;
        led.toggle();
    }
}

#[embassy_executor::task]
async fn echo(mut uart: BufferedUart) {
    let mut buf = [0; 32];
    loop {
        if let Ok(n) = uart.read(&mut buf).await {
            let _ = uart.write_all(&buf[..n]).await;
        }
    }
}
