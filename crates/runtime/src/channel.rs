//! embassy-sync's channels become typed ends with one overflow policy.
//!
//! A channel is one static of the type [`Channel`], [`Signal`], [`Watch`], [`PubSub`] or [`Pipe`]; tasks own a
//! [`Publisher`] or a [`Subscriber`] of it. The ends have embassy-sync's own method names, kind by kind; what is the
//! same for every kind is in the traits [`Publish`] and [`Subscribe`]. Which mutex guards the channel is its first
//! type parameter: `NoopRawMutex` where all its ends run on one executor, else `CriticalSectionRawMutex`.

use core::future::Future;

mod broadcast;
mod pipe;
mod policy;
mod queue;
mod signal;
mod watch;

pub use broadcast::PubSub;
pub use embassy_sync::channel::{TryReceiveError, TrySendError};
pub use embassy_sync::pipe::{TryReadError, TryWriteError};
pub use embassy_sync::pubsub::WaitResult;
pub use pipe::Pipe;
pub use policy::{Count, DropNewest, DropOldest, Named, Overflow, Wait};
pub use queue::Channel;
pub use signal::Signal;
pub use watch::Watch;

/// A kind of channel: what its two ends hold.
pub trait Kind: 'static {
    /// What a publisher holds.
    type Publisher;
    /// What a subscriber holds.
    type Subscriber;
}

/// The end of a channel that messages go into.
pub struct Publisher<C: Kind>(C::Publisher);

/// The end of a channel that messages come out of.
pub struct Subscriber<C: Kind>(C::Subscriber);

/// Takes messages, whatever the kind of channel.
pub trait Publish<T> {
    /// Publishes a message, as the channel's kind and overflow policy say.
    fn publish(&mut self, message: T) -> impl Future<Output = ()>;
}

/// Hands out messages, whatever the kind of channel.
pub trait Subscribe<T> {
    /// Waits for the next message. No message is lost when the future is dropped.
    fn next(&mut self) -> impl Future<Output = T>;
}
