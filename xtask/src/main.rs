//! The project's own commands: `cargo xtask COMMAND`.

mod chips;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  chips [--check]   write the generated tables in boards/chips/; with --check fail where one is stale";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["chips"] => chips::run(chips::Mode::Write),
        ["chips", "--check"] => chips::run(chips::Mode::Check),
        _ => bail!("{USAGE}"),
    }
}
