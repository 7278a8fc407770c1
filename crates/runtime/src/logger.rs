//! Log records become lines in a ring of bytes, which a task sends out: `log-over = "<uart>"`.
//!
//! A line is `<milliseconds since boot> <LEVEL> <module>: <message>\r\n`. Whoever logs never waits: a line for which
//! there is no room is dropped whole and counted, and the count is told as soon as there is room again.

use core::cell::Cell;
use core::fmt::{self, Write as _};
use core::panic::PanicInfo;

use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_time::Instant;
use embedded_io_async::Write;
use heapless::String;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// The longest line; a longer one is cut, and ends in `~`.
const LINE: usize = 160;

/// How many bytes are sent at a time.
const PIECE: usize = 32;

/// A logger with a ring of `N` bytes.
pub struct Logger<const N: usize> {
    ring: Pipe<CriticalSectionRawMutex, N>,
    dropped: Mutex<CriticalSectionRawMutex, Cell<u32>>,
}

impl<const N: usize> Logger<N> {
    /// A logger without lines.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { assert!(N >= LINE, "the ring must have room for a line") };
        Self { ring: Pipe::new(), dropped: Mutex::new(Cell::new(0)) }
    }

    /// Makes this the logger of the firmware.
    ///
    /// # Panics
    /// When there is one already.
    #[allow(unsafe_code)]
    pub fn start(&'static self, level: LevelFilter) {
        self.dropped.lock(|_| {
            // SAFETY: these must not run at the same time as another initialization of `log`. The mutex is the
            // critical section of the whole firmware, so two calls of this function cannot overlap, and `log`'s own
            // functions for it are unsafe where they do not guard themselves.
            let started = unsafe {
                log::set_max_level_racy(level);
                log::set_logger_racy(self)
            };
            assert!(started.is_ok(), "there is a logger already");
        });
    }

    /// Sends what is logged, for ever.
    #[allow(clippy::manual_async_fn, reason = "an `async fn` would hold the writer twice")]
    pub fn drain(&'static self, mut writer: impl Write) -> impl Future<Output = ()> {
        async move {
            let mut piece = [0; PIECE];
            loop {
                let count = self.ring.read(&mut piece).await;
                // What the writer refuses is lost: there is no other way out to tell of it.
                let _ = writer.write_all(&piece[..count]).await;
            }
        }
    }

    /// Writes what is still in the ring and then the panic, without tasks and interrupts.
    pub fn panicked(&self, info: &PanicInfo<'_>, mut write: impl FnMut(&[u8])) {
        let mut piece = [0; PIECE];
        while let Ok(count) = self.ring.try_read(&mut piece) {
            write(&piece[..count]);
        }
        // The place and the message of a panic are told in full, so they do not go through a line of limited length.
        let mut direct = Direct(&mut write);
        let _ = write!(direct, "{} {} {info}\r\n", Instant::now().as_millis(), Level::Error);
    }

    /// Puts a line into the ring if all of it fits.
    fn put(&self, line: &str) -> bool {
        // Others may log from an interrupt: no line gets between the question and the answer.
        self.dropped.lock(|_| {
            let fits = self.ring.free_capacity() >= line.len();
            let mut rest = if fits { line.as_bytes() } else { &[] };
            // The ring takes one contiguous run at a time.
            while let Ok(taken @ 1..) = self.ring.try_write(rest) {
                rest = &rest[taken..];
            }
            fits
        })
    }
}

impl<const N: usize> Log for Logger<N> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let dropped = self.dropped.lock(Cell::take);
        let told = dropped == 0
            || self.put(&line(
                Level::Warn,
                "log",
                format_args!("{dropped} lines dropped, the ring was full"),
            ));
        let logged = told && self.put(&line(record.level(), record.target(), *record.args()));
        let still = if told { 0 } else { dropped } + u32::from(!logged);
        self.dropped.lock(|count| count.set(count.get().saturating_add(still)));
    }

    fn flush(&self) {}
}

/// Formats a line.
fn line(level: Level, module: &str, message: fmt::Arguments<'_>) -> String<LINE> {
    let mut line = Cut(String::new());
    let millis = Instant::now().as_millis();
    let whole = write!(line, "{millis} {level} {module}: {message}").is_ok();
    let _ = line.0.push_str(if whole { "\r\n" } else { "~\r\n" });
    line.0
}

/// A line that takes as much as it has room for, and keeps some for its end.
struct Cut(String<LINE>);

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LINE - "~\r\n".len() - self.0.len();
        if text.len() <= room {
            return self.0.push_str(text).map_err(|_| fmt::Error);
        }
        let kept = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let _ = self.0.push_str(&text[..kept]);
        Err(fmt::Error)
    }
}

/// Writes text through a function that takes bytes.
struct Direct<'a, W>(&'a mut W);

impl<W: FnMut(&[u8])> fmt::Write for Direct<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        (self.0)(text.as_bytes());
        Ok(())
    }
}
