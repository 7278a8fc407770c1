//! `fwc test`: the scenarios of `tests/` to a line each, and what went wrong at its place in them.

mod watch;

use std::fs;
use std::path::Path;

use fwc_build::Cancel;
use fwc_core::app::App;
use fwc_diag::{Diagnostic, RenderOptions, Sources, render_all};
use fwc_scenario::{Case, Outcome as Ending, Record, Report, Run, Scenario, TOLERANCE, junit, perfetto, vcd};
use fwc_schema::units::Duration;
use fwc_sim::Nanos;
use serde_json::json;

use crate::Outcome;
use crate::arguments::{GlobalOptions, RunPlace, TestOptions};
use crate::failure::{Failure, While};
use crate::interrupt;
use crate::project::Project;
use crate::runner::{Look, Runner, Seen, Workshop};
use crate::scenarios::Scenarios;
use crate::shell::Shell;

pub(crate) fn run(options: &TestOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    refuse_unshakable(options)?;
    let once = || once(options, &project, global, shell, &cancel);
    if options.watch { watch::run(&project, shell, &cancel, once) } else { once() }
}

/// Runs each scenario where it was asked for.
fn once(
    options: &TestOptions,
    project: &Project,
    global: &GlobalOptions,
    shell: &Shell,
    cancel: &Cancel,
) -> Outcome {
    let scenarios = Scenarios::read(project, options.filter.as_deref(), global, shell)?;
    refuse_many_traces(options, &scenarios.list)?;
    let (app, sources) = (&scenarios.resolved.app, scenarios.inputs.sources());
    let look = match &options.trace {
        None => Look::Expected,
        Some(file) if has_ending(file, "json") => Look::Polls,
        Some(_) => Look::Messages,
    };
    let workshop = Workshop { project, build: &options.build, global, shell, cancel };
    let mut finished = Vec::new();
    for place in places(options) {
        let runner = Runner::prepare(place, &scenarios.resolved, look, &workshop)?;
        for scenario in &scenarios.list {
            interrupt::check(cancel)?;
            let one = shaken(scenario, &runner, app, options.shake)?;
            one.say(sources, shell)?;
            if let Some(file) = &options.trace {
                write_trace(file, &one.record, app)?;
            }
            finished.push(one);
        }
    }
    let compared = comparisons(&scenarios.list, &finished, app, options.tolerance);
    for one in &compared {
        one.say(sources, shell)?;
    }
    if let Some(file) = &options.junit {
        let cases = finished.iter().map(|one| one.case(sources));
        let cases: Vec<Case> = cases.chain(compared.iter().map(|one| one.case(sources))).collect();
        fs::write(file, junit(&app.name.value, &cases)).doing("writing", file)?;
    }
    verdict(&finished, &compared)
}

/// What became of each scenario that ran in two places. One that failed with a seed ran otherwise than the other.
fn comparisons(
    list: &[Scenario],
    finished: &[Finished],
    app: &App,
    tolerance: Option<Duration>,
) -> Vec<Compared> {
    let compared = list.iter().filter_map(|scenario| {
        let mut runs = finished.iter().filter(|one| one.name == scenario.name && one.seed.is_none());
        let (one, other) = (runs.next()?, runs.next()?);
        let tolerance = tolerance.map(|time| Nanos(time.0)).or(scenario.tolerance).unwrap_or(TOLERANCE);
        let runs = [one, other].map(|one| Run { place: one.on.word(), record: &one.record });
        let diagnostics = fwc_scenario::compare(scenario, app, runs, tolerance);
        Some(Compared { name: scenario.name.clone(), tolerance: Duration(tolerance.0), diagnostics })
    });
    compared.collect()
}

/// Each place once, in the order of the command line.
fn places(options: &TestOptions) -> Vec<RunPlace> {
    let mut places = Vec::new();
    for place in &options.on {
        if !places.contains(place) {
            places.push(*place);
        }
    }
    places
}

/// Only where fwc decides what comes first can it decide otherwise.
fn refuse_unshakable(options: &TestOptions) -> Outcome {
    if options.shake == 0 || options.on.contains(&RunPlace::Sim) {
        return Ok(());
    }
    Err(Failure::usage("only the simulation can be shaken").help("add `--on sim`, or leave `--shake` out"))
}

/// Runs a scenario, and then with so many seeds; gives the first run that fails, or the plain one.
fn shaken(scenario: &Scenario, runner: &Runner<'_>, app: &App, seeds: u64) -> Result<Finished, Failure> {
    let plain = Finished::of(scenario, runner, app, None)?;
    let seeds = if runner.place == RunPlace::Sim { seeds } else { 0 };
    for seed in 1..=seeds {
        if plain.has_failed() {
            break;
        }
        let one = Finished::of(scenario, runner, app, Some(seed))?;
        if one.has_failed() {
            return Ok(one);
        }
    }
    Ok(plain)
}

/// One file holds one run.
fn refuse_many_traces(options: &TestOptions, list: &[Scenario]) -> Outcome {
    let Some(file) = &options.trace else { return Ok(()) };
    let shown = file.display();
    if !has_ending(file, "vcd") && !has_ending(file, "json") {
        return Err(Failure::usage(format!("`{shown}` is no trace that fwc can write"))
            .help("`.vcd` is for GTKWave and PulseView, `.json` for Perfetto"));
    }
    if places(options).len() > 1 {
        return Err(Failure::usage("`--trace` is of one run").help("give one `--on`"));
    }
    match list {
        [first, _, ..] => {
            Err(Failure::usage(format!("`--trace` is of one scenario, and there are {}", list.len()))
                .help(format!("name one: `fwc test {} --trace {shown}`", first.name)))
        }
        _ => Ok(()),
    }
}

pub(crate) fn has_ending(file: &Path, ending: &str) -> bool {
    file.extension().is_some_and(|found| found == ending)
}

/// A scenario that has run.
struct Finished {
    name: String,
    on: RunPlace,
    /// What the order of things was drawn from, where it was.
    seed: Option<u64>,
    run_for: Duration,
    record: Record,
    report: Report,
    seconds: f64,
}

impl Finished {
    fn of(
        scenario: &Scenario,
        runner: &Runner<'_>,
        app: &App,
        seed: Option<u64>,
    ) -> Result<Finished, Failure> {
        let Seen { record, seconds } = runner.run(scenario, seed)?;
        Ok(Finished {
            name: scenario.name.clone(),
            on: runner.place,
            seed,
            run_for: Duration(scenario.run_for.0),
            report: fwc_scenario::report(scenario, &record, app),
            record,
            seconds,
        })
    }

    fn has_failed(&self) -> bool {
        self.report.outcome == Ending::Failed
    }

    fn say(&self, sources: &Sources, shell: &Shell) -> Outcome {
        let report = &self.report;
        if shell.is_json() {
            shell.record(&json!({
                "reason": "scenario",
                "name": self.name,
                "on": self.on.word(),
                "seed": self.seed,
                "passed": !self.has_failed(),
                "met": report.met,
                "not_seen": report.not_seen,
                "virtual_ns": self.record.end.0,
                "seconds": self.seconds,
            }))?;
            return shell.diagnostics(&report.diagnostics, sources);
        }
        let word = match self.has_failed() {
            true => shell.removed("FAILED"),
            false => shell.added("ok    "),
        };
        let mut about = format!("{} on the {} in {:.2} s", self.run_for, self.on.word(), self.seconds);
        if let Some(seed) = self.seed {
            about.push_str(&format!("; seed {seed}: `--shake {seed}` comes to it again"));
        }
        if report.not_seen > 0 {
            let what = if report.not_seen == 1 { "1 expectation" } else { "some expectations" };
            about.push_str(&format!("; {what} of channels cannot be seen there"));
        }
        shell.data(&format!("{word} {}  {}\n", self.name, shell.faint(&about)))?;
        shell.diagnostics(&report.diagnostics, sources)
    }

    fn case(&self, sources: &Sources) -> Case {
        let options = RenderOptions::default();
        let text = || render_all(&self.report.diagnostics, sources, &options, usize::MAX);
        Case {
            name: self.name.clone(),
            place: self.on.word().to_owned(),
            seconds: self.seconds,
            failure: self.has_failed().then(text),
        }
    }
}

/// Two runs of a scenario, and what differs between them.
struct Compared {
    name: String,
    tolerance: Duration,
    diagnostics: Vec<Diagnostic>,
}

impl Compared {
    fn has_failed(&self) -> bool {
        !self.diagnostics.is_empty()
    }

    fn say(&self, sources: &Sources, shell: &Shell) -> Outcome {
        if shell.is_json() {
            shell.record(&json!({
                "reason": "comparison",
                "name": self.name,
                "same": !self.has_failed(),
                "tolerance_ns": self.tolerance.0,
            }))?;
            return shell.diagnostics(&self.diagnostics, sources);
        }
        let (word, about) = match self.has_failed() {
            true => (shell.removed("DIFFERS"), "between the two"),
            false => (shell.added("same  "), "in both places"),
        };
        let about = shell.faint(&format!("{about}, within {}", self.tolerance));
        shell.data(&format!("{word} {}  {about}\n", self.name))?;
        shell.diagnostics(&self.diagnostics, sources)
    }

    fn case(&self, sources: &Sources) -> Case {
        let text = || render_all(&self.diagnostics, sources, &RenderOptions::default(), usize::MAX);
        Case {
            name: self.name.clone(),
            place: "comparison".to_owned(),
            seconds: 0.0,
            failure: self.has_failed().then(text),
        }
    }
}

pub(crate) fn write_trace(file: &Path, record: &Record, app: &App) -> Outcome {
    let text = if has_ending(file, "vcd") { vcd(record, app) } else { perfetto(record, app) };
    fs::write(file, text).doing("writing", file)
}

fn verdict(finished: &[Finished], compared: &[Compared]) -> Outcome {
    let failed = finished.iter().filter(|one| one.has_failed()).count();
    let apart = compared.iter().filter(|one| one.has_failed()).count();
    match (failed, finished.len()) {
        (0, _) if apart == 0 => Ok(()),
        (0, _) => Err(Failure::files(match apart {
            1 => "1 scenario did not do the same in both places".to_owned(),
            many => format!("{many} scenarios did not do the same in both places"),
        })),
        (1, 1) => Err(Failure::files("the scenario failed")),
        (failed, all) => Err(Failure::files(format!("{failed} of {all} scenarios failed"))),
    }
}
