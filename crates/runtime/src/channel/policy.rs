//! What happens to a message for which a channel has no room, and how what was lost is counted and told.

use core::cell::Cell;
use core::convert::Infallible;
use core::marker::PhantomData;

use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::RawMutex;

/// What a channel does when it is full: [`Wait`], [`DropNewest`] or [`DropOldest`].
pub trait Overflow: 'static {
    /// What is kept for the policy beside the channel: nothing, or a count.
    type Dropped<M: RawMutex + 'static>: Dropped;
}

/// Gives a channel the name that the log calls it by. A type, so that the channel's static holds no pointer to it.
pub trait Named: 'static {
    /// The channel's name in app.toml.
    const NAME: &'static str;
}

/// The publisher waits for room. Costs nothing over embassy-sync.
pub enum Wait {}

/// The message that would not fit is dropped; `N` names the channel.
pub struct DropNewest<N>(Infallible, PhantomData<N>);

/// The oldest message in the channel makes room; `N` names the channel.
pub struct DropOldest<N>(Infallible, PhantomData<N>);

impl Overflow for Wait {
    type Dropped<M: RawMutex + 'static> = ();
}

impl<N: Named> Overflow for DropNewest<N> {
    type Dropped<M: RawMutex + 'static> = Count<M, N>;
}

impl<N: Named> Overflow for DropOldest<N> {
    type Dropped<M: RawMutex + 'static> = Count<M, N>;
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
    /// Adds to the number, and tells it in the log now and then.
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
pub struct Count<M: RawMutex, N>(Mutex<M, Cell<u32>>, PhantomData<fn() -> N>);

impl<M: RawMutex + 'static, N: Named> Dropped for Count<M, N> {
    type Handle = &'static Self;
    const NONE: Self = Self(Mutex::new(Cell::new(0)), PhantomData);

    fn handle(&'static self) -> &'static Self {
        self
    }

    fn get(handle: &'static Self) -> u32 {
        handle.0.lock(Cell::get)
    }

    fn add(handle: &'static Self, more: u32) {
        add(&handle.0, more, N::NAME);
    }
}

/// Adds to the count of a channel of this name, and warns when it has come to a power of two or passed one: a channel
/// that drops for ever is heard of at most 32 times, and of its first message at once.
///
/// Apart from [`Count`], so that all channels have it in common.
fn add<M: RawMutex>(count: &Mutex<M, Cell<u32>>, more: u32, channel: &'static str) {
    let (before, count) = count.lock(|count| {
        let before = count.get();
        count.set(before.saturating_add(more));
        (before, count.get())
    });
    // The two have the same highest bit, or the greater has a higher one.
    if before ^ count > before {
        // Where it is known what the values are, defmt needs no code that says it.
        #[cfg(feature = "defmt")]
        defmt::warn!("channel {=str} was full: {=u32} dropped so far", channel, count);
        #[cfg(not(feature = "defmt"))]
        warn!("channel {} was full: {} dropped so far", channel, count);
    }
}
