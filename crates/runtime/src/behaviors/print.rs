//! Messages of several channels become lines on one writer.
// For the reason that `behaviors` gives.
#![allow(clippy::manual_async_fn)]

use core::future::{Future, poll_fn};
use core::marker::PhantomData;
use core::pin::pin;
use core::task::Poll;

use embassy_time::Instant;
use embedded_io_async::Write;

use crate::channel::Subscribe;
use crate::record::{Format, Line, Record};

/// How many bytes of a line are written at a time; a longer line is written in several pieces.
const PIECE: usize = 64;

/// Writes each message of the sources as a line, fair between them.
pub fn print<F: Format>(
    mut writer: impl Write,
    _format: F,
    mut sources: impl Sources,
) -> impl Future<Output = ()> {
    async move {
        let mut turn = 0;
        loop {
            turn += 1;
            let message = sources.next(turn).await;
            let millis = if F::TIMED { Instant::now().as_millis() } else { 0 };
            let mut written = 0;
            loop {
                let mut piece = [0; PIECE];
                let mut line = Line::new(&mut piece, written);
                sources.render::<F>(&message, millis, &mut line);
                let (length, complete) = line.finish();
                // A line that the writer refuses is lost; the next one may pass.
                if writer.write_all(&piece[..length]).await.is_err() || complete {
                    break;
                }
                written += length;
            }
        }
    }
}

/// One or several subscriptions: a [`Source`], or a tuple of sources (or of such tuples).
pub trait Sources {
    /// A message of any of the sources.
    type Message;

    /// Waits for a message of any source. `turn` moves on with each message, and with it who is asked first.
    fn next(&mut self, turn: usize) -> impl Future<Output = Self::Message>;

    /// Renders a message that came from these sources.
    fn render<F: Format>(&self, message: &Self::Message, millis: u64, line: &mut Line<'_>);
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

    fn next(&mut self, _turn: usize) -> impl Future<Output = T> {
        self.subscriber.next()
    }

    fn render<F: Format>(&self, message: &T, millis: u64, line: &mut Line<'_>) {
        line.record::<F>(self.channel, millis, message);
    }
}

/// A message of one of several sources.
pub enum Either<A, B> {
    /// Of the first.
    First(A),
    /// Of the second.
    Second(B),
}

impl<A: Sources, B: Sources> Sources for (A, B) {
    type Message = Either<A::Message, B::Message>;

    async fn next(&mut self, turn: usize) -> Self::Message {
        let mut first = pin!(self.0.next(turn / 2));
        let mut second = pin!(self.1.next(turn / 2));
        poll_fn(|context| {
            for source in [turn, turn + 1] {
                if source % 2 == 0 {
                    if let Poll::Ready(message) = first.as_mut().poll(context) {
                        return Poll::Ready(Either::First(message));
                    }
                } else if let Poll::Ready(message) = second.as_mut().poll(context) {
                    return Poll::Ready(Either::Second(message));
                }
            }
            Poll::Pending
        })
        .await
    }

    fn render<F: Format>(&self, message: &Self::Message, millis: u64, line: &mut Line<'_>) {
        match message {
            Either::First(message) => self.0.render::<F>(message, millis, line),
            Either::Second(message) => self.1.render::<F>(message, millis, line),
        }
    }
}
