//! embassy-stm32's independent watchdog: started before the tasks that keep it fed.

use fwc_schema::chip::BlockKind;

use crate::app::Watchdog;
use crate::plan::expression::{Expression, grouped};
use crate::plan::hal::{Handle, HandleNames, watchdog_reports};
use crate::plan::pace;
use crate::resolved::Resolved;

/// What starts the watchdog, once it has told which tasks it bit for.
pub(super) fn handle(resolved: &Resolved, watchdog: &Watchdog, names: &HandleNames) -> Handle {
    let chip = &resolved.app.board.chip;
    let registers = chip.watchdog.as_ref().and_then(|watchdog| watchdog.registers);
    let registers = registers.expect("the file of a family whose watchdog is driven has its registers");
    let at = format!(
        "fwc_hal_stm32::watchdog::At<{:#010x}, {:#010x}, {}, {}>",
        registers.key, registers.cause, registers.bitten_bit, registers.forget_bit
    );
    let block = chip.blocks_of(BlockKind::Watchdog).next();
    let block = block.map_or("IWDG", |block| chip.block(block).hal.as_str());
    Handle {
        before: watchdog_reports(resolved, names),
        ..Handle::new(
            format!(
                "fwc_hal_stm32::watchdog::Watchdog<{at}, {}, {}>",
                grouped(pace::micros(watchdog.timeout.value)),
                resolved.app.supervised().count()
            ),
            Expression::call(
                format!("board::{}::start", names.alias),
                [Expression::plain(format!("p.{block}"))],
            ),
        )
    }
}
