//! The kind `signal`: the newest value, one reader.

use core::future::{Future, ready};

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::signal as embassy;

use super::{Kind, Publish, Publisher, Subscribe, Subscriber};

/// The newest value; a value that was not taken is overwritten.
pub struct Signal<M: RawMutex + 'static, T>(embassy::Signal<M, T>);

impl<M: RawMutex, T: Send + 'static> Signal<M, T> {
    /// A signal without a value.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(embassy::Signal::new())
    }

    /// An end to publish to.
    pub fn publisher(&'static self) -> Publisher<Self> {
        Publisher(self)
    }

    /// The end to receive from. There is to be one: a second would take wake-ups from the first.
    pub fn subscriber(&'static self) -> Subscriber<Self> {
        Subscriber(self)
    }
}

impl<M: RawMutex, T: 'static> Kind for Signal<M, T> {
    type Publisher = &'static Self;
    type Subscriber = &'static Self;
}

impl<M: RawMutex, T: Send + 'static> Publisher<Signal<M, T>> {
    /// Sets the value, over an older one that was not taken.
    pub fn signal(&self, value: T) {
        observe!(self.0, &value);
        self.0.0.signal(value);
    }
}

impl<M: RawMutex, T: Send + 'static> Publish<T> for Publisher<Signal<M, T>> {
    fn publish(&mut self, message: T) -> impl Future<Output = ()> {
        self.signal(message);
        ready(())
    }
}

impl<M: RawMutex, T: Send + 'static> Subscriber<Signal<M, T>> {
    /// Waits for a value and takes it.
    pub fn wait(&self) -> impl Future<Output = T> {
        self.0.0.wait()
    }

    /// Takes the value if there is one.
    pub fn try_take(&self) -> Option<T> {
        self.0.0.try_take()
    }

    /// Forgets the value.
    pub fn reset(&self) {
        self.0.0.reset();
    }

    /// Whether there is a value.
    pub fn signaled(&self) -> bool {
        self.0.0.signaled()
    }

    /// Waits for a value and takes it: `wait` by the name that all kinds share.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = T> {
        self.wait()
    }
}

impl<M: RawMutex, T: Send + 'static> Subscribe<T> for Subscriber<Signal<M, T>> {
    fn next(&mut self) -> impl Future<Output = T> {
        self.wait()
    }
}
