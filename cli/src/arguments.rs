//! The command line: its words to typed arguments, and the text of `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the project's files are faulty, or what is generated from them is stale
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
#[derive(Args, Debug)]
pub(crate) struct GlobalOptions {
    /// The board, instead of the one that app.toml names
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub(crate) board: Option<String>,
    /// The project's folder, instead of the one around the current folder
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(crate) project: Option<PathBuf>,
    /// For people, or one JSON object a line on stdout for programs
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "human",
        hide_default_value = true,
        help_heading = "Global options"
    )]
    pub(crate) message_format: MessageFormat,
    /// Say nothing but errors and what was asked for
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Say also what was decided on the way
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// Colours; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        help_heading = "Global options"
    )]
    pub(crate) color: ColorChoice,
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
    /// Check app.toml and show every fault in it
    Check,
    /// List the boards, or show one board's pins and what can be there
    Boards {
        /// The board to show
        name: Option<String>,
    },
    /// Show the page of an error's code, or list the codes
    Explain {
        /// The code, as in `error[pin-conflict]`
        code: Option<String>,
    },
    /// Show what this machine has for building firmware, and what is missing
    Doctor,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}
