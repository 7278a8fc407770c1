//! Wanted bit rates to those that the dividers give.

use fwc_diag::words::listed;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::Spanned;
use fwc_schema::chip::UartModel;

use crate::resolve::context::Context;

/// The greatest error of a rate, in parts per million. A receiver samples the last of ten bits half a bit from its
/// edge, so both sides together may be off by 5 %; each gets less than half of that.
const TOLERATED_PPM: u64 = 20_000;

/// Rates on each side of a wanted one that are looked at for the nearest one that can be had. The HAL loses half a step
/// of the divider's fraction, so the gaps are below one part in a hundred of the rate.
const SEARCHED: usize = 200_000;

/// The rate that a uart has which was told `baud`, when that is near enough.
pub(super) fn rate(context: &Context<'_>, clock_hz: u32, baud: u32) -> Option<u32> {
    let rate = context.chip.uart_rate(clock_hz, baud)?;
    let near = rate.error_ppm.unsigned_abs() <= TOLERATED_PPM;
    near.then(|| u32::try_from((rate.millibaud + 500) / 1000).unwrap_or(u32::MAX))
}

/// `clock` is what the uart runs on, in hertz and in words.
pub(super) fn out_of_reach(
    context: &Context<'_>,
    (clock_hz, clock): &(u32, String),
    baud: &Spanned<u32>,
) -> Diagnostic {
    let clock_hz = *clock_hz;
    let reach = context.chip.uart_rates(clock_hz);
    let title = format!("a uart of {} cannot run at {} baud", context.chip.title, baud.value);
    let fault = Diagnostic::error(codes::BAUD_OUT_OF_REACH, title, baud.span);
    let fault = match context.chip.uart_rate(clock_hz, baud.value) {
        Some(rate) => {
            let direction = if rate.error_ppm > 0 { "fast" } else { "slow" };
            let tenths = (rate.error_ppm.unsigned_abs() + 500) / 1_000;
            fault.here(format!(
                "would be {} baud, {}.{} % too {direction}",
                (rate.millibaud + 500) / 1000,
                tenths / 10,
                tenths % 10
            ))
        }
        None => fault.note(match &context.chip.uart {
            UartModel::FractionalDivider(_) => {
                format!("with {clock} it can be from {} to {} baud", reach.start(), reach.end())
            }
            UartModel::RateTable(model) => {
                // Some are too far from what they are called.
                let able = model.rates.iter().filter(|named| rate(context, clock_hz, named.baud).is_some());
                let rates: Vec<String> = able.map(|named| named.baud.to_string()).collect();
                format!("it has the rates {}", listed(&rates, "and", rates.len()))
            }
        }),
    };
    let lower = (*reach.start()..baud.value.min(*reach.end()).saturating_add(1)).rev();
    let higher = baud.value.max(*reach.start())..=*reach.end();
    let nearest = [
        lower.take(SEARCHED).find(|baud| rate(context, clock_hz, *baud).is_some()),
        higher.take(SEARCHED).find(|baud| rate(context, clock_hz, *baud).is_some()),
    ];
    fault.help_if(match nearest {
        [Some(lower), Some(higher)] => Some(format!("the nearest rates are {lower} and {higher} baud")),
        [Some(nearest), None] | [None, Some(nearest)] => Some(format!("the nearest rate is {nearest} baud")),
        [None, None] => None,
    })
}
