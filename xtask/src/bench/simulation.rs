//! How fast the simulation is: virtual seconds in one of the wall's, with a trace and without, and the tests of a project.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{RUNS, milliseconds, shortest_time, work_folder, write};
use crate::setup::{announce, run};

/// A number of tasks, how long they run, and the virtual seconds that a second of the wall must have at least.
struct Load {
    tasks: usize,
    run_for: u64,
    traced_for: u64,
    bar: u64,
    traced_bar: Option<u64>,
}

const LOADS: [Load; 2] = [
    Load { tasks: 10, run_for: 20_000, traced_for: 500, bar: 10_000, traced_bar: Some(1_000) },
    Load { tasks: 100, run_for: 5_000, traced_for: 50, bar: 5_000, traced_bar: None },
];

/// Scenarios of the project whose tests are timed.
const SCENARIOS: usize = 10;

pub(super) fn bench(fwc: &Path) -> Result<()> {
    println!(
        "\nTasks at 100 Hz in a ring of channels, each of which takes a message and gives one on at each tick"
    );
    println!(
        "Virtual seconds in a second of the wall, the quickest of {RUNS} runs of `fwc test`: without a trace"
    );
    println!("from the start of the scenario's process to its verdict, with one of the whole of fwc");
    println!("{:>6} {:>16} {:>10} {:>8} {:>8}", "tasks", "trace", "speed", "bar", "of it");
    for load in &LOADS {
        let project = prepare(fwc, load)?;
        let quiet = speed_without_trace(fwc, &project, load)?;
        let trace = project.join("x.vcd");
        let time = shortest_time(|| {
            let mut command = test(fwc, &project);
            command.arg("traced").arg("--trace").arg(&trace);
            command
        })?;
        std::fs::remove_file(&trace).with_context(|| format!("while removing {}", trace.display()))?;
        let traced = load.traced_for as f64 / time.as_secs_f64();
        show(load.tasks, "none", quiet, Some(load.bar));
        show(load.tasks, "--trace x.vcd", traced, load.traced_bar);
    }
    many_scenarios(fwc)
}

/// One line: a speed, what it has to be at least, and how many times that it is.
fn show(tasks: usize, trace: &str, speed: f64, bar: Option<u64>) {
    let (bar, ratio) = match bar {
        Some(bar) => (bar.to_string(), format!("{:.2}", speed / bar as f64)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    println!("{tasks:>6} {trace:>16} {speed:>10.0} {bar:>8} {ratio:>8}");
}

/// `fwc test` of a project with ten scenarios, in which nothing has changed.
fn many_scenarios(fwc: &Path) -> Result<()> {
    let project = work_folder().join("scenarios");
    if project.exists() {
        std::fs::remove_dir_all(&project).with_context(|| format!("while removing {}", project.display()))?;
    }
    run(Command::new(fwc)
        .args(["new", "scenarios", "--example", "blink-echo", "--quiet"])
        .current_dir(work_folder()))?;
    let folder = project.join("tests");
    let text = std::fs::read_to_string(folder.join("both.toml"))
        .with_context(|| format!("while reading the scenario in {}", folder.display()))?;
    for number in 1..SCENARIOS {
        write(&folder.join(format!("both_{number}.toml")), &text)?;
    }
    announce("building the project with ten scenarios");
    run(&mut test(fwc, &project))?;
    let time = shortest_time(|| test(fwc, &project))?;
    println!(
        "\n`fwc test` of {SCENARIOS} scenarios, nothing changed: {:.0} ms, whole process; the bar is under 1000, and this {:.2} of it",
        milliseconds(time),
        milliseconds(time) / 1_000.0
    );
    Ok(())
}

fn test(fwc: &Path, project: &Path) -> Command {
    let mut command = Command::new(fwc);
    command.args(["test", "--quiet", "--project"]).arg(project);
    command.env("CARGO_TARGET_DIR", work_folder().join("host"));
    command
}

/// Writes the project, and runs its tests once, which builds it.
fn prepare(fwc: &Path, load: &Load) -> Result<PathBuf> {
    let Load { tasks, run_for, traced_for, .. } = load;
    let project = work_folder().join(format!("tasks-{tasks}"));
    write(&project.join("app.toml"), &app_of(*tasks))?;
    for task in 0..*tasks {
        write(&project.join(format!("src/relay_{task}.rs")), &relay(task, *tasks))?;
    }
    write(&project.join("tests/quiet.toml"), &format!("run-for = \"{run_for}s\"\n"))?;
    write(&project.join("tests/traced.toml"), &format!("run-for = \"{traced_for}s\"\n"))?;
    // Each task has given on a message at each of its ticks, or this fails.
    let messages = traced_for * 100;
    let scenario = format!(
        "run-for = \"{traced_for}s\"\n[[expect]]\nbetween = [\"0s\", \"{traced_for}s\"]\nchannel = \"channel_1\"\n\
         messages = [{}, {}]\n",
        messages - 1,
        messages + 1
    );
    write(&project.join("tests/counted.toml"), &scenario)?;
    announce(&format!("building {tasks} tasks"));
    run(&mut test(fwc, &project))?;
    Ok(project)
}

fn app_of(tasks: usize) -> String {
    let mut text = format!("[app]\nname = \"tasks_{tasks}\"\nboard = \"rpi-pico\"\n");
    for task in 0..tasks {
        let next = (task + 1) % tasks;
        write!(
            text,
            "[channels.channel_{task}]\nmessage = \"u32\"\nkind = \"channel\"\n\
             [tasks.task_{task}]\ncode = \"relay_{task}\"\nrate = \"100Hz\"\n\
             subscribes = [\"channel_{task}\"]\npublishes = [\"channel_{next}\"]\n"
        )
        .expect("a String takes all that is written");
    }
    text
}

/// What the task before has sent at the last tick goes on at this one.
fn relay(task: usize, tasks: usize) -> String {
    let next = (task + 1) % tasks;
    format!(
        "use crate::io::Task{task}Io;\n\n\
         pub async fn relay_{task}(mut io: Task{task}Io) -> ! {{\n\
         \x20   io.channel_{next}.send(0).await;\n\
         \x20   loop {{\n\
         \x20       io.tick.next().await;\n\
         \x20       let count: u32 = io.channel_{task}.receive().await;\n\
         \x20       io.channel_{next}.send(count.wrapping_add(1)).await;\n\
         \x20   }}\n\
         }}\n"
    )
}

/// From the start of the scenario's process to its verdict.
fn speed_without_trace(fwc: &Path, project: &Path, load: &Load) -> Result<f64> {
    let mut best: f64 = 0.0;
    for _ in 0..RUNS {
        let started = Instant::now();
        let output = test(fwc, project)
            .args(["quiet", "--message-format", "json"])
            .output()
            .context("while starting fwc")?;
        let whole = started.elapsed().as_secs_f64();
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let scenario = records.into_iter().find(|record| record["reason"] == "scenario");
        let seconds = scenario.and_then(|record| record["seconds"].as_f64());
        let seconds = seconds.context("fwc has told of no scenario")?;
        ensure!(seconds <= whole, "a scenario took {seconds} s of the {whole} s of its process");
        best = best.max(load.run_for as f64 / seconds);
    }
    Ok(best)
}
