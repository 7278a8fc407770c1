//! The way over the loader in an Espressif chip's ROM.

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_schema::board::FlashWay;
use fwc_target::loader::{self, LoaderError, LoaderFault, LoaderImage};
use fwc_target::{FlashPlan, FlashReport, Left, Way};

use crate::arguments::FlashOptions;
use crate::commands::build::Made;
use crate::failure::{Failure, Kind};
use crate::flashing::FlashProgress;
use crate::shell::Shell;

/// What a board's file says of its chip's loader.
struct Loader {
    chip: String,
    button: Option<String>,
}

impl Loader {
    fn of(board: &Board) -> Result<Loader, Failure> {
        let loader = board.flash.iter().find_map(|way| match way {
            FlashWay::Serial { chip, button } => Some(Loader { chip: chip.clone(), button: button.clone() }),
            FlashWay::Probe {} | FlashWay::Uf2 { .. } => None,
        });
        loader.ok_or_else(|| Failure::usage(format!("{} has no loader on a serial port", board.title)))
    }

    fn failure(&self, error: &LoaderError) -> Failure {
        let kind = match error.fault {
            LoaderFault::Cancelled => Kind::Interrupted,
            LoaderFault::SeveralPorts { .. } | LoaderFault::UnknownChip { .. } => Kind::Usage,
            _ => Kind::World,
        };
        let left = error.left().map(Left::sentence).map(str::to_owned);
        Failure::new(kind, error.to_string()).notes(left).helps(error.remedies(self.button.as_deref()))
    }

    fn image(&self, made: &Made) -> Result<LoaderImage, Failure> {
        LoaderImage::of_elf(&made.artifacts.elf, &self.chip).map_err(|error| self.failure(&error))
    }
}

/// Whether a port is there behind which the board can be.
pub(super) fn is_there() -> bool {
    !loader::likely_ports().is_empty()
}

/// What would be sent.
pub(super) fn plan(options: &FlashOptions, made: &Made) -> Result<FlashPlan, Failure> {
    let image = Loader::of(&made.board)?.image(made)?;
    let device = options.port.clone().or_else(|| match loader::likely_ports().as_slice() {
        [port] => Some(port.path.clone()),
        _ => None,
    });
    Ok(FlashPlan::of(&image.parts, Way::Serial, made.artifacts.elf.clone(), device))
}

pub(super) fn flash(
    options: &FlashOptions,
    made: &Made,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<FlashReport, Failure> {
    let loader = Loader::of(&made.board)?;
    let image = loader.image(made)?;
    let mut progress = FlashProgress::new(shell);
    let report =
        loader::flash(&image, options.port.as_deref(), &mut |event| progress.show(event), &cancel.flag());
    progress.end()?;
    report.map_err(|error| loader.failure(&error))
}
