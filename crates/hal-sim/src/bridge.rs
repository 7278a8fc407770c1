//! Questions to whoever holds the parts: a line out, the run stands still, a line in. The words are those that the emulator
//! uses (crates/sim/README.md), so both have the same parts.

use std::fmt::Arguments;
use std::io::BufRead;

use crate::report;

/// Asks, and waits for the answer. Time stands still meanwhile.
pub(crate) fn ask(question: Arguments<'_>) -> String {
    report::question(question);
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(1..) => answer.trim_end().to_string(),
        // Nobody is there any more: fwc was interrupted.
        _ => std::process::exit(0),
    }
}

/// Tells what nobody answers.
pub(crate) fn tell(news: Arguments<'_>) {
    report::news(news);
}
