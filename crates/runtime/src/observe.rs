//! Lets a simulation, or an image that was built to be watched, see what channels carry. In any other image none of this is
//! compiled.

use core::any::Any;
use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;

/// Is told the address of a channel and the message that it takes.
pub type Observer = fn(usize, &dyn Any);

static OBSERVER: Mutex<CriticalSectionRawMutex, Cell<Option<Observer>>> = Mutex::new(Cell::new(None));

/// Whether there is an observer: asked for each message, where a lock would take longer than all else.
static IS_OBSERVED: AtomicBool = AtomicBool::new(false);

/// From now on this observer is told of each message.
pub fn set(observer: Observer) {
    IS_OBSERVED.store(true, Ordering::Relaxed);
    OBSERVER.lock(|current| current.set(Some(observer)));
}

/// The channel at an address takes a message.
#[inline]
pub(crate) fn published(channel: usize, message: &dyn Any) {
    if IS_OBSERVED.load(Ordering::Relaxed) {
        tell(channel, message);
    }
}

#[cold]
fn tell(channel: usize, message: &dyn Any) {
    if let Some(observer) = OBSERVER.lock(Cell::get) {
        observer(channel, message);
    }
}

/// A channel that an image was built to watch.
pub struct Watched {
    /// Its address; none before it is made.
    channel: AtomicUsize,
    report: fn(&dyn Any),
}

impl Watched {
    /// A channel whose messages `report` tells of.
    pub const fn new(report: fn(&dyn Any)) -> Self {
        Self { channel: AtomicUsize::new(0), report }
    }

    /// From now on it is this channel.
    pub fn is<C>(&self, channel: &'static C) {
        self.channel.store(core::ptr::from_ref(channel) as usize, Ordering::Relaxed);
    }
}

/// What an [`Observer`] does that knows these channels.
pub fn report(watched: &[Watched], channel: usize, message: &dyn Any) {
    if let Some(watched) = watched.iter().find(|one| one.channel.load(Ordering::Relaxed) == channel) {
        (watched.report)(message);
    }
}
