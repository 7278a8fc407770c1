//! The motion sensor MPU-6050, over a driver of its own.
//!
//! The crate `mpu6050-dmp` (0.6.1) is not used: making its driver already talks to the part; it can widen a full scale but
//! never narrow it again, for it only sets bits; and it reads each sensor on its own, where one burst gives all of one
//! sample.

use embassy_time::{Duration, Timer};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// An MPU-6050 on its bus.
pub struct Handle<Bus> {
    bus: Bus,
    address: u8,
    options: Options,
}

/// The keys of app.toml.
pub struct Options {
    /// The largest acceleration in g: 2, 4, 8 or 16.
    pub acceleration: u8,
    /// The fastest rotation in degrees a second: 250, 500, 1000 or 2000.
    pub rotation: u16,
    /// The low-pass filter in hertz: 5, 10, 20, 42, 98 or 188.
    pub bandwidth: u16,
    /// Samples a second: 4 to 1000.
    pub rate: u32,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The acceleration along X in g.
    pub accel_x: f32,
    /// The acceleration along Y in g.
    pub accel_y: f32,
    /// The acceleration along Z in g.
    pub accel_z: f32,
    /// The rotation about X in degrees a second.
    pub gyro_x: f32,
    /// The rotation about Y in degrees a second.
    pub gyro_y: f32,
    /// The rotation about Z in degrees a second.
    pub gyro_z: f32,
    /// The part's own temperature in degrees Celsius.
    pub celsius: f32,
}

// Register map, section 3.
const SAMPLE_RATE_DIVIDER: u8 = 0x19;
const CONFIG: u8 = 0x1A;
const GYRO_CONFIG: u8 = 0x1B;
const ACCEL_CONFIG: u8 = 0x1C;
const ACCEL_X_HIGH: u8 = 0x3B;
const POWER_1: u8 = 0x6B;
const WHO_AM_I: u8 = 0x75;

/// Register 117: the upper six bits of the address, whatever AD0 says.
const IDENTITY: u8 = 0x68;
const DEVICE_RESET: u8 = 0x80;
/// Register 107: awake, on the clock of the X gyroscope, which is steadier than the internal one.
const AWAKE: u8 = 0x01;

impl Options {
    /// The steps of the full scales of rotation and acceleration: registers 27 and 28, bits 4 and 3.
    fn scales(&self) -> (u8, u8) {
        let rotation = match self.rotation {
            250 => 0,
            500 => 1,
            1_000 => 2,
            _ => 3,
        };
        let acceleration = match self.acceleration {
            2 => 0,
            4 => 1,
            8 => 2,
            _ => 3,
        };
        (rotation, acceleration)
    }

    /// Register 26, bits 2 to 0, by the bandwidth of the gyroscope.
    fn filter(&self) -> u8 {
        match self.bandwidth {
            188.. => 1,
            98.. => 2,
            42.. => 3,
            20.. => 4,
            10.. => 5,
            _ => 6,
        }
    }

    /// Register 25: with the filter on, 1 kHz is divided by this and one more.
    fn divider(&self) -> u8 {
        (1_000 / self.rate.clamp(4, 1_000) - 1) as u8
    }
}

impl<Bus: I2c> Handle<Bus> {
    /// A register.
    pub async fn register(&mut self, register: u8) -> Result<u8, Error<Bus::Error>> {
        let mut byte = [0];
        self.bus.write_read(self.address, &[register], &mut byte).await?;
        Ok(byte[0])
    }

    /// Writes a register.
    pub async fn set_register(&mut self, register: u8, value: u8) -> Result<(), Error<Bus::Error>> {
        Ok(self.bus.write(self.address, &[register, value]).await?)
    }
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    Handle { bus, address, options }
}

/// Sees that the part is an MPU-6050, resets it, sets it up, and waits until its gyroscope runs.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    let identity = handle.register(WHO_AM_I).await?;
    if identity != IDENTITY {
        return Err(Error::WrongPart(identity.into()));
    }
    handle.set_register(POWER_1, DEVICE_RESET).await?;
    // Product specification, section 6.3: registers can be used 100 ms after power-up at most.
    Timer::after(Duration::from_millis(100)).await;
    handle.set_register(POWER_1, AWAKE).await?;
    let (rotation, acceleration) = handle.options.scales();
    handle.set_register(SAMPLE_RATE_DIVIDER, handle.options.divider()).await?;
    handle.set_register(CONFIG, handle.options.filter()).await?;
    handle.set_register(GYRO_CONFIG, rotation << 3).await?;
    handle.set_register(ACCEL_CONFIG, acceleration << 3).await?;
    // Section 6.1: the gyroscope starts up in 30 ms; and the slowest rate has a sample after 250 ms.
    Timer::after(Duration::from_millis(30 + u64::from(handle.options.divider()))).await;
    Ok(())
}

/// The latest sample, of all sensors at one moment.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let mut bytes = [0; 14];
    handle.bus.write_read(handle.address, &[ACCEL_X_HIGH], &mut bytes).await?;
    let word = |place: usize| f32::from(i16::from_be_bytes([bytes[2 * place], bytes[2 * place + 1]]));
    let (rotation, acceleration) = handle.options.scales();
    // Registers 59 and 67: 16384 for 1 g and 131 for 1 °/s at the smallest full scale.
    let g = f32::from(1_u16 << acceleration) / 16_384.0;
    let degrees = f32::from(250_u16 << rotation) / 32_768.0;
    Ok(Reading {
        accel_x: word(0) * g,
        accel_y: word(1) * g,
        accel_z: word(2) * g,
        gyro_x: word(4) * degrees,
        gyro_y: word(5) * degrees,
        gyro_z: word(6) * degrees,
        // Register 65.
        celsius: word(3) / 340.0 + 36.53,
    })
}
