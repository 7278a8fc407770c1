//! Runs firmware without hardware: an image and stimuli in, a trace of its pins, uarts and logs out.
//!
//! ```text
//! Job --Emulator::run--> Trace            a run to its end, as fast as the machine can
//! Job --Simulation::run--> Trace          the same on the host, on virtual time
//! Job --Emulator::start--> Live           a run at the pace of the wall clock, or by steps, which takes stimuli
//! Job --Simulation::start--> Live         the same on the host, by steps
//! BoardSetup --Emulator::power_up--> Board    a board with a debug probe and a boot drive, for tests of flashing
//! Parts                                   what hangs on the chip's wires, for runs of either kind
//! bytes of RTT --LogDecoder--> LogRecord  what the firmware logged
//! ```
//!
//! The chip is rp2040js under Node with the corrections of `emulator/fidelity/`, on virtual time: the same job gives
//! the same trace, to the nanosecond. This crate finds Node, installs the emulator and speaks its protocol.

mod board;
mod emulator;
mod error;
mod event;
mod install;
mod job;
mod live;
mod node;
mod parts;
mod simulation;
mod trace;

pub use fwc_parts::{Level, Nanos};

pub use board::{Act, Board, BoardEvent, BoardSetup, ControlPort, Disguise, FlashFaults, Planned};
pub use emulator::Emulator;
pub use error::EmulatorError;
pub use event::{Driver, End, EndReason, Event, Nack, ResetCause, UsbDevice};
pub use fwc_logs::{LogDecoder, LogError, LogLevel, LogRecord, LogStream};
pub use job::{Analog, Bus, BusFault, I2c, Job, Pace, Pin, Spi, Stimulus, Uart, UsbPort};
pub use live::Live;
pub use parts::Parts;
pub use simulation::{Simulation, SimulationError};
pub use trace::{Edge, I2cMessage, Line, SpiTransfer, TimedByte, Trace};
