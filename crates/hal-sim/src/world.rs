//! Everything that is outside of the code: time, what is due, and the state of pins, uarts and voltages.

use std::cell::RefCell;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};

use crate::agenda::{Agenda, Due};
use crate::clock::TICK;
use crate::orders::{Job, Order};
use crate::receiver::Receiver;
use crate::{clock, noise, parts, receiver, report, restart, usb, watchdog};

/// The most that a moment is late in a run with a seed, in nanoseconds: the latency of a busy interrupt handler.
const JITTER: u64 = 50_000;

const PINS: usize = 64;
const UARTS: usize = 8;
const CHANNELS: usize = 16;

/// RP2040 datasheet, section 4.9.5: the sensor's channel, and its voltage at 27 °C.
const TEMPERATURE: (usize, u16) = (4, 706);

/// Something that happens at a moment.
enum Happening {
    Order(Order),
    /// A byte has left a uart through this pin.
    Sent(u8, u8, u8),
    /// A byte has arrived at a uart.
    Received(u8, u8),
    Act(Act),
}

/// Something of a peripheral's own that happens at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// A part changes a pin, if nothing else has come between since it was asked.
    Part {
        /// The part.
        part: usize,
        /// The pin.
        pin: u8,
        /// Its level.
        level: bool,
        /// Which question it answered.
        asked: u64,
    },
    /// The watchdog's time since a meal is over.
    Bite {
        /// Which meal.
        meal: u64,
    },
    /// The computer knows the board.
    UsbKnown,
    /// A uart's line has been silent for a while, if nothing has come since.
    Silence {
        /// The uart.
        uart: u8,
        /// Since which frame.
        frame: u64,
    },
}

impl Act {
    fn happen(self) {
        match self {
            Act::Part { part, pin, level, asked } => parts::change(part, pin, level, asked),
            Act::Bite { meal } => watchdog::hungry(meal),
            Act::UsbKnown => usb::known(),
            Act::Silence { uart, frame } => receiver::silence(uart, frame),
        }
    }
}

/// A pin.
pub(crate) struct PinState {
    /// The level that is seen.
    pub(crate) level: bool,
    /// What the world drives.
    outside: Option<bool>,
    /// How often it rose and fell.
    pub(crate) rises: u64,
    pub(crate) falls: u64,
    wakers: Vec<Waker>,
}

impl PinState {
    const fn new() -> Self {
        Self { level: false, outside: None, rises: 0, falls: 0, wakers: Vec::new() }
    }
}

pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// SplitMix64, whose sequence is the same everywhere.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

struct World {
    agenda: Agenda<Happening>,
    end: u64,
    random: Option<Random>,
    pins: [PinState; PINS],
    receivers: [Receiver; UARTS],
    millivolts: [u16; CHANNELS],
}

/// Nothing is wired to a pin; the chip's own sensor is at room temperature.
const fn voltages_at_rest() -> [u16; CHANNELS] {
    let mut voltages = [0; CHANNELS];
    voltages[TEMPERATURE.0] = TEMPERATURE.1;
    voltages
}

/// An atomic only so that the thread which watches can read it.
static NOW: AtomicU64 = AtomicU64::new(0);

thread_local! {
    // A reference, which is never dropped and is copied out, so that what looks at the world becomes part of who asks.
    static WORLD: &'static RefCell<World> = Box::leak(Box::new(RefCell::new(World {
        agenda: Agenda::new(),
        end: 0,
        random: None,
        pins: [const { PinState::new() }; PINS],
        receivers: [const { Receiver::new() }; UARTS],
        millivolts: voltages_at_rest(),
    })));
}

/// Virtual nanoseconds since the start.
pub(crate) fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// It is so late: a run that begins anew goes on from where it was.
pub(crate) fn begin(now: u64) {
    set_time(now);
}

fn set_time(now: u64) {
    NOW.store(now, Ordering::Relaxed);
    clock::show();
}

/// Takes over the job. Orders of the very start are done before the firmware begins.
pub(crate) fn start(job: &Job) {
    with(|world| {
        // A run that is led goes nowhere before it is told to.
        world.end = job.until.unwrap_or(if job.steps { 0 } else { job.run_for });
        world.random = job.seed.map(Random);
        for (at, order) in &job.orders {
            world.agenda.push(*at, Happening::Order(order.clone()));
        }
    });
    do_what_is_due();
}

#[inline(always)]
fn with<T>(look: impl FnOnce(&mut World) -> T) -> T {
    let world = WORLD.with(|world| *world);
    look(&mut world.borrow_mut())
}

/// Wakes a task at a moment. A run with a seed lets it come late, and in any order with others of the moment.
fn wake_at(at: u64, waker: &Waker) {
    with(|world| {
        let at = world.when(at);
        world.agenda.push_waker(at, waker);
    });
}

/// Wakes a task with those that asked last, if they asked for the same tick of the chip's clock, as most tasks that sleep
/// do; says whether they did.
#[inline(always)]
pub(crate) fn wake_with_others(tick: u64, waker: &Waker) -> bool {
    with(|world| world.agenda.join_newest(tick, waker))
}

/// Wakes a task at the moment at which the chip's clock shows a tick.
pub(crate) fn wake_at_tick(tick: u64, at: u64, waker: &Waker) {
    with(|world| {
        let at = world.when(at);
        match world.random {
            // Each of them is late for itself.
            Some(_) => world.agenda.push_waker(at, waker),
            None => world.agenda.push_waker_as(tick, at, waker),
        }
    });
}

/// The chip's clock begins anew, and with it its tasks.
pub(crate) fn forget_ticks() {
    with(|world| world.agenda.forget_names());
}

/// The chip's clock goes otherwise from now on: who sleeps until it shows a tick is woken to ask when that is now.
pub(crate) fn ask_for_ticks_again() {
    forget_ticks();
    // They ask the world when they are woken, so it is not borrowed then.
    with(|world| world.agenda.sleepers()).into_iter().for_each(Waker::wake);
}

impl World {
    /// What becomes of a moment that was asked for.
    fn when(&mut self, at: u64) -> u64 {
        let at = at.max(now());
        match &mut self.random {
            Some(random) => at.saturating_add(random.next() % JITTER / TICK * TICK),
            None => at,
        }
    }
}

/// Moves the end of what may happen, and adds orders to it.
pub(crate) fn prolong(end: u64, orders: Vec<(u64, Order)>) {
    with(|world| {
        world.end = end.max(now());
        for (at, order) in orders {
            world.agenda.push(at.max(now()), Happening::Order(order));
        }
    });
}

/// Jumps to the next moment at which something happens and does it; `false` at the end of the run.
pub(crate) fn go_on() -> bool {
    let next = with(|world| world.agenda.next().filter(|at| *at < world.end));
    match next {
        Some(at) => {
            set_time(at.max(now()));
            do_what_is_due();
            true
        }
        None => {
            set_time(with(|world| world.end));
            false
        }
    }
}

fn do_what_is_due() {
    while let Some(due) = with(|world| world.agenda.take(now())) {
        match due {
            Due::Wakers(mut wakers) => {
                wakers.drain(..).for_each(Waker::wake);
                with(|world| world.agenda.recycle(wakers));
            }
            Due::Thing(happening) => happening.happen(),
        }
    }
}

impl Happening {
    fn happen(self) {
        match self {
            Happening::Order(order) => obey(order),
            Happening::Sent(uart, byte, pin) => {
                report::line(
                    now(),
                    format_args!("\"uart\":{uart},\"bytes\":\"{byte:02x}\",\"pins\":[{pin}]"),
                );
            }
            Happening::Received(uart, byte) => receiver::receive(uart, byte),
            Happening::Act(act) => act.happen(),
        }
    }
}

fn obey(order: Order) {
    match order {
        Order::Pin(pin, level) => drive_from_outside(pin, level),
        Order::Adc(channel, millivolts) => with(|world| world.millivolts[usize::from(channel)] = millivolts),
        Order::Uart(uart, bytes) => with(|world| {
            let arrivals = world.receivers[usize::from(uart)].arrivals(now(), bytes.len());
            for (at, byte) in arrivals.into_iter().zip(bytes) {
                world.agenda.push(at, Happening::Received(uart, byte));
            }
        }),
        Order::Noise(channel, millivolts, seed) => noise::set(channel, millivolts, seed),
        Order::Framing(uart, broken) => with_receiver(uart, |receiver| receiver.set_broken(broken)),
        Order::Bus(bus, fault) => parts::disturb(bus, fault),
        Order::Set(part, quantity, value) => parts::set(&part, &quantity, &value),
        Order::UsbOpen(port, open) => usb::open(port, open),
        Order::UsbSend(port, bytes) => usb::send(port, &bytes),
        Order::Drift(millionths) => clock::drift(millionths),
        Order::BrownOut => restart::restart(restart::Cause::BrownOut),
    }
}

/// Something of a peripheral's own happens at a moment.
pub(crate) fn do_at(at: u64, act: Act) {
    with(|world| world.agenda.push(at.max(now()), Happening::Act(act)));
}

/// Waits until a moment of the world's own time, whatever the chip's clock shows by then.
pub(crate) async fn until(moment: u64) {
    let mut is_set = false;
    poll_fn(|context| {
        if now() >= moment {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut is_set, true) {
            wake_at(moment, context.waker());
        }
        Poll::Pending
    })
    .await;
}

/// A chip that is reset lets go of its pins: RP2040 datasheet, section 2.19.6.3, each has a pull-down then.
pub(crate) fn let_go_of_pins() {
    for pin in 0..PINS as u8 {
        pull(pin, false);
    }
}

/// How far the run goes.
pub(crate) fn end() -> u64 {
    with(|world| world.end)
}

pub(crate) fn drive_from_outside(pin: u8, level: Option<bool>) {
    with(|world| world.pins[usize::from(pin)].outside = level);
    if let Some(level) = level {
        set_level(pin, level, "outside");
    }
}

/// The chip drives a pin.
pub(crate) fn drive(pin: u8, level: bool) {
    set_level(pin, level, "chip");
}

/// The chip leaves a pin to its pull, where the world does not drive it.
pub(crate) fn pull(pin: u8, level: bool) {
    if with(|world| world.pins[usize::from(pin)].outside.is_none()) {
        set_level(pin, level, "pull");
    }
}

fn set_level(pin: u8, level: bool, by: &str) {
    let wakers = with(|world| {
        let state = &mut world.pins[usize::from(pin)];
        if state.level == level {
            return None;
        }
        state.level = level;
        if level {
            state.rises += 1;
        } else {
            state.falls += 1;
        }
        Some(std::mem::take(&mut state.wakers))
    });
    let Some(wakers) = wakers else { return };
    report::level(now(), pin, level, by);
    if by == "chip" {
        parts::driven(pin, level);
    }
    for waker in wakers {
        waker.wake();
    }
}

/// Looks at a pin, and waits for its next change where the look finds nothing.
pub(crate) fn look_at_pin<T>(
    pin: u8,
    waker: Option<&Waker>,
    look: impl FnOnce(&PinState) -> Option<T>,
) -> Option<T> {
    with(|world| {
        let state = &mut world.pins[usize::from(pin)];
        let found = look(state);
        if let (None, Some(waker)) = (&found, waker) {
            state.wakers.push(waker.clone());
        }
        found
    })
}

/// Looks at what a uart receives.
pub(crate) fn with_receiver<T>(uart: u8, look: impl FnOnce(&mut Receiver) -> T) -> T {
    with(|world| look(&mut world.receivers[usize::from(uart)]))
}

/// A byte leaves a uart at a moment, through a pin.
pub(crate) fn send_at(at: u64, uart: u8, byte: u8, pin: u8) {
    with(|world| world.agenda.push(at, Happening::Sent(uart, byte, pin)));
}

/// The voltage on a channel of the converter.
pub(crate) fn millivolts(channel: u8) -> u16 {
    with(|world| world.millivolts[usize::from(channel)])
}
