//! Where firmware runs without hardware: a built firmware and a scenario to what was seen.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fwc_build::{Cancel, Environment};
use fwc_core::catalog::Catalog;
use fwc_core::resolved::Resolved;
use fwc_diag::words::quoted;
use fwc_scenario::{NotEmulated, Place, Record, Scenario, Wiring};
use fwc_schema::chip::EmulatorProgram;
use fwc_sim::{Emulator, Live, LogDecoder, LogError, Pace, Simulation};

use crate::arguments::{BuildOptions, GlobalOptions, RunPlace};
use crate::commands::build::{self, Order};
use crate::failure::Failure;
use crate::project::Project;
use crate::shell::Shell;
use crate::toolchain::cache_folder;

/// A firmware, ready to run scenarios.
pub(crate) struct Runner<'a> {
    pub(crate) place: RunPlace,
    machine: Machine,
    wiring: Wiring<'a>,
    look: Look,
}

/// How closely a run is looked at: what nobody wants to see takes no time either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// At what the scenario expects something of.
    Expected,
    /// At the messages of every channel.
    Messages,
    /// At each poll of a task, too.
    Polls,
}

/// What it runs on.
enum Machine {
    Host(Simulation),
    Emulator { emulator: Emulator, elf: PathBuf },
}

/// What is needed to build firmware.
pub(crate) struct Workshop<'a> {
    pub(crate) project: &'a Project,
    pub(crate) build: &'a BuildOptions,
    pub(crate) global: &'a GlobalOptions,
    pub(crate) shell: &'a Shell,
    pub(crate) cancel: &'a Cancel,
}

/// A run that goes on while somebody looks may take as long as they do.
const NO_LIMIT: Duration = Duration::from_secs(1_000 * 24 * 3_600);

/// What was seen of a run, and how many seconds it took.
pub(crate) struct Seen {
    pub(crate) record: Record,
    pub(crate) seconds: f64,
}

impl<'a> Runner<'a> {
    /// Builds what is not up to date for a place.
    pub(crate) fn prepare(
        place: RunPlace,
        resolved: &'a Resolved,
        look: Look,
        workshop: &Workshop<'_>,
    ) -> Result<Runner<'a>, Failure> {
        let Workshop { project, build, global, shell, cancel } = workshop;
        let wiring = Wiring::of(resolved);
        let machine = match place {
            RunPlace::Sim => {
                Machine::Host(Simulation::at(build::make_simulation(project, build, global, shell, cancel)?))
            }
            RunPlace::Emulator => {
                let program = wiring.emulator().map_err(|why| not_emulated(resolved, &why))?;
                let made = build::make(project, Order::plain(build), global, shell, cancel)?;
                let emulator = emulator(program, resolved)?;
                Machine::Emulator { emulator, elf: made.artifacts.elf }
            }
        };
        Ok(Runner { place, machine, wiring, look })
    }

    /// Runs a scenario. With a seed, things of one moment come in another order, which only the simulation can do.
    pub(crate) fn run(&self, scenario: &Scenario, seed: Option<u64>) -> Result<Seen, Failure> {
        let started = Instant::now();
        let (trace, place) = match &self.machine {
            Machine::Host(simulation) => {
                let job = self.wiring.job(scenario, Path::new(""));
                let job = seed.into_iter().fold(job, fwc_sim::Job::seed);
                let job = match self.look {
                    Look::Expected => job.watch_channels(self.wiring.expected_channels(scenario)),
                    Look::Messages | Look::Polls => job,
                };
                let parts = || self.wiring.parts();
                (simulation.run(&job, self.look == Look::Polls, parts).map_err(of_machine)?, Place::Host)
            }
            Machine::Emulator { emulator, elf } => {
                let job = self.wiring.job(scenario, elf);
                let (trace, _) = emulator.run_with(&job, self.wiring.parts()).map_err(of_machine)?;
                (trace, Place::Emulator)
            }
        };
        let record = self.wiring.record(&trace, place, scenario.run_for).map_err(of_machine)?;
        Ok(Seen { record, seconds: started.elapsed().as_secs_f64() })
    }
}

impl Runner<'_> {
    /// Starts a run that is led step by step, while somebody looks.
    pub(crate) fn start(&self, scenario: &Scenario, seed: Option<u64>) -> Result<Live, Failure> {
        let started = match &self.machine {
            Machine::Host(simulation) => {
                let job = self.wiring.job(scenario, Path::new("")).wall_limit(NO_LIMIT);
                simulation.start(
                    &seed.into_iter().fold(job, fwc_sim::Job::seed),
                    self.look == Look::Polls,
                    self.wiring.parts(),
                )
            }
            Machine::Emulator { emulator, elf } => {
                let job = self.wiring.job(scenario, elf).pace(Pace::Steps).wall_limit(NO_LIMIT);
                emulator.start_with(&job, self.wiring.parts())
            }
        };
        started.map_err(of_machine)
    }

    /// Where each peripheral's wires leave the chip.
    pub(crate) fn wiring(&self) -> &Wiring<'_> {
        &self.wiring
    }

    /// By what the image's log is understood; the simulation logs in words.
    pub(crate) fn tables(&self) -> Result<Option<LogDecoder>, Failure> {
        let Machine::Emulator { elf, .. } = &self.machine else { return Ok(None) };
        match LogDecoder::for_image(elf) {
            Ok(tables) => Ok(Some(tables)),
            // Such a log is off, or leaves as text.
            Err(LogError::NoTables { .. }) => Ok(None),
            Err(error) => Err(of_machine(error)),
        }
    }
}

/// What runs images of the board's chip.
fn emulator(program: EmulatorProgram, resolved: &Resolved) -> Result<Emulator, Failure> {
    match program {
        EmulatorProgram::Rp2040js => {
            let cache = cache_folder(&Environment::of_this_process());
            Emulator::install(&cache).map_err(of_machine)
        }
        EmulatorProgram::Stm32f407 => {
            let this = std::env::current_exe()
                .map_err(|error| Failure::world(format!("fwc does not find its own program: {error}")))?;
            let crystal = resolved.app.board.crystal_hz.or(resolved.app.board.clock_input_hz).unwrap_or(0);
            let arguments = ["emulate", "stm32f407", "--crystal-hz", &crystal.to_string()];
            Ok(Emulator::program("STM32F407 emulator", this, arguments))
        }
    }
}

/// Why an application cannot be emulated, and what else there is.
fn not_emulated(resolved: &Resolved, why: &NotEmulated<'_>) -> Failure {
    let chip = &resolved.app.board.chip.title;
    match why {
        NotEmulated::Chip => {
            let known = Catalog::default().emulated_chips().join(" and ");
            Failure::usage(format!("there is no emulator of {chip}"))
                .help(format!("`--on sim` runs it on this machine; {known} can be emulated"))
        }
        NotEmulated::Peripherals(lacking) => {
            let names: Vec<String> =
                lacking.iter().map(|(name, lack)| format!("`{name}`: {}", lack.why)).collect();
            let mut kinds: Vec<String> = Vec::new();
            for (_, lack) in lacking {
                let kind = quoted(&lack.kind);
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            Failure::usage(format!("the emulator of {chip} has no {}", kinds.join(" and no ")))
                .notes(names)
                .help("`--on sim` runs it on this machine, with all that it uses")
        }
    }
}

/// The machine's own failures, with what is behind them.
fn of_machine(error: impl std::error::Error) -> Failure {
    let notes: Vec<String> = error.source().map(ToString::to_string).into_iter().collect();
    Failure::world(error.to_string()).notes(notes)
}
