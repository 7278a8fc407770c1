//! A workbench: a simulated part on a host's bus, and virtual time.

mod pins;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use embassy_time::{Duration, Instant, MockDriver};
use embedded_hal_async::i2c::{self, I2c, NoAcknowledgeSource};
use embedded_hal_async::spi::{self, SpiDevice};
use fwc_devices::{Settings, part};
use fwc_parts::{Acknowledge, Direction, I2cPart, Level, Nanos, SpiPart, Wired};

pub(crate) use pins::PwmPin;

/// The clock of embassy-time is one for the whole process, so one driver runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Time moves in steps this long while a driver waits.
const STEP: Duration = Duration::from_micros(50);

/// No driver waits longer.
const LONGEST: Duration = Duration::from_secs(600);

/// Runs a driver on virtual time, which begins at zero.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    MockDriver::get().reset();
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        MockDriver::get().advance(STEP);
        assert!(Instant::now().as_micros() < LONGEST.as_micros(), "the driver waits for ever");
    }
}

fn now() -> Nanos {
    Nanos::from_micros(Instant::now().as_micros())
}

/// How many bytes a measurement moves at least, as the device.toml of a driver says.
pub(crate) fn told(driver: &str) -> u32 {
    let part = fwc_devices::stock().into_iter().find(|part| part.name == driver);
    let part = part.unwrap_or_else(|| panic!("there is no part `{driver}`"));
    let (file, _) = fwc_schema::device::read(fwc_schema::SourceId::default(), part.description);
    file.bus.measure_bytes.get().unwrap_or_else(|| panic!("{driver}/device.toml does not say it")).value
}

/// A part of the catalogue.
pub(crate) struct Bench(Rc<Part>);

struct Part {
    part: RefCell<Wired>,
    unplugged: Cell<bool>,
    /// After so many bytes of a read nobody drives the line any more.
    cut: Cell<Option<usize>>,
    /// Bytes on the bus so far, I2C addresses among them.
    moved: Cell<u32>,
    /// Of the pins that the part drives.
    levels: RefCell<BTreeMap<usize, Level>>,
}

impl Bench {
    pub(crate) fn of(driver: &str) -> Bench {
        Bench::with(driver, &Settings::default())
    }

    pub(crate) fn with(driver: &str, settings: &Settings) -> Bench {
        let part = part(driver, settings).unwrap_or_else(|| panic!("there is no part `{driver}`"));
        Bench(Rc::new(Part {
            part: RefCell::new(part),
            unplugged: Cell::new(false),
            cut: Cell::new(None),
            moved: Cell::new(0),
            levels: RefCell::default(),
        }))
    }

    /// An I2C bus with the part at this address.
    pub(crate) fn i2c(&self, address: u8) -> I2cBus {
        I2cBus { part: Rc::clone(&self.0), address }
    }

    /// An SPI bus with the part's chip select.
    pub(crate) fn spi(&self) -> SpiBus {
        SpiBus { part: Rc::clone(&self.0) }
    }

    /// Exposes the part to a value.
    pub(crate) fn set(&self, quantity: &str, value: f64) {
        let result = self.0.part.borrow_mut().part().set(quantity, value, now());
        result.unwrap_or_else(|error| panic!("`{quantity}` to {value}: {error}"));
    }

    /// What a person would see on the part.
    pub(crate) fn shows(&self) -> Vec<String> {
        self.0.part.borrow_mut().part().shows()
    }

    /// Has the part fall silent after so many bytes of each read on an I2C bus, or answer in full again.
    pub(crate) fn cut_reads(&self, after: Option<usize>) {
        self.0.cut.set(after);
    }

    /// How many bytes a measurement moves on the bus, I2C addresses among them.
    pub(crate) async fn moved(&self, measurement: impl Future) -> u32 {
        self.0.moved.set(0);
        measurement.await;
        self.0.moved.get()
    }

    /// Takes the part's supply away or brings it back.
    pub(crate) fn unplug(&self, unplugged: bool) {
        if self.0.unplugged.replace(unplugged) && !unplugged {
            self.0.part.borrow_mut().part().power_up(now());
        }
    }
}

/// An I2C bus with one part on it. A transfer takes no time.
pub(crate) struct I2cBus {
    part: Rc<Part>,
    address: u8,
}

impl i2c::ErrorType for I2cBus {
    type Error = i2c::ErrorKind;
}

impl I2c for I2cBus {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [i2c::Operation<'_>],
    ) -> Result<(), i2c::ErrorKind> {
        if self.part.unplugged.get() || address != self.address {
            return Err(i2c::ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
        }
        let mut part = self.part.part.borrow_mut();
        let Wired::I2c(part) = &mut *part else { panic!("the part is on no I2C bus") };
        let result = transfer(part.as_mut(), &self.part, operations);
        part.stop(now());
        result
    }
}

impl Part {
    fn moves(&self) {
        self.moved.set(self.moved.get() + 1);
    }
}

fn transfer(
    part: &mut dyn I2cPart,
    bus: &Part,
    operations: &mut [i2c::Operation<'_>],
) -> Result<(), i2c::ErrorKind> {
    let mut running: Option<Direction> = None;
    for operation in operations {
        let direction = match operation {
            i2c::Operation::Write(_) => Direction::Write,
            i2c::Operation::Read(_) => Direction::Read,
        };
        // A repeated start stands only where the direction changes.
        if running.replace(direction) != Some(direction) {
            bus.moves();
            acknowledged(part.start(direction, now()), NoAcknowledgeSource::Address)?;
        }
        match operation {
            i2c::Operation::Write(bytes) => {
                for byte in bytes.iter() {
                    bus.moves();
                    acknowledged(part.write(*byte, now()), NoAcknowledgeSource::Data)?;
                }
            }
            i2c::Operation::Read(bytes) => {
                for (place, byte) in bytes.iter_mut().enumerate() {
                    bus.moves();
                    let is_cut = bus.cut.get().is_some_and(|cut| place >= cut);
                    *byte = if is_cut { 0xFF } else { part.read(now()) };
                }
            }
        }
    }
    Ok(())
}

fn acknowledged(answer: Acknowledge, source: NoAcknowledgeSource) -> Result<(), i2c::ErrorKind> {
    match answer {
        Acknowledge::Ack => Ok(()),
        Acknowledge::Nack => Err(i2c::ErrorKind::NoAcknowledge(source)),
    }
}

/// An SPI bus with one part on it, and its chip select. A transfer takes no time.
pub(crate) struct SpiBus {
    part: Rc<Part>,
}

impl spi::ErrorType for SpiBus {
    type Error = spi::ErrorKind;
}

impl SpiDevice for SpiBus {
    async fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), spi::ErrorKind> {
        let mut part = self.part.part.borrow_mut();
        let Wired::Spi(part) = &mut *part else { panic!("the part is on no SPI bus") };
        // Nobody drives the line of a part without a supply; its pull-up does.
        let unplugged = self.part.unplugged.get();
        let moved = Rc::clone(&self.part);
        let exchange = |part: &mut dyn SpiPart, byte| {
            moved.moves();
            if unplugged { 0xFF } else { part.transfer(byte, now()) }
        };
        part.select(now());
        for operation in operations {
            match operation {
                spi::Operation::Read(bytes) => {
                    bytes.iter_mut().for_each(|byte| *byte = exchange(part.as_mut(), 0));
                }
                spi::Operation::Write(bytes) => bytes.iter().for_each(|byte| {
                    exchange(part.as_mut(), *byte);
                }),
                spi::Operation::Transfer(read, write) => {
                    for index in 0..read.len().max(write.len()) {
                        let answer = exchange(part.as_mut(), write.get(index).copied().unwrap_or(0));
                        if let Some(byte) = read.get_mut(index) {
                            *byte = answer;
                        }
                    }
                }
                spi::Operation::TransferInPlace(bytes) => {
                    bytes.iter_mut().for_each(|byte| *byte = exchange(part.as_mut(), *byte));
                }
                spi::Operation::DelayNs(nanos) => {
                    MockDriver::get().advance(Duration::from_micros(u64::from(nanos.div_ceil(1_000))));
                }
            }
        }
        part.deselect(now());
        Ok(())
    }
}
