//! `cargo xtask demo`: what a newcomer gets from `fwc new` and `fwc build`, running on the emulated chip, live.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fwc_sim::{Event, Job, Level, Live, Nanos, Pace, Pin, Uart};

use crate::setup::{self, announce, repository, run};

/// How long the chip runs, on the wall clock.
const RUN_FOR: Duration = Duration::from_secs(10);

/// When the button is pressed and let go, in milliseconds: two short presses and a long one.
const PRESSES: &[(u64, u64)] = &[(1_800, 1_950), (3_600, 4_700), (6_900, 7_000)];

/// Sets up what is missing, makes a project, builds it and shows it running.
pub(crate) fn demo() -> Result<()> {
    let machine = setup::prepare()?;
    let fwc = setup::build_fwc("debug")?;
    let folder = repository().join("target/demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("while removing {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("while making {}", folder.display()))?;
    announce("fwc new hello");
    run(Command::new(&fwc).args(["new", "hello"]).current_dir(&folder))?;
    let project = folder.join("hello");
    show_file(&project.join("app.toml"))?;
    announce("fwc build");
    let build_folder = repository().join("target/firmware/build");
    run(Command::new(&fwc).arg("build").env("CARGO_TARGET_DIR", build_folder).current_dir(&project))?;
    let wiring = Wiring::of(&fwc, &project)?;
    announce(&format!(
        "the image on the emulated RP2040, for {} s: the LED on GP{}, a button on GP{}, the console on UART{}",
        RUN_FOR.as_secs(),
        wiring.led.0,
        wiring.button.0,
        wiring.console.0
    ));
    let elf = project.join("target/fwc/rpi-pico/hello.elf");
    let live = machine.emulator.start(&wiring.job(&elf)).context("while starting the emulator")?;
    watch(live, &wiring)
}

/// Shows the file without its comments.
fn show_file(path: &Path) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("while reading {}", path.display()))?;
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        eprintln!("    {line}");
    }
    Ok(())
}

/// Where the starter's parts are; the plan says it.
struct Wiring {
    led: Pin,
    button: Pin,
    console: Uart,
}

impl Wiring {
    fn of(fwc: &Path, project: &Path) -> Result<Wiring> {
        let output = Command::new(fwc)
            .args(["plan", "--format", "json", "--quiet"])
            .current_dir(project)
            .stderr(Stdio::inherit())
            .output()
            .context("while running fwc plan")?;
        let plan: serde_json::Value = serde_json::from_slice(&output.stdout)
            .context("while reading what `fwc plan --format json` prints")?;
        Ok(Wiring {
            led: Pin(number_in(&plan, "pins", "pin", "led")?),
            button: Pin(number_in(&plan, "pins", "pin", "button")?),
            console: Uart(number_in(&plan, "blocks", "block", "console")?),
        })
    }

    fn job(&self, elf: &Path) -> Job {
        let run_for = Nanos(RUN_FOR.as_nanos() as u64);
        let mut job = Job::new(elf, run_for).pace(Pace::Real).wall_limit(RUN_FOR * 3);
        for (down, up) in PRESSES {
            // A contact bounces; the firmware must not care.
            for bounce in 0..4 {
                let at = |start: u64| Nanos(start * 1_000_000 + bounce * 700_000);
                job = job.drive(at(*down), self.button, Level::Low).drive(at(*up), self.button, Level::High);
                if bounce < 3 {
                    let between = |start: u64| Nanos(at(start).0 + 350_000);
                    job = job.drive(between(*down), self.button, Level::High);
                    job = job.drive(between(*up), self.button, Level::Low);
                }
            }
        }
        job
    }
}

/// The number at the end of a name in the plan: 25 of `GP25`, for the entry that a peripheral owns.
fn number_in(plan: &serde_json::Value, list: &str, key: &str, peripheral: &str) -> Result<u8> {
    let entries = plan[list].as_array().map(Vec::as_slice).unwrap_or_default();
    let entry = entries.iter().find(|entry| entry["peripheral"] == peripheral);
    let name = entry.and_then(|entry| entry[key].as_str()).unwrap_or_default();
    let digits = name.trim_start_matches(|character: char| !character.is_ascii_digit());
    digits.parse().with_context(|| format!("the plan has no {key} for `{peripheral}`"))
}

/// Shows events as they come: on a terminal the LED lives in one line, elsewhere each change is one.
fn watch(mut live: Live, wiring: &Wiring) -> Result<()> {
    let mut screen = Screen { live_line: std::io::stderr().is_terminal(), lit: false, changes: 0 };
    let mut console = Console::default();
    let mut last_touch = Nanos(0);
    while let Some(event) = live.next_event().context("while the emulator runs")? {
        match event {
            Event::Level { at, pin, level, .. } if pin == wiring.led => screen.led(at, level == Level::High),
            Event::Level { at, pin, level, .. } if pin == wiring.button => {
                // The first edge of each bounce says it all.
                if at.0.saturating_sub(last_touch.0) > 50_000_000 {
                    screen.say(at, if level == Level::Low { "button  pressed" } else { "button  let go" });
                }
                last_touch = at;
            }
            Event::Sent { at, uart, bytes, .. } if uart == wiring.console => {
                for line in console.take(&bytes) {
                    screen.say(at, &format!("console {line}"));
                }
            }
            Event::Fault { reason, .. } => bail!("the firmware failed: {reason}"),
            _ => {}
        }
    }
    screen.end();
    let (changes, lines) = (screen.changes, console.lines);
    // Two changes a second, and one line a press.
    if lines != PRESSES.len() || changes < 15 {
        bail!(
            "the console printed {lines} lines and the LED changed {changes} times: that is not what was built"
        );
    }
    announce(&format!("done: the LED changed {changes} times, the console printed {lines} lines"));
    Ok(())
}

/// Bytes to lines.
#[derive(Default)]
struct Console {
    begun: Vec<u8>,
    lines: usize,
}

impl Console {
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut ended = Vec::new();
        for byte in bytes {
            match byte {
                b'\r' => {}
                b'\n' => ended.push(String::from_utf8_lossy(&std::mem::take(&mut self.begun)).into_owned()),
                byte => self.begun.push(*byte),
            }
        }
        self.lines += ended.len();
        ended
    }
}

/// What is drawn.
struct Screen {
    live_line: bool,
    lit: bool,
    changes: u32,
}

impl Screen {
    fn led(&mut self, at: Nanos, lit: bool) {
        self.lit = lit;
        self.changes += 1;
        if self.live_line {
            self.draw(at);
        } else {
            eprintln!("{:>8.3} s  led     {}", seconds(at), if lit { "on" } else { "off" });
        }
    }

    fn say(&self, at: Nanos, what: &str) {
        let erase = if self.live_line { "\r\x1b[K" } else { "" };
        eprintln!("{erase}{:>8.3} s  {what}", seconds(at));
        if self.live_line {
            self.draw(at);
        }
    }

    fn draw(&self, at: Nanos) {
        let lamp = if self.lit { "\x1b[32m●\x1b[0m on " } else { "○ off" };
        eprint!("\r\x1b[K{:>8.3} s  led     {lamp}", seconds(at));
        // A line that cannot be shown is no reason to stop the chip.
        std::io::stderr().flush().ok();
    }

    fn end(&self) {
        if self.live_line {
            eprintln!();
        }
    }
}

fn seconds(at: Nanos) -> f64 {
    at.0 as f64 / 1e9
}
