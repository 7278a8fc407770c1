//! Executors that run in interrupts: their statics, their handlers, and the statements of `main` that start them.

use crate::emit::layout;
use crate::emit::source::Item;
use crate::emit::source::main::{core1_comment, indent};
use crate::plan::{ExecutorPlan, Plan};

/// The static of an executor that runs in an interrupt, and the handler, where these are not the HAL's.
pub(super) fn executor(executor: &ExecutorPlan) -> Option<Item> {
    if executor.code.memory.is_some() {
        return None;
    }
    let (name, vector) = (&executor.code.name, &executor.vector);
    let lines = [
        format!("static {name}: InterruptExecutor = InterruptExecutor::new();"),
        String::new(),
        "#[interrupt]".to_string(),
        format!("unsafe fn {vector}() {{"),
        "    // SAFETY: this is the handler, and the interrupt is enabled when the executor is started."
            .to_string(),
        format!("    unsafe {{ {name}.on_interrupt() }}"),
        "}".to_string(),
    ];
    Some(Item::new(executor_comment(executor), lines.to_vec()))
}

pub(super) fn executor_comment(executor: &ExecutorPlan) -> String {
    format!("{} priority = \"{}\"", executor.from.marker(), executor.executor.priority())
}

/// The handler of core 0's mailbox.
pub(super) fn mailbox(plan: &Plan) -> Option<Item> {
    let vector = plan.mailbox.as_ref()?;
    let lines = ["#[interrupt]", &format!("fn {vector}() {{"), "    executor::take_wakes();", "}"];
    Some(Item::new(
        format!("{}: it wakes tasks of core 0 above `normal`.", core1_comment(plan)),
        lines.map(str::to_string).to_vec(),
    ))
}

/// Drivers' interrupts that must come before the tasks, and the executors, which are started behind them. Each core has
/// an interrupt controller of its own.
pub(super) fn executor_starts(plan: &Plan, core: u8) -> Vec<Item> {
    let indent = indent(core);
    let here = || plan.executors.iter().filter(|executor| executor.executor.core() == core);
    let before = plan.interrupts.iter().filter(|_| here().count() == 2).filter_map(|interrupt| {
        let level = interrupt.level?;
        let is_driver = plan.executors.iter().all(|executor| executor.vector != interrupt.vector);
        let vector = &interrupt.vector;
        let call = format!("executor::set_priority(interrupt::{vector}, Priority::P{level});");
        is_driver.then(|| format!("{:indent$}{call}", ""))
    });
    let before: Vec<String> = before.collect();
    let urgent = (!before.is_empty())
        .then(|| Item::new("Tasks wait for these drivers, so they come before all tasks.", before));
    let starts = here().map(|executor| {
        Item::new(executor_comment(executor), layout::statement(&executor.code.start, indent))
    });
    urgent.into_iter().chain(starts).collect()
}
