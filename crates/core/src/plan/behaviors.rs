//! The project's own behaviours: their functions as modules, and the tasks that call them.

use serde::Serialize;

use crate::app::{Access, Body, Task};
use crate::plan::entry::Entry;
use crate::plan::expression::{Expression, Statement};
use crate::plan::tasks::{Call, Parts};
use crate::plan::{Facts, TaskCode, UserCode, devices, pace};
use crate::resolved::Executor;

/// A behaviour of the project's own that tasks have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BehaviorPlan {
    /// Its name, also the module's and the function's.
    pub name: String,
    /// The first task that has it.
    #[serde(flatten)]
    pub from: Entry,
    /// The path of its text, as seen from the generated `src` folder; absent where that is where Rust looks anyway.
    pub path: Option<String>,
    /// What its function is given, in this order.
    pub arguments: Vec<String>,
}

/// Each behaviour at its first task.
pub(super) fn behaviors(facts: &Facts<'_>, user_code: UserCode<'_>) -> Vec<BehaviorPlan> {
    let mut plans: Vec<BehaviorPlan> = Vec::new();
    for task in &facts.app().tasks {
        let Body::Own { behavior, .. } = &task.body else { continue };
        if plans.iter().any(|plan| plan.name == behavior.name) {
            continue;
        }
        let tick = behavior.has_ticker().then_some("tick");
        let ends = behavior.subscribes.iter().chain(&behavior.publishes).map(|end| end.name.as_str());
        let uses = behavior.uses.iter().map(|part| part.name.as_str());
        let keys = behavior.keys.iter().map(|key| key.name.as_str());
        let arguments = tick.into_iter().chain(ends).chain(uses).chain(keys);
        plans.push(BehaviorPlan {
            name: behavior.name.clone(),
            from: facts.lines.entry("tasks", &task.name),
            path: match user_code {
                UserCode::Beside(folder) => Some(own_path(folder, &behavior.name)),
                UserCode::Inside => None,
            },
            arguments: arguments.map(|name| name.replace('-', "_")).collect(),
        });
    }
    plans
}

/// A behaviour's text as seen from the generated `src` folder; `source_folder` is the project's `src`.
fn own_path(source_folder: &str, name: &str) -> String {
    let project = source_folder.rsplit_once('/').map_or("..", |(project, _)| project);
    format!("{project}/behaviors/{name}/behavior.rs")
}

impl Parts<'_> {
    /// A task of one of the project's own behaviours: it calls the user's function with all that the behaviour lists.
    pub(super) fn own_behavior(&self, task: &Task, executor: Executor) -> TaskCode {
        let Body::Own { behavior, uses, values } = &task.body else {
            unreachable!("`{}` has a stock behaviour or code", task.name.value)
        };
        let mut call = Call::new(self);
        let ticker = pace::ticker(task, "", self.guard().as_deref()).filter(|_| behavior.has_ticker());
        let mut arguments: Vec<Expression> = ticker.into_iter().collect();
        arguments.extend(task.subscribes.iter().map(|end| call.end(end.value, "Subscriber")));
        arguments.extend(task.publishes.iter().map(|end| call.end(end.value, "Publisher")));
        for id in uses {
            let used = task.uses.iter().find(|used| used.peripheral == *id);
            arguments.push(call.handle(*id, used.map_or(Access::Whole, |used| used.access)));
        }
        let module = format!("crate::behaviors::{}", behavior.name);
        let values = behavior.keys.iter().zip(values);
        arguments.extend(values.map(|(key, value)| devices::option(&module, key, value)));
        let future = Expression::call(format!("{module}::{}", behavior.name), arguments);
        let is_async = executor.is_interrupt();
        let local = call.scope.take("running", "_behavior");
        let mut code = call.finish(&task.name, executor, Vec::new(), future);
        if is_async {
            code.body.push(Statement::bind(&local, code.future));
            code.future = Expression::plain(format!("{local}.await"));
        }
        TaskCode { never_ends: true, is_async, ..code }
    }
}
