//! No hardware at all behind the handles of firmware composed by fwc: it runs on the host, on virtual time.
//!
//! ```text
//! stdin: a job, one word-separated line a thing      stdout: what happens, one JSON object a line
//! tasks --poll--> handles --> world <--orders-- job  world --report--> lines
//! ```
//!
//! The same tasks, channels, behaviours and user code as on the chip. Time stands still while anything has work, and then
//! jumps to the next moment at which something happens: a timer ends, a byte has arrived, the scenario takes a step. Code
//! takes no time, so two runs are the same to the last byte. There is one thread: an executor of a higher priority has its
//! tasks polled first, and none interrupts another.

pub mod adc;
mod agenda;
mod bridge;
pub mod channel;
mod clock;
pub mod executor;
pub mod gpio;
pub mod i2c;
#[cfg(feature = "led-strip")]
pub mod led_strip;
pub mod log;
mod noise;
mod orders;
mod parts;
pub mod pwm;
mod receiver;
mod report;
mod restart;
pub mod spi;
mod steps;
mod tasks;
pub mod uart;
pub mod usb;
mod watch;
pub mod watchdog;
mod wires;
mod world;

pub use tasks::named;

use embassy_executor::{SpawnError, SpawnToken, Spawner};

/// Runs the firmware for as long as the job on stdin says. `init` makes the handles and spawns the tasks.
pub fn run(init: impl FnOnce(Spawner)) -> ! {
    let job = orders::read_job();
    report::start(&job);
    tasks::report_panics();
    steps::start(&job);
    watch::start(&job);
    restart::start(&job);
    world::begin(job.now);
    parts::start(&job);
    clock::start();
    world::start(&job);
    let thread = executor::thread();
    init(thread.spawner());
    executor::run();
    report::end(world::now(), "time");
    std::process::exit(0);
}

/// Spawns a task on the thread executor.
///
/// # Panics
/// The task is running already: each has room for one.
pub fn spawn<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
    spawner.spawn(task.expect("what generated code spawns once has room"));
}
