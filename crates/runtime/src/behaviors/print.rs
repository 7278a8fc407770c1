//! Messages of several channels become lines on one writer.

// For the reason that `behaviors` gives.
#![allow(clippy::manual_async_fn)]

use core::future::{Future, poll_fn};
use core::hint::black_box;
use core::marker::PhantomData;
use core::pin::pin;
use core::task::Poll;

use embedded_io_async::Write;
use heapless::Vec;

use crate::channel::Subscribe;
use crate::record::{Format, Line, Record};

/// How many bytes of a line are written at a time; a longer line is written in several pieces.
const PIECE: usize = 32;

/// Writes each message of the sources as a line, fair between them.
pub fn print<F: Format>(
    mut writer: impl Write,
    _format: F,
    mut sources: impl Sources,
) -> impl Future<Output = ()> {
    async move {
        // Not an array, which would have to be zeroed first.
        let mut piece = Vec::<u8, PIECE, u8>::new();
        loop {
            let message = {
                let mut next = pin!(sources.next());
                poll_fn(|context| next.as_mut().poll(context).map(by_way_of_the_stack)).await
            };
            let time = F::now();
            let mut start = 0;
            loop {
                // In a block of its own, so that `line` ends before the wait and takes no room in the task.
                let length = {
                    let mut line = Line::new(&mut piece, start);
                    sources.render::<F>(&message, time, &mut line);
                    line.length()
                };
                start += PIECE;
                // A line that the writer refuses is lost; the next one may pass.
                if writer.write_all(&piece).await.is_err() || start >= length {
                    break;
                }
            }
        }
    }
}

/// LLVM cannot tell the memory of a channel from that of a task, and would take a message that fits into no registers
/// from the one to the other by `memmove`, of which a Cortex-M0+ needs 1.3 kB.
fn by_way_of_the_stack<T>(message: T) -> T {
    if size_of::<T>() > size_of::<u64>() { black_box(message) } else { message }
}

/// One or several subscriptions.
pub trait Sources: Sized {
    /// A message of any of the sources.
    type Message;

    /// Waits for a message of any source.
    fn next(&mut self) -> impl Future<Output = Self::Message>;

    /// Renders a message that came from these sources.
    fn render<F: Format>(&self, message: &Self::Message, time: F::Time, line: &mut Line<'_>);

    /// These sources and others. In a chain the last has every second turn, the one before it every fourth, and so
    /// on: where all are equal, build a balanced tree.
    fn and<B: Sources>(self, other: B) -> Both<Self, B> {
        Both { first: self, second: other, second_is_due: false }
    }
}

/// A subscription, with the name of its channel.
pub struct Source<S, T> {
    channel: &'static str,
    subscriber: S,
    message: PhantomData<fn() -> T>,
}

impl<S: Subscribe<T>, T: Record> Source<S, T> {
    /// Names a subscription.
    pub fn new(channel: &'static str, subscriber: S) -> Self {
        Self { channel, subscriber, message: PhantomData }
    }
}

impl<S: Subscribe<T>, T: Record> Sources for Source<S, T> {
    type Message = T;

    fn next(&mut self) -> impl Future<Output = T> {
        self.subscriber.next()
    }

    fn render<F: Format>(&self, message: &T, time: F::Time, line: &mut Line<'_>) {
        line.record::<F>(self.channel, time, message);
    }
}

/// Two sources that take turns when both have messages.
pub struct Both<A, B> {
    first: A,
    second: B,
    second_is_due: bool,
}

/// A message of one of two sources.
pub enum Either<A, B> {
    /// Of the first.
    First(A),
    /// Of the second.
    Second(B),
}

impl<A: Sources, B: Sources> Sources for Both<A, B> {
    type Message = Either<A::Message, B::Message>;

    async fn next(&mut self) -> Self::Message {
        let mut first = pin!(self.first.next());
        let mut second = pin!(self.second.next());
        let due = &mut self.second_is_due;
        poll_fn(|context| {
            for ask_second in [*due, !*due] {
                if ask_second {
                    if let Poll::Ready(message) = second.as_mut().poll(context) {
                        *due = false;
                        return Poll::Ready(Either::Second(message));
                    }
                } else if let Poll::Ready(message) = first.as_mut().poll(context) {
                    *due = true;
                    return Poll::Ready(Either::First(message));
                }
            }
            Poll::Pending
        })
        .await
    }

    fn render<F: Format>(&self, message: &Self::Message, time: F::Time, line: &mut Line<'_>) {
        match message {
            Either::First(message) => self.first.render::<F>(message, time, line),
            Either::Second(message) => self.second.render::<F>(message, time, line),
        }
    }
}
