//! Port A of an MCP23017 follows its port B, ten times a second. A bus that hangs is freed, logged and counted.
#![no_std]
#![no_main]

use defmt::{error, info, warn};
use embassy_executor::Spawner;
use embassy_rp::gpio::{Level, OutputOpenDrain};
use embassy_rp::i2c::{Async, Config, Error, I2c, InterruptHandler};
use embassy_rp::peripherals::{I2C1, PIN_14, PIN_15};
use embassy_rp::{Peri, bind_interrupts};
use embassy_time::{Duration, Ticker, block_for, with_timeout};
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    I2C1_IRQ => InterruptHandler<I2C1>;
});

const ADDRESS: u8 = 0x20;
const DIRECTION_A: u8 = 0x00;
const PORT_B: u8 = 0x13;
const LATCH_A: u8 = 0x14;
const LIMIT: Duration = Duration::from_millis(36);

#[derive(defmt::Format)]
enum Fault {
    Bus(Error),
    Timeout,
}

struct Bus {
    driver: I2c<'static, I2C1, Async>,
    hangs: u32,
}

fn driver(block: Peri<'static, I2C1>, scl: Peri<'static, PIN_15>, sda: Peri<'static, PIN_14>) -> I2c<'static, I2C1, Async> {
    let mut config = Config::default();
    config.frequency = 400_000;
    I2c::new_async(block, scl, sda, Irqs, config)
}

impl Bus {
    async fn write(&mut self, bytes: [u8; 2]) -> Result<(), Fault> {
        match with_timeout(LIMIT, self.driver.write_async(ADDRESS, bytes)).await {
            Ok(outcome) => outcome.map_err(Fault::Bus),
            Err(_) => self.hung(),
        }
    }

    async fn read(&mut self, register: u8) -> Result<u8, Fault> {
        let mut byte = [0];
        match with_timeout(LIMIT, self.driver.write_read_async(ADDRESS, [register], &mut byte)).await {
            Ok(outcome) => outcome.map_err(Fault::Bus)?,
            Err(_) => self.hung()?,
        }
        Ok(byte[0])
    }

    /// Clocks the bus free and sets the block up anew.
    fn hung(&mut self) -> Result<(), Fault> {
        // SAFETY: the driver does nothing while this runs, and another one takes its place.
        let (block, scl_pin, sda_pin) = unsafe { (I2C1::steal(), PIN_15::steal(), PIN_14::steal()) };
        let half_clock = Duration::from_micros(5);
        let mut scl = OutputOpenDrain::new(scl_pin, Level::High);
        let mut sda = OutputOpenDrain::new(sda_pin, Level::High);
        scl.set_pullup(true);
        sda.set_pullup(true);
        for _ in 0..9 {
            block_for(half_clock);
            if sda.is_high() {
                break;
            }
            scl.set_low();
            block_for(half_clock);
            scl.set_high();
        }
        scl.set_low();
        sda.set_low();
        block_for(half_clock);
        scl.set_high();
        block_for(half_clock);
        sda.set_high();
        block_for(half_clock);
        let free = scl.is_high() && sda.is_high();
        drop((scl, sda));
        // SAFETY: as above; the pins are free again.
        self.driver = driver(block, unsafe { PIN_15::steal() }, unsafe { PIN_14::steal() });
        self.hangs += 1;
        error!("the bus hung, free {}; {} times", free, self.hangs);
        Err(Fault::Timeout)
    }
}

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut bus = Bus { driver: driver(p.I2C1, p.PIN_15, p.PIN_14), hangs: 0 };
    if let Err(error) = bus.write([DIRECTION_A, 0]).await {
        warn!("set up: {:?}", error);
    }
    let mut ticker = Ticker::every(Duration::from_millis(100));
    loop {
        ticker.next().await;
        let mut port = 0;
        match bus.read(PORT_B).await {
            Ok(read) => {
                port = read;
                info!("port {}", port);
            }
            Err(error) => warn!("read: {:?}", error),
        }
        if let Err(error) = bus.write([LATCH_A, port]).await {
            warn!("write: {:?}", error);
        }
    }
}
