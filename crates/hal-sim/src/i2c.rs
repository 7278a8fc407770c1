//! I2C masters: bytes take their time on the bus, every transfer has a timeout, and a bus that hangs is clocked free, as
//! on the chip (crates/hal-rp/src/i2c.rs).

use std::future::poll_fn;
use std::mem::replace;
use std::task::Poll;

use embassy_time::with_timeout;
use embedded_hal_async::i2c::{ErrorType, I2c, Operation};
use fwc_runtime::bus::{Hangs, I2cError, has_empty, transfer_limit};

use crate::bridge::{ask, tell};
use crate::orders::{Bus, Fault};
use crate::parts::{self, hex, number};
use crate::{report, world};

/// A byte and its acknowledge.
const BYTE_BITS: u64 = 9;
/// The time that it takes to clock a bus free at the 100 kHz which every part can follow, and to end by a stop.
const RENEWAL: u64 = 110_000;

/// A bus at `HERTZ`. A transfer may take `TIMEOUT` microseconds more than its bits do.
pub struct I2cBus<const HERTZ: u32, const TIMEOUT: u32> {
    hangs: Hangs,
    /// Whether a transfer has begun and not ended: where another one begins then, the first was given up halfway.
    busy: bool,
    wires: Wires,
}

/// The lines of a bus.
struct Wires {
    bus: u8,
    /// Nanoseconds of a bit.
    bit: u64,
}

/// A message: what goes over the bus between a start and the next one, or the stop.
struct Message {
    part: usize,
    address: u8,
    reading: bool,
    bytes: Vec<u8>,
}

impl<const HERTZ: u32, const TIMEOUT: u32> I2cBus<HERTZ, TIMEOUT> {
    /// The bus with this number, which the log calls `name` and whose clock comes out at so many millihertz.
    pub fn new(name: &'static str, bus: u8, millihertz: u64) -> Self {
        let bit = 1_000_000_000_000 / millihertz.max(1);
        Self { hangs: Hangs::new(name), busy: false, wires: Wires { bus, bit } }
    }

    /// Frees the lines from a part that stopped in the middle of a byte. Whether they are free then.
    async fn renew(&mut self) -> bool {
        let bus = Bus::I2c(self.wires.bus);
        world::until(world::now() + RENEWAL).await;
        match parts::fault(bus) {
            Fault::Stuck => false,
            Fault::Hung => {
                parts::disturb(bus, Fault::None);
                true
            }
            Fault::None | Fault::Nack | Fault::Short(_) => true,
        }
    }
}

impl<const HERTZ: u32, const TIMEOUT: u32> ErrorType for I2cBus<HERTZ, TIMEOUT> {
    type Error = I2cError;
}

impl<const HERTZ: u32, const TIMEOUT: u32> I2c for I2cBus<HERTZ, TIMEOUT> {
    async fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), I2cError> {
        // The chip's block has no transfer without bytes.
        if has_empty(operations) {
            return Err(I2cError::Empty);
        }
        if replace(&mut self.busy, true) {
            self.renew().await;
        }
        let limit = transfer_limit::<HERTZ, TIMEOUT>(operations);
        let outcome = match with_timeout(limit, self.wires.transfer(address, operations)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(I2cError::Timeout),
        };
        if outcome == Err(I2cError::Timeout) {
            let free = self.renew().await;
            self.hangs.count(free);
        }
        self.busy = false;
        outcome
    }
}

impl Wires {
    async fn transfer(&self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), I2cError> {
        let mut open: Option<Message> = None;
        for operation in operations {
            let reading = matches!(operation, Operation::Read(_));
            // Operations of one direction that follow each other are one message.
            let mut message = match open.take() {
                Some(message) if message.reading == reading => message,
                before => {
                    before.iter().for_each(|message| self.report(message, None));
                    self.start(address, reading).await?
                }
            };
            match operation {
                Operation::Read(bytes) => {
                    for byte in bytes.iter_mut() {
                        self.pass(BYTE_BITS).await;
                        *byte = self.read(&mut message);
                    }
                }
                Operation::Write(bytes) => {
                    for byte in bytes.iter() {
                        self.pass(BYTE_BITS).await;
                        message.bytes.push(*byte);
                        let answer = ask(format_args!("write {} {byte} {}", message.part, world::now()));
                        if number(&answer) == 0 {
                            self.stop(Some(&message), Some("data")).await;
                            return Err(I2cError::Refused);
                        }
                    }
                }
            }
            open = Some(message);
        }
        self.stop(open.as_ref(), None).await;
        Ok(())
    }

    /// A start, or a repeated one, and the address.
    async fn start(&self, address: u8, reading: bool) -> Result<Message, I2cError> {
        self.pass(1 + BYTE_BITS).await;
        let part = match parts::fault(Bus::I2c(self.bus)) {
            Fault::Nack => None,
            _ => parts::at_address(self.bus, address),
        };
        let answers = |part: &usize| {
            number(&ask(format_args!("start {part} {} {}", u8::from(reading), world::now()))) == 1
        };
        let Some(part) = part.filter(answers) else {
            self.report_message(address, reading, &[], Some("address"));
            self.pass(1).await;
            return Err(I2cError::NoPart);
        };
        Ok(Message { part, address, reading, bytes: Vec::new() })
    }

    fn read(&self, message: &mut Message) -> u8 {
        let byte = match parts::fault(Bus::I2c(self.bus)) {
            // A part that lets go of the line leaves it high.
            Fault::Short(bytes) if message.bytes.len() >= usize::from(bytes) => 0xff,
            _ => number(&ask(format_args!("read {} {}", message.part, world::now()))),
        };
        message.bytes.push(byte);
        byte
    }

    async fn stop(&self, message: Option<&Message>, nack: Option<&str>) {
        self.pass(1).await;
        if let Some(message) = message {
            tell(format_args!("stop {} {}", message.part, world::now()));
            self.report(message, nack);
        }
    }

    /// So many bits pass. Where a line is held low, they wait for it.
    async fn pass(&self, bits: u64) {
        let bus = Bus::I2c(self.bus);
        poll_fn(|context| match parts::fault(bus) {
            Fault::Stuck | Fault::Hung => {
                parts::wait_for_fault(context.waker());
                Poll::Pending
            }
            Fault::None | Fault::Nack | Fault::Short(_) => Poll::Ready(()),
        })
        .await;
        world::until(world::now() + bits * self.bit).await;
    }

    fn report(&self, message: &Message, nack: Option<&str>) {
        self.report_message(message.address, message.reading, &message.bytes, nack);
    }

    fn report_message(&self, address: u8, reading: bool, bytes: &[u8], nack: Option<&str>) {
        let nack = nack.map(|what| format!(",\"nack\":\"{what}\"")).unwrap_or_default();
        report::line(
            world::now(),
            format_args!(
                "\"i2c\":{},\"address\":{address},\"reading\":{reading},\"bytes\":\"{}\"{nack}",
                self.bus,
                hex(bytes)
            ),
        );
    }
}
