//! A running chip -> where its core is: registers, stack, and the task that it works for. It goes on afterwards.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use probe_rs::{CoreStatus, RegisterValue, Session};
use serde::Serialize;

use super::{Fault, HALT, PATIENCE, ProbeError, Target};
use crate::limit::{self, Broken};
use crate::monitor::{Frame, Tasks, frames};

/// Where a core is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// What it was doing: `running`, `sleeping`, `halted`, `locked up`.
    pub status: &'static str,
    /// Its registers, by the names of the architecture.
    pub registers: Vec<Register>,
    /// The functions on its stack, the innermost first; empty without an image.
    pub frames: Vec<Frame>,
    /// The task that it was at work for; of several that share their code, all. Empty where it was at work for none, and without
    /// an image.
    pub tasks: Vec<String>,
    /// By how many bytes its stack has left its place, where it has.
    pub overflow: Option<u64>,
}

/// A register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Register {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub value: u64,
}

/// Halts the core for a moment and looks at it; the stack is read by an image's debug information.
///
/// # Errors
/// The probe or the chip does not answer.
pub fn inspect(target: Target, elf: Option<&Path>, cancel: &AtomicBool) -> Result<Inspection, ProbeError> {
    let mut target = target;
    let elf = elf.map(Path::to_owned);
    let looked = limit::supervised(PATIENCE, cancel, &mut |()| {}, move |_| {
        look(&mut target.session, elf.as_deref()).map_err(|error| Fault::working(&error))
    });
    let fault = match looked {
        Ok(Ok(inspection)) => return Ok(inspection),
        Ok(Err(fault)) => fault,
        Err(Broken::Silent(limit)) => Fault::Silent { limit },
        Err(Broken::Cancelled) => Fault::Cancelled,
    };
    Err(ProbeError::amid(fault))
}

fn look(session: &mut Session, elf: Option<&Path>) -> Result<Inspection, probe_rs::Error> {
    let mut core = session.core(0)?;
    let status = core.status()?;
    core.halt(HALT)?;
    let mut registers = Vec::new();
    for register in core.registers().core_registers() {
        let value: RegisterValue = core.read_core_reg(register)?;
        registers.push(Register { name: register.name(), value: value.try_into().unwrap_or_default() });
    }
    let frames = elf.and_then(|elf| frames(&mut core, elf)).unwrap_or_default();
    let mut tasks = elf.map(Tasks::of_elf).unwrap_or_default();
    tasks.learn(&mut core);
    let (overflow, tasks) = (tasks.overflow(&mut core), tasks.at_work(&mut core, &frames));
    if !status.is_halted() {
        core.run()?;
    }
    Ok(Inspection { status: word(status), registers, frames, tasks, overflow })
}

fn word(status: CoreStatus) -> &'static str {
    match status {
        CoreStatus::Running => "running",
        CoreStatus::Sleeping => "sleeping",
        CoreStatus::Halted(_) => "halted",
        CoreStatus::LockedUp => "locked up",
        CoreStatus::Unknown => "in an unknown state",
    }
}
