//! What channels drop, as the log tells it: `log` knows one logger in a process, so this is one story.

mod common;

use std::sync::Mutex;

use common::forever;
use embassy_futures::block_on;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_io_async::Write;
use fwc_runtime::channel::{Channel, Count, DropNewest, DropOldest, Named, Pipe, PubSub, Wait};
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

/// Gives each channel of these tests its name.
macro_rules! named {
    ($($marker:ident $name:literal),+) => {$(
        enum $marker {}

        impl Named for $marker {
            const NAME: &'static str = $name;
        }
    )+};
}

named! { Readings "readings", Samples "samples", Events "events", Bytes "bytes" }

#[test]
fn a_channel_is_named_at_each_power_of_two() {
    log::set_logger(&JOURNAL).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let told = || std::mem::take(&mut *JOURNAL.0.lock().unwrap());

    let channel: &'static Channel<NoopRawMutex, u32, 1, DropNewest<Readings>> = forever(Channel::new());
    let publisher = channel.publisher();
    block_on(publisher.send(0));
    assert!(told().is_empty(), "it had room");
    for number in 1..=100 {
        block_on(publisher.send(number));
    }
    let counts = [1, 2, 4, 8, 16, 32, 64];
    assert_eq!(told(), counts.map(|count| format!("WARN channel readings was full: {count} dropped so far")));
    assert_eq!(publisher.dropped(), 100);
    let _ = publisher.try_send(0);
    assert!(told().is_empty(), "what comes back to its sender is not dropped");

    let channel: &'static Channel<NoopRawMutex, u32, 1, DropOldest<Samples>> = forever(Channel::new());
    for number in 0..=2 {
        block_on(channel.publisher().send(number));
    }
    assert_eq!(told(), [1, 2].map(|count| format!("WARN channel samples was full: {count} dropped so far")));

    // Its readers find out by themselves, several messages at once.
    let channel: &'static PubSub<NoopRawMutex, u32, 2, 2, 1, DropOldest<Events>> = forever(PubSub::new());
    let mut readers = [channel.subscriber(), channel.subscriber()];
    for number in 1..=5 {
        block_on(channel.publisher().publish(number));
    }
    assert!(told().is_empty(), "nobody has missed one yet");
    for reader in &mut readers {
        assert_eq!(block_on(reader.next()), 4);
    }
    assert_eq!(told(), [3, 6].map(|count| format!("WARN channel events was full: {count} dropped so far")));

    let pipe: &'static Pipe<NoopRawMutex, 16, DropNewest<Bytes>> = forever(Pipe::new());
    for count in [30, 1, 1, 30] {
        block_on(pipe.publisher().write(&vec![0; count])).unwrap();
    }
    // 14, 15, 16 and 46 of them.
    assert_eq!(
        told(),
        [14, 16, 46].map(|count| format!("WARN channel bytes was full: {count} dropped so far"))
    );
}

#[test]
fn what_waits_keeps_no_count() {
    type Counted<P> = Channel<NoopRawMutex, u32, 4, P>;
    type Plain = embassy_sync::channel::Channel<NoopRawMutex, u32, 4>;
    assert_eq!(size_of::<Counted<Wait>>(), size_of::<Plain>());
    assert_eq!(size_of::<Count<NoopRawMutex, Readings>>(), size_of::<u32>(), "its name takes no room");
}
