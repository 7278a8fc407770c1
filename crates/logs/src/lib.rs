//! Bytes of RTT -> log records, by the tables that defmt leaves in the ELF file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use defmt_decoder::{DecodeError, Frame, StreamDecoder, Table};

use fwc_parts::Nanos;

/// The RTT channel that defmt writes to.
pub const DEFMT_CHANNEL: u32 = 0;

/// One message that the firmware logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// When its last byte was read.
    pub at: Nanos,
    /// How urgent; `None` for a `println`.
    pub level: Option<LogLevel>,
    /// The text.
    pub message: String,
    /// The firmware's own time stamp, where it has one.
    pub timestamp: Option<String>,
    /// The module that logged it; unknown without debug information, as is the place.
    pub module: Option<Arc<str>>,
    /// The source file.
    pub file: Option<Arc<Path>>,
    /// The line in it.
    pub line: Option<u64>,
    /// Whether it is what an observed image tells fwc, and no message of the log's.
    pub is_report: bool,
}

/// What stands in front of what an observed image tells: the runtime's `statistics.rs`, and the generated `fwc_observed.rs`.
const REPORTS: &[&str] = &["fwc-watch ", "fwc-task ", "fwc-missed ", "fwc-dropped ", "fwc-time "];

/// How urgent a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Each step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// What goes on.
    Info,
    /// Something is odd.
    Warn,
    /// Something has failed.
    Error,
}

/// Why logs cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The image could not be read.
    #[error("while reading {}", image.display())]
    Unreadable {
        /// The image.
        image: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The image's defmt tables are of another version, or broken.
    #[error("the log tables in {} cannot be used: {reason}", image.display())]
    Tables {
        /// The image.
        image: PathBuf,
        /// Why.
        reason: String,
    },
    /// The image has no defmt tables.
    #[error("{} has no defmt log tables: its logs cannot be decoded", image.display())]
    NoTables {
        /// The image.
        image: PathBuf,
    },
    /// The bytes are not what this image writes.
    #[error("a log frame at {at} does not fit the image's log tables")]
    Malformed {
        /// When it came.
        at: Nanos,
    },
}

/// The tables of one image.
pub struct LogDecoder {
    table: Table,
    locations: BTreeMap<u64, Location>,
    /// What an observed image tells: the text of each frame of it.
    reports: BTreeMap<u64, String>,
}

/// Where a message stands, shared by all its records.
struct Location {
    module: Arc<str>,
    file: Arc<Path>,
    line: u64,
}

impl fmt::Debug for LogDecoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LogDecoder({} places)", self.locations.len())
    }
}

impl LogDecoder {
    /// Reads the tables out of an ELF file.
    ///
    /// # Errors
    /// The file cannot be read, or has no tables that can be used.
    pub fn for_image(image: &Path) -> Result<Self, LogError> {
        let unusable = |reason: String| LogError::Tables { image: image.to_owned(), reason };
        let elf =
            fs::read(image).map_err(|source| LogError::Unreadable { image: image.to_owned(), source })?;
        let table = Table::parse(&elf)
            .map_err(|error| unusable(error.to_string()))?
            .ok_or_else(|| LogError::NoTables { image: image.to_owned() })?;
        let locations = table.get_locations(&elf).map_err(|error| unusable(error.to_string()))?;
        let locations = locations.into_iter().map(|(index, place)| {
            let (module, file) = (place.module.into(), place.file.into());
            (index, Location { module, file, line: place.line })
        });
        // The table gives its messages' numbers, and the symbols of all that it has, both in the same order.
        let texts = table.raw_symbols().filter_map(message);
        let texts = table.indices().map(|index| index as u64).zip(texts);
        let reports = texts.filter(|(_, text)| REPORTS.iter().any(|start| text.starts_with(start)));
        Ok(Self { locations: locations.collect(), reports: reports.collect(), table })
    }

    /// The channels whose messages the image tells, by name.
    #[must_use]
    pub fn watched(&self) -> Vec<&str> {
        let texts = self.reports.values().filter_map(|text| text.strip_prefix("fwc-watch "));
        let mut names: Vec<&str> = texts.filter_map(|text| text.split(' ').next()).collect();
        names.sort_unstable();
        names
    }

    /// Whether the image tells what its tasks have done.
    #[must_use]
    pub fn has_statistics(&self) -> bool {
        self.reports.values().any(|text| text.starts_with("fwc-time "))
    }

    /// Begins to decode at the start of the firmware.
    #[must_use]
    pub fn stream(&self) -> LogStream<'_> {
        LogStream { decoder: self, frames: self.table.new_stream_decoder(), broken: 0 }
    }

    fn record(&self, at: Nanos, frame: &Frame<'_>) -> LogRecord {
        let location = self.locations.get(&frame.index());
        LogRecord {
            at,
            level: frame.level().and_then(|level| LogLevel::from_name(level.as_str())),
            message: frame.display_message().to_string(),
            timestamp: frame.display_timestamp().map(|timestamp| timestamp.to_string()),
            module: location.map(|location| Arc::clone(&location.module)),
            file: location.map(|location| Arc::clone(&location.file)),
            line: location.map(|location| location.line),
            is_report: self.reports.contains_key(&frame.index()),
        }
    }
}

/// The text of a message; nothing where a symbol is something else. A symbol is a JSON object, whose `data` is the text.
fn message(symbol: &str) -> Option<String> {
    const MESSAGES: &[&str] =
        &["defmt_trace", "defmt_debug", "defmt_info", "defmt_warn", "defmt_error", "defmt_println"];
    let fields: serde_json::Value = serde_json::from_str(symbol).ok()?;
    let tag = fields["tag"].as_str().filter(|tag| MESSAGES.contains(tag));
    tag.and(fields["data"].as_str()).map(str::to_owned)
}

/// Puts the bytes of one run together to records.
pub struct LogStream<'tables> {
    decoder: &'tables LogDecoder,
    frames: Box<dyn StreamDecoder + Send + Sync + 'tables>,
    /// How many frames could not be read.
    broken: u64,
}

impl fmt::Debug for LogStream<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LogStream of {:?}", self.decoder)
    }
}

impl LogStream<'_> {
    /// How many frames could not be read since this was last asked: of a log that the firmware wrote faster than it was
    /// read, what was overwritten leaves the rest of a frame.
    pub fn take_broken(&mut self) -> u64 {
        std::mem::take(&mut self.broken)
    }

    /// The firmware begins anew, perhaps in the middle of a frame.
    pub fn restart(&mut self) {
        self.frames = self.decoder.table.new_stream_decoder();
    }

    /// Takes bytes as they come; gives the records that they complete.
    ///
    /// # Errors
    /// The bytes cannot be from this image, and the image's encoding offers no way to skip them.
    pub fn take(&mut self, at: Nanos, bytes: &[u8]) -> Result<Vec<LogRecord>, LogError> {
        self.frames.received(bytes);
        let mut records = Vec::new();
        loop {
            match self.frames.decode() {
                Ok(frame) => records.push(self.decoder.record(at, &frame)),
                Err(DecodeError::UnexpectedEof) => return Ok(records),
                Err(DecodeError::Malformed) if self.decoder.table.encoding().can_recover() => {
                    self.broken += 1
                }
                Err(DecodeError::Malformed) => return Err(LogError::Malformed { at }),
            }
        }
    }
}

impl LogLevel {
    /// What it is called, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level that is called so, in lower case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "trace" => Some(Self::Trace),
            "debug" => Some(Self::Debug),
            "info" => Some(Self::Info),
            "warn" => Some(Self::Warn),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
