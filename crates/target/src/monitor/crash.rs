//! A halted core -> why it stands, and which functions led there.

use std::path::{Path, PathBuf};

use probe_rs::{Core, CoreStatus};
use probe_rs_debug::{DebugInfo, DebugRegisters, exception_handler_for_core};
use serde::Serialize;

use super::tasks::Tasks;
use crate::probe::HALT;

/// More frames than these are a stack that was overwritten.
const MOST_FRAMES: usize = 50;

/// A core that has stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crash {
    /// Why, in words.
    pub reason: String,
    /// The functions on its stack, the innermost first.
    pub frames: Vec<Frame>,
    /// The task that the core was at work for; of several that share their code, all. Empty where it was at work for none.
    pub tasks: Vec<String>,
}

/// A function on the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Its name.
    pub function: String,
    /// The address in it.
    pub address: u64,
    /// The source file, where it is known.
    pub file: Option<PathBuf>,
    /// The line in it.
    pub line: Option<u64>,
}

pub(super) fn crash(
    core: &mut Core<'_>,
    status: CoreStatus,
    elf: &Path,
    panic: Option<String>,
    tasks: &Tasks,
) -> Crash {
    let reason = match (panic, status) {
        (Some(panic), _) => panic,
        (None, CoreStatus::LockedUp) => {
            "the core is locked up: a fault inside the handler of a fault".to_owned()
        }
        (None, CoreStatus::Halted(reason)) => match reason {
            probe_rs::HaltReason::Exception => "the core has taken a HardFault".to_owned(),
            probe_rs::HaltReason::Breakpoint(_) => "the core stands at a breakpoint".to_owned(),
            _ => "the core was halted".to_owned(),
        },
        (None, _) => "the core has stopped".to_owned(),
    };
    // A core that is locked up shows its registers to a debugger only when it is halted (ARMv6-M Architecture Reference
    // Manual, section C1.4).
    if status == CoreStatus::LockedUp {
        // Where that fails there is nothing to be seen.
        let _ = core.halt(HALT);
    }
    let reason = match tasks.overflow(core) {
        Some(bytes) => format!("the stack has overflowed by {bytes} bytes into what lies below it: {reason}"),
        None => reason,
    };
    let frames = frames(core, elf).unwrap_or_default();
    Crash { reason, tasks: tasks.at_work(core, &frames), frames }
}

/// The stack of a halted core; none where the image has no debug information.
pub(crate) fn frames(core: &mut Core<'_>, elf: &Path) -> Option<Vec<Frame>> {
    let information = DebugInfo::from_file(elf).ok()?;
    let registers = DebugRegisters::from_core(core);
    let instructions = core.instruction_set().ok();
    let exceptions = exception_handler_for_core(core.core_type());
    let frames = information.unwind(core, registers, exceptions.as_ref(), instructions, MOST_FRAMES).ok()?;
    let frame = |frame: probe_rs_debug::StackFrame| Frame {
        function: frame.function_name,
        address: frame.pc.try_into().unwrap_or_default(),
        line: frame.source_location.as_ref().and_then(|place| place.line),
        file: frame.source_location.map(|place| PathBuf::from(place.path.to_string_lossy().into_owned())),
    };
    Some(frames.into_iter().map(frame).collect())
}
