//! Puts an image onto a board and listens to it.
//!
//! ```text
//! ELF --Image::of_elf--> Image            what goes where
//! Image + a way --FlashPlan               what would be done; shown by `--dry-run`
//! ELF --probe::flash--> FlashReport       by a debug probe: only what differs is written, and verified
//! ELF --monitor::listen--> MonitorEvents  what a running firmware logs, and why it has crashed
//! port + chip --gdb::serve--> GdbEvents   a debugger's requests, carried out
//! port --touch::touch--> a drive          a running firmware restarts as its boot drive
//! UF2 --drive::flash--> FlashReport       copied to a boot drive, which restarts
//! ELF --loader::flash--> FlashReport      sent to the loader in the ROM of an Espressif chip
//! ```
//!
//! A library of data: it never prints and never reads app.toml. News goes to callbacks, and every wait has a limit:
//! what hangs is left behind with an error that says in what state the board is.

pub mod drive;
pub mod gdb;
pub mod image;
mod left;
mod limit;
pub mod loader;
pub mod monitor;
mod plan;
pub mod probe;
mod report;
pub mod serial;
pub mod touch;

/// What the firmware logs.
pub use fwc_logs::{LogLevel, LogRecord};
pub use image::{Image, ImageError, Part};
pub use left::Left;
pub use plan::{FlashPlan, PlannedPart, Way};
pub use report::{FlashEvent, FlashReport, Step, StepReport};
