//! What a debugger asks for -> what the probe does to the chip's cores.
//!
//! All cores stop when one does, and run when the debugger says `continue`; a step moves one alone.

use gdbstub::common::{Signal, Tid};
use gdbstub::outputln;
use gdbstub::stub::MultiThreadStopReason;
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::multithread::{
    MultiThreadBase, MultiThreadResume, MultiThreadResumeOps, MultiThreadSchedulerLocking,
    MultiThreadSchedulerLockingOps, MultiThreadSingleStep, MultiThreadSingleStepOps,
};
use gdbstub::target::ext::base::single_register_access::{SingleRegisterAccess, SingleRegisterAccessOps};
use gdbstub::target::ext::breakpoints::{
    Breakpoints, BreakpointsOps, HwBreakpoint, HwBreakpointOps, SwBreakpoint, SwBreakpointOps,
};
use gdbstub::target::ext::memory_map::{MemoryMap, MemoryMapOps};
use gdbstub::target::ext::monitor_cmd::{ConsoleOutput, MonitorCmd, MonitorCmdOps};
use gdbstub::target::{TargetError, TargetResult};
use probe_rs::config::MemoryRegion;
use probe_rs::{Core, CoreStatus, HaltReason, MemoryInterface, RegisterId, Session, VectorCatchCondition};

use super::registers::{COUNT, CoreRegisters, CortexM, RegisterNumber};
use crate::probe::{Fault, HALT};

/// A chip whose cores a debugger has in its hand.
pub(super) struct DebuggedChip<'a> {
    session: &'a mut Session,
    /// The cores that answer, by their index.
    cores: Vec<usize>,
    /// What the debugger wants each core to do next; a core that is not named does as the others.
    actions: Vec<(usize, Action)>,
    /// Whether cores that are not named stay where they are.
    others_stay: bool,
    breakpoints: Vec<u64>,
    /// A core that was stepped and has arrived.
    stepped: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Continue,
    Step,
}

impl<'a> DebuggedChip<'a> {
    pub(super) fn halt(session: &'a mut Session) -> Result<DebuggedChip<'a>, Fault> {
        let mut cores: Vec<usize> = session.list_cores().into_iter().map(|(index, _)| index).collect();
        // A second core that nobody has started may not answer; the first one must.
        cores.retain(|index| *index == 0 || session.core(*index).and_then(|mut core| core.status()).is_ok());
        let (actions, breakpoints) = (Vec::new(), Vec::new());
        let mut chip =
            DebuggedChip { session, cores, actions, others_stay: false, breakpoints, stepped: None };
        chip.halt_all()?;
        chip.on_each(|core| core.enable_vector_catch(VectorCatchCondition::HardFault))?;
        Ok(chip)
    }

    /// Leaves nothing of the debugger in the chip, and lets it run.
    pub(super) fn release(&mut self) -> Result<(), Fault> {
        self.halt_all()?;
        self.on_each(|core| {
            core.clear_all_hw_breakpoints()?;
            core.disable_vector_catch(VectorCatchCondition::HardFault)?;
            core.run()
        })
    }

    pub(super) fn halt_all(&mut self) -> Result<(), Fault> {
        self.on_each(|core| match core.status()? {
            CoreStatus::Halted(_) => Ok(()),
            _ => core.halt(HALT).map(|_| ()),
        })
    }

    /// Why the cores stand still; `None` while they run.
    pub(super) fn stopped(&mut self) -> Result<Option<MultiThreadStopReason<u32>>, Fault> {
        if let Some(index) = self.stepped.take() {
            self.halt_all()?;
            let (tid, signal) = (tid(index), Signal::SIGTRAP);
            return Ok(Some(MultiThreadStopReason::SignalWithThread { tid, signal }));
        }
        for index in self.cores.clone() {
            let moves = !self.others_stay || self.actions.iter().any(|(named, _)| *named == index);
            let Some(signal) = signal(self.on(index, |core| core.status())?).filter(|_| moves) else {
                continue;
            };
            self.halt_all()?;
            return Ok(Some(MultiThreadStopReason::SignalWithThread { tid: tid(index), signal }));
        }
        Ok(None)
    }

    fn on<T>(
        &mut self,
        index: usize,
        work: impl FnOnce(&mut Core<'_>) -> Result<T, probe_rs::Error>,
    ) -> Result<T, Fault> {
        self.session.core(index).and_then(|mut core| work(&mut core)).map_err(|error| Fault::working(&error))
    }

    fn on_each(&mut self, work: impl Fn(&mut Core<'_>) -> Result<(), probe_rs::Error>) -> Result<(), Fault> {
        let cores = self.cores.clone();
        cores.into_iter().try_for_each(|index| self.on(index, &work))
    }

    /// What may fail without an end of the session: an address where nothing is, a register that cannot be written.
    fn try_on<T>(
        &mut self,
        tid: Tid,
        work: impl FnOnce(&mut Core<'_>) -> Result<T, probe_rs::Error>,
    ) -> TargetResult<T, DebuggedChip<'a>> {
        self.on(tid.get() - 1, work).map_err(|fault| match fault {
            Fault::Gone { .. } => TargetError::Fatal(fault),
            _ => TargetError::NonFatal,
        })
    }

    fn add_breakpoint(&mut self, address: u32) -> TargetResult<bool, DebuggedChip<'a>> {
        let set = self.on_each(|core| core.set_hw_breakpoint(address.into()));
        match set {
            Ok(()) => self.breakpoints.push(address.into()),
            Err(fault @ Fault::Gone { .. }) => return Err(TargetError::Fatal(fault)),
            // All comparators of a core are taken.
            Err(_) => {
                let _ = self.on_each(|core| core.clear_hw_breakpoint(address.into()));
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn remove_breakpoint(&mut self, address: u32) -> TargetResult<bool, DebuggedChip<'a>> {
        self.breakpoints.retain(|one| *one != u64::from(address));
        match self.on_each(|core| core.clear_hw_breakpoint(address.into())) {
            Ok(()) => Ok(true),
            Err(fault @ Fault::Gone { .. }) => Err(TargetError::Fatal(fault)),
            Err(_) => Ok(false),
        }
    }

    /// The chip begins anew and stands at its first instruction, with the breakpoints that were set.
    fn reset(&mut self) -> Result<(), Fault> {
        self.on(0, |core| core.reset_and_halt(HALT).map(|_| ()))?;
        self.halt_all()?;
        for address in self.breakpoints.clone() {
            self.on_each(|core| {
                // Some chips lose it in a reset, and then there is nothing to clear.
                let _ = core.clear_hw_breakpoint(address);
                core.set_hw_breakpoint(address)
            })?;
        }
        self.on_each(|core| core.enable_vector_catch(VectorCatchCondition::HardFault))
    }
}

fn tid(core: usize) -> Tid {
    Tid::new(core + 1).expect("one more is not zero")
}

/// The signal by which a debugger tells why a core stands; `None` where it runs.
fn signal(status: CoreStatus) -> Option<Signal> {
    match status {
        CoreStatus::Halted(HaltReason::Exception) | CoreStatus::LockedUp => Some(Signal::SIGSEGV),
        CoreStatus::Halted(_) => Some(Signal::SIGTRAP),
        CoreStatus::Running | CoreStatus::Sleeping | CoreStatus::Unknown => None,
    }
}

impl gdbstub::target::Target for DebuggedChip<'_> {
    type Arch = CortexM;
    type Error = Fault;

    fn base_ops(&mut self) -> BaseOps<'_, CortexM, Fault> {
        BaseOps::MultiThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }

    fn support_memory_map(&mut self) -> Option<MemoryMapOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadBase for DebuggedChip<'_> {
    fn read_registers(&mut self, registers: &mut CoreRegisters, tid: Tid) -> TargetResult<(), Self> {
        registers.0 = self.try_on(tid, read_registers)?;
        Ok(())
    }

    /// Only what changes is written: the stack pointer is there twice, as itself and as one of MSP and PSP.
    fn write_registers(&mut self, registers: &CoreRegisters, tid: Tid) -> TargetResult<(), Self> {
        self.try_on(tid, |core| {
            let before = read_registers(core)?;
            for (number, (before, wanted)) in (0..).zip(before.into_iter().zip(registers.0)) {
                if before != wanted {
                    core.write_core_reg(RegisterId(number), wanted)?;
                }
            }
            Ok(())
        })
    }

    fn support_single_register_access(&mut self) -> Option<SingleRegisterAccessOps<'_, Tid, Self>> {
        Some(self)
    }

    fn read_addrs(&mut self, start: u32, data: &mut [u8], tid: Tid) -> TargetResult<usize, Self> {
        self.try_on(tid, |core| core.read(start.into(), data))?;
        Ok(data.len())
    }

    fn write_addrs(&mut self, start: u32, data: &[u8], tid: Tid) -> TargetResult<(), Self> {
        self.try_on(tid, |core| core.write(start.into(), data))
    }

    fn list_active_threads(&mut self, register: &mut dyn FnMut(Tid)) -> Result<(), Fault> {
        self.cores.iter().for_each(|index| register(tid(*index)));
        Ok(())
    }

    fn support_resume(&mut self) -> Option<MultiThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

fn read_registers(core: &mut Core<'_>) -> Result<[u32; COUNT], probe_rs::Error> {
    let mut registers = [0; COUNT];
    for (number, register) in (0..).zip(&mut registers) {
        *register = core.read_core_reg(RegisterId(number))?;
    }
    Ok(registers)
}

impl SingleRegisterAccess<Tid> for DebuggedChip<'_> {
    fn read_register(
        &mut self,
        tid: Tid,
        register: RegisterNumber,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        let value: u32 = self.try_on(tid, |core| core.read_core_reg(RegisterId(register.0)))?;
        let bytes = value.to_le_bytes();
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn write_register(&mut self, tid: Tid, register: RegisterNumber, value: &[u8]) -> TargetResult<(), Self> {
        let value = value.try_into().map(u32::from_le_bytes).map_err(|_| TargetError::NonFatal)?;
        self.try_on(tid, |core| core.write_core_reg(RegisterId(register.0), value))
    }
}

impl MultiThreadResume for DebuggedChip<'_> {
    fn resume(&mut self) -> Result<(), Fault> {
        for index in self.cores.clone() {
            match self.actions.iter().find(|(named, _)| *named == index) {
                Some((_, Action::Step)) => {
                    self.on(index, |core| core.step().map(|_| ()))?;
                    self.stepped = Some(index);
                }
                None if self.others_stay => {}
                // What is stepped is there at once, and then nobody runs.
                _ if self.actions.iter().any(|(_, action)| *action == Action::Step) => {}
                _ => self.on(index, |core| core.run())?,
            }
        }
        Ok(())
    }

    fn clear_resume_actions(&mut self) -> Result<(), Fault> {
        self.actions.clear();
        self.others_stay = false;
        Ok(())
    }

    fn set_resume_action_continue(&mut self, tid: Tid, _: Option<Signal>) -> Result<(), Fault> {
        self.actions.push((tid.get() - 1, Action::Continue));
        Ok(())
    }

    fn support_single_step(&mut self) -> Option<MultiThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_scheduler_locking(&mut self) -> Option<MultiThreadSchedulerLockingOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadSingleStep for DebuggedChip<'_> {
    fn set_resume_action_step(&mut self, tid: Tid, _: Option<Signal>) -> Result<(), Fault> {
        self.actions.push((tid.get() - 1, Action::Step));
        Ok(())
    }
}

impl MultiThreadSchedulerLocking for DebuggedChip<'_> {
    fn set_resume_action_scheduler_lock(&mut self) -> Result<(), Fault> {
        self.others_stay = true;
        Ok(())
    }
}

impl Breakpoints for DebuggedChip<'_> {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        Some(self)
    }
}

/// Code runs from flash, where no instruction can be put in its place: every breakpoint is a comparator's.
impl SwBreakpoint for DebuggedChip<'_> {
    fn add_sw_breakpoint(&mut self, address: u32, _kind: usize) -> TargetResult<bool, Self> {
        self.add_breakpoint(address)
    }

    fn remove_sw_breakpoint(&mut self, address: u32, _kind: usize) -> TargetResult<bool, Self> {
        self.remove_breakpoint(address)
    }
}

impl HwBreakpoint for DebuggedChip<'_> {
    fn add_hw_breakpoint(&mut self, address: u32, _kind: usize) -> TargetResult<bool, Self> {
        self.add_breakpoint(address)
    }

    fn remove_hw_breakpoint(&mut self, address: u32, _kind: usize) -> TargetResult<bool, Self> {
        self.remove_breakpoint(address)
    }
}

impl MonitorCmd for DebuggedChip<'_> {
    fn handle_monitor_cmd(&mut self, command: &[u8], mut out: ConsoleOutput<'_>) -> Result<(), Fault> {
        match command {
            // Other servers know both.
            b"reset" | b"reset halt" => match self.reset() {
                Ok(()) => outputln!(
                    out,
                    "the chip stands at its first instruction; `maintenance flush register-cache` shows it"
                ),
                Err(fault @ Fault::Gone { .. }) => return Err(fault),
                Err(fault) => outputln!(out, "the reset has failed: {fault}"),
            },
            _ => outputln!(out, "fwc knows `monitor reset`: the chip begins anew and stands still"),
        }
        Ok(())
    }
}

impl MemoryMap for DebuggedChip<'_> {
    fn memory_map_xml(&self, offset: u64, length: usize, buffer: &mut [u8]) -> TargetResult<usize, Self> {
        let text = memory_map(&self.session.target().memory_map);
        let rest = text.as_bytes().get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(length).min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// Flash is what a debugger must not write, and where it needs a comparator for a breakpoint; all else it may try.
fn memory_map(regions: &[MemoryRegion]) -> String {
    const END: u64 = 1 << 32;
    let mut flash: Vec<_> = regions
        .iter()
        .filter_map(|region| match region {
            MemoryRegion::Nvm(nvm) => Some(nvm.range.clone()),
            _ => None,
        })
        .collect();
    flash.sort_by_key(|range| range.start);
    let mut text = String::from("<?xml version=\"1.0\"?>\n<memory-map>\n");
    let mut add = |kind: &str, start: u64, end: u64| {
        if start < end {
            let length = end - start;
            text.push_str(&format!(
                "<memory type=\"{kind}\" start=\"{start:#x}\" length=\"{length:#x}\"/>\n"
            ));
        }
    };
    let mut at = 0;
    for range in flash {
        add("ram", at, range.start);
        add("rom", range.start.max(at), range.end);
        at = at.max(range.end);
    }
    add("ram", at, END);
    text.push_str("</memory-map>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flash_is_read_only_and_the_rest_is_not() {
        let registry = probe_rs::config::Registry::from_builtin_families();
        let map = memory_map(&registry.get_target_by_name("RP2040").unwrap().memory_map);
        let lines: Vec<&str> = map.lines().filter(|line| line.starts_with("<memory ")).collect();
        assert!(lines.iter().any(|line| line.contains(r#"type="rom" start="0x10000000""#)), "{map}");
        assert_eq!(lines.first().map(|line| line.contains(r#"start="0x0""#)), Some(true), "{map}");
        assert!(!map.contains(r#"length="0x0""#), "{map}");
    }

    #[test]
    fn a_fault_is_another_signal_than_a_breakpoint() {
        assert_eq!(signal(CoreStatus::Halted(HaltReason::Exception)), Some(Signal::SIGSEGV));
        assert_eq!(signal(CoreStatus::Halted(HaltReason::Step)), Some(Signal::SIGTRAP));
        assert_eq!(signal(CoreStatus::Sleeping), None);
    }
}
