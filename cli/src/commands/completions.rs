//! `fwc completions SHELL`: the script that teaches a shell fwc's words.

use clap::CommandFactory;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::shell::Shell;

pub(crate) fn run(kind: clap_complete::Shell, shell: &Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(kind, &mut Arguments::command(), "fwc", &mut script);
    shell.data(&String::from_utf8_lossy(&script))
}
