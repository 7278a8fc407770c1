//! The flash memory W25Q, over the traits of the crate `embedded-storage-async` and a driver of its own.
//!
//! The crates `w25q-async` (0.1.1), `w25q32jv` (0.5.1) and `spi-memory-async` (0.2.0) are not used: each of them asks
//! without a pause and without an end whether the part is still busy, which no other device on the bus and no other task
//! survives. Making the first and the last already talks to the part; the second panics when an erase fails.

use embassy_time::{Duration, Instant, Timer};
use embedded_hal_async::spi::{Operation, SpiDevice};
use embedded_storage_async::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use fwc_runtime::device::Error;

/// A W25Q on its bus.
pub struct Handle<Bus> {
    bus: Bus,
    bytes: u32,
    /// Whether the part said what it is, and nothing failed since.
    is_known: bool,
}

/// The keys of app.toml.
pub struct Options {
    /// How many bytes it has.
    pub bytes: u32,
}

/// What is erased at once, at least.
pub const SECTOR: u32 = 4_096;
/// What is erased at once where that much is.
const BLOCK: u32 = 65_536;
/// What is written at once, at most.
const PAGE: u32 = 256;

// Section 8.1.2, "Instruction set table 1".
const WRITE_ENABLE: u8 = 0x06;
const READ_STATUS: u8 = 0x05;
const READ: u8 = 0x03;
const PROGRAM_PAGE: u8 = 0x02;
const ERASE_SECTOR: u8 = 0x20;
const ERASE_BLOCK: u8 = 0xD8;
const RELEASE_POWER_DOWN: u8 = 0xAB;
const JEDEC_ID: u8 = 0x9F;

// Section 7.1: the first status register.
const BUSY: u8 = 1;
const WRITE_ENABLED: u8 = 1 << 1;

/// Section 8.1.1.
const WINBOND: u8 = 0xEF;

// Section 9.6, "AC electrical characteristics".
const LONGEST_PROGRAM: Duration = Duration::from_millis(3);
const LONGEST_SECTOR: Duration = Duration::from_millis(400);
const LONGEST_BLOCK: Duration = Duration::from_secs(2);
const RELEASE: Duration = Duration::from_micros(3);

// How long the bus is left to others between two questions whether the part is done.
const WHILE_PROGRAMMING: Duration = Duration::from_micros(200);
const WHILE_ERASING: Duration = Duration::from_millis(2);

impl<Bus: SpiDevice> Handle<Bus> {
    /// How many bytes there are.
    pub fn capacity(&self) -> u32 {
        self.bytes
    }

    /// What the part says that it is: maker, kind, and its capacity as a power of two.
    pub async fn jedec_id(&mut self) -> Result<[u8; 3], Error<Bus::Error>> {
        let mut id = [0; 3];
        self.bus.transaction(&mut [Operation::Write(&[JEDEC_ID]), Operation::Read(&mut id)]).await?;
        Ok(id)
    }

    /// Reads from an address on.
    ///
    /// # Errors
    /// `Corrupt` for what is beyond the memory's end.
    pub async fn read(&mut self, address: u32, buffer: &mut [u8]) -> Result<(), Error<Bus::Error>> {
        self.within(address, buffer.len())?;
        self.ready().await?;
        let command = at(READ, address);
        Ok(self.bus.transaction(&mut [Operation::Write(&command), Operation::Read(buffer)]).await?)
    }

    /// Writes from an address on, and is done when the part is. A write makes ones zeros; only an erase makes zeros ones.
    ///
    /// # Errors
    /// `Corrupt` for what is beyond the memory's end, of which nothing is written. After another error, some of the bytes
    /// may be written.
    pub async fn write(&mut self, mut address: u32, mut bytes: &[u8]) -> Result<(), Error<Bus::Error>> {
        self.within(address, bytes.len())?;
        while !bytes.is_empty() {
            // Beyond the end of its page, a write would go on at the page's beginning.
            let room = PAGE - address % PAGE;
            let (now, later) = bytes.split_at(bytes.len().min(room as usize));
            self.enable_writing().await?;
            let command = at(PROGRAM_PAGE, address);
            self.bus.transaction(&mut [Operation::Write(&command), Operation::Write(now)]).await?;
            self.done(LONGEST_PROGRAM, WHILE_PROGRAMMING).await?;
            address += now.len() as u32;
            bytes = later;
        }
        Ok(())
    }

    /// Makes every byte 0xFF from one address until before another; both are multiples of [`SECTOR`].
    ///
    /// # Errors
    /// `Corrupt` for another range or one beyond the memory's end, of which nothing is erased.
    pub async fn erase(&mut self, from: u32, to: u32) -> Result<(), Error<Bus::Error>> {
        if !from.is_multiple_of(SECTOR) || !to.is_multiple_of(SECTOR) || from > to || to > self.bytes {
            return Err(Error::Corrupt);
        }
        let mut address = from;
        while address < to {
            let is_block = address.is_multiple_of(BLOCK) && to - address >= BLOCK;
            let (command, length, longest) = match is_block {
                true => (ERASE_BLOCK, BLOCK, LONGEST_BLOCK),
                false => (ERASE_SECTOR, SECTOR, LONGEST_SECTOR),
            };
            self.enable_writing().await?;
            self.bus.write(&at(command, address)).await?;
            self.done(longest, WHILE_ERASING).await?;
            address += length;
        }
        Ok(())
    }

    async fn status(&mut self) -> Result<u8, Error<Bus::Error>> {
        let mut status = [0];
        self.bus.transaction(&mut [Operation::Write(&[READ_STATUS]), Operation::Read(&mut status)]).await?;
        Ok(status[0])
    }

    /// Waits until the part takes commands: an operation that was given up halfway still runs in it.
    async fn ready(&mut self) -> Result<(), Error<Bus::Error>> {
        if self.is_known { self.done(LONGEST_BLOCK, WHILE_ERASING).await } else { start(self).await }
    }

    async fn enable_writing(&mut self) -> Result<(), Error<Bus::Error>> {
        self.ready().await?;
        self.bus.write(&[WRITE_ENABLE]).await?;
        let is_enabled = self.status().await? & (WRITE_ENABLED | BUSY) == WRITE_ENABLED;
        self.is_known = is_enabled;
        if is_enabled { Ok(()) } else { Err(Error::NotReady) }
    }

    /// Asks until the part is done, with pauses.
    async fn done(&mut self, longest: Duration, pause: Duration) -> Result<(), Error<Bus::Error>> {
        let end = Instant::now() + longest;
        while self.status().await? & BUSY != 0 {
            if Instant::now() > end {
                self.is_known = false;
                return Err(Error::NotReady);
            }
            Timer::after(pause).await;
        }
        Ok(())
    }

    fn within(&self, address: u32, length: usize) -> Result<(), Error<Bus::Error>> {
        let fits = u64::from(address) + length as u64 <= u64::from(self.bytes);
        if fits { Ok(()) } else { Err(Error::Corrupt) }
    }
}

/// A command with an address of 24 bits.
fn at(command: u8, address: u32) -> [u8; 4] {
    let [_, high, middle, low] = address.to_be_bytes();
    [command, high, middle, low]
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: SpiDevice>(bus: Bus, options: Options) -> Handle<Bus> {
    Handle { bus, bytes: options.bytes, is_known: false }
}

/// Wakes the part, waits until it has done what an earlier run may have begun, and sees that it is a W25Q of this size. Whatever
/// is asked of the handle first, or after a failure, does this by itself.
pub async fn start<Bus: SpiDevice>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    handle.bus.write(&[RELEASE_POWER_DOWN]).await?;
    Timer::after(RELEASE).await;
    handle.done(LONGEST_BLOCK, WHILE_ERASING).await?;
    let [maker, kind, capacity] = handle.jedec_id().await?;
    handle.is_known = maker == WINBOND && u32::from(capacity) == handle.bytes.trailing_zeros();
    if handle.is_known {
        Ok(())
    } else {
        Err(Error::WrongPart(u32::from_be_bytes([0, maker, kind, capacity])))
    }
}

/// What failed, for those who use the memory by the traits of `embedded-storage-async`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault<E>(pub Error<E>);

impl<E: core::fmt::Debug> NorFlashError for Fault<E> {
    fn kind(&self) -> NorFlashErrorKind {
        match self.0 {
            Error::Corrupt => NorFlashErrorKind::OutOfBounds,
            _ => NorFlashErrorKind::Other,
        }
    }
}

impl<Bus: SpiDevice> ErrorType for Handle<Bus> {
    type Error = Fault<Bus::Error>;
}

impl<Bus: SpiDevice> ReadNorFlash for Handle<Bus> {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        Handle::read(self, offset, bytes).await.map_err(Fault)
    }

    fn capacity(&self) -> usize {
        self.bytes as usize
    }
}

impl<Bus: SpiDevice> NorFlash for Handle<Bus> {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = SECTOR as usize;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        Handle::erase(self, from, to).await.map_err(Fault)
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        Handle::write(self, offset, bytes).await.map_err(Fault)
    }
}

/// A byte may be written again, as long as ones become zeros.
impl<Bus: SpiDevice> MultiwriteNorFlash for Handle<Bus> {}
