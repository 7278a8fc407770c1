//! Kinds of peripheral that fwc does not drive on the chip: a located error here, in place of rustc's later.

use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::chip::BlockKind;

use crate::resolve::context::Context;

/// Refuses each peripheral of such a kind. The rules that follow leave it out.
pub(super) fn refuse(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let app = context.app;
    let refused = app.peripherals.iter().filter(|peripheral| !context.drives(peripheral.kind.word()));
    faults.extend(refused.map(|peripheral| {
        let title = context.chip.undriven(peripheral.kind.word());
        Diagnostic::error(codes::NOT_APPLICABLE, title, peripheral.name.span)
            .here(format!("{} is of that kind", quoted(&peripheral.name)))
            .note(driven(context))
            .help("leave it out for this board, or take another board: `fwc boards` lists them")
    }));
}

/// Refuses a log over USB.
pub(super) fn log(context: &Context<'_>) -> Diagnostic {
    let title = format!("fwc does not drive USB of {}", context.chip.title);
    Diagnostic::error(codes::NOT_APPLICABLE, title, context.app.log_over_span)
        .note("`log-over = \"usb\"` needs it")
        .help("write `log-over = \"rtt\"`, or name a uart")
}

fn driven(context: &Context<'_>) -> String {
    let has_usb = context.chip.blocks_of(BlockKind::Usb).next().is_some();
    let is_there = |kind: &&&str| context.drives(kind) && (has_usb || **kind != "usb-serial");
    let kinds = KINDS.iter().filter(is_there).map(|kind| quoted(kind));
    let kinds: Vec<String> = kinds.collect();
    format!("it drives {} there", listed(&kinds, "and", kinds.len()))
}

/// Every kind that has hardware of its own.
const KINDS: &[&str] =
    &["output", "input", "uart", "i2c", "spi", "pwm", "adc", "watchdog", "usb-serial", "led-strip"];

#[cfg(test)]
mod tests {
    use super::KINDS;
    use crate::catalog::{chip, chip_names};

    #[test]
    fn what_a_chip_s_file_says_is_not_driven_is_a_kind() {
        for name in chip_names() {
            let chip = chip(name).expect("it is bundled");
            assert!(chip.not_driven.iter().all(|word| KINDS.contains(&word.as_str())), "{name}");
        }
    }

    #[test]
    fn what_an_emulator_lacks_is_a_kind_that_is_driven() {
        for name in chip_names() {
            let chip = chip(name).expect("it is bundled");
            let lacks = chip.emulator.iter().flat_map(|emulator| &emulator.lacks);
            for lack in lacks {
                assert!(KINDS.contains(&lack.kind.as_str()), "{name}: {}", lack.kind);
                assert!(!chip.not_driven.contains(&lack.kind), "{name}: {} is not driven anyway", lack.kind);
            }
        }
    }
}
