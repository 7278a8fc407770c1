//! Runs firmware without hardware: an image and stimuli in, a trace of its pins, uarts and logs out.
//!
//! ```text
//! Job --Emulator::run--> Trace            a run to its end, as fast as the machine can
//! Job --Emulator::start--> Live           a run at the pace of the wall clock, which takes stimuli
//! BoardSetup --Emulator::power_up--> Board    a board with a debug probe and a boot drive, for tests of flashing
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
mod log;
mod node;
mod trace;

pub use fwc_parts::Nanos;

pub use board::{Act, Board, BoardEvent, BoardSetup, FlashFaults, Planned};
pub use emulator::Emulator;
pub use error::EmulatorError;
pub use event::{Driver, End, EndReason, Event, ResetCause, UsbDevice};
pub use job::{Analog, Job, Level, Pace, Pin, Stimulus, Uart, UsbPort};
pub use live::Live;
pub use log::{LogDecoder, LogError, LogLevel, LogRecord, LogStream};
pub use trace::{Edge, Line, TimedByte, Trace};
