//! The way over a boot drive, which a running firmware with a port over USB is asked for.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_schema::board::FlashWay;
use fwc_target::drive::{self, Drive, DriveError};
use fwc_target::touch::{self, UsbDevice};
use fwc_target::{FlashReport, Left};

use crate::arguments::FlashOptions;
use crate::commands::build::Made;
use crate::failure::{Failure, Kind};
use crate::flashing::FlashProgress;
use crate::interrupt;
use crate::shell::Shell;

/// A board is back as a drive within a second or two, and a desktop takes its time to mount it.
const APPEAR: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(100);

/// What a board's file says of its boot drive.
pub(super) struct BootDrive {
    volume: String,
    button: Option<String>,
}

impl BootDrive {
    pub(super) fn of(board: &Board) -> Result<BootDrive, Failure> {
        let drive = board.flash.iter().find_map(|way| match way {
            FlashWay::Uf2 { volume, button } => Some((volume.clone(), button.clone())),
            FlashWay::Probe {} | FlashWay::Serial { .. } => None,
        });
        let (volume, button) =
            drive.ok_or_else(|| Failure::usage(format!("{} has no boot drive", board.title)))?;
        Ok(BootDrive { volume, button })
    }

    pub(super) fn find(&self, options: &FlashOptions) -> Result<Drive, DriveError> {
        match &options.drive {
            Some(folder) => Drive::at_for(folder, &self.volume),
            None => Drive::find(&self.volume),
        }
    }

    /// Whether there is one; several are a matter for the error that tells of them.
    pub(super) fn is_there(&self) -> bool {
        matches!(Drive::find(&self.volume), Ok(_) | Err(DriveError::Several { .. }))
    }

    pub(super) fn how_to_plug(&self) -> String {
        drive::how_to_plug(self.button.as_deref())
    }

    /// The drive that is there, or that a running firmware brings up when it is asked.
    fn bring_up(
        &self,
        options: &FlashOptions,
        made: &Made,
        shell: &Shell,
        cancel: &Cancel,
    ) -> Result<Drive, Failure> {
        let missing = match self.find(options) {
            Err(missing @ (DriveError::NoDrive { .. } | DriveError::NotADrive { .. })) => missing,
            found => return found.map_err(|error| self.failure(&error)),
        };
        let ports = options.touch.clone().map_or_else(|| running(made), |port| vec![port]);
        let port = match ports.as_slice() {
            [] => return Err(self.failure(&missing)),
            [port] => port,
            several => {
                let helps = several.iter().map(|port| format!("`--touch {port}` takes this one"));
                return Err(
                    Failure::usage(format!("{} boards run `{}`", several.len(), made.name)).helps(helps)
                );
            }
        };
        shell.status("Asking", &format!("the firmware at {port} for the boot drive"));
        touch::touch(port).map_err(|error| Failure::world(error.to_string()).help(self.how_to_plug()))?;
        let asked = Instant::now();
        while asked.elapsed() < APPEAR {
            interrupt::check(cancel)?;
            match self.find(options) {
                Err(DriveError::NoDrive { unmounted: None, .. } | DriveError::NotADrive { .. }) => {}
                found => return found.map_err(|error| self.failure(&error)),
            }
            thread::sleep(LOOK);
        }
        let message =
            format!("no boot drive came up within {} s after {port} was asked for it", APPEAR.as_secs());
        Err(Failure::world(message).notes([Left::Untouched.sentence().to_owned()]).help(format!(
            "does the firmware that runs there have a port over USB? Else {}",
            self.how_to_plug()
        )))
    }

    fn failure(&self, error: &DriveError) -> Failure {
        let kind = match error {
            DriveError::Cancelled { .. } => Kind::Interrupted,
            DriveError::NotADrive { .. } | DriveError::OtherBoard { .. } => Kind::Usage,
            _ => Kind::World,
        };
        let left = error.left().map(Left::sentence).map(str::to_owned);
        Failure::new(kind, error.to_string()).notes(left).helps(error.remedies(self.button.as_deref()))
    }
}

/// The ports of boards that run this firmware now and can be asked for their boot drive.
pub(super) fn running(made: &Made) -> Vec<String> {
    let device = made.usb.as_ref().map(|usb| UsbDevice {
        vendor_id: usb.ids.vendor_id,
        product_id: usb.ids.product_id,
        product: usb.product.clone(),
    });
    device.map(|device| touch::ports(&device)).unwrap_or_default()
}

/// The file that a boot drive takes.
pub(super) fn file(made: &Made) -> Result<PathBuf, Failure> {
    let file = made.artifacts.uf2.clone();
    file.ok_or_else(|| Failure::usage(format!("{} takes no UF2 file", made.board.chip.title)))
}

pub(super) fn flash(
    options: &FlashOptions,
    made: &Made,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<FlashReport, Failure> {
    let boot_drive = BootDrive::of(&made.board)?;
    let file = file(made)?;
    let drive = boot_drive.bring_up(options, made, shell, cancel)?;
    let mut progress = FlashProgress::new(shell);
    let report = drive::flash(&file, &drive, &mut |event| progress.show(event), &cancel.flag());
    progress.end()?;
    report.map_err(|error| boot_drive.failure(&error))
}
