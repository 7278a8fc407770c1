//! The kind `channel`: a queue, each message to one reader.

use core::future::Future;

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::channel as embassy;

use super::policy::Dropped;
use super::{
    Count, DropNewest, DropOldest, Kind, Named, Overflow, Publish, Publisher, Subscribe, Subscriber,
    TryReceiveError, TrySendError, Wait,
};

/// A queue of at most `N` messages.
pub struct Channel<M: RawMutex + 'static, T, const N: usize, P: Overflow = Wait> {
    queue: embassy::Channel<M, T, N>,
    dropped: P::Dropped<M>,
}

impl<M: RawMutex, T: 'static, const N: usize, P: Overflow> Channel<M, T, N, P> {
    /// An empty channel.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { queue: embassy::Channel::new(), dropped: P::Dropped::NONE }
    }

    fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        #[cfg(feature = "observe")]
        if !self.queue.is_full() {
            observe!(self, &message);
        }
        self.queue.try_send(message)
    }

    /// How many messages the overflow policy has dropped.
    pub fn dropped(&'static self) -> u32 {
        P::Dropped::get(self.dropped.handle())
    }

    /// An end to publish to.
    pub fn publisher(&'static self) -> Publisher<Self> {
        Publisher(self)
    }

    /// An end to receive from.
    pub fn subscriber(&'static self) -> Subscriber<Self> {
        Subscriber(self)
    }
}

impl<M: RawMutex, T: 'static, const N: usize, P: Overflow> Kind for Channel<M, T, N, P> {
    type Publisher = &'static Self;
    type Subscriber = &'static Self;
}

impl<M: RawMutex, T: 'static, const N: usize, P: Overflow> Publisher<Channel<M, T, N, P>> {
    /// Puts a message into the queue if there is room, and hands it back otherwise, whatever the overflow policy.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(message)
    }

    /// How many messages the overflow policy has dropped.
    pub fn dropped(&self) -> u32 {
        P::Dropped::get(self.0.dropped.handle())
    }
}

impl<M: RawMutex, T: 'static, const N: usize> Publisher<Channel<M, T, N, Wait>> {
    /// Puts a message into the queue; waits for room.
    pub fn send(&self, message: T) -> impl Future<Output = ()> {
        observe!(self.0, &message);
        self.0.queue.send(message)
    }
}

impl<M: RawMutex, T: 'static, const N: usize, C: Named> Publisher<Channel<M, T, N, DropNewest<C>>> {
    /// Puts a message into the queue, or drops it where there is no room. Does not wait.
    pub async fn send(&self, message: T) {
        if self.0.try_send(message).is_err() {
            Count::add(self.0.dropped.handle(), 1);
        }
    }
}

impl<M: RawMutex, T: 'static, const N: usize, C: Named> Publisher<Channel<M, T, N, DropOldest<C>>> {
    /// Puts a message into the queue, and drops the oldest where there is no room. Does not wait.
    pub async fn send(&self, message: T) {
        let mut message = message;
        // Between the two steps another publisher may take the room that was made, so this is a loop.
        while let Err(TrySendError::Full(back)) = self.0.try_send(message) {
            message = back;
            if self.0.queue.try_receive().is_ok() {
                Count::add(self.0.dropped.handle(), 1);
            }
        }
    }
}

/// `Publish` is `send`, which each policy has its own of.
macro_rules! publish_is_send {
    ($($policy:ty $(, $name:ident)?);+) => {$(
        impl<M: RawMutex, T: 'static, const N: usize $(, $name: Named)?> Publish<T> for Publisher<Channel<M, T, N, $policy>> {
            fn publish(&mut self, message: T) -> impl Future<Output = ()> {
                self.send(message)
            }
        }
    )+};
}

publish_is_send!(Wait; DropNewest<C>, C; DropOldest<C>, C);

impl<M: RawMutex, T: 'static, const N: usize, P: Overflow> Subscriber<Channel<M, T, N, P>> {
    /// Waits for the oldest message and takes it.
    pub fn receive(&self) -> impl Future<Output = T> {
        self.0.queue.receive()
    }

    /// Takes the oldest message if there is one.
    pub fn try_receive(&self) -> Result<T, TryReceiveError> {
        self.0.queue.try_receive()
    }

    /// Waits for the oldest message and takes it: `receive` by the name that all kinds share.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = T> {
        self.receive()
    }

    /// How many messages the overflow policy has dropped.
    pub fn dropped(&self) -> u32 {
        P::Dropped::get(self.0.dropped.handle())
    }
}

impl<M: RawMutex, T: 'static, const N: usize, P: Overflow> Subscribe<T> for Subscriber<Channel<M, T, N, P>> {
    fn next(&mut self) -> impl Future<Output = T> {
        self.receive()
    }
}
