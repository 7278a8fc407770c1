//! `fwc test`: the scenarios of `tests/` to a line each, and what went wrong at its place in them.

use std::fs;
use std::path::Path;
use std::time::Instant;

use fwc_build::{Cancel, Environment};
use fwc_diag::{RenderOptions, render_all};
use fwc_scenario::emulated::Wiring;
use fwc_scenario::{Case, Outcome as Ending, Record, Report, Scenario, junit, perfetto, vcd};
use fwc_schema::units::Duration;
use fwc_sim::{Emulator, EmulatorError};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{GlobalOptions, RunPlace, TestOptions};
use crate::commands::build;
use crate::failure::{Failure, While};
use crate::interrupt;
use crate::project::Project;
use crate::scenarios::Scenarios;
use crate::shell::Shell;
use crate::toolchain::cache_folder;

pub(crate) fn run(options: &TestOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    let scenarios = Scenarios::read(&project, options.filter.as_deref(), global, shell)?;
    refuse_many_traces(options, &scenarios.list)?;
    let runner = Runner::prepare(options, &scenarios, &project, global, shell, &cancel)?;
    let mut results = Vec::new();
    for scenario in &scenarios.list {
        interrupt::check(&cancel)?;
        let result = runner.run(scenario)?;
        result.say(&scenarios, options.on, shell)?;
        if let Some(file) = &options.trace {
            write_trace(file, &result.record, &scenarios)?;
        }
        results.push(result);
    }
    if let Some(file) = &options.junit {
        let cases: Vec<Case> = results.iter().map(|result| result.case(&scenarios, options.on)).collect();
        fs::write(file, junit(&scenarios.resolved.app.name.value, &cases)).doing("writing", file)?;
    }
    verdict(&results)
}

/// One file holds one run.
fn refuse_many_traces(options: &TestOptions, list: &[Scenario]) -> Outcome {
    let Some(file) = &options.trace else { return Ok(()) };
    let ending = file.extension().and_then(|ending| ending.to_str());
    if !matches!(ending, Some("vcd" | "json")) {
        return Err(Failure::usage(format!("`{}` is no trace that fwc can write", file.display()))
            .help("`.vcd` is for GTKWave and PulseView, `.json` for Perfetto"));
    }
    match list {
        [_] => Ok(()),
        [first, ..] => {
            Err(Failure::usage(format!("`--trace` is of one scenario, and there are {}", list.len()))
                .help(format!("name one: `fwc test {} --trace {}`", first.name, file.display())))
        }
        [] => unreachable!("without a scenario, reading them has failed"),
    }
}

/// What runs scenarios.
struct Runner<'a> {
    emulator: Emulator,
    wiring: Wiring<'a>,
    elf: std::path::PathBuf,
    app: &'a fwc_core::app::App,
}

impl<'a> Runner<'a> {
    fn prepare(
        options: &TestOptions,
        scenarios: &'a Scenarios,
        project: &Project,
        global: &GlobalOptions,
        shell: &Shell,
        cancel: &Cancel,
    ) -> Result<Runner<'a>, Failure> {
        let RunPlace::Emulator = options.on;
        let wiring = Wiring::of(&scenarios.resolved).map_err(|other| {
            Failure::usage(format!("there is no emulator of {}", other.chip))
                .help("`--board` takes another board: the RP2040 can be emulated")
        })?;
        let made = build::make(project, &options.build, global, shell, cancel)?;
        let cache = cache_folder(&Environment::of_this_process());
        let emulator = Emulator::install(&cache).map_err(emulator_failure)?;
        Ok(Runner { emulator, wiring, elf: made.artifacts.elf, app: &scenarios.resolved.app })
    }

    fn run(&self, scenario: &Scenario) -> Result<Finished, Failure> {
        let started = Instant::now();
        let trace = self.emulator.run(&self.wiring.job(scenario, &self.elf)).map_err(emulator_failure)?;
        let record = self.wiring.record(&trace, scenario.run_for);
        let record = record.map_err(|error| Failure::world(error.to_string()))?;
        let report = fwc_scenario::report(scenario, &record, self.app);
        let seconds = started.elapsed().as_secs_f64();
        Ok(Finished {
            name: scenario.name.clone(),
            run_for: Duration(scenario.run_for.0),
            record,
            report,
            seconds,
        })
    }
}

fn emulator_failure(error: EmulatorError) -> Failure {
    Failure::world(error.to_string())
}

/// A scenario that has run.
struct Finished {
    name: String,
    run_for: Duration,
    record: Record,
    report: Report,
    seconds: f64,
}

impl Finished {
    fn has_failed(&self) -> bool {
        self.report.outcome == Ending::Failed
    }

    fn say(&self, scenarios: &Scenarios, on: RunPlace, shell: &Shell) -> Outcome {
        let report = &self.report;
        if shell.is_json() {
            shell.record(&json!({
                "reason": "scenario",
                "name": self.name,
                "on": on.word(),
                "passed": !self.has_failed(),
                "met": report.met,
                "not_seen": report.not_seen,
                "virtual_ns": self.record.end.0,
                "seconds": self.seconds,
            }))?;
            return shell.diagnostics(&report.diagnostics, scenarios.inputs.sources());
        }
        let word = match self.has_failed() {
            true => shell.removed("FAILED"),
            false => shell.added("ok    "),
        };
        let mut about = format!("{} in {:.1} s", self.run_for, self.seconds);
        if report.not_seen > 0 {
            let what = if report.not_seen == 1 { "1 expectation" } else { "some expectations" };
            about.push_str(&format!("; {what} of channels cannot be seen on the {}", on.word()));
        }
        shell.data(&format!("{word} {}  {}\n", self.name, shell.faint(&about)))?;
        shell.diagnostics(&report.diagnostics, scenarios.inputs.sources())
    }

    fn case(&self, scenarios: &Scenarios, on: RunPlace) -> Case {
        let options = RenderOptions::default();
        let text = || render_all(&self.report.diagnostics, scenarios.inputs.sources(), &options, usize::MAX);
        Case {
            name: self.name.clone(),
            place: on.word().to_owned(),
            seconds: self.seconds,
            failure: self.has_failed().then(text),
        }
    }
}

fn write_trace(file: &Path, record: &Record, scenarios: &Scenarios) -> Outcome {
    let app = &scenarios.resolved.app;
    let is_vcd = file.extension().is_some_and(|ending| ending == "vcd");
    let text = if is_vcd { vcd(record, app) } else { perfetto(record, app) };
    fs::write(file, text).doing("writing", file)
}

fn verdict(results: &[Finished]) -> Outcome {
    let failed = results.iter().filter(|result| result.has_failed()).count();
    match (failed, results.len()) {
        (0, _) => Ok(()),
        (1, 1) => Err(Failure::files("the scenario failed")),
        (failed, all) => Err(Failure::files(format!("{failed} of {all} scenarios failed"))),
    }
}
