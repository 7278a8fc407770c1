//! Options about probes to an attached chip, and failures of probes to ours.

use std::sync::Arc;

use fwc_build::Cancel;
use fwc_core::catalog::{self, Board, Catalog};
use fwc_schema::chip::{IdentityFile, LockFile};
use fwc_target::Left;
use fwc_target::probe::{self, Expected, Fault, Lock, Mark, ProbeChoice, ProbeError, Protocol, Target};

use crate::aliases::Aliases;
use crate::arguments::{GlobalOptions, ProbeOptions, WireProtocol};
use crate::chain::Inputs;
use crate::commands::boards::Boards;
use crate::failure::{Failure, Kind};
use crate::project::Project;
use crate::shell::Shell;

/// The board that `--board` names, else the project's.
pub(crate) fn board(global: &GlobalOptions, shell: &Shell) -> Result<Arc<Board>, Failure> {
    match global.board() {
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
    try_attach(options, board, unlocks, cancel)?.map_err(|error| failure(&error))
}

/// The bundled boards that have one of the chips, as `--board` takes them.
fn boards_with(chips: &str) -> Vec<String> {
    let catalog = Catalog::default();
    let starts: Vec<String> = chips.split('/').map(str::to_lowercase).collect();
    let fits = |chip: &str| starts.iter().any(|start| chip.starts_with(start.as_str()));
    let boards = catalog.boards().into_iter().filter(|head| fits(&head.chip));
    boards.map(|head| format!("`--board {}`", head.name)).collect()
}

/// The same with the library's kind of error, which tells a locked chip from others.
pub(crate) fn try_attach(
    options: &ProbeOptions,
    board: &Board,
    unlocks: bool,
    cancel: &Cancel,
) -> Result<Result<Target, ProbeError>, Failure> {
    let (choice, expected) = (choice(options, &Aliases::load()?), expected(board));
    let attached = probe::attach(&choice, &expected, unlocks, &cancel.flag());
    Ok(attached.map_err(|error| {
        let known: Vec<Mark> =
            catalog::identities().iter().map(|(chips, identity)| mark(chips, identity)).collect();
        probe::explain(error, &choice, &expected, &known, &cancel.flag())
    }))
}

/// What tells the board's chip from others.
fn expected(board: &Board) -> Expected {
    let chip = &board.chip;
    let identity = chip.identity.as_ref();
    let lock = identity.and_then(|identity| identity.lock.as_ref()).map(|lock| match lock {
        LockFile::ControlPort { port, idr } => Lock::ControlPort { port: *port, idr: *idr },
        LockFile::OptionBits { address, mask, open, unlock } => Lock::OptionBits {
            address: u64::from(*address),
            mask: *mask,
            open: *open,
            unlock: unlock.clone(),
        },
    });
    Expected {
        board: board.name.clone(),
        chip: chip.title.clone(),
        probe_rs: chip.probe_rs.clone(),
        mark: identity.map(|identity| mark(&chip.title, identity)),
        lock,
    }
}

fn mark(chips: &str, identity: &IdentityFile) -> Mark {
    Mark {
        chips: chips.to_owned(),
        address: u64::from(identity.address),
        mask: identity.mask,
        values: identity.values.clone(),
        core_part: identity.core_part,
        target_select: identity.target_select,
    }
}

/// Which probe was meant, and how it is used.
fn choice(options: &ProbeOptions, aliases: &Aliases) -> ProbeChoice {
    ProbeChoice {
        selector: options.probe.as_deref().map(|probe| aliases.selector(probe)),
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
    let boards = match &error.fault {
        Fault::OtherChip { found_chips: Some(chips), .. } => boards_with(chips),
        _ => Vec::new(),
    };
    let boards = (!boards.is_empty()).then(|| format!("with that chip: {}", boards.join(", ")));
    Failure::new(kind, error.to_string()).notes(left).helps(boards).helps(error.remedies())
}
