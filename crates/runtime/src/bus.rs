//! Buses: how their users take turns, and what can go wrong on them on every chip.

use core::future::Future;
use core::mem::MaybeUninit;
use core::ops::DerefMut;

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::mutex::{Mutex, MutexGuard};
use embassy_time::{Duration, Timer, block_for};
use embedded_hal::digital::{InputPin, OutputPin};
use embedded_hal_async::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};
use embedded_hal_async::spi::{self, Mode, SpiBus};

/// A bus whose users take turns, each for a whole transaction. The handle of a user is a reference to it.
pub struct Shared<M: RawMutex, B>(Mutex<M, B>);

/// Puts a bus where it stays for ever, for all of its users.
pub fn share<M: RawMutex, B>(place: &'static mut MaybeUninit<Shared<M, B>>, bus: B) -> &'static Shared<M, B> {
    place.write(Shared(Mutex::new(bus)))
}

impl<M: RawMutex, B: ErrorType> ErrorType for &Shared<M, B> {
    type Error = B::Error;
}

impl<M: RawMutex, B: I2c> I2c for &Shared<M, B> {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), Self::Error> {
        self.0.lock().await.transaction(address, operations).await
    }
}

/// A bus that can be had for a while: at once by the one who has it alone, in turn by those who share it.
pub trait Lend {
    /// The bus.
    type Bus;

    /// The bus in the hands of its user.
    type Loan<'a>: DerefMut<Target = Self::Bus>
    where
        Self: 'a;

    /// Waits for the bus.
    fn lend(&mut self) -> impl Future<Output = Self::Loan<'_>>;
}

impl<M: RawMutex, B> Lend for &'static Shared<M, B> {
    type Bus = B;
    type Loan<'a> = MutexGuard<'a, M, B>;

    fn lend(&mut self) -> impl Future<Output = Self::Loan<'_>> {
        self.0.lock()
    }
}

/// The clock of a device on an SPI bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpiClock {
    /// The frequency at most.
    pub hertz: u32,
    /// Polarity and phase.
    pub mode: Mode,
}

impl SpiClock {
    /// So many hertz at most, in a mode.
    pub const fn new(hertz: u32, mode: Mode) -> Self {
        Self { hertz, mode }
    }
}

/// An SPI bus whose clock can be set.
pub trait Clocked {
    /// Sets the clock from the next transfer on.
    fn set_clock(&mut self, clock: SpiClock);
}

/// A device on an SPI bus: its own chip select, mode and speed. An output that is active is a chip select that is low.
pub struct SpiDevice<B, S> {
    bus: B,
    select: S,
    clock: SpiClock,
}

impl<B, S> SpiDevice<B, S> {
    /// A device on a bus.
    pub fn new(bus: B, select: S, clock: SpiClock) -> Self {
        Self { bus, select, clock }
    }
}

impl<B, S> spi::ErrorType for SpiDevice<B, S>
where
    B: Lend,
    B::Bus: spi::ErrorType,
{
    type Error = <B::Bus as spi::ErrorType>::Error;
}

impl<B, S> spi::SpiDevice for SpiDevice<B, S>
where
    B: Lend,
    B::Bus: SpiBus + Clocked,
    S: OutputPin,
{
    async fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Self::Error> {
        let mut bus = self.bus.lend().await;
        bus.set_clock(self.clock);
        let _selected = Selected::new(&mut self.select);
        for operation in operations {
            match operation {
                spi::Operation::Read(bytes) => bus.read(bytes).await?,
                spi::Operation::Write(bytes) => bus.write(bytes).await?,
                spi::Operation::Transfer(answer, bytes) => bus.transfer(answer, bytes).await?,
                spi::Operation::TransferInPlace(bytes) => bus.transfer_in_place(bytes).await?,
                spi::Operation::DelayNs(nanos) => Timer::after_nanos((*nanos).into()).await,
            }
        }
        bus.flush().await
    }
}

/// A device that is selected for as long as this lives, so also where its user gives up halfway.
struct Selected<'a, S: OutputPin>(&'a mut S);

impl<'a, S: OutputPin> Selected<'a, S> {
    fn new(select: &'a mut S) -> Self {
        // The pins of no chip can fail.
        let _ = select.set_high();
        Self(select)
    }
}

impl<S: OutputPin> Drop for Selected<'_, S> {
    fn drop(&mut self) {
        let _ = self.0.set_low();
    }
}

/// Why a transfer on an SPI bus failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SpiError {
    /// The bus has no `miso`, so nothing can be read.
    WriteOnly,
}

impl spi::Error for SpiError {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

/// NXP UM10204, section 3.1.16: after so many clocks a part has let go of the data line, whatever it was sending.
const CLOCKS_TO_FREE: u32 = 9;

/// Half a clock at the 100 kHz that every part can follow.
const HALF_CLOCK: Duration = Duration::from_micros(5);

/// Frees the lines of an I2C bus, which are driven by hand, from a part that stopped in the middle of a byte: clocks until
/// the data line is high, and ends whatever was going on by a stop. Whether both lines are high then.
///
/// It takes up to a tenth of a millisecond, in which nothing else runs on this executor.
pub fn free_lines(mut scl: impl InputPin + OutputPin, mut sda: impl InputPin + OutputPin) -> bool {
    // The pins of no chip can fail.
    for _ in 0..CLOCKS_TO_FREE {
        block_for(HALF_CLOCK);
        if sda.is_high().unwrap_or(false) {
            break;
        }
        let _ = scl.set_low();
        block_for(HALF_CLOCK);
        let _ = scl.set_high();
    }
    // A stop: the data line rises while the clock is high.
    let _ = scl.set_low();
    let _ = sda.set_low();
    block_for(HALF_CLOCK);
    let _ = scl.set_high();
    block_for(HALF_CLOCK);
    let _ = sda.set_high();
    block_for(HALF_CLOCK);
    scl.is_high().unwrap_or(false) && sda.is_high().unwrap_or(false)
}

/// How long an I2C transfer may take: `TIMEOUT` microseconds more than its bits do at `HERTZ`. A byte and its acknowledge
/// are nine bits, and a start and a stop stand around.
pub fn transfer_limit<const HERTZ: u32, const TIMEOUT: u32>(operations: &[Operation<'_>]) -> Duration {
    let bytes = operations.iter().map(|operation| 1 + length(operation) as u32).sum::<u32>();
    let micros_a_byte = const { 10_000_000_u32.div_ceil(HERTZ) };
    Duration::from_micros((TIMEOUT + bytes * micros_a_byte).into())
}

/// Whether an I2C transfer has a part without bytes. No block has such a transfer; a HAL's driver would wait for its end.
pub fn has_empty(operations: &[Operation<'_>]) -> bool {
    operations.iter().any(|operation| length(operation) == 0)
}

fn length(operation: &Operation<'_>) -> usize {
    match operation {
        Operation::Read(bytes) => bytes.len(),
        Operation::Write(bytes) => bytes.len(),
    }
}

/// How often a bus hung, for the log.
pub struct Hangs {
    bus: &'static str,
    count: u32,
}

impl Hangs {
    /// None yet, of the bus that the log calls so.
    pub const fn new(bus: &'static str) -> Self {
        Self { bus, count: 0 }
    }

    /// The bus hung and was set up anew; whether its lines are `free` now.
    pub fn count(&mut self, free: bool) {
        self.count = self.count.wrapping_add(1);
        let state = if free { "is free again" } else { "is held low" };
        error!("{}: the bus hung and {}; {} times", self.bus, state, self.count);
    }
}

/// Why a transfer on an I2C bus failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum I2cError {
    /// Nobody acknowledged the address.
    NoPart,
    /// The part did not acknowledge a byte that was written.
    Refused,
    /// Something else drove the data line.
    ArbitrationLost,
    /// The part, or something else on the bus, held it up for too long. The bus has been set up anew.
    Timeout,
    /// There is no transfer of no bytes.
    Empty,
    /// More bytes in one part than this chip can move; on an nRF also more than 128 that lie in flash.
    TooLong,
    /// Parts in an order that this chip has no transfer for: on an nRF, two that read, or two that write, one behind the
    /// other.
    Unsupported,
    /// Something else that the hardware reports.
    Other,
}

impl embedded_hal_async::i2c::Error for I2cError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPart => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address),
            Self::Refused => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data),
            Self::ArbitrationLost => ErrorKind::ArbitrationLoss,
            Self::Timeout => ErrorKind::Bus,
            Self::Empty | Self::TooLong | Self::Unsupported | Self::Other => ErrorKind::Other,
        }
    }
}
