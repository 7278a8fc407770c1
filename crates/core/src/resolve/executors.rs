//! The executor of each task, and the vectors of those that run in interrupts.
//!
//! In: tasks with their priorities, and the chip's free vectors. Out: one executor a task, and for each interrupt
//! executor that has tasks its vector and level.

use fwc_diag::words::quoted;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::Priority;

use crate::app::Task;
use crate::resolve::context::Context;
use crate::resolved::{Executor, InterruptExecutor};

/// The executor of each task, in the same order.
pub(super) fn of_tasks(tasks: &[Task]) -> Vec<Executor> {
    tasks.iter().map(executor).collect()
}

fn executor(task: &Task) -> Executor {
    match (task.core.value, task.priority.value) {
        (0, Priority::Normal) => Executor::Thread,
        (0, Priority::High) => Executor::High,
        (0, Priority::Highest) => Executor::Highest,
        (_, Priority::Normal) => Executor::Core1,
        (_, Priority::High) => Executor::Core1High,
        (_, Priority::Highest) => Executor::Core1Highest,
    }
}

/// Refuses cores that the chip does not have.
fn refuse_cores(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let chip = context.chip;
    for task in context.app.tasks.iter().filter(|task| task.core.value >= chip.cores) {
        let fault = Diagnostic::error(
            codes::BAD_VALUE,
            format!("{} has no core {}", chip.title, task.core.value),
            task.core.span,
        );
        let last = chip.cores.saturating_sub(1);
        faults.push(match last {
            0 => fault.help("remove `core`: it has one"),
            _ => fault.help(format!("its cores are 0 to {last}")),
        });
    }
}

/// Gives each interrupt executor that has tasks a vector that no hardware uses, and its level.
pub(super) fn wire(context: &Context<'_>, faults: &mut Vec<Diagnostic>) -> Vec<InterruptExecutor> {
    refuse_cores(context, faults);
    // Both executors have the least urgent levels, so that the interrupts of drivers, on the levels before them, keep being
    // served while a task runs.
    let [high, highest] = least_urgent_levels(context);
    let levels = [
        (Executor::High, high),
        (Executor::Highest, highest),
        (Executor::Core1High, high),
        (Executor::Core1Highest, highest),
    ];
    let mut vectors = context.chip.software_interrupts.iter();
    let mut wired = Vec::new();
    for (of, level) in levels {
        let Some(first) = context.app.tasks.iter().find(|task| executor(task) == of) else { continue };
        match vectors.next() {
            Some(interrupt) => wired.push(InterruptExecutor { executor: of, interrupt: *interrupt, level }),
            None => faults.push(no_vector(context, first)),
        }
    }
    wired
}

/// The least urgent level, and the next to it.
fn least_urgent_levels(context: &Context<'_>) -> [u8; 2] {
    if context.chip.levels_rise {
        return [1, 2];
    }
    let least_urgent = (1u8 << context.chip.interrupt_priority_bits.min(7)) - 1;
    [least_urgent, least_urgent.saturating_sub(1)]
}

fn no_vector(context: &Context<'_>, task: &Task) -> Diagnostic {
    let priority = quoted(task.priority.value.word());
    let title = format!("{} has no free interrupt for tasks of priority {priority}", context.chip.title);
    Diagnostic::error(codes::BLOCK_EXHAUSTED, title, task.priority.span)
        .note("each priority above `normal` needs an interrupt that no hardware uses")
        .help("use fewer priorities")
}
