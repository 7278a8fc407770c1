//! `fwc run`: the firmware live, in a view where there is a terminal, else a line an event.

use std::path::Path;

use fwc_core::app::App;
use fwc_core::resolved::Resolved;
use fwc_parts::Nanos;
use fwc_scenario::{Action, Broken, Record, Scenario, Step};
use fwc_schema::units::Duration;
use serde_json::json;

use crate::Outcome;
use crate::arguments::{
    BuildOptions, FlashOptions, GlobalOptions, ListenOptions, LivePlace, RunOptions, RunPlace, Via,
};
use crate::chain::Inputs;
use crate::commands::{flash, test};
use crate::failure::Failure;
use crate::interrupt;
use crate::live::machine::Machine;
use crate::live::pace::Pace;
use crate::live::{lines, recording, screen};
use crate::project::Project;
use crate::runner::{Look, Runner, Workshop};
use crate::shell::Shell;
use crate::view::View;
use crate::write;

/// A run without `--for`: the emulator counts nanoseconds exactly up to there, which is 104 days.
const FOR_EVER: Nanos = Nanos(9_007_199_254_740_991);

pub(crate) fn run(options: &RunOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let place = match options.on {
        LivePlace::Sim => RunPlace::Sim,
        LivePlace::Emulator => RunPlace::Emulator,
        LivePlace::Probe => return on_board(options, global, shell),
    };
    refuse_what_cannot_be(options)?;
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    let inputs = Inputs::read(&project)?;
    let Some(resolved) = inputs.resolved(global) else {
        // This says why, and fails.
        inputs.check(global, shell)?;
        unreachable!("an application without errors has a value");
    };
    let look = match &options.trace {
        Some(file) if test::has_ending(file, "json") => Look::Polls,
        _ => Look::Messages,
    };
    let workshop = Workshop { project: &project, build: &options.build, global, shell, cancel: &cancel };
    let runner = Runner::prepare(place, &resolved, look, &workshop)?;
    let tables = runner.tables()?;
    let run_for = options.run_for.map_or(FOR_EVER, |time| Nanos(time.0));
    let live = runner.start(&scenario(&resolved, run_for, &[]), options.seed)?;
    let mut machine = Machine::new(live, runner.wiring(), tables.as_ref(), options.trace.is_some());
    let (app, pace) = (&resolved.app, Pace::new(options.fast));
    let outcome = match screen::is_there(shell) {
        true => {
            let mut view =
                View::new(app, place.word(), place == RunPlace::Sim, &runner.wiring().quantities());
            screen::show(&mut machine, pace, &mut view, shell, &cancel)
        }
        false => lines::show(&mut machine, pace, app, shell, &cancel),
    };
    let run = Finished {
        app,
        given: machine.given().to_vec(),
        end: machine.now(),
        broken: match machine.has_died() {
            true => crash(&runner, &resolved, &machine, options.seed)?,
            false => machine.broken().cloned(),
        },
    };
    if let Some(file) = &options.record {
        keep(file, &recording::scenario(app, &run.given, run.end))?;
    }
    if let Some(file) = &options.trace {
        let record = Record { sees_channels: place == RunPlace::Sim, ..machine.into_record() };
        test::write_trace(file, &record, app)?;
    }
    outcome?;
    run.say(place, shell)
}

/// `--on probe` is the board itself: what `fwc flash --monitor` does by a probe.
fn on_board(options: &RunOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let asked = [
        ("--for", options.run_for.is_some()),
        ("--fast", options.fast),
        ("--seed", options.seed.is_some()),
        ("--trace", options.trace.is_some()),
        ("--record", options.record.is_some()),
    ];
    if let Some((option, _)) = asked.iter().find(|(_, is_there)| *is_there) {
        return Err(Failure::usage(format!("`{option}` is of runs without hardware"))
            .help("`--on sim` and `--on emulator` take it"));
    }
    let BuildOptions { offline, locked } = options.build;
    let flash = FlashOptions {
        via: Some(Via::Probe),
        drive: None,
        touch: None,
        port: None,
        dry_run: false,
        chip_erase: false,
        no_verify: false,
        monitor: true,
        listen: ListenOptions {
            observe: options.observe.clone(),
            level: None,
            task: None,
            grep: None,
            log_file: None,
            serial: None,
            baud: 115_200,
        },
        build: BuildOptions { offline, locked },
        probe: options.probe.clone(),
    };
    flash::run(&flash, global, shell)
}

fn refuse_what_cannot_be(options: &RunOptions) -> Outcome {
    if !options.observe.is_empty() {
        return Err(Failure::usage("`--watch` and `--stats` are of runs on the board")
            .help("`--on probe` takes them; the simulation shows what all channels carry as it is"));
    }
    if options.seed.is_some() && options.on != LivePlace::Sim {
        return Err(Failure::usage("only the simulation takes a seed").help(
            "leave `--seed` out, or `--on`: what the emulated chip does follows from its image alone",
        ));
    }
    if let Some(file) = options.record.as_ref().filter(|file| file.symlink_metadata().is_ok()) {
        return Err(is_there(file));
    }
    match &options.trace {
        Some(file) => refuse_trace(file),
        None => Ok(()),
    }
}

/// What is recorded becomes a file of the user's.
fn keep(file: &Path, text: &str) -> Outcome {
    if write::create(file, text)? { Ok(()) } else { Err(is_there(file)) }
}

fn is_there(file: &Path) -> Failure {
    Failure::files(format!("`{}` is there already, and fwc writes over no file of yours", file.display()))
        .help("record to another name, or remove it")
}

fn refuse_trace(file: &Path) -> Outcome {
    if test::has_ending(file, "vcd") || test::has_ending(file, "json") {
        return Ok(());
    }
    Err(Failure::usage(format!("`{}` is no trace that fwc can write", file.display()))
        .help("`.vcd` is for GTKWave and PulseView, `.json` for Perfetto"))
}

/// A run in which nothing is expected, and the world does what it has done.
fn scenario(resolved: &Resolved, run_for: Nanos, given: &[(Nanos, Action)]) -> Scenario {
    let span = resolved.app.span;
    Scenario {
        name: "run".to_owned(),
        span,
        run_for,
        run_for_span: span,
        tolerance: None,
        steps: given.iter().map(|(at, action)| Step { at: *at, action: action.clone(), span }).collect(),
        expectations: Vec::new(),
    }
}

/// The process of a simulation is gone, and the same run once more shows which task it was.
fn crash(
    runner: &Runner<'_>,
    resolved: &Resolved,
    machine: &Machine<'_>,
    seed: Option<u64>,
) -> Result<Option<Broken>, Failure> {
    const ENOUGH: Nanos = Nanos::from_secs(1);
    let again = scenario(resolved, machine.now() + ENOUGH, machine.given());
    let broken = runner.run(&again, seed)?.record.broken;
    Ok(Some(broken.unwrap_or_else(|| Broken {
        at: machine.now(),
        task: None,
        what: "crashed".to_owned(),
        notes: vec!["the same run did not crash a second time".to_owned()],
    })))
}

/// A run that is over.
struct Finished<'a> {
    app: &'a App,
    given: Vec<(Nanos, Action)>,
    end: Nanos,
    broken: Option<Broken>,
}

impl Finished<'_> {
    fn say(&self, place: RunPlace, shell: &Shell) -> Outcome {
        if shell.is_json() {
            shell.record(&json!({
                "reason": "ran",
                "app": self.app.name.value,
                "board": self.app.board.name,
                "on": place.word(),
                "virtual_ns": self.end.0,
            }))?;
        }
        let Some(broken) = &self.broken else {
            let text = format!("`{}` for {} on the {}", self.app.name.value, shown(self.end), place.word());
            shell.status("Ran", &text);
            return Ok(());
        };
        let who = match &broken.task {
            Some(task) => format!("the task `{task}`"),
            None => "the firmware".to_owned(),
        };
        let message = format!("{who} {} at {}", broken.what, shown(broken.at));
        Err(Failure::files(message).notes(broken.notes.iter().cloned()))
    }
}

/// To the microsecond.
fn shown(at: Nanos) -> Duration {
    Duration(at.0 / 1_000 * 1_000)
}
