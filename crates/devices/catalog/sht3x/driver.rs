//! The thermometer and hygrometer SHT3x, over a driver of its own.
//!
//! The crate `embedded-sht3x` (0.2.0) is not used: making its driver already talks to the part, and loses the bus when
//! that fails; and it lets the part stretch the clock while it measures, which holds a shared bus for 15 ms.

use embassy_time::{Duration, Timer};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// An SHT3x on its bus.
pub struct Handle<Bus> {
    bus: Bus,
    address: u8,
    repeatability: Repeatability,
}

/// The keys of app.toml.
pub struct Options {
    /// How long the part measures.
    pub repeatability: Repeatability,
}

/// The longer, the less noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeatability {
    /// 15 ms.
    High,
    /// 6 ms.
    Medium,
    /// 4 ms.
    Low,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The temperature in degrees Celsius.
    pub celsius: f32,
    /// The relative humidity in percent.
    pub humidity: f32,
}

// Datasheet, tables 9 and 14 to 18.
const RESET: u16 = 0x30A2;
const STATUS: u16 = 0xF32D;
const HEATER_ON: u16 = 0x306D;
const HEATER_OFF: u16 = 0x3066;

/// Table 4: the longest measurement, which an earlier run of the program may have begun.
const LONGEST: Duration = Duration::from_micros(15_500);
/// Table 4: from a reset until the part takes commands.
const RESET_TIME: Duration = Duration::from_micros(1_500);

impl Repeatability {
    /// The command of a single shot without clock stretching (table 9), and how long it takes at most (table 4, for the
    /// lowest supply).
    fn single_shot(self) -> (u16, Duration) {
        match self {
            Self::High => (0x2400, LONGEST),
            Self::Medium => (0x240B, Duration::from_micros(6_500)),
            Self::Low => (0x2416, Duration::from_micros(4_500)),
        }
    }
}

impl<Bus: I2c> Handle<Bus> {
    /// Turns the part's heater on or off: some degrees more, which dry it and show that it measures.
    pub async fn heater(&mut self, on: bool) -> Result<(), Error<Bus::Error>> {
        self.command(if on { HEATER_ON } else { HEATER_OFF }).await
    }

    /// The status word (table 17).
    pub async fn status(&mut self) -> Result<u16, Error<Bus::Error>> {
        let mut bytes = [0; 3];
        self.bus.write_read(self.address, &STATUS.to_be_bytes(), &mut bytes).await?;
        checked(bytes)
    }

    async fn command(&mut self, command: u16) -> Result<(), Error<Bus::Error>> {
        Ok(self.bus.write(self.address, &command.to_be_bytes()).await?)
    }
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    Handle { bus, address, repeatability: options.repeatability }
}

/// Resets the part and sees that it answers.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    Timer::after(LONGEST).await;
    handle.command(RESET).await?;
    Timer::after(RESET_TIME).await;
    handle.status().await.map(drop)
}

/// Measures once, and wakes the task when the result is there.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let (command, duration) = handle.repeatability.single_shot();
    handle.command(command).await?;
    Timer::after(duration).await;
    let mut bytes = [0; 6];
    handle.bus.read(handle.address, &mut bytes).await?;
    let [t0, t1, t2, h0, h1, h2] = bytes;
    let celsius: u16 = checked([t0, t1, t2])?;
    let humidity: u16 = checked([h0, h1, h2])?;
    // Section 4.13, "Conversion of signal output".
    Ok(Reading {
        celsius: f32::from(celsius) * (175.0 / 65_535.0) - 45.0,
        humidity: f32::from(humidity) * (100.0 / 65_535.0),
    })
}

/// The word before its checksum. Section 4.12: polynomial 0x31, initial value 0xFF.
fn checked<E>([high, low, sum]: [u8; 3]) -> Result<u16, Error<E>> {
    let mut crc = 0xFF_u8;
    for byte in [high, low] {
        crc ^= byte;
        for _ in 0..8 {
            crc = if crc & 0x80 == 0 { crc << 1 } else { (crc << 1) ^ 0x31 };
        }
    }
    if crc == sum { Ok(u16::from_be_bytes([high, low])) } else { Err(Error::Corrupt) }
}
