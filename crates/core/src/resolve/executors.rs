//! The executor of each task, and the vectors of those that run in interrupts.
//!
//! In: tasks with their priorities, and the chip's free vectors. Out: one executor a task, and for each interrupt
//! executor that has tasks its vector and level.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::Priority;

use crate::app::Task;
use crate::resolve::context::{Context, quoted};
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
        _ => Executor::Core1,
    }
}

/// Refuses cores that the chip does not have, and priorities beside a second core.
///
/// embassy-executor 0.10 wakes an executor in an interrupt by a flag of the core that wakes it, which is lost when that
/// is the other core; and a timer's queue is looked through by whichever core sets an alarm. embassy-rp 0.10 has
/// executors that send the flag to the other core, but listens for it on core 0 at the interrupt of core 1's mailbox
/// (src/multicore.rs, `spawn_core1`).
fn refuse_cores(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let chip = context.chip;
    let tasks = || context.app.tasks.iter();
    for task in tasks().filter(|task| task.core.value >= chip.cores) {
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
    let Some(beside) = tasks().find(|task| task.core.value != 0) else { return };
    for task in tasks().filter(|task| task.priority.value != Priority::Normal) {
        let priority = quoted(task.priority.value.word());
        faults.push(if task.core.value == 0 {
            let title = format!("a task of priority {priority} cannot run beside a task on core 1");
            Diagnostic::error(codes::NOT_APPLICABLE, title, task.priority.span)
                .also(beside.core.span, "the second core is in use for this task")
                .note(WHY_NO_PRIORITY)
                .help("let the task that must not wait have core 1 to itself, and the others share core 0")
        } else {
            let title = format!("a task on core 1 cannot have priority {priority}");
            Diagnostic::error(codes::NOT_APPLICABLE, title, task.priority.span)
                .also(task.core.span, "core 1")
                .note(WHY_NO_PRIORITY)
                .help("remove `priority`, and let the tasks that it must not wait for run on core 0")
        });
    }
}

/// What the HAL's executors cannot do.
const WHY_NO_PRIORITY: &str = "a task above `normal` can be woken from its own core only, and with two cores timers wake it from either";

/// Gives each interrupt executor that has tasks a vector that no hardware uses, and its level.
pub(super) fn wire(context: &Context<'_>, faults: &mut Vec<Diagnostic>) -> Vec<InterruptExecutor> {
    refuse_cores(context, faults);
    // A smaller number is more urgent. Both executors have the least urgent levels, so that the interrupts of drivers,
    // on the levels before them, keep being served while a task runs.
    let least_urgent = (1u8 << context.chip.interrupt_priority_bits.min(7)) - 1;
    let levels = [(Executor::High, least_urgent), (Executor::Highest, least_urgent.saturating_sub(1))];
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

fn no_vector(context: &Context<'_>, task: &Task) -> Diagnostic {
    let priority = quoted(task.priority.value.word());
    let title = format!("{} has no free interrupt for tasks of priority {priority}", context.chip.title);
    Diagnostic::error(codes::BLOCK_EXHAUSTED, title, task.priority.span)
        .note("each priority above `normal` needs an interrupt that no hardware uses")
        .help("use fewer priorities")
}
