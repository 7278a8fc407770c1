//! What the firmware logs, as lines of the report. A firmware whose log leaves over a uart sends it there itself.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::{report, world};

struct Reported;

static REPORTED: Reported = Reported;

/// Makes the report the log's way out.
///
/// # Panics
/// There is another logger already.
pub fn to_report(level: LevelFilter) {
    log::set_max_level(level);
    log::set_logger(&REPORTED).expect("generated code sets one logger");
}

impl Log for Reported {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let severity = match record.level() {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        };
        let text = report::escape(&record.args().to_string());
        report::line(world::now(), format_args!("\"log\":\"{text}\",\"severity\":\"{severity}\""));
    }

    fn flush(&self) {}
}
