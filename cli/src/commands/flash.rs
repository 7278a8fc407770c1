//! `fwc flash`: firmware that is up to date, onto the board by one of its ways.

mod drive;
mod probe;
mod serial;

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_schema::board::FlashWay;
use fwc_target::probe::Target;
use fwc_target::{FlashPlan, FlashReport, Image, Step, Way};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{FlashOptions, GlobalOptions, Via};
use crate::commands::build::{self, Made, Order};
use crate::commands::monitor::Firmware;
use crate::failure::Failure;
use crate::interrupt;
use crate::project::Project;
use crate::shell::Shell;
use drive::BootDrive;

pub(crate) fn run(options: &FlashOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    let order = Order { options: &options.build, observe: Some(&options.listen.observe) };
    let made = build::make(&project, order, global, shell, &cancel)?;
    let image = Image::of_elf(&made.artifacts.elf).map_err(|error| Failure::world(error.to_string()))?;
    let way = way(options, &made)?;
    if options.dry_run {
        return show_plan(&plan(way, &image, options, &made)?, &made.board, &project, shell);
    }
    let firmware = Firmware::of_made(&made, &project);
    if options.monitor && way == Way::Probe && firmware.logs_by_probe() {
        firmware.listener()?;
    }
    let (report, target) = flash(way, &image, options, &made, shell, &cancel)?;
    say(&report, &made, shell)?;
    firmware.keep_flashed()?;
    if !options.monitor {
        return Ok(());
    }
    firmware.follow(target, &options.probe, &options.listen, shell, &cancel)
}

/// The way that was asked for, else the first of the board's whose device is there.
fn way(options: &FlashOptions, made: &Made) -> Result<Way, Failure> {
    let board = &*made.board;
    let by_drive = options.drive.is_some() || options.touch.is_some();
    let asked = match (options.via, &options.probe.probe, by_drive) {
        (Some(Via::Probe), _, _) | (None, Some(_), _) => Some(Way::Probe),
        (Some(Via::Uf2), _, _) | (None, None, true) => Some(Way::Uf2),
        (Some(Via::Serial), _, _) => Some(Way::Serial),
        (None, None, false) => options.port.as_ref().map(|_| Way::Serial),
    };
    if let Some(way) = asked {
        return if ways(board).any(|one| one == way) { Ok(way) } else { Err(no_such_way(way, board)) };
    }
    for way in ways(board) {
        let is_there = match way {
            Way::Probe => probe::is_there()?,
            Way::Uf2 => BootDrive::of(board)?.is_there() || !drive::running(made).is_empty(),
            Way::Serial => serial::is_there(),
        };
        if is_there {
            return Ok(way);
        }
    }
    let missing = ways(board).map(|way| match way {
        Way::Probe => Ok("plug in a debug probe; `fwc probes` lists what is seen".to_owned()),
        Way::Uf2 => BootDrive::of(board).map(|drive| drive.how_to_plug()),
        Way::Serial => {
            Ok("plug the board in with a cable that has data wires; `--port` names its serial port"
                .to_owned())
        }
    });
    let helps = missing.collect::<Result<Vec<_>, _>>()?;
    Err(Failure::world(format!("nothing is plugged in by which {} can be flashed", board.name)).helps(helps))
}

fn ways(board: &Board) -> impl Iterator<Item = Way> {
    board.flash.iter().map(|way| match way {
        FlashWay::Probe {} => Way::Probe,
        FlashWay::Uf2 { .. } => Way::Uf2,
        FlashWay::Serial { .. } => Way::Serial,
    })
}

fn no_such_way(way: Way, board: &Board) -> Failure {
    let ways: Vec<String> = ways(board).map(|way| format!("`{}`", way.name())).collect();
    Failure::usage(format!("{} cannot be flashed by `{}`", board.name, way.name()))
        .help(format!("its ways are {}", ways.join(", ")))
}

fn plan(way: Way, image: &Image, options: &FlashOptions, made: &Made) -> Result<FlashPlan, Failure> {
    let (file, device) = match way {
        Way::Probe => (made.artifacts.elf.clone(), options.probe.probe.clone()),
        Way::Uf2 => {
            let drive = BootDrive::of(&made.board)?;
            (drive::file(made)?, drive.find(options).ok().map(|drive| drive.name()))
        }
        Way::Serial => return serial::plan(options, made),
    };
    Ok(FlashPlan::of(&image.parts, way, file, device))
}

fn flash(
    way: Way,
    image: &Image,
    options: &FlashOptions,
    made: &Made,
    shell: &Shell,
    cancel: &Cancel,
) -> Result<(FlashReport, Option<Target>), Failure> {
    match way {
        Way::Probe => {
            let (report, target) = probe::flash(image, options, &made.board, shell, cancel)?;
            Ok((report, Some(target)))
        }
        Way::Uf2 => Ok((drive::flash(options, made, shell, cancel)?, None)),
        Way::Serial => Ok((serial::flash(options, made, shell, cancel)?, None)),
    }
}

fn show_plan(plan: &FlashPlan, board: &Board, project: &Project, shell: &Shell) -> Outcome {
    if shell.is_json() {
        return shell.record(&json!({ "reason": "flash-plan", "board": board.name, "plan": plan }));
    }
    let device = plan.device.as_deref().unwrap_or(match plan.way {
        Way::Probe => "the probe that is plugged in",
        Way::Uf2 | Way::Serial => "none is there now",
    });
    let mut text = format!("board   {} ({})\n", board.name, board.chip.title);
    text.push_str(&format!("way     {}\n", plan.way.name()));
    text.push_str(&format!("device  {device}\n"));
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
    let device = &report.device;
    let what = match (report.way, report.bytes(Step::Program)) {
        (Way::Uf2, _) => format!("{} bytes to {device}", report.bytes(Step::Copy)),
        (_, 0) => format!("was there already, by {device}"),
        (_, bytes) => format!("{bytes} bytes by {device}"),
    };
    for step in &report.steps {
        let (name, bytes, time) = (step.step.noun(), step.bytes, step.milliseconds);
        shell.detail("Took", &format!("{time:.1} ms: {name}, {bytes} bytes"));
    }
    shell.status("Flashed", &format!("`{}`: {what} in {:.1} s", made.name, report.seconds()));
    Ok(())
}
