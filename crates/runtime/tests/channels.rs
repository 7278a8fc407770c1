//! Every kind of channel, and every overflow policy under overload.

mod common;

use std::cell::RefCell;

use common::{Simulation, forever};
use embassy_futures::poll_once;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, NoopRawMutex, RawMutex};
use embassy_time::Timer;
use embedded_io_async::{Read, Write};
use fwc_runtime::channel::{
    Channel, DropNewest, DropOldest, Named, Overflow, Pipe, PubSub, Publish, Publisher, Signal, Subscribe,
    Subscriber, TrySendError, Wait, WaitResult, Watch,
};

/// The name of every channel here that drops.
enum Here {}

impl Named for Here {
    const NAME: &'static str = "here";
}

/// Publishes 1 to 20 as fast as the channel lets it, and reads one every 10 ms. What was read, and when it was sent.
fn overloaded<P: Publish<u32> + 'static, S: Subscribe<u32> + 'static>(
    mut publisher: P,
    mut subscriber: S,
) -> (Vec<u32>, u64) {
    let mut simulation = Simulation::new();
    let read = forever(RefCell::new(Vec::new()));
    let sent_at = forever(RefCell::new(0));
    simulation.spawn(async move {
        Timer::after_millis(1).await;
        for number in 1..=20 {
            publisher.publish(number).await;
        }
        *sent_at.borrow_mut() = embassy_time::Instant::now().as_millis();
    });
    simulation.spawn(async move {
        loop {
            Timer::after_millis(10).await;
            let message = subscriber.next().await;
            read.borrow_mut().push(message);
        }
    });
    simulation.run_ms(1_000);
    (read.take(), sent_at.take())
}

fn channel_under_overload<M: RawMutex + 'static, P: Overflow>() -> (Vec<u32>, u64, u32)
where
    Publisher<Channel<M, u32, 4, P>>: Publish<u32>,
{
    let channel: &'static Channel<M, u32, 4, P> = forever(Channel::new());
    let (read, sent_at) = overloaded(channel.publisher(), channel.subscriber());
    assert_eq!(channel.publisher().dropped(), channel.subscriber().dropped());
    (read, sent_at, channel.publisher().dropped())
}

fn channel_policies<M: RawMutex + 'static>() {
    let (read, sent_at, dropped) = channel_under_overload::<M, Wait>();
    assert_eq!(read, (1..=20).collect::<Vec<_>>());
    assert_eq!(dropped, 0);
    assert!(sent_at >= 150, "the publisher waited, but only until {sent_at} ms");

    let (read, sent_at, dropped) = channel_under_overload::<M, DropNewest<Here>>();
    assert_eq!((read, sent_at, dropped), (vec![1, 2, 3, 4], 1, 16));

    let (read, sent_at, dropped) = channel_under_overload::<M, DropOldest<Here>>();
    assert_eq!((read, sent_at, dropped), (vec![17, 18, 19, 20], 1, 16));
}

#[test]
fn a_channel_waits_or_drops_as_its_policy_says() {
    channel_policies::<NoopRawMutex>();
    channel_policies::<CriticalSectionRawMutex>();
}

fn pubsub_under_overload<P: Overflow>() -> (Vec<u32>, u64, u32)
where
    Publisher<PubSub<NoopRawMutex, u32, 4, 1, 1, P>>: Publish<u32>,
{
    let channel: &'static PubSub<NoopRawMutex, u32, 4, 1, 1, P> = forever(PubSub::new());
    let publisher = channel.publisher();
    let subscriber = channel.subscriber();
    let (read, sent_at) = overloaded(publisher, subscriber);
    // The ends are gone with their tasks, so there is room for these.
    (read, sent_at, channel.publisher().dropped())
}

#[test]
fn a_pubsub_waits_or_drops_as_its_policy_says() {
    let (read, sent_at, dropped) = pubsub_under_overload::<Wait>();
    assert_eq!(read, (1..=20).collect::<Vec<_>>());
    assert!(sent_at >= 150, "the publisher waited, but only until {sent_at} ms");
    assert_eq!(dropped, 0);

    assert_eq!(pubsub_under_overload::<DropNewest<Here>>(), (vec![1, 2, 3, 4], 1, 16));
    assert_eq!(pubsub_under_overload::<DropOldest<Here>>(), (vec![17, 18, 19, 20], 1, 16));
}

#[test]
fn try_send_never_drops_whatever_the_policy() {
    let channel: &'static Channel<NoopRawMutex, u32, 1, DropOldest<Here>> = forever(Channel::new());
    channel.publisher().try_send(1).unwrap();
    assert_eq!(channel.publisher().try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(channel.subscriber().try_receive(), Ok(1));
    assert_eq!(channel.publisher().dropped(), 0);
}

#[test]
fn each_message_of_a_channel_goes_to_one_reader_in_order() {
    let mut simulation = Simulation::new();
    let channel: &'static Channel<NoopRawMutex, u32, 2> = forever(Channel::new());
    let read = forever(RefCell::new(Vec::new()));
    for _ in 0..2 {
        let subscriber = channel.subscriber();
        simulation.spawn(async move {
            loop {
                let message = subscriber.receive().await;
                read.borrow_mut().push(message);
            }
        });
    }
    simulation.spawn(async {
        for number in 0..10 {
            channel.publisher().send(number).await;
        }
    });
    simulation.settle();
    assert_eq!(*read.borrow(), (0..10).collect::<Vec<_>>());
}

#[test]
fn dropping_a_wait_for_the_next_message_loses_none() {
    let channel: &'static Channel<NoopRawMutex, u32, 2> = forever(Channel::new());
    let mut subscriber = channel.subscriber();
    assert!(poll_once(subscriber.next()).is_pending());
    channel.publisher().try_send(7).unwrap();
    assert_eq!(poll_once(subscriber.next()), std::task::Poll::Ready(7));
}

#[test]
fn a_signal_holds_the_newest_value_until_it_is_taken() {
    let signal: &'static Signal<NoopRawMutex, u32> = forever(Signal::new());
    let mut publisher = signal.publisher();
    let mut subscriber = signal.subscriber();
    assert_eq!(subscriber.try_take(), None);
    publisher.signal(1);
    assert!(poll_once(publisher.publish(2)).is_ready());
    assert!(subscriber.signaled());
    assert_eq!(poll_once(subscriber.next()), std::task::Poll::Ready(2));
    assert!(poll_once(subscriber.wait()).is_pending());
    publisher.signal(3);
    subscriber.reset();
    assert_eq!(subscriber.try_take(), None);
}

#[test]
fn each_reader_of_a_watch_sees_the_newest_value_once() {
    let watch: &'static Watch<NoopRawMutex, u32, 2> = forever(Watch::new());
    let mut first = watch.subscriber();
    assert!(poll_once(first.get()).is_pending());
    assert_eq!(first.try_get(), None);
    let mut publisher = watch.publisher();
    publisher.send(1);
    assert!(poll_once(publisher.publish(2)).is_ready());
    assert_eq!(publisher.try_get(), Some(2));
    // One that comes later finds the value, and it is new to it.
    let mut second = watch.subscriber();
    for subscriber in [&mut first, &mut second] {
        assert_eq!(poll_once(subscriber.next()), std::task::Poll::Ready(2));
        assert!(poll_once(subscriber.changed()).is_pending());
        assert_eq!(subscriber.try_changed(), None);
        assert_eq!(poll_once(subscriber.get()), std::task::Poll::Ready(2));
    }
}

#[test]
#[should_panic = "all its subscribers"]
fn a_watch_refuses_more_subscribers_than_it_is_made_for() {
    let watch: &'static Watch<NoopRawMutex, u32, 1> = forever(Watch::new());
    let _one = watch.subscriber();
    let _two = watch.subscriber();
}

#[test]
fn every_reader_of_a_pubsub_gets_every_message() {
    let channel: &'static PubSub<NoopRawMutex, u32, 4, 2, 1> = forever(PubSub::new());
    let publisher = channel.publisher();
    let mut readers = [channel.subscriber(), channel.subscriber()];
    for number in 1..=4 {
        publisher.try_publish(number).unwrap();
    }
    assert_eq!(publisher.try_publish(5), Err(5));
    for reader in &mut readers {
        for number in 1..=4 {
            assert_eq!(poll_once(reader.next()), std::task::Poll::Ready(number));
        }
        assert!(reader.try_next_message().is_none());
    }
    publisher.try_publish(5).unwrap();
}

#[test]
fn a_reader_of_a_pubsub_that_lags_is_told_how_many_it_missed() {
    let channel: &'static PubSub<NoopRawMutex, u32, 2, 2, 1, DropOldest<Here>> = forever(PubSub::new());
    let publisher = channel.publisher();
    let mut told: Subscriber<_> = channel.subscriber();
    let mut quiet = channel.subscriber();
    for number in 1..=5 {
        let _ = poll_once(publisher.publish(number));
    }
    assert_eq!(poll_once(told.next_message()), std::task::Poll::Ready(WaitResult::Lagged(3)));
    assert_eq!(told.try_next_message(), Some(WaitResult::Message(4)));
    assert_eq!(told.dropped(), 3);
    assert_eq!(poll_once(quiet.next()), std::task::Poll::Ready(4));
    assert_eq!(publisher.dropped(), 6);
}

/// Writes 40 bytes into a pipe of 16 while nobody reads; what can be read then, how far the writer came, the loss.
fn flooded<P: Overflow>() -> (Vec<u8>, bool, u32)
where
    Publisher<Pipe<NoopRawMutex, 16, P>>: Write,
{
    let mut simulation = Simulation::new();
    let pipe: &'static Pipe<NoopRawMutex, 16, P> = forever(Pipe::new());
    let done = forever(RefCell::new(false));
    simulation.spawn(async {
        let mut writer = pipe.publisher();
        // An odd start, so that the ring wraps.
        writer.write_all(&[0; 11]).await.unwrap();
        pipe.subscriber().read_exact(&mut [0; 11]).await.unwrap();
        let bytes: Vec<u8> = (1..=40).collect();
        writer.write_all(&bytes).await.unwrap();
        *done.borrow_mut() = true;
    });
    simulation.settle();
    let written_at_once = done.take();
    let mut read = Vec::new();
    let mut bytes = [0; 16];
    while let Ok(count) = pipe.subscriber().try_read(&mut bytes) {
        read.extend_from_slice(&bytes[..count]);
        simulation.settle();
    }
    assert_eq!(pipe.publisher().dropped(), pipe.subscriber().dropped());
    (read, written_at_once, pipe.publisher().dropped())
}

#[test]
fn a_pipe_waits_or_drops_as_its_policy_says() {
    assert_eq!(flooded::<Wait>(), ((1..=40).collect(), false, 0));
    assert_eq!(flooded::<DropNewest<Here>>(), ((1..=16).collect(), true, 24));
    assert_eq!(flooded::<DropOldest<Here>>(), ((25..=40).collect(), true, 24));
}
