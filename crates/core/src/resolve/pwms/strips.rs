//! Chains of WS2812 lights that a pwm block makes the pulses of: each takes one alone, whichever its pin is.

use fwc_diag::words::quoted;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::chip::{LedStripModel, PwmSequence};

use crate::app::{LedStrip, PeripheralId};
use crate::catalog::BlockId;
use crate::resolve::context::Context;
use crate::resolved::LedStripWiring;

/// A chain of lights that needs a block.
#[derive(Clone, Copy)]
pub(super) struct Strip<'a> {
    pub(super) id: PeripheralId,
    pub(super) strip: &'a LedStrip,
}

/// Every chain that is to be had, by name. One whose pin somebody else wants as well has its fault, and needs no block.
pub(super) fn of<'a>(context: &Context<'a>) -> Vec<Strip<'a>> {
    let strips = context.pwm_strips().into_iter().map(|(id, _, strip)| Strip { id, strip });
    strips.filter(|strip| context.pins.is_settled(strip.strip.pin.pin)).collect()
}

/// Refuses chains that are longer than a sequence of the block, and says whether there is none.
pub(super) fn refuse_long(context: &Context<'_>, strips: &[Strip<'_>], faults: &mut Vec<Diagnostic>) -> bool {
    let Some(LedStripModel::PwmSequence(model)) = &context.chip.led_strip else { return true };
    let most = (model.duties - PwmSequence::LAST_DUTIES) / LedStrip::BITS_PER_LIGHT;
    let before = faults.len();
    faults.extend(strips.iter().filter(|strip| u32::from(strip.strip.lights) > most).map(|strip| {
        let name = quoted(context.app.peripheral(strip.id).entry().1);
        let title =
            format!("{name} has {} lights, and {} drives {most}", strip.strip.lights, context.chip.title);
        Diagnostic::error(codes::NOT_APPLICABLE, title, strip.strip.pin.span)
            .here("on this pin")
            .note(format!(
                "a light takes {} values of a pwm block's sequence, which has {} at most",
                LedStrip::BITS_PER_LIGHT,
                model.duties
            ))
            .help("give the lights beyond them a chain of their own, on another pin")
    }));
    faults.len() == before
}

/// The hardware of a chain on a block.
pub(super) fn wiring(context: &Context<'_>, strip: &Strip<'_>, block: BlockId) -> LedStripWiring {
    let title = context.block_title(block);
    let pin = quoted(context.pin_name(strip.strip.pin.pin));
    let reason =
        format!("{title}, which no pwm needs, and {pin} can be any output; fed by the block's own DMA");
    LedStripWiring { block, dma: None, bits: None, reason }
}
