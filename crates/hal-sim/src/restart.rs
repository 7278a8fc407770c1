//! A reset of the chip: nothing of the firmware outlives it but a few words, so the program begins anew, at the moment at
//! which it ended, with the world as it was.
//!
//! The process replaces itself by a fresh one of the same program, whose job is in a file: everything that is still to
//! happen, and before it what had been done to the pins. Stdin and stdout stay open, so that fwc sees one run.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::orders::{Fault, Job, Order};
use crate::{parts, pwm, report, watchdog, world};

/// What the fresh process is told where its job is by.
const FILE: &str = "FWC_SIM_RESTART";

/// Why the chip was reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The watchdog was not fed.
    Watchdog,
    /// The supply was too low for a moment.
    BrownOut,
}

impl Cause {
    fn word(self) -> &'static str {
        match self {
            Cause::Watchdog => "watchdog",
            Cause::BrownOut => "brown-out",
        }
    }

    /// As in a job.
    pub(crate) fn from_word(word: &str) -> Option<Cause> {
        [Cause::Watchdog, Cause::BrownOut].into_iter().find(|cause| cause.word() == word)
    }
}

/// What the run was told so far.
static JOB: Mutex<Option<Job>> = Mutex::new(None);

fn with<T>(look: impl FnOnce(&mut Option<Job>) -> T) -> T {
    look(&mut JOB.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// The job of a process that replaces one whose chip was reset.
pub(crate) fn job_file() -> Option<PathBuf> {
    std::env::var_os(FILE).map(PathBuf::from)
}

/// Keeps the job, from which a restart makes its own.
pub(crate) fn start(job: &Job) {
    with(|kept| *kept = Some(job.clone()));
    watchdog::keep(job.words);
}

/// Why the chip was reset last; nothing where it was switched on.
pub(crate) fn cause() -> Option<Cause> {
    with(|kept| kept.as_ref().and_then(|job| job.cause))
}

/// Resets the chip.
pub(crate) fn restart(cause: Cause) -> ! {
    report::line(world::now(), format_args!("\"reset\":\"{}\"", cause.word()));
    world::let_go_of_pins();
    pwm::stop_all();
    if cause == Cause::BrownOut {
        parts::power_up();
    }
    report::flush();
    let words = if cause == Cause::BrownOut { [0; 2] } else { watchdog::words() };
    let job = with(Option::take).map(|job| Job { words, cause: Some(cause), ..job }).unwrap_or_default();
    let file = std::env::temp_dir().join(format!("fwc-sim-{}.job", std::process::id()));
    if let Err(error) = std::fs::write(&file, text(&job, world::now())) {
        eprintln!("while writing {}: {error}", file.display());
        std::process::exit(2);
    }
    replace_process(&file)
}

fn replace_process(file: &std::path::Path) -> ! {
    let failed = |error: std::io::Error| -> ! {
        eprintln!("while starting the program anew: {error}");
        std::process::exit(2);
    };
    let program = std::env::current_exe().unwrap_or_else(|error| failed(error));
    let mut command = Command::new(program);
    command.env(FILE, file);
    #[cfg(unix)]
    {
        failed(std::os::unix::process::CommandExt::exec(&mut command))
    }
    #[cfg(not(unix))]
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(2)),
        Err(error) => failed(error),
    }
}

/// The job of what is left of a run.
fn text(job: &Job, now: u64) -> String {
    let mut text = job.head();
    let _ = writeln!(text, "now {now}");
    let _ = writeln!(text, "until {}", world::end());
    let _ = writeln!(text, "words {} {}", job.words[0], job.words[1]);
    if let Some(cause) = job.cause {
        let _ = writeln!(text, "cause {}", cause.word());
    }
    for (at, order) in &job.orders {
        // What lasts is done to the new chip too; what has happened has.
        let lasts = match order {
            Order::Pin(..) | Order::Adc(..) | Order::UsbOpen(..) | Order::Noise(..) | Order::Framing(..) => {
                true
            }
            Order::Bus(_, fault) => *fault != Fault::Hung,
            Order::Drift(_) => true,
            Order::Uart(..) | Order::UsbSend(..) | Order::Set(..) | Order::BrownOut => false,
        };
        if *at > now || lasts {
            let _ = writeln!(text, "at {} {order}", (*at).max(now));
        }
    }
    text.push_str("start\n");
    text
}
