//! Options about probes to an attached chip, and failures of probes to ours.

use std::sync::Arc;

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_target::Left;
use fwc_target::probe::{self, Fault, ProbeChoice, ProbeError, Protocol, Target};

use crate::arguments::{GlobalOptions, ProbeOptions, WireProtocol};
use crate::chain::Inputs;
use crate::commands::boards::Boards;
use crate::failure::{Failure, Kind};
use crate::project::Project;
use crate::shell::Shell;

/// The board that `--board` names, else the project's.
pub(crate) fn board(global: &GlobalOptions, shell: &Shell) -> Result<Arc<Board>, Failure> {
    match &global.board {
        Some(name) => Boards::of(global)?.find(name),
        None => Ok(Inputs::read(&Project::find(global)?)?.check(global, shell)?.app.board),
    }
}

/// Attaches to the board's chip.
pub(crate) fn attach(
    options: &ProbeOptions,
    board: &Board,
    unlocks: bool,
    cancel: &Cancel,
) -> Result<Target, Failure> {
    probe::attach(&choice(options), &board.chip.probe_rs, unlocks, &cancel.flag())
        .map_err(|error| failure(&error))
}

/// Which probe was meant, and how it is used.
fn choice(options: &ProbeOptions) -> ProbeChoice {
    ProbeChoice {
        selector: options.probe.clone(),
        speed: options.speed,
        protocol: options.protocol.map(|protocol| match protocol {
            WireProtocol::Swd => Protocol::Swd,
            WireProtocol::Jtag => Protocol::Jtag,
        }),
        under_reset: options.connect_under_reset,
    }
}

/// What went wrong, in what state the board is, and what to do.
pub(crate) fn failure(error: &ProbeError) -> Failure {
    let kind = match error.fault {
        Fault::Cancelled => Kind::Interrupted,
        Fault::SeveralProbes { .. } | Fault::NoSuchProbe { .. } => Kind::Usage,
        _ => Kind::World,
    };
    let left = error.left().map(Left::sentence).map(str::to_owned);
    Failure::new(kind, error.to_string()).notes(left).helps(error.remedies())
}
