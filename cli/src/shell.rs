//! All output. stdout holds data: what was asked for, or JSON. stderr holds talk: progress, diagnostics, errors.
//!
//! With `--message-format json` diagnostics and errors are data too, one object a line.

use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Style};
use fwc_diag::{Diagnostic, RenderOptions, Sources};
use serde::Serialize;
use serde_json::json;

use crate::Outcome;
use crate::arguments::{ColorChoice, GlobalOptions, MessageFormat};
use crate::failure::{Failure, Kind};

/// More diagnostics than these do not help in one run; JSON has them all.
const DIAGNOSTICS_SHOWN: usize = 50;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();
const STATUS: Style = AnsiColor::Green.on_default().bold();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors and data.
    Quiet,
    /// What changes, and progress.
    Normal,
    /// What was decided on the way, too.
    Verbose,
}

/// Where all output goes.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    verbosity: Verbosity,
    format: MessageFormat,
    data_color: bool,
    talk_color: bool,
}

impl Shell {
    pub(crate) fn new(options: &GlobalOptions) -> Shell {
        let verbosity = match (options.quiet, options.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        Shell {
            verbosity,
            format: options.message_format,
            data_color: wants_color(options.color, io::stdout().is_terminal()),
            talk_color: wants_color(options.color, io::stderr().is_terminal()),
        }
    }

    /// Whether output is for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.format == MessageFormat::Json
    }

    /// Whether nothing is said but errors.
    pub(crate) fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Whether a bar that moves is of use to anybody.
    pub(crate) fn draws_progress(&self) -> bool {
        !self.is_quiet() && !self.is_json() && io::stderr().is_terminal()
    }

    /// Whether rows that change can stand below what is shown.
    pub(crate) fn draws_panel(&self) -> bool {
        self.draws_progress() && io::stdout().is_terminal()
    }

    /// A verb as [`Shell::status`] writes it.
    pub(crate) fn status_word(&self, verb: &str) -> String {
        self.painted(STATUS, &format!("{verb:>12}"))
    }

    /// Whether what was decided on the way is told.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// How many columns there are now: a window may be made narrower at any time. Enough for our own tables where there is no
    /// terminal.
    pub(crate) fn width(&self) -> usize {
        terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
    }

    /// What was asked for, as text for people; it ends its own lines.
    pub(crate) fn data(&self, text: &str) -> Outcome {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::of_output)
    }

    /// An object for programs: a line of JSON.
    pub(crate) fn record(&self, object: &impl Serialize) -> Outcome {
        let text = serde_json::to_string(object).expect("what is recorded has names for keys");
        self.data(&format!("{text}\n"))
    }

    /// What has been done: `Generated generated/rpi-pico`.
    pub(crate) fn status(&self, verb: &str, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.talk(&format!("{} {text}", self.status_word(verb)));
        }
    }

    /// What has been done, for those who want to know everything.
    pub(crate) fn detail(&self, verb: &str, text: &str) {
        if self.is_verbose() {
            self.status(verb, text);
        }
    }

    /// Something that works and is most likely not what was meant.
    pub(crate) fn warning(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.talk(&format!("{} {text}", self.painted(WARNING, "warning:")));
        }
    }

    /// A next step.
    pub(crate) fn hint(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.talk(&format!("{} {text}", self.painted(HELP, "hint:")));
        }
    }

    /// What is wrong with the user's files; for programs that is data.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) -> Outcome {
        if self.is_json() {
            let lines = diagnostics.iter().map(|one| fwc_diag::to_json(one, sources) + "\n");
            return self.data(&lines.collect::<String>());
        }
        let options = RenderOptions { color: self.talk_color, width: self.width() };
        let said = diagnostics
            .iter()
            .filter(|one| self.verbosity > Verbosity::Quiet || one.severity == fwc_diag::Severity::Error);
        let said: Vec<Diagnostic> = said.cloned().collect();
        let text = fwc_diag::render_all(&said, sources, &options, DIAGNOSTICS_SHOWN);
        self.raw_talk(&text);
        Ok(())
    }

    /// Text for people that is complete as it is, such as a compiler's report.
    pub(crate) fn raw_talk(&self, text: &str) {
        // Nobody is left to hear that stderr is closed.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// The last words of a command that failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.kind == Kind::OutputClosed {
            return;
        }
        if self.is_json() {
            let object = json!({
                "reason": "error",
                "exit_code": failure.kind.exit_code(),
                "message": failure.message,
                "notes": failure.notes,
                "helps": failure.helps,
            });
            // It failed already; that its report is not read changes nothing.
            let _ = self.record(&object);
        }
        let mut text = format!("{} {}", self.painted(ERROR, "error:"), failure.message);
        let notes = failure.notes.iter().map(|note| ("note:", STRONG, note));
        let helps = failure.helps.iter().map(|help| ("help:", HELP, help));
        for (word, style, more) in notes.chain(helps) {
            let mut lines = more.lines();
            text.push_str(&format!("\n  {} {}", self.painted(style, word), lines.next().unwrap_or_default()));
            lines.for_each(|line| text.push_str(&format!("\n        {line}")));
        }
        self.talk(&text);
    }

    /// Words that stand out in data, where there are colours.
    pub(crate) fn strong(&self, text: &str) -> String {
        if self.data_color { styled(STRONG, text) } else { text.to_owned() }
    }

    /// Words that stand back in data, where there are colours.
    pub(crate) fn faint(&self, text: &str) -> String {
        if self.data_color { styled(FAINT, text) } else { text.to_owned() }
    }

    /// A line of a diff that comes.
    pub(crate) fn added(&self, text: &str) -> String {
        if self.data_color { styled(ADDED, text) } else { text.to_owned() }
    }

    /// A line of a diff that goes.
    pub(crate) fn removed(&self, text: &str) -> String {
        if self.data_color { styled(REMOVED, text) } else { text.to_owned() }
    }

    /// Whether stdout has colours.
    pub(crate) fn shows_color(&self) -> bool {
        self.data_color
    }

    /// Whether stderr has colours.
    pub(crate) fn talks_in_color(&self) -> bool {
        self.talk_color
    }

    fn talk(&self, line: &str) {
        self.raw_talk(&format!("{line}\n"));
    }

    fn painted(&self, style: Style, text: &str) -> String {
        if self.talk_color { styled(style, text) } else { text.to_owned() }
    }
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// <https://no-color.org>: any value but the empty one. A terminal that calls itself dumb shows no colours.
fn wants_color(choice: ColorChoice, is_terminal: bool) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            is_terminal && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}
