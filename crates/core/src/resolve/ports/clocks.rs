//! Wanted clocks of buses to those that the dividers give.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::units::Frequency;

use crate::app::{I2c, Spi};
use crate::resolve::context::Context;

/// The clock of an I2C bus; nothing when it cannot be had.
pub(super) fn i2c(
    context: &Context<'_>,
    core_hz: u32,
    i2c: &I2c,
    faults: &mut Vec<Diagnostic>,
) -> Option<Frequency> {
    let rate = context.chip.i2c_rate(core_hz, i2c.frequency.value);
    if rate.is_none() {
        let limits = context.chip.i2c_limits(core_hz);
        faults.push(out_of_reach(context, core_hz, "an i2c", &i2c.frequency, limits));
    }
    rate
}

/// The clock of an SPI bus; nothing when it cannot be had.
pub(super) fn spi(
    context: &Context<'_>,
    core_hz: u32,
    spi: &Spi,
    faults: &mut Vec<Diagnostic>,
) -> Option<Frequency> {
    let rate = context.chip.spi_rate(core_hz, spi.frequency.value);
    if rate.is_none() {
        let limits = Some(context.chip.spi_limits(core_hz));
        faults.push(out_of_reach(context, core_hz, "an spi", &spi.frequency, limits));
    }
    rate
}

fn out_of_reach(
    context: &Context<'_>,
    core_hz: u32,
    what: &str,
    wanted: &Spanned<Frequency>,
    limits: Option<[Frequency; 2]>,
) -> Diagnostic {
    let core = Frequency(u64::from(core_hz) * 1_000);
    let title = format!("{what} of {} cannot run at {}", context.chip.title, wanted.value);
    let fault = Diagnostic::error(codes::FREQUENCY_OUT_OF_REACH, title, wanted.span);
    let Some([lowest, highest]) = limits else {
        return fault.note(format!("with the core at {core} it can have no clock at all"));
    };
    let nearest = if wanted.value < lowest { lowest } else { highest };
    fault
        .note(format!("with the core at {core} it can be from {lowest} to {highest}"))
        .help(format!("the nearest is `\"{nearest}\"`"))
}
