//! `fwc monitor`: what the running firmware logs, until Ctrl-C or a crash.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use fwc_build::{Cancel, SourceMap, disk};
use fwc_core::app::LogOver;
use fwc_core::catalog::Board;
use fwc_core::observe::SUFFIX;
use fwc_target::Image;
use fwc_target::monitor::{self, Crash, Ended, Frame, Listener, MonitorError, MonitorEvent};
use fwc_target::probe::{self, Fault, Target};
use fwc_target::serial::{self, SerialChoice};

use crate::Outcome;
use crate::arguments::{GlobalOptions, ListenOptions, MonitorOptions, ObserveOptions, ProbeOptions};
use crate::chain::{BESIDE, Inputs};
use crate::commands::build::{self, Made, Naming};
use crate::failure::Failure;
use crate::interrupt;
use crate::lines::{Lines, Places};
use crate::probing;
use crate::project::Project;
use crate::shell::Shell;
use crate::watching::Watching;

/// How often a probe that was pulled is looked for.
const RETRY: Duration = Duration::from_millis(300);

/// Who listens asks the firmware to wait for room in its log's buffer, and could not take that back.
const LEFT_WAITING: &str = "the firmware stands still as soon as its log's buffer is full: `fwc monitor`, `fwc reset` or the \
                            board's reset lets it go on";

/// Where a build is kept that was flashed, beside the newest.
const FLASHED: &str = "flashed";

fn flashed(folder: &Path, name: &str) -> PathBuf {
    folder.join(FLASHED).join(format!("{name}.elf"))
}

pub(crate) fn run(options: &MonitorOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let mut firmware = Firmware::of(&Project::find(global)?, global, shell)?;
    if !firmware.elf.is_file() && firmware.flashed_builds().is_empty() {
        return Err(Failure::usage(format!(
            "`{}` has not been built for {}",
            firmware.name, firmware.board.name
        ))
        .help("`fwc flash --monitor` builds it, puts it onto the board and listens"));
    }
    let target = if firmware.logs_by_probe {
        let target = probing::attach(&options.probe, &firmware.board, false, &cancel)?;
        Some(firmware.recognise(target, shell, &cancel)?)
    } else {
        None
    };
    firmware.follow(target, &options.probe, &options.listen, shell, &cancel)
}

/// What is listened to, and what its places mean.
pub(crate) struct Firmware {
    name: String,
    board: Arc<Board>,
    elf: PathBuf,
    /// What its folders are called: the board's name, or that of the observed image.
    folder: String,
    naming: Naming,
    logs_by_probe: bool,
    map: SourceMap,
    project: Project,
    /// Its log tables, once they were read.
    listener: OnceLock<Arc<Listener>>,
}

impl Firmware {
    /// The project's firmware as app.toml has it now.
    pub(crate) fn of(project: &Project, global: &GlobalOptions, shell: &Shell) -> Result<Firmware, Failure> {
        let composed = Inputs::read(project)?.compose(BESIDE, global, "listen to the firmware", shell)?;
        let app = &composed.composition.app;
        let name = app.name.value.clone();
        let folder = project.root.join("target/fwc").join(&app.board.name);
        Ok(Firmware {
            elf: folder.join(format!("{name}.elf")),
            name,
            folder: app.board.name.clone(),
            naming: Naming::of(&composed.composition),
            board: app.board.clone(),
            logs_by_probe: app.log_over == LogOver::Rtt,
            map: build::source_map(&composed.composition.files, &composed.composition.plan),
            project: project.clone(),
            listener: OnceLock::new(),
        })
    }

    /// What was just built.
    pub(crate) fn of_made(made: &Made, project: &Project) -> Firmware {
        Firmware {
            elf: made.artifacts.elf.clone(),
            name: made.name.clone(),
            folder: made.board.name.clone(),
            naming: made.naming.clone(),
            board: made.board.clone(),
            logs_by_probe: made.log_over == LogOver::Rtt,
            map: made.map.clone(),
            project: project.clone(),
            listener: OnceLock::new(),
        }
    }

    /// Finds out which build the chip runs. Where that is the one that was flashed last, and another has been built since,
    /// it is listened to.
    fn recognise(&mut self, target: Target, shell: &Shell, cancel: &Cancel) -> Result<Target, Failure> {
        let (target, is_newest) = self.is_on(target, cancel)?;
        if is_newest {
            return Ok(target);
        }
        let mut target = target;
        for (board, flashed) in self.flashed_builds() {
            let Ok(image) = Image::of_elf(&flashed) else { continue };
            let compared = probe::differing_bytes(target, &image, &cancel.flag());
            let (back, differing) = compared.map_err(|error| probing::failure(&error))?;
            target = back;
            if differing > 0 {
                continue;
            }
            let plain = board.strip_suffix(SUFFIX).and_then(|board| board.strip_suffix('-'));
            if plain == Some(&*self.board.name) {
                shell.detail("Observed", "the chip runs what was flashed with `--watch` or `--stats`");
                self.elf = flashed;
                self.folder = board;
                self.listener = OnceLock::new();
                return Ok(target);
            }
            if board != self.board.name {
                let board = plain.unwrap_or(&board);
                let title =
                    format!("the chip runs what was flashed for {board}, not for {}", self.board.name);
                return Err(Failure::usage(title)
                    .notes([format!("it is `{}`", self.shown(&flashed).display())])
                    .help(format!("`fwc monitor --board {board}` listens to it")));
            }
            shell.status(
                "Older",
                "the chip runs what was flashed last; `fwc flash` puts the newest build there",
            );
            self.elf = flashed;
            // What the newest build was generated from says nothing of the lines of an older one.
            self.map = SourceMap::default();
            self.listener = OnceLock::new();
            return Ok(target);
        }
        if !self.elf.is_file() {
            return Err(Failure::usage(format!("the chip runs no build of `{}`", self.name))
                .help("`fwc flash --monitor` builds it, puts it onto the board and listens"));
        }
        monitor::check_build(target, &self.elf, &cancel.flag()).map_err(|error| self.failure(&error))
    }

    /// What the image tells beside its log. What was asked for must be among it.
    fn watching(&self, options: &ObserveOptions) -> Result<Option<Watching>, Failure> {
        let listener = self.listener()?;
        let told = listener.watched();
        let absent = options.watch.iter().find(|watch| !told.contains(&&*watch.channel));
        let fails = |what: String, option: String| {
            Err(Failure::usage(format!("the image on the chip does not tell {what}"))
                .notes((!told.is_empty()).then(|| format!("it tells of `{}`", told.join("`, `"))))
                .help(format!("`fwc flash --monitor {option}` puts one there that does")))
        };
        match absent {
            Some(watch) => fails(format!("what `{}` carries", watch.channel), format!("--watch {watch}")),
            None if options.stats.is_some() && !listener.has_statistics() => {
                fails("how busy its tasks are".to_owned(), "--stats".to_owned())
            }
            None if told.is_empty() && !listener.has_statistics() => Ok(None),
            None => Ok(Some(Watching::new(&options.watch, listener.tasks(), self.naming.units.clone()))),
        }
    }

    /// Keeps the build that was just flashed beside those that may follow, so that it can be recognised.
    pub(crate) fn keep_flashed(&self) -> Outcome {
        let Some(folder) = self.elf.parent() else { return Ok(()) };
        let bytes = std::fs::read(&self.elf)
            .map_err(|error| Failure::world(format!("while reading {}: {error}", self.elf.display())))?;
        disk::write_atomically(&flashed(folder, &self.name), &bytes)
            .map_err(|error| Failure::world(error.to_string()))
    }

    /// What was flashed last for each board, this one first.
    fn flashed_builds(&self) -> Vec<(String, PathBuf)> {
        let all = self.elf.parent().and_then(Path::parent).and_then(|boards| boards.read_dir().ok());
        let boards = all.into_iter().flatten().filter_map(|board| Some(board.ok()?.path()));
        let mut builds: Vec<(String, PathBuf)> = boards
            .filter_map(|folder| {
                let board = folder.file_name()?.to_str()?.to_owned();
                Some((board, flashed(&folder, &self.name))).filter(|(_, elf)| elf.is_file())
            })
            .collect();
        builds.sort_by_key(|(board, _)| (*board != self.board.name, board.clone()));
        builds
    }

    /// Listens to all there is to listen to.
    pub(crate) fn follow(
        &self,
        target: Option<Target>,
        probe: &ProbeOptions,
        options: &ListenOptions,
        shell: &Shell,
        cancel: &Cancel,
    ) -> Outcome {
        let target = target.filter(|_| self.logs_by_probe);
        if target.is_none() && options.serial.is_none() {
            return Err(Failure::usage(format!("`{}` logs over a serial port", self.name))
                .help("`--serial PORT` listens to it, such as /dev/ttyACM0 or COM3"));
        }
        let places = self.places();
        let watching = match &target {
            Some(_) => self.watching(&options.observe)?,
            None if options.observe.is_empty() => None,
            None => {
                return Err(Failure::usage("what `--watch` and `--stats` show comes by a debug probe")
                    .help("`--probe PROBE` selects one; `fwc probes` lists what is seen"));
            }
        };
        let lines = Mutex::new(Lines::new(options, places, watching, shell)?);
        let followed = thread::scope(|scope| {
            let serial = options.serial.as_ref().map(|port| {
                let choice = SerialChoice { port: port.clone(), baud: options.baud };
                let lines = &lines;
                scope.spawn(move || self.follow_serial(&choice, lines, cancel))
            });
            let probe =
                target.map_or(Ok(()), |target| self.follow_probe(target, probe, &lines, shell, cancel));
            if probe.is_err() {
                cancel.cancel();
            }
            let serial = serial.map_or(Ok(()), |thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            probe.and(serial)
        });
        let lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        followed.and(lines.end())
    }

    fn follow_serial(&self, choice: &SerialChoice, lines: &Mutex<Lines<'_>>, cancel: &Cancel) -> Outcome {
        let mut show = |event| {
            lines.lock().unwrap_or_else(PoisonError::into_inner).serial(&choice.port, event);
        };
        let heard = serial::listen(choice, &mut show, &cancel.flag());
        heard.map_err(|error| {
            // Nobody waits for a probe alone when both were asked for.
            cancel.cancel();
            Failure::world(error.to_string()).helps(error.remedies())
        })
    }

    fn follow_probe(
        &self,
        target: Target,
        options: &ProbeOptions,
        lines: &Mutex<Lines<'_>>,
        shell: &Shell,
        cancel: &Cancel,
    ) -> Outcome {
        let listener = self.listener()?;
        let mut target = target;
        loop {
            let mut crash = None;
            let mut show = |event| match event {
                MonitorEvent::Crashed(found) => crash = Some(found),
                event => lines.lock().unwrap_or_else(PoisonError::into_inner).probe(&event),
            };
            let error = match monitor::listen(target, &listener, &mut show, &cancel.flag()) {
                Ok(Ended::Cancelled) => return Ok(()),
                Ok(Ended::Crashed) => {
                    return Err(self.crashed(&crash.expect("a crash is told before the end"), lines));
                }
                Err(error) => error,
            };
            if !matches!(error.fault, Fault::Gone { .. } | Fault::Silent { .. }) {
                return Err(probing::failure(&error));
            }
            lines.lock().unwrap_or_else(PoisonError::into_inner).probe_gone(&error.to_string());
            let Some(back) = self.wait_for_probe(options, shell, cancel) else {
                if !shell.is_json() {
                    shell.warning(LEFT_WAITING);
                }
                return Ok(());
            };
            target = monitor::check_again(back, &listener, &self.elf, &cancel.flag())
                .map_err(|error| self.failure(&error))?;
        }
    }

    /// A probe that was pulled is waited for until the user does not want it any more.
    fn wait_for_probe(&self, options: &ProbeOptions, shell: &Shell, cancel: &Cancel) -> Option<Target> {
        shell.status("Waiting", "for the probe and the board; Ctrl-C ends it");
        while !cancel.is_cancelled() {
            if let Ok(target) = probing::attach(options, &self.board, false, cancel) {
                return Some(target);
            }
            thread::sleep(RETRY);
        }
        None
    }

    /// The log tables. Reading them takes a while, which a log that begins must not wait for.
    pub(crate) fn listener(&self) -> Result<Arc<Listener>, Failure> {
        if let Some(listener) = self.listener.get() {
            return Ok(Arc::clone(listener));
        }
        let listener = Arc::new(Listener::of_elf(&self.elf).map_err(|error| self.failure(&error))?);
        Ok(Arc::clone(self.listener.get_or_init(|| listener)))
    }

    /// Whether its log comes by a probe.
    pub(crate) fn logs_by_probe(&self) -> bool {
        self.logs_by_probe
    }

    /// Whether the chip holds this build.
    pub(crate) fn is_on(&self, target: Target, cancel: &Cancel) -> Result<(Target, bool), Failure> {
        let Ok(image) = Image::of_elf(&self.elf) else { return Ok((target, false)) };
        let compared = probe::differing_bytes(target, &image, &cancel.flag());
        let (target, differing) = compared.map_err(|error| probing::failure(&error))?;
        Ok((target, differing == 0))
    }

    pub(crate) fn board(&self) -> &Board {
        &self.board
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn elf(&self) -> &Path {
        &self.elf
    }

    fn places(&self) -> Places<'_> {
        Places::new(&self.map, &self.naming, &self.project, &self.folder, &self.name)
    }

    /// A task as a place in the user's file.
    pub(crate) fn task(&self, task: &str) -> String {
        self.places().of_task(task)
    }

    /// A stack in lines, with the places in the user's files. A function that calls itself is one line.
    pub(crate) fn stack(&self, frames: &[Frame]) -> Vec<String> {
        let places = self.places();
        let text = |frame: &Frame| {
            let place = places.shown(frame.file.as_deref(), frame.line);
            let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
            format!("{}{place}", frame.function)
        };
        let texts: Vec<(usize, String)> = frames.iter().map(text).enumerate().collect();
        let runs = texts.chunk_by(|(_, one), (_, next)| one == next);
        let line = |run: &[(usize, String)]| match run {
            [(first, text), .., (last, _)] => format!("#{first} to #{last} {text}"),
            [(number, text)] => format!("#{number} {text}"),
            [] => unreachable!("a run is of one at least"),
        };
        runs.map(line).collect()
    }

    fn crashed(&self, crash: &Crash, lines: &Mutex<Lines<'_>>) -> Failure {
        lines.lock().unwrap_or_else(PoisonError::into_inner).crash(crash);
        let frames = self.stack(&crash.frames);
        let failure =
            Failure::files(format!("the firmware has stopped: {}", Places::straightened(&crash.reason)))
                .notes(crash.tasks.iter().map(|task| self.places().of_task(task)));
        let failure = if frames.is_empty() { failure } else { failure.notes([frames.join("\n")]) };
        failure.help("`fwc reset` starts it anew")
    }

    fn failure(&self, error: &MonitorError) -> Failure {
        match error {
            MonitorError::Probe(error) => probing::failure(error),
            MonitorError::OtherBuild { .. } => Failure::usage(error.to_string())
                .notes(self.which_build_runs())
                .help("`fwc flash --monitor` puts this build onto the board and listens to it"),
            MonitorError::NoLog { .. } => {
                Failure::usage(error.to_string()).help("`log = \"info\"` in `[app]` gives it a log")
            }
            error => Failure::world(error.to_string()),
        }
    }

    /// The other builds of the project, one of which may be what the chip runs.
    fn which_build_runs(&self) -> Option<String> {
        let folder = self.elf.parent()?.parent()?;
        let boards = std::fs::read_dir(folder).ok()?.filter_map(|board| board.ok()?.path().read_dir().ok());
        let files = boards.flatten().filter_map(|file| Some(file.ok()?.path()));
        let others = files.filter(|file| file.extension().is_some_and(|ending| ending == "elf"));
        let others: Vec<String> = others
            .filter(|file| *file != self.elf)
            .map(|file| format!("`{}`", self.shown(&file).display()))
            .collect();
        (!others.is_empty()).then(|| format!("this project has also built {}", others.join(", ")))
    }

    fn shown(&self, file: &Path) -> PathBuf {
        self.project.shown_below(file)
    }
}
