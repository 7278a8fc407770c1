//! The command line: its words to typed arguments, and the text of `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use fwc_core::observe::Watch;
use fwc_schema::units::{Duration, parse};

use crate::examples::EXAMPLES;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the project's files are faulty, what is generated from them is stale, or a scenario failed
  2    the command line is faulty
  3    the machine failed: a tool is missing, a file cannot be read or written, there is no network
  4    a bug of fwc
  130  interrupted";

/// The firmware composer: from one app.toml to typed Embassy firmware.
#[derive(Debug, Parser)]
#[command(name = "fwc", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalOptions {
    /// The board, instead of app.toml's; `build` and `check` take several
    #[arg(long = "board", global = true, value_name = "NAME", help_heading = "Global options")]
    pub(crate) boards: Vec<String>,
    /// The project's folder, instead of the one around the current folder
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(crate) project: Option<PathBuf>,
    /// `human`, or `json` for programs: one object a line on stdout
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "human",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    pub(crate) message_format: MessageFormat,
    /// Say nothing but errors and what was asked for
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Say also what was decided on the way
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// Colours: `auto` (on a terminal, unless NO_COLOR is set), `always` or `never`
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    pub(crate) color: ColorChoice,
}

impl GlobalOptions {
    /// The board of the command line.
    pub(crate) fn board(&self) -> Option<&str> {
        self.boards.first().map(String::as_str)
    }
}

/// For whom output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    Human,
    Json,
}

/// When output has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a project that builds and runs as it is
    New(NewOptions),
    /// Check app.toml and show every fault in it
    Check(AllBoards),
    /// Show what was decided: pins, hardware blocks, DMA channels, channels, tasks
    Plan {
        /// For people or for programs
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: PlanFormat,
    },
    /// Show what maps, moves or cannot be on another board, and the overrides to paste
    Port {
        /// The other board
        #[arg(long, value_name = "BOARD")]
        to: String,
    },
    /// Write the firmware crate to generated/BOARD, and skeletons of missing code
    Generate {
        /// Change nothing; show what is stale as a diff, and fail if anything is
        #[arg(long)]
        check: bool,
    },
    /// Generate and build, and put ELF, UF2, BIN and HEX into target/fwc/BOARD
    Build(BuildEach),
    /// Build what is not up to date, put it onto the board and start it
    Flash(FlashOptions),
    /// Run the firmware live, without hardware or on the board by a debug probe
    Run(RunOptions),
    /// Run the scenarios of tests/, and show what the firmware did otherwise
    Test(TestOptions),
    /// Show what the running firmware logs, and why it has crashed
    Monitor(MonitorOptions),
    /// Show where the board's core is, its registers and its stack; or serve GDB
    Attach(AttachOptions),
    /// List the debug probes that are plugged in
    Probes(ProbesOptions),
    /// Let the board's chip start anew, by a debug probe
    Reset(ProbeOptions),
    /// Erase all of the board's flash, by a debug probe
    Erase(ProbeOptions),
    /// List the boards, or show one board's pins and what can be there
    Boards {
        /// The board to show
        name: Option<String>,
    },
    /// List the devices that can be named, or show one's keys and what it measures
    Devices {
        /// The driver to show
        name: Option<String>,
    },
    /// Show the page of an error's code, or list the codes
    Explain {
        /// The code, as in `error[pin-conflict]`
        code: Option<String>,
    },
    /// Show what this machine has for building firmware, and what is missing
    Doctor,
    /// Write a crate that builds with plain cargo, without fwc
    Eject {
        /// The folder to make; it must be new or empty
        dir: PathBuf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Be the emulator of a chip, for an fwc that runs one
    #[command(hide = true)]
    Emulate {
        /// The chip
        chip: EmulatedChip,
        /// The board's crystal, in hertz
        #[arg(long, value_name = "HZ")]
        crystal_hz: u32,
    },
}

/// A chip that fwc itself emulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmulatedChip {
    /// STM32F405, F407, F415, F417
    Stm32f407,
}

/// What a new project is.
#[derive(Args, Debug)]
pub(crate) struct NewOptions {
    /// The folder to make; its last part is the app's name
    pub(crate) name: PathBuf,
    /// Start from an example instead of the small app that explains itself
    #[arg(long, value_parser = examples())]
    pub(crate) example: Option<String>,
}

/// For which boards something is done.
#[derive(Args, Debug)]
pub(crate) struct AllBoards {
    /// For the board of app.toml and each that it has overrides for, in `[boards.NAME]`
    #[arg(long)]
    pub(crate) all_boards: bool,
}

/// What is built.
#[derive(Args, Debug)]
pub(crate) struct BuildEach {
    #[command(flatten)]
    pub(crate) observe: ObserveOptions,
    #[command(flatten)]
    pub(crate) boards: AllBoards,
    #[command(flatten)]
    pub(crate) build: BuildOptions,
}

/// How firmware is built.
#[derive(Args, Debug)]
pub(crate) struct BuildOptions {
    /// Use only what is already downloaded
    #[arg(long)]
    pub(crate) offline: bool,
    /// Refuse to change Cargo.lock
    #[arg(long)]
    pub(crate) locked: bool,
}

/// How firmware gets onto a board.
#[derive(Args, Debug)]
pub(crate) struct FlashOptions {
    /// The way onto the board, instead of the first of the board's ways whose device is there
    #[arg(long, value_name = "WAY")]
    pub(crate) via: Option<Via>,
    /// The folder where the boot drive is mounted, instead of a search for it
    #[arg(long, value_name = "DIR")]
    pub(crate) drive: Option<PathBuf>,
    /// The serial port of the board's running firmware, which is asked for the boot drive, instead of a search for it
    #[arg(long, value_name = "PORT")]
    pub(crate) touch: Option<String>,
    /// The serial port of an Espressif board, where there are several, such as /dev/ttyUSB0 or COM3
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
    /// Show what would be done, and write nothing to the board
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Erase all of the flash first, by a probe; it also unlocks a locked chip
    #[arg(long)]
    pub(crate) chip_erase: bool,
    /// Do not read back what a probe has written
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Go on with `fwc monitor`
    #[arg(long)]
    pub(crate) monitor: bool,
    #[command(flatten)]
    pub(crate) listen: ListenOptions,
    #[command(flatten)]
    pub(crate) build: BuildOptions,
    #[command(flatten)]
    pub(crate) probe: ProbeOptions,
}

/// What is listened to, and by which probe.
#[derive(Args, Debug)]
pub(crate) struct MonitorOptions {
    #[command(flatten)]
    pub(crate) listen: ListenOptions,
    #[command(flatten)]
    pub(crate) probe: ProbeOptions,
}

/// What is done with the core, and by which probe.
#[derive(Args, Debug)]
pub(crate) struct AttachOptions {
    /// Serve GDB and editors on this port until Ctrl-C; absent after `--gdb`: 127.0.0.1:3333
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:3333")]
    pub(crate) gdb: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) probe: ProbeOptions,
}

/// What is shown of what a board says.
#[derive(Args, Debug)]
pub(crate) struct ListenOptions {
    #[command(flatten)]
    pub(crate) observe: ObserveOptions,
    /// Show messages of this level and graver ones
    #[arg(long, value_name = "LEVEL", hide_possible_values = true, help_heading = "Monitor options")]
    pub(crate) level: Option<LowestLevel>,
    /// Show only what this task, or module, logs
    #[arg(long, value_name = "TASK", help_heading = "Monitor options")]
    pub(crate) task: Option<String>,
    /// Show only messages with this text in them
    #[arg(long, value_name = "TEXT", help_heading = "Monitor options")]
    pub(crate) grep: Option<String>,
    /// Append what is shown to a file, too
    #[arg(long, value_name = "FILE", help_heading = "Monitor options")]
    pub(crate) log_file: Option<PathBuf>,
    /// Listen to a serial port, such as /dev/ttyACM0 or COM3
    #[arg(long, value_name = "PORT", help_heading = "Monitor options")]
    pub(crate) serial: Option<String>,
    /// The serial port's speed in bits a second
    #[arg(long, value_name = "BAUD", default_value_t = 115_200, help_heading = "Monitor options")]
    pub(crate) baud: u32,
}

/// What an image tells beside its log: it is another one than that which does not.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ObserveOptions {
    /// Show what a channel carries, or a field of it: readings, readings.celsius; may be given several times
    #[arg(long, value_name = "CHANNEL", help_heading = "Watch options")]
    pub(crate) watch: Vec<Watch>,
    /// Show once in a while (1s if not said) how busy the tasks are, missed deadlines and dropped messages
    #[arg(
        long,
        value_name = "PERIOD",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1s",
        value_parser = rate,
        help_heading = "Watch options"
    )]
    pub(crate) stats: Option<Duration>,
}

impl ObserveOptions {
    /// Whether an image of its own is to be built.
    pub(crate) fn is_empty(&self) -> bool {
        self.watch.is_empty() && self.stats.is_none()
    }
}

/// How often statistics are told.
fn rate(text: &str) -> Result<Duration, String> {
    match parse::<Duration>(text) {
        Ok(Duration(..10_000_000)) => {
            Err("more often than every 10ms, telling is itself the load".to_owned())
        }
        Ok(time) => Ok(time),
        Err(_) => Err("a period is a number and its unit, such as `1s` or `250ms`".to_owned()),
    }
}

/// How grave a message must be to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LowestLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// The names of debug probes.
#[derive(Args, Debug)]
pub(crate) struct ProbesOptions {
    /// Give a probe a name that `--probe` takes, in every project: bench=VID:PID:SERIAL
    #[arg(long, value_name = "NAME=PROBE", conflicts_with = "forget")]
    pub(crate) name: Option<String>,
    /// Take a name away
    #[arg(long, value_name = "NAME")]
    pub(crate) forget: Option<String>,
}

/// Which debug probe, and how it is used.
#[derive(Args, Clone, Debug)]
pub(crate) struct ProbeOptions {
    /// The debug probe, where there are several: VID:PID, VID:PID:SERIAL, a serial number, or a name of `fwc probes --name`
    #[arg(long, value_name = "PROBE", help_heading = "Probe options")]
    pub(crate) probe: Option<String>,
    /// The clock of the probe's wire in kHz
    #[arg(long, value_name = "KHZ", help_heading = "Probe options")]
    pub(crate) speed: Option<u32>,
    /// What the probe's wires speak
    #[arg(long, value_name = "PROTOCOL", help_heading = "Probe options")]
    pub(crate) protocol: Option<WireProtocol>,
    /// Hold the chip in reset while the probe attaches
    #[arg(long, help_heading = "Probe options")]
    pub(crate) connect_under_reset: bool,
}

/// A protocol of a probe's wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WireProtocol {
    /// Serial wire debug
    Swd,
    /// JTAG
    Jtag,
}

/// A way onto a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Via {
    /// Write what differs by a debug probe
    Probe,
    /// Copy a UF2 file to the board's boot drive
    Uf2,
    /// Send it to the loader in the chip's ROM over a serial port
    Serial,
}

/// How firmware is run while somebody looks.
#[derive(Args, Debug)]
pub(crate) struct RunOptions {
    /// Where it runs
    #[arg(long, value_name = "PLACE", default_value = "sim")]
    pub(crate) on: LivePlace,
    /// End after so much simulated time, such as 5s
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub(crate) run_for: Option<Duration>,
    /// Run as fast as this machine can, instead of at the pace of the wall clock
    #[arg(long)]
    pub(crate) fast: bool,
    /// Let things of one moment come in another order and a little late, drawn from N; only on the simulation
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write what it did: FILE.vcd for GTKWave and PulseView, FILE.json for Perfetto
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Write what was pressed, turned and typed as a scenario for `fwc test`, such as tests/mine.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) observe: ObserveOptions,
    #[command(flatten)]
    pub(crate) build: BuildOptions,
    #[command(flatten)]
    pub(crate) probe: ProbeOptions,
}

/// Where firmware runs while somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LivePlace {
    /// The same tasks and channels on this machine, on virtual time
    Sim,
    /// The very image that would be flashed, on an emulated chip
    Emulator,
    /// On the board: flashed by a debug probe, which brings the log
    Probe,
}

/// A time with its unit that is not nothing.
fn time(text: &str) -> Result<Duration, String> {
    match parse::<Duration>(text) {
        Ok(Duration(0)) => Err("a run of no time shows nothing".to_owned()),
        Ok(time) => Ok(time),
        Err(_) => Err("a time is a number and its unit, such as `5s` or `250ms`".to_owned()),
    }
}

/// Which scenarios are run, and what is made of them.
#[derive(Args, Debug)]
pub(crate) struct TestOptions {
    /// Run the scenarios with this in their name; absent: all
    pub(crate) filter: Option<String>,
    /// Where they run; given twice, both are compared
    #[arg(long, value_name = "PLACE", default_value = "sim")]
    pub(crate) on: Vec<RunPlace>,
    /// Run each scenario N times more on the simulation, with things of one moment in another order and a little late
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) shake: u64,
    /// Run them again whenever app.toml, src, tests or another file of the project's own has changed, until Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
    /// How much earlier or later something may happen in one of two places, such as `5ms`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) tolerance: Option<Duration>,
    /// Write the results for a CI, as JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write what one scenario did: FILE.vcd for GTKWave and PulseView, FILE.json for Perfetto
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) build: BuildOptions,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse(text).map_err(|_| "a time is a number with its unit: `2ms`, `500us`".to_owned())
}

/// Where firmware runs without hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunPlace {
    /// The same tasks and channels on this machine, on virtual time
    Sim,
    /// The very image that would be flashed, on an emulated chip
    Emulator,
}

impl RunPlace {
    /// As messages call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            RunPlace::Sim => "simulation",
            RunPlace::Emulator => "emulator",
        }
    }
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    Text,
    Json,
}

/// The names of the examples, with what each is about.
fn examples() -> PossibleValuesParser {
    PossibleValuesParser::new(EXAMPLES.iter().map(|one| PossibleValue::new(one.name).help(one.about())))
}
