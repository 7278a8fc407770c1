//! What a simulated part is: a chip on a bus or on pins as the wires see it, and as the world around it sees it.
//!
//! ```text
//! wires:  I2cPart, SpiPart, PinPart    bytes and levels in, bytes and levels out, at moments of virtual time
//! world:  Part                         `set("celsius", 21.5)` in, what it shows (a display's text, a strip's colours) out
//! ```
//!
//! A part models registers, not a driver's calls: the same driver that runs on the chip talks to it. It knows nothing of
//! who carries the wires: the emulated chip and the simulated HAL use the same parts. A part has no clock of its own;
//! every call brings the moment, so that two runs are the same.

mod exposure;
mod part;
mod time;
mod wires;

pub use exposure::Exposure;
pub use part::{Part, Quantity, SetError};
pub use time::Nanos;
pub use wires::{Acknowledge, Direction, I2cPart, Level, PinPart, SpiPart, Wired};
