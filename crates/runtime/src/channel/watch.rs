//! The kind `watch`: the newest value, any number of readers.

use core::future::{Future, ready};

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::watch as embassy;

use super::{Kind, Publish, Publisher, Subscribe, Subscriber};

/// The newest value, which each of at most `N` readers sees; a reader may miss values, never the newest.
pub struct Watch<M: RawMutex + 'static, T: Clone, const N: usize>(embassy::Watch<M, T, N>);

impl<M: RawMutex, T: Clone + 'static, const N: usize> Watch<M, T, N> {
    /// A watch without a value.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(embassy::Watch::new())
    }

    /// An end to publish to.
    pub fn publisher(&'static self) -> Publisher<Self> {
        Publisher(self)
    }

    /// An end to receive from; the value that is there already counts as new for it.
    ///
    /// # Panics
    /// When there are `N` subscribers already.
    pub fn subscriber(&'static self) -> Subscriber<Self> {
        let Some(receiver) = self.0.receiver() else { panic!("this watch has all its subscribers") };
        Subscriber(receiver)
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize> Kind for Watch<M, T, N> {
    type Publisher = &'static Self;
    type Subscriber = embassy::Receiver<'static, M, T, N>;
}

impl<M: RawMutex, T: Clone + 'static, const N: usize> Publisher<Watch<M, T, N>> {
    /// Sets the value and wakes every reader.
    pub fn send(&self, value: T) {
        observe!(self.0, &value);
        self.0.0.sender().send(value);
    }

    /// The value, if there is one yet.
    pub fn try_get(&self) -> Option<T> {
        self.0.0.try_get()
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize> Publish<T> for Publisher<Watch<M, T, N>> {
    fn publish(&mut self, message: T) -> impl Future<Output = ()> {
        self.send(message);
        ready(())
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize> Subscriber<Watch<M, T, N>> {
    /// The value, seen or not; waits only where there was none yet. Marks it as seen.
    pub fn get(&mut self) -> impl Future<Output = T> {
        self.0.get()
    }

    /// The value, if there is one yet. Marks it as seen.
    pub fn try_get(&mut self) -> Option<T> {
        self.0.try_get()
    }

    /// Waits for a value that this reader has not seen.
    pub fn changed(&mut self) -> impl Future<Output = T> {
        self.0.changed()
    }

    /// The value, if this reader has not seen it.
    pub fn try_changed(&mut self) -> Option<T> {
        self.0.try_changed()
    }

    /// Waits for a value that this reader has not seen: `changed` by the name that all kinds share.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = T> {
        self.0.changed()
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize> Subscribe<T> for Subscriber<Watch<M, T, N>> {
    fn next(&mut self) -> impl Future<Output = T> {
        self.0.changed()
    }
}
