//! An image -> an Espressif chip, by the loader in its ROM, over a serial port.
//!
//! The espflash library speaks the loader's protocol; every command of it has a limit of its own, and the whole is
//! given up when it is silent. A stub that the library puts into the chip's RAM makes it quick: what is sent is
//! compressed, and the chip compares before it writes.

mod error;
mod port;

use std::path::Path;
use std::str::FromStr as _;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use espflash::Error;
use espflash::command::{Command, CommandType};
use espflash::connection::{Connection, ResetAfterOperation, ResetBeforeOperation};
use espflash::flasher::{FlashData, FlashSettings, Flasher};
use espflash::image_format::Segment;
use espflash::image_format::idf::IdfBootloaderFormat;
use espflash::target::{Chip, ProgressCallbacks};
use object::{Architecture, Object as _};
use serialport::SerialPort;

pub use error::{LoaderError, LoaderFault};
pub use port::{LoaderPort, likely_ports};

use crate::limit::{self, Broken, News};
use crate::report::{self, StepTimes, TimedEvent};
use crate::{FlashEvent, FlashReport, Part, Step, Way};

/// The loader begins at this speed (ESP32-C3 Technical Reference Manual, chapter "Chip Boot Control": UART0 at 115200).
const FIRST_BAUD: u32 = 115_200;
/// What every usual USB bridge can do.
const QUICK_BAUD: u32 = 460_800;
/// The longest command erases: 40 s for a megabyte is the library's own limit (its `command.rs`), and an app is no larger
/// than a few.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is written, and for which chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoaderImage {
    /// The chip, as Espressif writes it in one word: `esp32c3`.
    pub chip: String,
    /// What goes where in the flash.
    pub parts: Vec<Part>,
}

impl LoaderImage {
    /// What an ELF becomes in the flash: the second boot stage, the partition table and the app.
    ///
    /// # Errors
    /// It is no image for that chip.
    pub fn of_elf(elf: &Path, chip: &str) -> Result<LoaderImage, LoaderError> {
        let fault = |reason: String| {
            LoaderError::before(LoaderFault::Image { file: elf.to_owned(), chip: chip.to_owned(), reason })
        };
        let bytes = std::fs::read(elf).map_err(|error| fault(error.to_string()))?;
        let target = known(chip)?;
        // The library itself takes any ELF with parts of the right addresses.
        let machine = object::File::parse(&*bytes).map_err(|error| fault(error.to_string()))?.architecture();
        if machine != architecture(target) {
            return Err(fault(format!("it is for {machine:?}")));
        }
        let crystal = target.default_xtal_frequency();
        let data = FlashData::new(FlashSettings::default(), 0, None, target, crystal);
        let format = IdfBootloaderFormat::new(&bytes, &data, None, None, None, None);
        let format = format.map_err(|error| fault(crate::probe::chain(&error)))?;
        let parts = format
            .flash_segments()
            .map(|part| Part { address: u64::from(part.addr), bytes: part.data.to_vec() })
            .collect();
        Ok(LoaderImage { chip: chip.to_owned(), parts })
    }
}

/// The processor of each chip: Espressif's product pages.
fn architecture(chip: Chip) -> Architecture {
    match chip {
        Chip::Esp32 | Chip::Esp32s2 | Chip::Esp32s3 => Architecture::Xtensa,
        _ => Architecture::Riscv32,
    }
}

fn known(chip: &str) -> Result<Chip, LoaderError> {
    Chip::from_str(chip).map_err(|_| LoaderError::before(LoaderFault::UnknownChip { chip: chip.to_owned() }))
}

/// Writes an image, reads its checksums back and starts it. `port` is a path; `None` for the only one that fits.
///
/// # Errors
/// [`LoaderError::left`] says what then is in the flash.
pub fn flash(
    image: &LoaderImage,
    port: Option<&str>,
    on_event: &mut dyn FnMut(FlashEvent),
    cancel: &AtomicBool,
) -> Result<FlashReport, LoaderError> {
    let chip = known(&image.chip)?;
    let port = port::choose(&port::ports(), port).map_err(LoaderError::before)?;
    let device = port.path.clone();
    let mut times = StepTimes::default();
    let mut hear = |(at, event)| {
        times.hear((at, event));
        on_event(event);
    };
    let (image, path) = (image.clone(), port.path.clone());
    let worked = limit::supervised(PATIENCE, cancel, &mut hear, move |news| work(&image, chip, &port, news));
    let fault = match worked {
        Ok(Ok(())) => return Ok(FlashReport { way: Way::Serial, device, steps: times.done }),
        Ok(Err(fault)) => fault,
        Err(Broken::Silent(limit)) => LoaderFault::Silent { limit },
        Err(Broken::Cancelled) => LoaderFault::Cancelled,
    };
    Err(LoaderError { fault: fault.at(&path), step: times.step() })
}

type Teller<'a> = &'a News<TimedEvent, Result<(), LoaderFault>>;

fn work(image: &LoaderImage, chip: Chip, port: &LoaderPort, news: Teller<'_>) -> Result<(), LoaderFault> {
    let mut serial = serialport::new(&port.path, FIRST_BAUD)
        .timeout(Duration::from_secs(3))
        .open_native()
        .map_err(|error| LoaderFault::opening(&port.path, &error))?;
    // A pseudo terminal, or a bare uart, has no lines that reset the chip and choose its loader.
    let has_lines = serial.write_data_terminal_ready(false).is_ok();
    let (before, after) = match has_lines {
        true => (ResetBeforeOperation::DefaultReset, ResetAfterOperation::HardReset),
        false => (ResetBeforeOperation::NoReset, ResetAfterOperation::NoResetNoStub),
    };
    let connection =
        Connection::new(serial, port.usb.clone().unwrap_or_else(port::no_usb), after, before, FIRST_BAUD);
    let quick = has_lines.then_some(QUICK_BAUD);
    let in_work = |error: Error| LoaderFault::working(&error, &image.chip);
    let mut flasher = Flasher::connect(connection, true, true, true, Some(chip), quick).map_err(in_work)?;

    let mut progress = Progress { news, image, left: image.parts.len(), address: 0, blocks: 0, step: None };
    let segments: Vec<Segment<'_>> =
        image.parts.iter().map(|part| Segment::new(part.address as u32, &part.bytes)).collect();
    flasher.write_bins_to_flash(&segments, &mut progress).map_err(in_work)?;
    if !has_lines {
        let command = CommandType::RunUserCode;
        let run = |connection: &mut Connection| connection.command(Command::RunUserCode).map(drop);
        flasher.connection().with_timeout(command.timeout(), run).map_err(in_work)?;
    }
    news.say(report::now(FlashEvent::End { step: Step::Start }));
    Ok(())
}

/// The library's news -> ours: blocks of what is sent, compressed, to bytes of the image.
struct Progress<'a> {
    news: Teller<'a>,
    image: &'a LoaderImage,
    /// How many parts are not done yet.
    left: usize,
    address: u32,
    blocks: usize,
    step: Option<Step>,
}

impl Progress<'_> {
    fn enter(&mut self, step: Option<Step>) {
        if self.step == step {
            return;
        }
        if let Some(step) = self.step {
            self.news.say(report::now(FlashEvent::End { step }));
        }
        if let Some(step) = step {
            self.news.say(report::now(FlashEvent::Begin { step, total: Some(self.part()) }));
        }
        self.step = step;
    }

    fn part(&self) -> u64 {
        let part = self.image.parts.iter().find(|part| part.address == u64::from(self.address));
        part.map_or(0, |part| part.bytes.len() as u64)
    }
}

impl ProgressCallbacks for Progress<'_> {
    fn init(&mut self, address: u32, total: usize) {
        (self.address, self.blocks) = (address, total);
        self.enter(Some(Step::Program));
    }

    fn update(&mut self, current: usize) {
        let done = self.part() * current as u64 / self.blocks.max(1) as u64;
        self.news.say(report::now(FlashEvent::Progress { step: Step::Program, done }));
    }

    fn verifying(&mut self) {
        self.enter(Some(Step::Verify));
    }

    fn finish(&mut self, skipped: bool) {
        if let (Some(step), false) = (self.step, skipped) {
            self.news.say(report::now(FlashEvent::Progress { step, done: self.part() }));
        }
        self.enter(None);
        self.left -= 1;
        if self.left == 0 {
            self.news.say(report::now(FlashEvent::Begin { step: Step::Start, total: None }));
        }
    }
}
