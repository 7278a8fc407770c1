//! Work that may hang, such as a call of a driver: done in a thread of its own, which is left behind when it is silent
//! for too long.
//!
//! News that can wait wake nobody: they are looked for, as often as an eye would see the difference. A chip that is flashed
//! answers within tens of microseconds, and there a thread that wakes beside the worker costs more than the news.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, TryRecvError, channel};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How often a wait looks for news, and whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Neither news nor an end came within this time.
    Silent(Duration),
    /// The user does not want it any more.
    Cancelled,
}

enum Message<N, T> {
    News(N),
    End(T),
}

/// A worker's way to say that it is alive.
pub(crate) struct News<N, T> {
    sender: Sender<Message<N, T>>,
    listener: Listener,
}

impl<N, T> News<N, T> {
    /// Is heard at once.
    pub(crate) fn say(&self, news: N) {
        self.note(news);
        self.listener.0.unpark();
    }

    /// Is heard at the next look.
    pub(crate) fn note(&self, news: N) {
        // Nobody listens any more once the work was given up, and then nothing matters.
        let _ = self.sender.send(Message::News(news));
    }
}

/// Who waits for the work, and is woken when it has ended, also by a panic.
struct Listener(Thread);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.unpark();
    }
}

/// Does the work while it gives news at least every `patience`, and as long as it is wanted.
pub(crate) fn supervised<N: Send + 'static, T: Send + 'static>(
    patience: Duration,
    cancel: &AtomicBool,
    on_news: &mut dyn FnMut(N),
    work: impl FnOnce(&News<N, T>) -> T + Send + 'static,
) -> Result<T, Broken> {
    let (sender, receiver) = channel();
    let listener = Listener(thread::current());
    let worker = thread::spawn(move || {
        let news = News { sender, listener };
        let end = work(&news);
        let _ = news.sender.send(Message::End(end));
    });
    let mut heard = Instant::now();
    loop {
        match receiver.try_recv() {
            Ok(Message::News(news)) => {
                heard = Instant::now();
                on_news(news);
            }
            Ok(Message::End(end)) => return Ok(end),
            Err(TryRecvError::Disconnected) => match worker.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => unreachable!("a worker that does not panic sends its end"),
            },
            Err(TryRecvError::Empty) if cancel.load(Ordering::Relaxed) => return Err(Broken::Cancelled),
            Err(TryRecvError::Empty) if heard.elapsed() >= patience => return Err(Broken::Silent(patience)),
            Err(TryRecvError::Empty) => thread::park_timeout(LOOK),
        }
    }
}

/// Does short work within a limit; nobody can cancel it.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Duration> {
    let never = AtomicBool::new(false);
    supervised(limit, &never, &mut |()| {}, |_| work()).map_err(|broken| match broken {
        Broken::Silent(limit) => limit,
        Broken::Cancelled => unreachable!("nobody has this flag"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(120);

    #[test]
    fn news_keeps_work_alive_beyond_the_limit() {
        let mut heard = 0;
        let never = AtomicBool::new(false);
        let end = supervised(SHORT, &never, &mut |()| heard += 1, |news| {
            for _ in 0..6 {
                thread::sleep(SHORT / 3);
                news.say(());
            }
            "done"
        });
        assert_eq!((end, heard), (Ok("done"), 6));
    }

    #[test]
    fn silence_ends_the_wait() {
        assert_eq!(within(SHORT, || thread::sleep(SHORT * 20)), Err(SHORT));
    }

    #[test]
    fn a_cancelled_wait_ends_at_once() {
        let cancelled = AtomicBool::new(true);
        let started = Instant::now();
        let end =
            supervised(SHORT * 50, &cancelled, &mut |()| {}, |_: &News<(), ()>| thread::sleep(SHORT * 100));
        assert_eq!(end, Err(Broken::Cancelled));
        assert!(started.elapsed() < SHORT * 10);
    }
}
