//! Runs futures on virtual time, and stands in for pins and uarts.
#![allow(dead_code, unreachable_pub, reason = "each test file is a crate of its own and uses its part")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use embassy_time::{Duration, Instant, MockDriver};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};
use embedded_hal_async::digital::Wait;
use embedded_io_async::{ErrorKind, Read, Write};

/// The clock of embassy-time is one for the whole process, so one simulation runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Time moves in steps this long.
const STEP: Duration = Duration::from_micros(50);

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Tasks on virtual time, which begins at zero.
pub struct Simulation {
    tasks: Vec<Pin<Box<dyn Future<Output = ()>>>>,
    woken: Arc<Flag>,
    _alone: MutexGuard<'static, ()>,
}

impl Simulation {
    pub fn new() -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        MockDriver::get().reset();
        Self { tasks: Vec::new(), woken: Arc::new(Flag(AtomicBool::new(false))), _alone: alone }
    }

    pub fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(Box::pin(task));
        self.woken.0.store(true, Ordering::SeqCst);
    }

    /// Polls tasks until none was woken. Tasks that end are dropped.
    pub fn settle(&mut self) {
        let waker = Waker::from(self.woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut rounds = 0;
        while self.woken.0.swap(false, Ordering::SeqCst) {
            self.tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            rounds += 1;
            assert!(rounds < 100_000, "the tasks never come to rest");
        }
    }

    pub fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.settle();
        while Instant::now() < end {
            MockDriver::get().advance(STEP);
            self.settle();
        }
    }

    pub fn run_ms(&mut self, millis: u64) {
        self.run_for(Duration::from_millis(millis));
    }
}

/// Lives as long as the process, as statics do.
pub fn forever<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[derive(Default)]
struct Wire {
    level: Cell<bool>,
    rises: Cell<u32>,
    falls: Cell<u32>,
    edges: RefCell<Vec<(u64, bool)>>,
    wakers: RefCell<Vec<Waker>>,
}

/// A wire that a test drives and a task senses, or the other way round. Clones are the same wire.
#[derive(Clone, Default)]
pub struct Wired(Rc<Wire>);

impl Wired {
    pub fn at(level: bool) -> Self {
        let pin = Self::default();
        pin.0.level.set(level);
        pin
    }

    pub fn level(&self) -> bool {
        self.0.level.get()
    }

    pub fn set(&self, level: bool) {
        if self.0.level.replace(level) != level {
            let edges = if level { &self.0.rises } else { &self.0.falls };
            edges.set(edges.get() + 1);
            self.0.edges.borrow_mut().push((Instant::now().as_micros(), level));
            self.0.wakers.borrow_mut().drain(..).for_each(Waker::wake);
        }
    }

    /// Every change so far: when, in microseconds, and to which level.
    pub fn edges(&self) -> Vec<(u64, bool)> {
        self.0.edges.borrow().clone()
    }

    async fn until(&self, reached: impl Fn(&Wire) -> bool) -> Result<(), Infallible> {
        poll_fn(|context| {
            if reached(&self.0) {
                return Poll::Ready(Ok(()));
            }
            self.0.wakers.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl ErrorType for Wired {
    type Error = Infallible;
}

impl InputPin for Wired {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.level())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.level())
    }
}

impl OutputPin for Wired {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

impl StatefulOutputPin for Wired {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.level())
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.level())
    }
}

impl Wait for Wired {
    async fn wait_for_high(&mut self) -> Result<(), Infallible> {
        self.until(|wire| wire.level.get()).await
    }

    async fn wait_for_low(&mut self) -> Result<(), Infallible> {
        self.until(|wire| !wire.level.get()).await
    }

    async fn wait_for_rising_edge(&mut self) -> Result<(), Infallible> {
        let before = self.0.rises.get();
        self.until(|wire| wire.rises.get() > before).await
    }

    async fn wait_for_falling_edge(&mut self) -> Result<(), Infallible> {
        let before = self.0.falls.get();
        self.until(|wire| wire.falls.get() > before).await
    }

    async fn wait_for_any_edge(&mut self) -> Result<(), Infallible> {
        let before = self.0.rises.get() + self.0.falls.get();
        self.until(|wire| wire.rises.get() + wire.falls.get() > before).await
    }
}

#[derive(Default)]
struct Bytes {
    queue: RefCell<VecDeque<Result<u8, ErrorKind>>>,
    wakers: RefCell<Vec<Waker>>,
    blocked: Cell<bool>,
}

/// A serial line: what is written at one end is read at the other. Clones are the same line.
#[derive(Clone, Default)]
pub struct Serial(Rc<Bytes>);

impl Serial {
    pub fn push(&self, items: impl IntoIterator<Item = Result<u8, ErrorKind>>) {
        self.0.queue.borrow_mut().extend(items);
        self.0.wakers.borrow_mut().drain(..).for_each(Waker::wake);
    }

    pub fn send(&self, bytes: &[u8]) {
        self.push(bytes.iter().copied().map(Ok));
    }

    /// Takes what has been written.
    pub fn take(&self) -> Vec<u8> {
        self.0.queue.borrow_mut().drain(..).map(Result::unwrap).collect()
    }

    pub fn take_text(&self) -> String {
        String::from_utf8(self.take()).unwrap()
    }

    /// Makes writers wait.
    pub fn block(&self, blocked: bool) {
        self.0.blocked.set(blocked);
        self.0.wakers.borrow_mut().drain(..).for_each(Waker::wake);
    }
}

impl embedded_io_async::ErrorType for Serial {
    type Error = ErrorKind;
}

impl Read for Serial {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            let mut queue = self.0.queue.borrow_mut();
            match queue.front() {
                None => {
                    self.0.wakers.borrow_mut().push(context.waker().clone());
                    Poll::Pending
                }
                Some(Err(error)) => {
                    let error = *error;
                    queue.pop_front();
                    Poll::Ready(Err(error))
                }
                Some(Ok(_)) => {
                    let mut count = 0;
                    while let (Some(Ok(byte)), true) = (queue.front(), count < bytes.len()) {
                        bytes[count] = *byte;
                        queue.pop_front();
                        count += 1;
                    }
                    Poll::Ready(Ok(count))
                }
            }
        })
        .await
    }
}

impl Write for Serial {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            if self.0.blocked.get() {
                self.0.wakers.borrow_mut().push(context.waker().clone());
                return Poll::Pending;
            }
            // A few at a time, so that callers that take a short write for a whole one are found out.
            let count = bytes.len().min(7);
            self.send(&bytes[..count]);
            Poll::Ready(Ok(count))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
