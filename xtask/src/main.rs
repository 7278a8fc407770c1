//! The project's own commands: `cargo xtask COMMAND`.

mod bench;
mod chips;
mod demo;
mod lock;
mod matrix;
mod qemu;
mod setup;
mod test;
mod twins;
mod wirings;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo              make a project, build it and run it on the emulated chip
  test              every check and test, after setting up what is missing
  bench [PART]      print the promised figures: size, size-elsewhere, latency, check, rebuild, flash, simulation
  lock [--check]    write the lock files of generated crates, templates/*/locks/; with --check fail where one is stale
  twins [--check]   write the tables of docs/twins.md: apps beside programs by hand; with --check fail where one is stale
  matrix [BOARD]... port, build and run a project of each kind of peripheral and each example on each board, and write
                    docs/matrix.md; with --page write that alone, with --check fail where it is stale
  wirings [--count N] [BOARD]...
                    build random wirings that `fwc check` accepts, for the boards or for one of each family of chips
  qemu              run the runtime on a Cortex-M3 and on a RISC-V, in QEMU
  chips [--check]   write the generated tables in boards/chips/; with --check fail where one is stale";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["demo"] => demo::demo(),
        ["test"] => test::test(),
        ["bench"] => bench::bench(None),
        ["bench", part] => bench::bench(Some(part)),
        ["lock"] => lock::run_all(lock::Mode::Write),
        ["lock", "--check"] => lock::run_all(lock::Mode::Check),
        ["twins"] => twins::run(twins::Mode::Write),
        ["twins", "--check"] => twins::run(twins::Mode::Check),
        ["matrix", boards @ ..] => matrix::matrix(boards),
        ["wirings", rest @ ..] => wirings::wirings(rest),
        ["qemu"] => qemu::run_all(),
        ["chips"] => chips::run(chips::Mode::Write),
        ["chips", "--check"] => chips::run(chips::Mode::Check),
        _ => bail!("{USAGE}"),
    }
}
