//! A resolved application to the same one on the host: every decision stays, the HAL is the simulated one.

use std::sync::Arc;

use fwc_schema::chip::Hal;

use crate::app::{LogOver, PeripheralKind};
use crate::resolved::Resolved;

/// What the folder of a crate that runs on the host is called, behind its board's name.
const SUFFIX: &str = "sim";

/// Something that an application has and the simulation has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSimulated {
    /// What: the name of a peripheral in backticks, or words.
    pub what: String,
}

/// The application as it runs on a host, whose triple is given.
///
/// # Errors
/// It has what is not simulated.
pub fn simulate(mut resolved: Resolved, host: &str) -> Result<Resolved, Vec<NotSimulated>> {
    let missing = missing(&resolved);
    if !missing.is_empty() {
        return Err(missing);
    }
    let board = Arc::make_mut(&mut resolved.app.board);
    board.name = format!("{}-{SUFFIX}", board.name);
    let chip = Arc::make_mut(&mut board.chip);
    chip.hal = Hal::Sim;
    chip.target = host.to_string();
    Ok(resolved)
}

fn missing(resolved: &Resolved) -> Vec<NotSimulated> {
    let app = &resolved.app;
    let peripherals = app.peripherals.iter().filter_map(|peripheral| {
        let name = &peripheral.name.value;
        match &peripheral.kind {
            PeripheralKind::Output(_)
            | PeripheralKind::Input(_)
            | PeripheralKind::Uart(_)
            | PeripheralKind::Pwm(_)
            | PeripheralKind::Adc(_) => None,
            _ => Some(format!("`{name}`")),
        }
    });
    let executors = resolved.executors.iter().zip(&app.tasks).filter_map(|(executor, task)| match executor {
        executor if executor.core() == 0 => None,
        _ => Some(format!("core 1, on which the task `{}` runs,", task.name.value)),
    });
    let log = matches!(app.log_over, LogOver::Usb).then(|| "the log over usb".to_string());
    peripherals.chain(executors).chain(log).map(|what| NotSimulated { what }).collect()
}
