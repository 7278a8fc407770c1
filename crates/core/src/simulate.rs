//! A resolved application to the same one on the host: every decision stays, the HAL is the simulated one.

use std::sync::Arc;

use fwc_schema::chip::Hal;

use crate::resolved::Resolved;

/// What the folder of a crate that runs on the host is called, behind its board's name.
const SUFFIX: &str = "sim";

/// The application as it runs on a host, whose triple is given.
pub fn simulate(mut resolved: Resolved, host: &str) -> Resolved {
    let board = Arc::make_mut(&mut resolved.app.board);
    board.name = format!("{}-{SUFFIX}", board.name);
    let chip = Arc::make_mut(&mut board.chip);
    chip.hal = Hal::Sim;
    chip.target = host.to_string();
    resolved
}
