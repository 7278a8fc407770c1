//! Lets a simulation see what channels carry. On a chip, none of this is compiled.

use core::any::Any;
use core::cell::Cell;
use core::sync::atomic::{AtomicBool, Ordering};

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
