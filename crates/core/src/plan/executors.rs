//! Executors that run in interrupts: how each is made and started.

use serde::Serialize;

use crate::plan::entry::{Entry, Lines};
use crate::plan::expression::Statement;
use crate::plan::hal;
use crate::plan::pace::StaticCode;
use crate::plan::peripherals::Scopes;
use crate::resolved::{Executor, InterruptExecutor, Resolved};

/// An executor that runs in an interrupt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExecutorPlan {
    /// Which of them.
    pub executor: Executor,
    /// The vector that polls its tasks.
    pub vector: String,
    /// The vector's level at the interrupt controller; 0 preempts all others, but on an ESP32 a greater one preempts a smaller.
    pub level: u8,
    /// The tasks that it polls.
    pub tasks: Vec<String>,
    /// The first entry that asks for it.
    #[serde(flatten)]
    pub from: Entry,
    /// The generated code.
    pub code: ExecutorCode,
}

/// An executor's part of the generated code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExecutorCode {
    /// The static of the executor.
    pub name: String,
    /// Where it is put in `main`, where it is no static with a handler of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<StaticCode>,
    /// The variable of `main` that spawns its tasks.
    pub spawner: String,
    /// The statement of `main` that starts it.
    pub start: Statement,
}

/// The lowest priority first.
pub(super) fn executors(resolved: &Resolved, lines: &Lines<'_>, scopes: &mut Scopes) -> Vec<ExecutorPlan> {
    resolved.interrupt_executors.iter().filter_map(|wiring| plan(resolved, wiring, lines, scopes)).collect()
}

fn plan(
    resolved: &Resolved,
    wiring: &InterruptExecutor,
    lines: &Lines<'_>,
    scopes: &mut Scopes,
) -> Option<ExecutorPlan> {
    let app = &resolved.app;
    let tasks = app.tasks.iter().zip(&resolved.executors);
    let tasks: Vec<_> =
        tasks.filter(|(_, executor)| **executor == wiring.executor).map(|(task, _)| task).collect();
    let (first, identifier) = (tasks.first()?, wiring.executor.identifier());
    let interrupt = app.board.chip.interrupt(wiring.interrupt);
    let vector = interrupt.name.clone();
    let name = scopes.statics.take(&identifier.to_uppercase(), "_EXECUTOR");
    let spawner = scopes.locals.take(identifier, "_executor");
    let start = hal::executor_start(&app.board.chip, wiring.executor, &name, &vector, wiring.level);
    Some(ExecutorPlan {
        executor: wiring.executor,
        vector,
        level: wiring.level,
        tasks: tasks.iter().map(|task| task.name.value.clone()).collect(),
        from: lines.entry("tasks", &first.name),
        code: ExecutorCode {
            start: Statement::bind(&spawner, start),
            memory: hal::executor_memory(app.board.chip.hal, &name, interrupt.number),
            name,
            spawner,
        },
    })
}
