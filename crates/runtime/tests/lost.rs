//! Bytes that nobody was there for: `log` knows one logger in a process, so this is one story.

use std::sync::Mutex;

use fwc_runtime::LostBytes;
use log::{Log, Metadata, Record};

struct Journal(Mutex<Vec<String>>);

static JOURNAL: Journal = Journal(Mutex::new(Vec::new()));

impl Log for Journal {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
    }

    fn flush(&self) {}
}

#[test]
fn they_are_told_once_and_then_counted_anew() {
    log::set_logger(&JOURNAL).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let told = || std::mem::take(&mut *JOURNAL.0.lock().unwrap());
    static LOST: LostBytes = LostBytes::new();

    LOST.tell();
    assert!(told().is_empty(), "nothing was lost");
    LOST.add(40);
    LOST.add(2);
    assert_eq!(LOST.count(), 42);
    assert!(told().is_empty(), "there is nobody yet");
    LOST.tell();
    LOST.tell();
    assert_eq!(told(), ["WARN 42 bytes dropped, the usb port was closed"]);
    assert_eq!(LOST.count(), 0);
    LOST.add(u32::MAX as usize);
    LOST.add(7);
    assert_eq!(LOST.count(), u32::MAX, "the count stays at its greatest");
}
