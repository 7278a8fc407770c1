//! A debugger on a TCP port -> a chip behind a debug probe: GDB's remote protocol, so that editors can debug.
//!
//! The `gdbstub` crate speaks the protocol; this is what it acts on. Each core is a thread. One debugger at a time is
//! served, and the next one when it has gone; meanwhile the chip runs.

mod chip;
mod link;
mod registers;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gdbstub::common::{Signal, Tid};
use gdbstub::stub::run_blocking::{BlockingEventLoop, Event, WaitForStopReasonError};
use gdbstub::stub::{GdbStub, MultiThreadStopReason};
use probe_rs::Session;

use self::chip::DebuggedChip;
use self::link::Link;
use crate::limit::{self, Broken, News};
use crate::probe::{Fault, PATIENCE, ProbeError, Target};

/// How often it is looked whether a debugger has come, and whether the port is still wanted.
const LOOK: Duration = Duration::from_millis(50);
/// The core that a debugger shows when all were stopped by its wish.
const FIRST_CORE: Tid = Tid::MIN;

/// A port that debuggers connect to.
#[derive(Debug)]
pub struct GdbPort(TcpListener);

/// News of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GdbEvent {
    /// A debugger has come; the cores stand still.
    Connected(SocketAddr),
    /// It has gone, for a reason where that was not its wish; the cores run.
    Disconnected(Option<String>),
    /// Nothing new, but everybody answers.
    Alive,
}

impl GdbPort {
    /// Opens a port; number 0 takes one that is free.
    ///
    /// # Errors
    /// The system does not let us have it, most often because it is taken.
    pub fn open(address: SocketAddr) -> std::io::Result<GdbPort> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(GdbPort(listener))
    }

    /// Where it is.
    ///
    /// # Errors
    /// The system does not know its own port.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves debuggers, one after the other, until the user has had enough.
///
/// # Errors
/// The probe or the chip does not answer any more.
pub fn serve(
    port: GdbPort,
    target: Target,
    on_event: &mut dyn FnMut(GdbEvent),
    cancel: &Arc<AtomicBool>,
) -> Result<(), ProbeError> {
    let mut session = target.session;
    let wanted = Arc::clone(cancel);
    // The worker itself looks whether it is still wanted, so that it leaves the chip running.
    let never = AtomicBool::new(false);
    let served = limit::supervised(PATIENCE, &never, on_event, move |news| {
        serve_all(&port.0, &mut session, news, &wanted)
    });
    let fault = match served {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(fault)) => fault,
        Err(Broken::Silent(limit)) => Fault::Silent { limit },
        Err(Broken::Cancelled) => Fault::Cancelled,
    };
    Err(ProbeError::amid(fault))
}

/// The way in which the worker tells that it is alive.
type Reports = News<GdbEvent, Result<(), Fault>>;

fn serve_all(
    listener: &TcpListener,
    session: &mut Session,
    news: &Reports,
    cancel: &AtomicBool,
) -> Result<(), Fault> {
    while !cancel.load(Ordering::Relaxed) {
        // A client that is gone before it is accepted is no matter.
        let Ok((stream, from)) = listener.accept() else {
            news.say(GdbEvent::Alive);
            thread::sleep(LOOK);
            continue;
        };
        let mut chip = DebuggedChip::halt(session)?;
        news.say(GdbEvent::Connected(from));
        let reason = match Link::over(stream, news, cancel) {
            Ok(link) => serve_one(&mut chip, link)?,
            Err(error) => Some(error.to_string()),
        };
        chip.release()?;
        news.say(GdbEvent::Disconnected(reason));
    }
    Ok(())
}

/// Serves one debugger until it leaves; tells why, where that was not its wish.
fn serve_one<'a>(chip: &mut DebuggedChip<'a>, link: Link<'a>) -> Result<Option<String>, Fault> {
    match GdbStub::new(link).run_blocking::<Turns<'a>>(chip) {
        Ok(_) => Ok(None),
        Err(error) if error.is_target_error() => {
            Err(error.into_target_error().expect("it was asked whether it is one"))
        }
        Err(error) if error.is_connection_error() => {
            let (error, _) = error.into_connection_error().expect("it was asked whether it is one");
            Ok(Some(error.to_string()))
        }
        Err(error) => Ok(Some(error.to_string())),
    }
}

/// What is done while the chip runs: both sides are looked at in turn.
struct Turns<'a>(std::marker::PhantomData<&'a ()>);

type StopReason = MultiThreadStopReason<u32>;

impl<'a> BlockingEventLoop for Turns<'a> {
    type Target = DebuggedChip<'a>;
    type Connection = Link<'a>;
    type StopReason = StopReason;

    fn wait_for_stop_reason(
        chip: &mut DebuggedChip<'a>,
        link: &mut Link<'a>,
    ) -> Result<Event<StopReason>, WaitForStopReasonError<Fault, std::io::Error>> {
        loop {
            if let Some(stopped) = chip.stopped().map_err(WaitForStopReasonError::Target)? {
                return Ok(Event::TargetStopped(stopped));
            }
            if let Some(byte) = link.next_byte_soon().map_err(WaitForStopReasonError::Connection)? {
                return Ok(Event::IncomingData(byte));
            }
        }
    }

    fn on_interrupt(chip: &mut DebuggedChip<'a>) -> Result<Option<StopReason>, Fault> {
        chip.halt_all()?;
        let (tid, signal) = (FIRST_CORE, Signal::SIGINT);
        Ok(Some(MultiThreadStopReason::SignalWithThread { tid, signal }))
    }
}
