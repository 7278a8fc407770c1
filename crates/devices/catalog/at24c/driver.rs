//! The memory AT24C, over a driver of its own.
//!
//! The crate `at24cx` (0.1.3) knows the pages of the AT24CM01 alone, and `eeprom24x` (0.7.2) blocks.

use embassy_time::{Duration, Instant, Timer};
use embedded_hal_async::i2c::{Error as _, ErrorKind, I2c};
use fwc_runtime::device::Error;

/// An AT24C on its bus.
pub struct Handle<Bus> {
    bus: Bus,
    address: u8,
    bytes: u32,
}

/// The keys of app.toml.
pub struct Options {
    /// How many bytes it has.
    pub bytes: u32,
}

/// The largest page of all: AT24C512.
const LARGEST_PAGE: usize = 128;
/// Datasheets, "self-timed write cycle": 5 ms at most; older parts take 10 ms, and the bus its own time.
const LONGEST_WRITE: Duration = Duration::from_millis(20);
const BETWEEN_POLLS: Duration = Duration::from_micros(500);

impl<Bus: I2c> Handle<Bus> {
    /// How many bytes there are.
    pub fn capacity(&self) -> u32 {
        self.bytes
    }

    /// Reads from an address on.
    ///
    /// # Errors
    /// `Corrupt` for what is beyond the memory's end.
    pub async fn read(&mut self, address: u32, buffer: &mut [u8]) -> Result<(), Error<Bus::Error>> {
        self.within(address, buffer.len())?;
        self.ready().await?;
        let (word, length) = self.word_address(address);
        Ok(self.bus.write_read(self.address, &word[..length], buffer).await?)
    }

    /// Writes from an address on, a page at a time, and waits until the part has written the last one.
    ///
    /// # Errors
    /// `Corrupt` for what is beyond the memory's end, of which nothing is written. After an error of the bus, the pages
    /// before it are written.
    pub async fn write(&mut self, mut address: u32, mut bytes: &[u8]) -> Result<(), Error<Bus::Error>> {
        self.within(address, bytes.len())?;
        let page = self.page();
        while !bytes.is_empty() {
            // Beyond the end of its page, a write would go on at the page's beginning.
            let room = page - address as usize % page;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.write_page(address, now).await?;
            address += now.len() as u32;
            bytes = later;
        }
        self.ready().await
    }

    async fn write_page(&mut self, address: u32, bytes: &[u8]) -> Result<(), Error<Bus::Error>> {
        let mut message = [0; 2 + LARGEST_PAGE];
        let (word, length) = self.word_address(address);
        message[..length].copy_from_slice(&word[..length]);
        message[length..length + bytes.len()].copy_from_slice(bytes);
        self.ready().await?;
        Ok(self.bus.write(self.address, &message[..length + bytes.len()]).await?)
    }

    /// Waits until the part answers: while it writes, it does not ("acknowledge polling").
    async fn ready(&mut self) -> Result<(), Error<Bus::Error>> {
        let end = Instant::now() + LONGEST_WRITE;
        loop {
            // An address alone, without a byte, is what the RP2040's I2C cannot send.
            let (word, length) = self.word_address(0);
            match self.bus.write(self.address, &word[..length]).await {
                Err(error) if matches!(error.kind(), ErrorKind::NoAcknowledge(_)) && Instant::now() < end => {
                    Timer::after(BETWEEN_POLLS).await;
                }
                result => return Ok(result?),
            }
        }
    }

    fn within(&self, address: u32, length: usize) -> Result<(), Error<Bus::Error>> {
        let fits = u64::from(address) + length as u64 <= u64::from(self.bytes);
        if fits { Ok(()) } else { Err(Error::Corrupt) }
    }

    /// The address in the memory as it is sent, and how many bytes that is.
    fn word_address(&self, address: u32) -> ([u8; 2], usize) {
        let [_, _, high, low] = address.to_be_bytes();
        if self.bytes <= 256 { ([low, 0], 1) } else { ([high, low], 2) }
    }

    /// How many bytes are written at once, by the datasheets.
    fn page(&self) -> usize {
        match self.bytes {
            0..=256 => 8,
            257..=8_192 => 32,
            8_193..=32_768 => 64,
            _ => LARGEST_PAGE,
        }
    }
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    Handle { bus, address, bytes: options.bytes }
}

/// Sees that a part answers; it has nothing that says what it is.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    handle.ready().await
}
