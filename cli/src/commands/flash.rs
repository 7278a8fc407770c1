//! `fwc flash`: firmware that is up to date, onto the board.

use std::path::Path;

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_schema::board::FlashWay;
use fwc_target::drive::{self, Drive, DriveError};
use fwc_target::{FlashPlan, FlashReport, Image, Left, Step, Way};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{FlashOptions, GlobalOptions, Via};
use crate::commands::build::{self, Made};
use crate::failure::{Failure, Kind};
use crate::flashing::FlashProgress;
use crate::interrupt;
use crate::project::Project;
use crate::shell::Shell;

pub(crate) fn run(options: &FlashOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    let made = build::make(&project, &options.build, global, shell, &cancel)?;
    let boot_drive = BootDrive::of(&made.board)?;
    let plan = plan(&made, &boot_drive, options)?;
    if options.dry_run {
        return show_plan(&plan, &made.board, &project, shell);
    }
    let report = copy(&plan.file, &boot_drive, options, shell, &cancel)?;
    say(&report, &made, shell)
}

/// What a board's file says of its boot drive.
struct BootDrive {
    volume: String,
    button: Option<String>,
}

impl BootDrive {
    fn of(board: &Board) -> Result<BootDrive, Failure> {
        let drive = board.flash.iter().find_map(|way| match way {
            FlashWay::Uf2 { volume, button } => Some((volume.clone(), button.clone())),
            FlashWay::Probe {} => None,
        });
        let (volume, button) = drive.ok_or_else(|| {
            Failure::usage(format!("{} has no boot drive", board.title))
                .help(format!("`fwc boards {}` shows its ways", board.name))
        })?;
        Ok(BootDrive { volume, button })
    }

    fn find(&self, options: &FlashOptions) -> Result<Drive, DriveError> {
        match &options.drive {
            Some(folder) => Drive::at_for(folder, &self.volume),
            None => Drive::find(&self.volume),
        }
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

fn plan(made: &Made, boot_drive: &BootDrive, options: &FlashOptions) -> Result<FlashPlan, Failure> {
    let image = Image::of_elf(&made.artifacts.elf).map_err(|error| Failure::world(error.to_string()))?;
    let Some(uf2) = &made.artifacts.uf2 else {
        return Err(Failure::usage(format!("{} takes no UF2 file", made.board.chip.title)));
    };
    let Via::Uf2 = options.via.unwrap_or(Via::Uf2);
    let device = boot_drive.find(options).ok().map(|drive| drive.name());
    Ok(FlashPlan::of(&image, Way::Uf2, uf2.clone(), device))
}

fn copy(
    uf2: &Path,
    boot_drive: &BootDrive,
    options: &FlashOptions,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<FlashReport, Failure> {
    let drive = boot_drive.find(options).map_err(|error| boot_drive.failure(&error))?;
    let mut progress = FlashProgress::new(shell);
    let report = drive::flash(uf2, &drive, &mut |event| progress.show(event), &cancel.flag());
    progress.end()?;
    report.map_err(|error| boot_drive.failure(&error))
}

fn show_plan(plan: &FlashPlan, board: &Board, project: &Project, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&json!({ "reason": "flash-plan", "board": board.name, "plan": plan }));
    }
    let mut text = format!("board   {} ({})\n", board.name, board.chip.title);
    text.push_str(&format!("way     {}\n", plan.way.name()));
    text.push_str(&format!("device  {}\n", plan.device.as_deref().unwrap_or("none is there now")));
    text.push_str(&format!("file    {}\n", project.shown_below(&plan.file).display()));
    for part in &plan.parts {
        text.push_str(&format!("        {:#010x}  {} bytes\n", part.address, part.bytes));
    }
    shell.data(&text)
}

fn say(report: &FlashReport, made: &Made, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&json!({
            "reason": "flashed",
            "app": made.name,
            "board": made.board.name,
            "report": report,
        }));
    }
    let what = match report.way {
        Way::Uf2 => format!("{} bytes to {}", report.bytes(Step::Copy), report.device),
        Way::Probe => report.device.clone(),
    };
    shell.status("Flashed", &format!("`{}`: {what} in {:.1} s", made.name, report.seconds()));
    Ok(())
}
