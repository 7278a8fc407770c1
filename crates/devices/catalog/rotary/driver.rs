//! A rotary encoder, over a driver of its own.
//!
//! The crate `rotary-encoder-embedded` (0.5.0) wants to be called more often than edges come; here the pins wake the task.

use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embassy_time::{Duration, Instant, with_deadline};
use embedded_hal::digital::InputPin;
use embedded_hal_async::digital::Wait;
use fwc_runtime::device::Error;

/// An encoder on its pins, and how far it was turned.
pub struct Handle<A, B> {
    a: A,
    b: B,
    options: Options,
    /// The levels that were seen last, as their place in a turn to the right.
    phase: Option<u8>,
    /// The edges since the last step that was counted.
    edges: i32,
    position: i32,
    /// The position when it was measured last.
    measured: i32,
}

/// The keys of app.toml.
pub struct Options {
    /// How many edges there are between two detents: 1, 2 or 4.
    pub edges: u8,
    /// How long a measurement watches the pins.
    pub window: Duration,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The steps since the start.
    pub position: i32,
    /// The steps since the last measurement.
    pub steps: i32,
}

impl<A: InputPin + Wait, B: InputPin + Wait> Handle<A, B> {
    /// The steps since the start; clockwise they grow.
    pub fn position(&self) -> i32 {
        self.position
    }

    /// Waits until the position is another one, and gives it. No step is lost as long as it is called again and again; when the
    /// future is dropped, what was counted stays.
    ///
    /// # Errors
    /// `NotReady` where a pin cannot be read.
    pub async fn turned(&mut self) -> Result<i32, Error<Infallible>> {
        let before = self.position;
        while self.position == before {
            self.count()?;
            if self.position == before {
                self.change().await;
            }
        }
        Ok(self.position)
    }

    /// Waits until a pin is not at the level that was seen last. It waits for levels and not for edges, so that none is missed
    /// between looking and waiting.
    async fn change(&mut self) {
        let Some((a, b)) = self.phase.map(levels) else { return };
        let (a, b) = (other_level(&mut self.a, a), other_level(&mut self.b, b));
        let (mut a, mut b) = (pin!(a), pin!(b));
        poll_fn(|context| {
            let changed = [a.as_mut().poll(context).is_ready(), b.as_mut().poll(context).is_ready()];
            if changed.contains(&true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Looks at the pins, and counts what they have done since.
    fn count(&mut self) -> Result<(), Error<Infallible>> {
        let levels = (self.a.is_high(), self.b.is_high());
        let (Ok(a), Ok(b)) = levels else { return Err(Error::NotReady) };
        let phase = phase(a, b);
        let before = self.phase.replace(phase).unwrap_or(phase);
        self.edges += match (phase + 4 - before) % 4 {
            1 => 1,
            3 => -1,
            // Where both changed, nobody knows which way.
            _ => 0,
        };
        // A step counts when its detent is reached, so that a contact that bounces on the way is none.
        let per_step = i32::from(self.options.edges);
        let steps = self.edges / per_step;
        self.edges -= steps * per_step;
        self.position = self.position.wrapping_add(steps);
        Ok(())
    }
}

/// The place of two levels in a turn to the right: both are high at a detent, A falls first.
fn phase(a: bool, b: bool) -> u8 {
    match (a, b) {
        (true, true) => 0,
        (false, true) => 1,
        (false, false) => 2,
        (true, false) => 3,
    }
}

fn levels(phase: u8) -> (bool, bool) {
    (matches!(phase, 0 | 3), phase < 2)
}

async fn other_level(pin: &mut impl Wait, is_high: bool) {
    let _ = if is_high { pin.wait_for_low().await } else { pin.wait_for_high().await };
}

/// Makes the handle, and looks at no pin.
pub fn new<A: InputPin + Wait, B: InputPin + Wait>(a: A, b: B, options: Options) -> Handle<A, B> {
    Handle { a, b, options, phase: None, edges: 0, position: 0, measured: 0 }
}

/// Takes the levels of the pins for a detent's. The position stays.
pub async fn start<A, B>(handle: &mut Handle<A, B>) -> Result<(), Error<Infallible>>
where
    A: InputPin + Wait,
    B: InputPin + Wait,
{
    handle.phase = None;
    handle.edges = 0;
    handle.count()
}

/// Watches the pins for a while, and tells how far the knob was turned since the last measurement.
pub async fn measure<A, B>(handle: &mut Handle<A, B>) -> Result<Reading, Error<Infallible>>
where
    A: InputPin + Wait,
    B: InputPin + Wait,
{
    let end = Instant::now() + handle.options.window;
    handle.count()?;
    while with_deadline(end, handle.change()).await.is_ok() {
        handle.count()?;
    }
    let steps = handle.position.wrapping_sub(handle.measured);
    handle.measured = handle.position;
    Ok(Reading { position: handle.position, steps })
}
