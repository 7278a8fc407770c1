//! What is common to analog inputs of all chips: what they are, and how those of one converter take turns.

use core::future::{Future, poll_fn};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Poll;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::mutex::Mutex;

/// An analog input.
pub trait AnalogInput {
    /// Why a reading failed.
    type Error;

    /// Reads the voltage, in millivolts.
    fn millivolts(&mut self) -> impl Future<Output = Result<u16, Self::Error>>;
}

/// How channels of the chip's one converter take turns: a turn lasts until it is dropped.
pub trait Turns {
    /// Waits for a turn.
    fn take() -> impl Future<Output = impl Sized>;
}

/// All channels are read on one executor. Whoever is not first asks again when other tasks have had their go: a conversion
/// takes some microseconds.
pub struct OneExecutor;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Ends the turn.
struct Turn;

impl Drop for Turn {
    fn drop(&mut self) {
        IS_TAKEN.store(false, Ordering::Relaxed);
    }
}

impl Turns for OneExecutor {
    fn take() -> impl Future<Output = impl Sized> {
        poll_fn(|context| {
            if IS_TAKEN.load(Ordering::Relaxed) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            // Nobody comes between the question and the answer: tasks of one executor do not preempt each other.
            IS_TAKEN.store(true, Ordering::Relaxed);
            Poll::Ready(Turn)
        })
    }
}

/// Channels are read on several executors, of which one that asked again and again could keep another from its end.
pub struct SeveralExecutors;

static TURN: Mutex<CriticalSectionRawMutex, ()> = Mutex::new(());

impl Turns for SeveralExecutors {
    fn take() -> impl Future<Output = impl Sized> {
        TURN.lock()
    }
}
