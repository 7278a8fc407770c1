//! The `fwc` binary as its users meet it: what they type, what they see, what is on disk afterwards.
//!
//! `SNAPSHOTS=overwrite cargo test -p fwc-tests --test cli` writes the expected outputs anew: read them as a newcomer
//! would before they are committed.

mod boards;
#[cfg(unix)]
mod build;
mod check;
mod docs;
mod eject;
mod explain;
#[cfg(unix)]
mod flash;
mod generate;
mod help;
#[cfg(unix)]
mod interrupted;
mod json;
mod machine;
mod new;
mod output;
mod plan;
mod port;
mod probes;
mod project;
mod run;
mod sandbox;
mod several;
