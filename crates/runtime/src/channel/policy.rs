//! What happens to a message for which a channel has no room, and how what was lost is counted.

use core::cell::Cell;

use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::RawMutex;

/// What a channel does when it is full: [`Wait`], [`DropNewest`] or [`DropOldest`].
pub trait Overflow: 'static {
    /// What is kept for the policy beside the channel: nothing, or a count.
    type Dropped<M: RawMutex + 'static>: Dropped;
}

/// The publisher waits for room. Costs nothing over embassy-sync.
pub enum Wait {}

/// The message that would not fit is dropped.
pub enum DropNewest {}

/// The oldest message in the channel makes room.
pub enum DropOldest {}

impl Overflow for Wait {
    type Dropped<M: RawMutex + 'static> = ();
}

impl Overflow for DropNewest {
    type Dropped<M: RawMutex + 'static> = Count<M>;
}

impl Overflow for DropOldest {
    type Dropped<M: RawMutex + 'static> = Count<M>;
}

/// How many messages (of a pipe: bytes) a channel has dropped.
pub trait Dropped: 'static {
    /// A reference that is as small as it can be.
    type Handle: Copy + 'static;
    /// Nothing was dropped yet.
    const NONE: Self;

    /// A handle to this count.
    fn handle(&'static self) -> Self::Handle;
    /// The number so far; it stays at its greatest value when it gets there.
    fn get(handle: Self::Handle) -> u32;
    /// Adds to the number.
    fn add(handle: Self::Handle, more: u32);
}

impl Dropped for () {
    type Handle = ();
    const NONE: Self = ();

    fn handle(&'static self) {}

    fn get((): ()) -> u32 {
        0
    }

    fn add((): (), _more: u32) {}
}

/// A count behind the channel's own kind of mutex: 32-bit atomics that can add are missing on small cores.
pub struct Count<M: RawMutex>(Mutex<M, Cell<u32>>);

impl<M: RawMutex + 'static> Dropped for Count<M> {
    type Handle = &'static Self;
    const NONE: Self = Self(Mutex::new(Cell::new(0)));

    fn handle(&'static self) -> &'static Self {
        self
    }

    fn get(handle: &'static Self) -> u32 {
        handle.0.lock(Cell::get)
    }

    fn add(handle: &'static Self, more: u32) {
        handle.0.lock(|count| count.set(count.get().saturating_add(more)));
    }
}
