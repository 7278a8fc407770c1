//! A running chip -> what its firmware logs, by a debug probe.
//!
//! The log comes through SEGGER's RTT: a ring buffer in the chip's RAM, which the probe reads while the core runs. While
//! somebody listens the firmware waits for room in it, so that nothing is lost; who leaves puts that back.

mod crash;
mod tasks;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fwc_logs::{DEFMT_CHANNEL, LogDecoder, LogError, LogRecord, LogStream};
use fwc_parts::Nanos;
use probe_rs::rtt::{self, ChannelMode, Rtt, ScanRegion};
use probe_rs::{Core, CoreStatus, Session, VectorCatchCondition};

pub(crate) use crash::frames;
pub use crash::{Crash, Frame};
pub(crate) use tasks::Tasks;

use crate::limit::{self, Broken, News};
use crate::probe::{self, Fault, PATIENCE, ProbeError, Target};
use crate::{Image, ImageError};

/// How often a chip that says nothing is asked whether it still runs.
const CHECK: Duration = Duration::from_millis(100);
/// The pauses between two looks at an empty buffer grow from one to the other.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(16);
const BUFFER: usize = 4096;

/// News of a running chip.
#[derive(Debug)]
pub enum MonitorEvent {
    /// From now on it is listened to.
    Listening,
    /// The firmware has logged this since the last look.
    Logs(Vec<LogRecord>),
    /// The chip has begun anew.
    Restarted,
    /// So many messages could not be read: they were overwritten before, in part or as a whole.
    Broken(u64),
    /// The core has stopped, and this is why.
    Crashed(Crash),
    /// Nothing new, but probe and chip answer.
    Alive,
}

/// Why it is not listened to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user does not want it any more.
    Cancelled,
    /// The core has stopped.
    Crashed,
}

/// Why it cannot be listened to.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// The image cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Its log tables cannot be used.
    #[error(transparent)]
    Logs(#[from] LogError),
    /// The image has no buffer for a log.
    #[error("`{}` logs nothing by RTT", elf.display())]
    NoLog {
        /// The image.
        elf: PathBuf,
    },
    /// The chip does not hold this image.
    #[error("the chip does not run `{}`: {differing} of its {bytes} bytes lie in sectors that differ", elf.display())]
    OtherBuild {
        /// The image.
        elf: PathBuf,
        /// How many bytes are in sectors that differ.
        differing: u64,
        /// How many there are.
        bytes: u64,
    },
    /// The probe or the chip does not answer.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// What must be known of an image to listen to it.
#[derive(Debug)]
pub struct Listener {
    decoder: LogDecoder,
    image: Image,
    /// Where the log's control block is in RAM.
    block: u64,
}

impl Listener {
    /// The channels whose messages the image tells.
    #[must_use]
    pub fn watched(&self) -> Vec<&str> {
        self.decoder.watched()
    }

    /// Whether the image tells what its tasks have done.
    #[must_use]
    pub fn has_statistics(&self) -> bool {
        self.decoder.has_statistics()
    }

    /// The tasks by their addresses, as statistics name them.
    #[must_use]
    pub fn tasks(&self) -> Vec<(u64, String)> {
        Tasks::of_elf(&self.image.elf).addresses()
    }

    /// Reads an image's log tables.
    ///
    /// # Errors
    /// The file cannot be read, or logs nothing.
    pub fn of_elf(elf: &Path) -> Result<Listener, MonitorError> {
        let image = Image::of_elf(elf)?;
        let block = image.log_block.ok_or_else(|| MonitorError::NoLog { elf: elf.to_owned() })?;
        Ok(Listener { decoder: LogDecoder::for_image(elf)?, image, block })
    }
}

/// Whether a chip holds an image, bit for bit: the log of another build would decode to nonsense.
///
/// # Errors
/// It holds another, or does not answer.
pub fn check_build(target: Target, elf: &Path, cancel: &AtomicBool) -> Result<Target, MonitorError> {
    check_image(target, &Image::of_elf(elf)?, elf, cancel)
}

/// Whether a chip still holds the image that is listened to. Its file may have been built anew meanwhile.
///
/// # Errors
/// It holds another, or does not answer.
pub fn check_again(
    target: Target,
    listener: &Listener,
    elf: &Path,
    cancel: &AtomicBool,
) -> Result<Target, MonitorError> {
    check_image(target, &listener.image, elf, cancel)
}

fn check_image(
    target: Target,
    image: &Image,
    elf: &Path,
    cancel: &AtomicBool,
) -> Result<Target, MonitorError> {
    let (target, differing) = probe::differing_bytes(target, image, cancel)?;
    if differing > 0 {
        return Err(MonitorError::OtherBuild { elf: elf.to_owned(), differing, bytes: image.bytes() });
    }
    Ok(target)
}

/// Listens until the user has had enough, the core stops, or the probe is pulled.
///
/// # Errors
/// The probe or the chip does not answer any more.
pub fn listen(
    target: Target,
    listener: &Arc<Listener>,
    on_event: &mut dyn FnMut(MonitorEvent),
    cancel: &Arc<AtomicBool>,
) -> Result<Ended, ProbeError> {
    let mut session = target.session;
    let (listener, wanted) = (Arc::clone(listener), Arc::clone(cancel));
    // The worker itself looks whether it is still wanted, so that it leaves the chip as it found it.
    let never = AtomicBool::new(false);
    let ended = limit::supervised(PATIENCE, &never, on_event, move |news| {
        Listening { session: &mut session, listener: &listener, news, wanted: &wanted }.run()
    });
    let fault = match ended {
        Ok(Ok(ended)) => return Ok(ended),
        Ok(Err(fault)) => fault,
        Err(Broken::Silent(limit)) => Fault::Silent { limit },
        Err(Broken::Cancelled) => Fault::Cancelled,
    };
    Err(ProbeError::amid(fault))
}

/// The worker's end of listening.
struct Listening<'a> {
    session: &'a mut Session,
    listener: &'a Listener,
    news: &'a News<MonitorEvent, Result<Ended, Fault>>,
    wanted: &'a AtomicBool,
}

impl Listening<'_> {
    fn run(self) -> Result<Ended, Fault> {
        let mut core = self.session.core(0).map_err(|error| Fault::working(&error))?;
        // A fault halts the core where it happened, so that its stack can be shown.
        core.enable_vector_catch(VectorCatchCondition::HardFault).map_err(|error| Fault::working(&error))?;
        self.news.say(MonitorEvent::Listening);
        let mut log = Log {
            stream: self.listener.decoder.stream(),
            block: self.listener.block,
            rtt: None,
            begun: Instant::now(),
            panic: None,
        };
        let mut tasks = Tasks::of_elf(&self.listener.image.elf);
        let mut pause = SHORTEST_PAUSE;
        let mut checked = Instant::now();
        let ended = loop {
            if self.wanted.load(Ordering::Relaxed) {
                break Ended::Cancelled;
            }
            let came = log.poll(&mut core, self.news)?;
            if came > 0 {
                pause = SHORTEST_PAUSE;
                continue;
            }
            if checked.elapsed() >= CHECK {
                checked = Instant::now();
                self.news.say(MonitorEvent::Alive);
                let status = core.status().map_err(|error| Fault::working(&error))?;
                tasks.learn(&mut core);
                if matches!(status, CoreStatus::Halted(_) | CoreStatus::LockedUp) {
                    while log.poll(&mut core, self.news)? > 0 {}
                    let (elf, panic) = (&self.listener.image.elf, log.panic.take());
                    let crash = crash::crash(&mut core, status, elf, panic, &tasks);
                    self.news.say(MonitorEvent::Crashed(crash));
                    break Ended::Crashed;
                }
                log.check_mode(&mut core, self.news)?;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        log.leave(&mut core);
        // A core that has crashed stays where it is, for `fwc attach`.
        if ended == Ended::Cancelled {
            core.disable_vector_catch(VectorCatchCondition::HardFault)
                .map_err(|error| Fault::working(&error))?;
        }
        Ok(ended)
    }
}

/// The ring buffer and what was read of it.
struct Log<'tables> {
    stream: LogStream<'tables>,
    block: u64,
    /// Absent until the firmware's start-up code has put the control block in its place.
    rtt: Option<Rtt>,
    begun: Instant,
    /// The last message of an error that tells of a panic.
    panic: Option<String>,
}

impl Log<'_> {
    /// Takes what there is; gives how many bytes that was.
    fn poll(
        &mut self,
        core: &mut Core<'_>,
        news: &News<MonitorEvent, Result<Ended, Fault>>,
    ) -> Result<usize, Fault> {
        if self.rtt.is_none() && !self.find(core)? {
            return Ok(0);
        }
        let mut buffer = [0; BUFFER];
        let Some(channel) = self.rtt.as_mut().and_then(|rtt| rtt.up_channel(DEFMT_CHANNEL as usize)) else {
            return Ok(0);
        };
        let count = match channel.read(core, &mut buffer) {
            Ok(count) => count,
            Err(rtt::Error::Probe(error)) => return Err(Fault::working(&error)),
            // The block is not as it was left: the firmware has made it anew.
            Err(_) => {
                self.restarted(news);
                return Ok(0);
            }
        };
        let at = Nanos(u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        let records = self.stream.take(at, &buffer[..count]);
        let records = records.map_err(|error| Fault::Library(error.to_string()))?;
        if let Some(panic) = records.iter().rfind(|record| record.message.starts_with("panicked at ")) {
            self.panic = Some(panic.message.clone());
        }
        let broken = self.stream.take_broken();
        if broken > 0 {
            news.say(MonitorEvent::Broken(broken));
        }
        if !records.is_empty() {
            news.say(MonitorEvent::Logs(records));
        }
        Ok(count)
    }

    /// Looks for the control block, and asks the firmware to wait for us when it is full.
    fn find(&mut self, core: &mut Core<'_>) -> Result<bool, Fault> {
        let mut rtt = match Rtt::attach_region(core, &ScanRegion::Exact(self.block)) {
            Ok(rtt) => rtt,
            Err(rtt::Error::Probe(error)) => return Err(Fault::working(&error)),
            Err(_) => return Ok(false),
        };
        if let Some(channel) = rtt.up_channel(DEFMT_CHANNEL as usize) {
            channel.set_mode(core, ChannelMode::BlockIfFull).map_err(|error| Fault::working(&error))?;
        }
        self.rtt = Some(rtt);
        Ok(true)
    }

    /// A firmware that does not wait for us any more has begun anew.
    fn check_mode(
        &mut self,
        core: &mut Core<'_>,
        news: &News<MonitorEvent, Result<Ended, Fault>>,
    ) -> Result<(), Fault> {
        let Some(channel) = self.rtt.as_mut().and_then(|rtt| rtt.up_channel(DEFMT_CHANNEL as usize)) else {
            return Ok(());
        };
        match channel.mode(core) {
            Ok(ChannelMode::BlockIfFull) => {}
            Err(rtt::Error::Probe(error)) => return Err(Fault::working(&error)),
            _ => self.restarted(news),
        }
        Ok(())
    }

    fn restarted(&mut self, news: &News<MonitorEvent, Result<Ended, Fault>>) {
        self.stream.restart();
        self.rtt = None;
        self.panic = None;
        news.say(MonitorEvent::Restarted);
    }

    /// Nobody reads any more, so the firmware must not wait.
    fn leave(&mut self, core: &mut Core<'_>) {
        if let Some(channel) = self.rtt.as_mut().and_then(|rtt| rtt.up_channel(DEFMT_CHANNEL as usize)) {
            // A chip that does not answer cannot be told.
            let _ = channel.set_mode(core, ChannelMode::NoBlockTrim);
        }
    }
}
