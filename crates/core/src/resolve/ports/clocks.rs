//! Wanted clocks of buses to those that the dividers give.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::units::Frequency;

use crate::app::{I2c, Spi};
use crate::catalog::BlockId;
use crate::resolve::context::Context;

/// What a bus runs on, in hertz and in words.
type Clock = (u32, String);

/// The fault of an I2C bus that cannot have its clock.
pub(super) fn i2c_out_of_reach(context: &Context<'_>, clock: &Clock, i2c: &I2c) -> Diagnostic {
    out_of_reach(context, clock, "an i2c", &i2c.frequency, context.chip.i2c_limits(clock.0))
}

/// The fault of an SPI bus that cannot have its clock on any block; `block` comes nearest.
pub(super) fn spi_out_of_reach(
    context: &Context<'_>,
    block: BlockId,
    clock: &Clock,
    spi: &Spi,
) -> Diagnostic {
    out_of_reach(context, clock, "an spi", &spi.frequency, Some(context.chip.spi_limits(block, clock.0)))
}

fn out_of_reach(
    context: &Context<'_>,
    (_, clock): &Clock,
    what: &str,
    wanted: &Spanned<Frequency>,
    limits: Option<[Frequency; 2]>,
) -> Diagnostic {
    let title = format!("{what} of {} cannot run at {}", context.chip.title, wanted.value);
    let fault = Diagnostic::error(codes::FREQUENCY_OUT_OF_REACH, title, wanted.span);
    let Some([lowest, highest]) = limits else {
        return fault.note(format!("with {clock} it can have no clock at all"));
    };
    let nearest = if wanted.value < lowest { lowest } else { highest };
    fault
        .note(format!("with {clock} it can be from {lowest} to {highest}"))
        .help(format!("the nearest is `\"{nearest}\"`"))
}
