//! Flashing, the way from a changed line to the first log line, and a flood of log lines: beside what the probe-rs library
//! does by itself (crates/target/examples/plain.rs), on one emulated board after another.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fwc_sim::{Board, BoardSetup, Emulator};

use super::processor::{Processor, on};
use super::{milliseconds, release_folder, work_folder, write};
use crate::setup::{announce, cargo, repository, run};

/// Runs of each way in a flood; the least counts, as whatever else the machine does only adds.
const RUNS: usize = 25;
/// Flashes of each way, of which the median counts: how soon an emulated board has compiled its own code decides more than
/// what is asked of it, in both directions, so that the quickest flash says little.
const FLASHES: usize = 41;
const BOARD: &str = "rpi-pico";
const CHIP: &str = "RP2040";
/// A line that does not come by then never comes.
const LIMIT: Duration = Duration::from_secs(120);

pub(super) fn bench(fwc: &Path, emulator: &Emulator) -> Result<()> {
    ensure!(cfg!(unix), "the emulated board's probe needs a unix socket");
    announce("building the yardstick, the probe-rs library by itself");
    run(Command::new(cargo())
        .args(["build", "--release", "--quiet", "--package", "fwc-target", "--example", "plain"])
        .current_dir(repository()))?;
    let project = project()?;
    announce("building the firmware");
    run(fwc_command(fwc, &project).args(["build", "--quiet"]))?;
    let bench = Bench {
        fwc,
        plain: release_folder().join("examples/plain"),
        elf: project.join("target/fwc").join(BOARD).join("flood.elf"),
        project,
        emulator,
    };
    bench.download()?;
    bench.changed_line()?;
    bench.flood()
}

/// A project of ten thousand log lines.
fn project() -> Result<PathBuf> {
    let project = work_folder().join("flash");
    let original = repository().join("tests/firmware/flood");
    for file in ["app.toml", "src/talk.rs"] {
        let path = original.join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("while reading {}", path.display()))?;
        write(&project.join(file), &text)?;
    }
    Ok(project)
}

fn fwc_command(fwc: &Path, project: &Path) -> Command {
    let mut command = Command::new(fwc);
    command.env("CARGO_TARGET_DIR", work_folder().join("build"));
    command.args(["--board", BOARD, "--project"]).arg(project);
    command
}

struct Bench<'a> {
    fwc: &'a Path,
    plain: PathBuf,
    project: PathBuf,
    elf: PathBuf,
    emulator: &'a Emulator,
}

/// A board on the desk, whose flash holds something else.
struct Desk {
    _board: Board,
    probe: String,
    socket: PathBuf,
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Nobody needs it any more, and the system cleans its folder anyway.
        let _ = fs::remove_file(&self.socket);
    }
}

impl Bench<'_> {
    fn desk(&self) -> Result<Desk> {
        // The path of a socket is short.
        let socket = std::env::temp_dir().join(format!("fwc-bench-{}.sock", std::process::id()));
        let setup = BoardSetup { probe: Some(socket.clone()), filled: Some(0), ..BoardSetup::default() };
        let board = self.emulator.power_up(&setup)?;
        Ok(Desk { _board: board, probe: format!("20b7:9db1:unix:{}", socket.display()), socket })
    }

    fn fwc(&self, arguments: &[&str], desk: &Desk) -> Command {
        let mut command = fwc_command(self.fwc, &self.project);
        command.args(arguments).args(["--probe", &desk.probe]);
        command
    }

    fn plain(&self, what: &str, desk: &Desk, more: &[&str]) -> Command {
        let mut command = Command::new(&self.plain);
        command.args([what, CHIP, &desk.probe]).arg(&self.elf).args(more);
        command
    }

    /// Flashing alone: without opening the probe, which both do alike. Both come to a board of one age, from the same work, on
    /// a processor without the board, and each is first as often as the other.
    fn download(&self) -> Result<()> {
        println!(
            "\nFlashing an image that is not there yet (the median of {FLASHES}, and the half around it)"
        );
        println!("{:<24} {:>20} {:>20} {:>8}", "", "fwc", "probe-rs", "ratio");
        for (name, fwc_more, plain_more) in [
            ("with reading back", None, Some("verify")),
            ("without (--no-verify)", Some("--no-verify"), None),
        ] {
            let (mut composed, mut plain) = (Vec::new(), Vec::new());
            for round in 0..FLASHES {
                if round % 2 == 0 {
                    composed.push(self.flashed_by_fwc(fwc_more)?);
                    plain.push(self.flashed_by_library(plain_more)?);
                } else {
                    plain.push(self.flashed_by_library(plain_more)?);
                    composed.push(self.flashed_by_fwc(fwc_more)?);
                }
            }
            let (composed, plain) = (Spread::of(composed), Spread::of(plain));
            println!("{name:<24} {composed:>20} {plain:>20} {:>8.3}", composed.median / plain.median);
        }
        println!("bar: 1.05 or below");
        Ok(())
    }

    fn flashed_by_fwc(&self, more: Option<&str>) -> Result<f64> {
        let desk = on(Processor::Board, || self.desk())?;
        // Records for programs come as it goes on, and whoever reads them takes time from the flashing.
        let mut command = self.fwc(&["flash", "--verbose"], &desk);
        let (_, said) = on(Processor::Command, || output(command.args(more)))?;
        reported(&said)
    }

    fn flashed_by_library(&self, more: Option<&str>) -> Result<f64> {
        let desk = on(Processor::Board, || self.desk())?;
        let (text, _) = on(Processor::Command, || {
            // What fwc does before it flashes: the emulated board runs on meanwhile, and the machine's caches are others after
            // it.
            run(fwc_command(self.fwc, &self.project).args(["build", "--quiet"]))?;
            output(&mut self.plain("download", &desk, more.as_slice()))
        })?;
        text.trim().parse().context("the yardstick prints milliseconds")
    }

    /// From a changed line of app.toml to the first line of the log.
    fn changed_line(&self) -> Result<()> {
        let path = self.project.join("app.toml");
        let text = fs::read_to_string(&path)?;
        let changed = text.replace("every = \"50ms\"", "every = \"60ms\"");
        ensure!(text != changed, "the project flood has no period of 50 ms any more");
        let desk = self.desk()?;
        run(&mut self.fwc(&["flash", "--quiet"], &desk))?;
        write(&path, &changed)?;
        let saved = Instant::now();
        let mut running = Running::start(&mut self.fwc(&["flash", "--verbose", "--monitor"], &desk))?;
        let first = running.until(" line 0")?.at;
        let lines = running.all();
        running.end()?;
        write(&path, &text)?;

        let at = |word: &str| {
            let line = lines.iter().find(|line| line.text.trim_start().starts_with(word));
            line.map(|line| line.at).with_context(|| format!("fwc has not said `{word}`"))
        };
        let (built, flashed) = (at("Finished ")?, at("Flashed ")?);
        println!("\nFrom a changed line to the first line of the log, which comes 100 ms after the start");
        let mut cargo = 0.0;
        for line in &lines {
            let Some((time, step)) = took(&line.text) else { continue };
            if step == "cargo" {
                cargo = time.parse().context("a time is a number")?;
            }
            println!("{step:<40} {time:>8} ms");
        }
        println!("{:<40} {:>8.1} ms", "probe and flash together", milliseconds(flashed - built));
        println!("{:<40} {:>8.1} ms", "from the start to the first line", milliseconds(first - flashed));
        println!("{:<40} {:>8.1} ms", "all", milliseconds(first - saved));
        let own = milliseconds(built - saved) - cargo;
        println!("{:<40} {own:>8.1} ms (bar: under 100)", "fwc's own part: all before the probe but cargo");
        Ok(())
    }

    /// The CPU time between the first and the last line of a flood.
    fn flood(&self) -> Result<()> {
        if !cfg!(target_os = "linux") {
            println!("\nThe CPU time of a flood is measured on Linux alone");
            return Ok(());
        }
        let (mut composed, mut plain) = (f64::MAX, f64::MAX);
        let desk = self.desk()?;
        run(&mut self.fwc(&["flash", "--quiet"], &desk))?;
        for _ in 0..RUNS {
            composed = composed.min(flood_time(&mut self.fwc(&["flash", "--monitor"], &desk))?);
            plain = plain.min(flood_time(&mut self.plain("attach", &desk, &[]))?);
        }
        println!("\nCPU time for 10,000 lines of log (the least of {RUNS})");
        println!("fwc monitor {composed:>8.1} ms");
        println!("probe-rs    {plain:>8.1} ms");
        println!("ratio       {:>8.3}    (bar: 1.05 or below)", composed / plain);
        Ok(())
    }
}

/// Where the middle half of some times lies, in milliseconds.
struct Spread {
    lower: f64,
    median: f64,
    upper: f64,
}

impl Spread {
    fn of(mut times: Vec<f64>) -> Spread {
        times.sort_by(f64::total_cmp);
        let at = |quarter: usize| times[(times.len() - 1) * quarter / 4];
        Spread { lower: at(1), median: at(2), upper: at(3) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spread { lower, median, upper } = self;
        formatter.pad(&format!("{median:.0} ms ({lower:.0} to {upper:.0})"))
    }
}

/// What a command prints, and what it says of it.
fn output(command: &mut Command) -> Result<(String, String)> {
    let output = command.output().with_context(|| format!("while starting {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{command:?}: {said}");
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), said))
}

/// The milliseconds of all steps that `fwc flash --verbose` says after the build.
fn reported(said: &str) -> Result<f64> {
    let steps = said.lines().skip_while(|line| !line.trim_start().starts_with("Finished "));
    let times = steps.filter_map(took).map(|(time, _)| time.parse::<f64>());
    let times = times.collect::<Result<Vec<f64>, _>>().context("a time is a number")?;
    ensure!(times.len() > 1, "fwc has not said how long its steps took: {said}");
    Ok(times.iter().sum())
}

/// The milliseconds and the name of a step in a line of `--verbose`.
fn took(line: &str) -> Option<(&str, &str)> {
    line.trim_start().strip_prefix("Took ")?.split_once(" ms: ")
}

fn flood_time(command: &mut Command) -> Result<f64> {
    let mut running = Running::start(command)?;
    running.until(" line 0")?;
    let begun = running.cpu_time()?;
    running.until(" tick 1")?;
    let ended = running.cpu_time()?;
    running.end()?;
    Ok(ended - begun)
}

/// A line and when it came.
struct Line {
    text: String,
    at: Instant,
}

/// A command that goes on until it is ended.
struct Running {
    child: Child,
    lines: Receiver<Line>,
    seen: Vec<Line>,
}

impl Running {
    fn start(command: &mut Command) -> Result<Running> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (sender, lines) = channel();
        let streams: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            child.stdout.take().map(|one| Box::new(one) as _),
            child.stderr.take().map(|one| Box::new(one) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                for text in BufReader::new(stream).lines().map_while(Result::ok) {
                    if sender.send(Line { text, at: Instant::now() }).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Running { child, lines, seen: Vec::new() })
    }

    fn until(&mut self, words: &str) -> Result<&Line> {
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            let Ok(line) = self.lines.recv_timeout(LIMIT) else { break };
            let found = line.text.contains(words);
            self.seen.push(line);
            if found {
                return self.seen.last().context("it was just put there");
            }
        }
        let last = self.seen.last().map_or("nothing", |line| &line.text);
        bail!("`{words}` does not come; the last line is {last}")
    }

    /// All lines up to now.
    fn all(&mut self) -> Vec<Line> {
        self.seen.extend(self.lines.try_iter());
        std::mem::take(&mut self.seen)
    }

    /// Milliseconds that its threads have run so far: the first field of `schedstat`, in nanoseconds (the kernel's
    /// Documentation/scheduler/sched-stats.rst). The times in `stat` are counted in hundredths of a second.
    fn cpu_time(&self) -> Result<f64> {
        let threads = format!("/proc/{}/task", self.child.id());
        let mut nanoseconds = 0;
        for thread in fs::read_dir(&threads).with_context(|| format!("while listing {threads}"))? {
            let path = thread?.path().join("schedstat");
            let text =
                fs::read_to_string(&path).with_context(|| format!("while reading {}", path.display()))?;
            let ran: Option<u64> = text.split(' ').next().and_then(|ran| ran.parse().ok());
            nanoseconds += ran.with_context(|| format!("{} has no time in {text}", path.display()))?;
        }
        Ok(nanoseconds as f64 / 1e6)
    }

    fn end(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}
