//! The kind `pubsub`: every reader gets every message.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::pubsub as embassy;

use super::policy::Dropped;
use super::{
    Count, DropNewest, DropOldest, Kind, Named, Overflow, Publish, Publisher, Subscribe, Subscriber, Wait,
    WaitResult,
};

/// A queue of at most `N` messages, each of which all of at most `SUBS` readers get.
pub struct PubSub<
    M: RawMutex + 'static,
    T: Clone,
    const N: usize,
    const SUBS: usize,
    const PUBS: usize,
    P: Overflow = Wait,
> {
    channel: embassy::PubSubChannel<M, T, N, SUBS, PUBS>,
    dropped: P::Dropped<M>,
}

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize, P: Overflow>
    PubSub<M, T, N, SUBS, PUBS, P>
{
    /// A channel without messages.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { channel: embassy::PubSubChannel::new(), dropped: P::Dropped::NONE }
    }

    /// How many messages the overflow policy has dropped; with `drop-oldest`, for each reader that missed one.
    pub fn dropped(&'static self) -> u32 {
        P::Dropped::get(self.dropped.handle())
    }

    /// An end to publish to.
    ///
    /// # Panics
    /// When there are `PUBS` publishers already.
    pub fn publisher(&'static self) -> Publisher<Self> {
        let Ok(inner) = self.channel.publisher() else { panic!("this pubsub has all its publishers") };
        Publisher(End {
            inner,
            dropped: self.dropped.handle(),
            #[cfg(feature = "observe")]
            channel: core::ptr::from_ref(self) as usize,
        })
    }

    /// An end to receive from; it gets the messages that are published from now on.
    ///
    /// # Panics
    /// When there are `SUBS` subscribers already.
    pub fn subscriber(&'static self) -> Subscriber<Self> {
        let Ok(inner) = self.channel.subscriber() else { panic!("this pubsub has all its subscribers") };
        Subscriber(End {
            inner,
            dropped: self.dropped.handle(),
            #[cfg(feature = "observe")]
            channel: core::ptr::from_ref(self) as usize,
        })
    }
}

/// One end of a [`PubSub`]: embassy-sync's, and the channel's count.
pub struct End<E, M: RawMutex + 'static, P: Overflow> {
    inner: E,
    dropped: <P::Dropped<M> as Dropped>::Handle,
    /// The channel's address, by which a simulation knows it.
    #[cfg(feature = "observe")]
    channel: usize,
}

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize, P: Overflow> Kind
    for PubSub<M, T, N, SUBS, PUBS, P>
{
    type Publisher = End<embassy::Publisher<'static, M, T, N, SUBS, PUBS>, M, P>;
    type Subscriber = End<embassy::Subscriber<'static, M, T, N, SUBS, PUBS>, M, P>;
}

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize, P: Overflow>
    Publisher<PubSub<M, T, N, SUBS, PUBS, P>>
{
    /// Publishes a message if there is room, and hands it back otherwise, whatever the overflow policy.
    pub fn try_publish(&self, message: T) -> Result<(), T> {
        #[cfg(feature = "observe")]
        if !self.0.inner.is_full() {
            crate::observe::published(self.0.channel, &message);
        }
        self.0.inner.try_publish(message)
    }

    /// How many messages the overflow policy has dropped; with `drop-oldest`, for each reader that missed one.
    pub fn dropped(&self) -> u32 {
        P::Dropped::get(self.0.dropped)
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize>
    Publisher<PubSub<M, T, N, SUBS, PUBS, Wait>>
{
    /// Publishes a message; waits until the slowest reader has made room.
    pub fn publish(&self, message: T) -> impl Future<Output = ()> {
        #[cfg(feature = "observe")]
        crate::observe::published(self.0.channel, &message);
        self.0.inner.publish(message)
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize, C: Named>
    Publisher<PubSub<M, T, N, SUBS, PUBS, DropNewest<C>>>
{
    /// Publishes a message, or drops it where the slowest reader has left no room. Does not wait.
    pub async fn publish(&self, message: T) {
        if self.try_publish(message).is_err() {
            Count::add(self.0.dropped, 1);
        }
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize, C: Named>
    Publisher<PubSub<M, T, N, SUBS, PUBS, DropOldest<C>>>
{
    /// Publishes a message; readers that are too slow miss the oldest. Does not wait.
    pub async fn publish(&self, message: T) {
        #[cfg(feature = "observe")]
        crate::observe::published(self.0.channel, &message);
        self.0.inner.publish_immediate(message);
    }
}

/// `Publish` is the `publish` that each policy has its own of.
macro_rules! publish {
    ($($policy:ty $(, $name:ident)?);+) => {$(
        impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize $(, $name: Named)?>
            Publish<T>
            for Publisher<PubSub<M, T, N, SUBS, PUBS, $policy>>
        {
            fn publish(&mut self, message: T) -> impl Future<Output = ()> {
                Self::publish(self, message)
            }
        }
    )+};
}

publish!(Wait; DropNewest<C>, C; DropOldest<C>, C);

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize, P: Overflow>
    Subscriber<PubSub<M, T, N, SUBS, PUBS, P>>
{
    /// Waits for a message, or for the news that this reader has missed some.
    pub fn next_message(&mut self) -> impl Future<Output = WaitResult<T>> {
        let End { inner, dropped, .. } = &mut self.0;
        poll_fn(move |context| {
            let result = pin!(inner.next_message()).poll(context);
            if let Poll::Ready(WaitResult::Lagged(missed)) = result {
                P::Dropped::add(*dropped, u32::try_from(missed).unwrap_or(u32::MAX));
            }
            result
        })
    }

    /// The next message, or the news that this reader has missed some, if there is either.
    pub fn try_next_message(&mut self) -> Option<WaitResult<T>> {
        let result = self.0.inner.try_next_message();
        if let Some(WaitResult::Lagged(missed)) = result {
            P::Dropped::add(self.0.dropped, u32::try_from(missed).unwrap_or(u32::MAX));
        }
        result
    }

    /// Waits for a message; those that this reader has missed only show in [`dropped`](Self::dropped).
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = T> {
        let End { inner, dropped, .. } = &mut self.0;
        poll_fn(move |context| {
            loop {
                match pin!(inner.next_message()).poll(context) {
                    Poll::Ready(WaitResult::Message(message)) => return Poll::Ready(message),
                    Poll::Ready(WaitResult::Lagged(missed)) => {
                        P::Dropped::add(*dropped, u32::try_from(missed).unwrap_or(u32::MAX));
                    }
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
    }

    /// How many messages the overflow policy has dropped; with `drop-oldest`, for each reader that missed one.
    pub fn dropped(&self) -> u32 {
        P::Dropped::get(self.0.dropped)
    }
}

impl<M: RawMutex, T: Clone + 'static, const N: usize, const SUBS: usize, const PUBS: usize, P: Overflow>
    Subscribe<T> for Subscriber<PubSub<M, T, N, SUBS, PUBS, P>>
{
    fn next(&mut self) -> impl Future<Output = T> {
        Self::next(self)
    }
}
