//! An application as fwc would generate one, on hardware that is not there: every kind of channel and every stock behaviour, on
//! the thread executor, with time from the processor's own timer. What happens is told over semihosting, line by line with its
//! millisecond; after a second it ends. `cargo xtask qemu` holds the lines against expected.txt.
#![no_std]
#![no_main]

mod clock;
#[cfg(target_arch = "arm")]
mod cortex_m3;
#[cfg(target_arch = "riscv32")]
mod riscv32;
mod world;

use core::convert::identity;
use core::future::Future;
use core::mem::transmute;

use embassy_executor::{Executor, Spawner};
use embassy_time::Timer;
use embedded_io_async::{Read, Write};
use fwc_runtime::behaviors::{self, Band, Ramp, Source};
use fwc_runtime::channel::{
    Channel, DropNewest, DropOldest, Named, Pipe, PubSub, Publish, Publisher, Signal, Subscriber, Wait, Watch,
};
use fwc_runtime::gpio::{ActiveLow, Debounced, Input};
use fwc_runtime::record::Text;
use fwc_runtime::{CriticalSectionRawMutex, Ticker};
use semihosting::println;
use world::{Fan, Key, Knob, Lamp, Line, now};

/// The name of the channels that drop.
enum Full {}

impl Named for Full {
    const NAME: &'static str = "full";
}

type Presses = PubSub<CriticalSectionRawMutex, bool, 2, 2, 1, Wait>;
type Volts = Watch<CriticalSectionRawMutex, u16, 2>;
type Warm = Signal<CriticalSectionRawMutex, bool>;
type Bytes = Pipe<CriticalSectionRawMutex, 8, Wait>;
type Waits = Channel<CriticalSectionRawMutex, u32, 4, Wait>;
type Newest = Channel<CriticalSectionRawMutex, u32, 4, DropNewest<Full>>;
type Oldest = Channel<CriticalSectionRawMutex, u32, 4, DropOldest<Full>>;

static PRESSES: Presses = Presses::new();
static VOLTS: Volts = Volts::new();
static WARM: Warm = Warm::new();
static BYTES: Bytes = Bytes::new();
static WAITS: Waits = Waits::new();
static NEWEST: Newest = Newest::new();
static OLDEST: Oldest = Oldest::new();

/// How many messages the overloaded channels are given at once.
const FLOOD: u32 = 10;

#[embassy_executor::task]
fn blink(lamp: Lamp) -> impl Future<Output = ()> {
    behaviors::blink(lamp, Ticker::<250_000>::new())
}

#[embassy_executor::task]
fn button(
    key: Debounced<Input<Key, ActiveLow>, 20_000>,
    presses: Publisher<Presses>,
) -> impl Future<Output = ()> {
    behaviors::button(key, presses)
}

#[embassy_executor::task]
fn toggle(presses: Subscriber<Presses>, lamp: Lamp) -> impl Future<Output = ()> {
    behaviors::toggle(presses, lamp, identity)
}

#[embassy_executor::task]
fn print(line: Line, presses: Subscriber<Presses>) -> impl Future<Output = ()> {
    behaviors::print(line, Text, Source::new("presses", presses))
}

#[embassy_executor::task]
fn sample(knob: Knob, volts: Publisher<Volts>) -> impl Future<Output = ()> {
    behaviors::sample(knob, volts, Ticker::<100_000>::new())
}

#[embassy_executor::task]
fn drive(volts: Subscriber<Volts>, fan: Fan) -> impl Future<Output = ()> {
    behaviors::drive(volts, fan, i64::from, Ramp::new([200, 800], [0, 65_535]))
}

#[embassy_executor::task]
fn threshold(volts: Subscriber<Volts>, warm: Publisher<Warm>) -> impl Future<Output = ()> {
    behaviors::threshold_events(volts, i64::from, Band::above(700, 500), warm)
}

#[embassy_executor::task]
fn echo(from: Line, to: Publisher<Bytes>) -> impl Future<Output = ()> {
    behaviors::echo(from, to)
}

/// Tells each newest value.
#[embassy_executor::task]
async fn tell(mut warm: Subscriber<Warm>) {
    loop {
        let is_warm = warm.next().await;
        println!("{} warm {is_warm}", now());
    }
}

/// Reads what came through the pipe, a few bytes at a time.
#[embassy_executor::task]
async fn read(mut bytes: Subscriber<Bytes>, mut line: Line) {
    let mut piece = [0; 5];
    loop {
        let Ok(count) = bytes.read(&mut piece).await;
        let Ok(()) = line.write_all(&piece[..count]).await;
    }
}

/// Publishes more at once than the channels hold.
#[embassy_executor::task]
async fn flood(mut newest: Publisher<Newest>, mut oldest: Publisher<Oldest>, mut waits: Publisher<Waits>) {
    Timer::after_millis(1).await;
    for number in 1..=FLOOD {
        newest.publish(number).await;
        oldest.publish(number).await;
        waits.publish(number).await;
    }
    println!("{} all published, {} and {} dropped", now(), newest.dropped(), oldest.dropped());
}

/// Takes a message of each channel once in ten milliseconds.
#[embassy_executor::task]
async fn drain(newest: Subscriber<Newest>, oldest: Subscriber<Oldest>, waits: Subscriber<Waits>) {
    for _ in 0..FLOOD {
        Timer::after_millis(10).await;
        let (newest, oldest) = (newest.try_receive().unwrap_or(0), oldest.try_receive().unwrap_or(0));
        println!("{} newest {newest} oldest {oldest} waits {}", now(), waits.receive().await);
    }
}

#[embassy_executor::task]
async fn end() {
    Timer::after_millis(1_001).await;
    println!("{} end", now());
    semihosting::process::exit(0);
}

/// Spawns a task, which has room once.
macro_rules! spawn {
    ($spawner:ident, $($task:expr),* $(,)?) => {
        $($spawner.spawn($task.expect("it is spawned once"));)*
    };
}

fn start(spawner: Spawner) {
    let key = Debounced::new(Input::new(Key));
    spawn!(
        spawner,
        blink(Lamp::new("led")),
        button(key, PRESSES.publisher()),
        toggle(PRESSES.subscriber(), Lamp::new("lamp")),
        print(Line::new("console", b""), PRESSES.subscriber()),
        sample(Knob, VOLTS.publisher()),
        drive(VOLTS.subscriber(), Fan(0)),
        threshold(VOLTS.subscriber(), WARM.publisher()),
        tell(WARM.subscriber()),
        echo(Line::new("scanner", b"from one line to the other"), BYTES.publisher()),
        read(BYTES.subscriber(), Line::new("printer", b"")),
        flood(NEWEST.publisher(), OLDEST.publisher(), WAITS.publisher()),
        drain(NEWEST.subscriber(), OLDEST.subscriber(), WAITS.subscriber()),
        end(),
    );
}

/// Runs all of it; the processor's timer ticks already.
pub fn run() -> ! {
    let mut executor = Executor::new();
    // SAFETY: this function never returns and a panic ends the run, so the executor in its frame is there for ever.
    let executor: &'static mut Executor = unsafe { transmute(&mut executor) };
    executor.run(start)
}
