//! Executors and the mutexes that follow from them.

use std::sync::Arc;

use super::*;
use crate::resolved::{Executor, InterruptExecutor, Mutex};

const CHANNEL: &str = "\n[channels.steps]\nmessage = \"u32\"\nkind = \"watch\"\n[tasks.make]\ncode = \"make\"\npublishes = [\"steps\"]\n";
const READER: &str = "[tasks.read]\ncode = \"read\"\nsubscribes = [\"steps\"]\n";

#[track_caller]
fn resolved(tasks: &str) -> Resolved {
    let checked = resolve(app(&file(tasks)));
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    checked.value.unwrap()
}

/// The vectors and levels of the interrupt executors.
fn interrupts(resolved: &Resolved) -> Vec<(Executor, &str, u8)> {
    let chip = &resolved.app.board.chip;
    let row = |of: &InterruptExecutor| (of.executor, chip.interrupt(of.interrupt).name.as_str(), of.level);
    resolved.interrupt_executors.iter().map(row).collect()
}

#[test]
fn a_priority_that_no_task_has_takes_no_interrupt() {
    assert_eq!(interrupts(&resolved(&format!("{CHANNEL}{READER}"))), []);
    let highest = resolved(&format!("{CHANNEL}priority = \"highest\"\n{READER}"));
    assert_eq!(interrupts(&highest), [(Executor::Highest, "SWI_IRQ_0", 2)]);
    let both = resolved(&format!("{CHANNEL}priority = \"highest\"\n{READER}priority = \"high\"\n"));
    assert_eq!(interrupts(&both), [(Executor::High, "SWI_IRQ_0", 3), (Executor::Highest, "SWI_IRQ_1", 2)]);
    assert_eq!(both.executors, [Executor::Highest, Executor::High]);
}

#[test]
fn a_channel_has_a_lock_where_an_end_runs_in_an_interrupt() {
    let wiring = |make: &str, read: &str| {
        let wiring = resolved(&format!("{CHANNEL}{make}\n{READER}{read}\n")).channels.remove(0);
        (wiring.mutex, wiring.reason)
    };
    let said = |mutex: Mutex, reason: &str| (mutex, reason.to_owned());
    assert_eq!(
        wiring("", "priority = \"normal\""),
        said(Mutex::Noop, "all its tasks run on one executor, so none interrupts another")
    );
    assert_eq!(
        wiring("priority = \"high\"", ""),
        said(Mutex::CriticalSection, "its tasks run on 2 executors, so one may interrupt another")
    );
    assert_eq!(
        wiring("priority = \"high\"", "priority = \"high\""),
        said(Mutex::CriticalSection, "its tasks run in an interrupt, where only what has a lock can be sent")
    );
}

#[test]
fn a_chip_without_free_interrupts_has_no_priorities() {
    let text = file("[tasks.fast]\ncode = \"fast\"\npriority = \"high\"");
    let mut app = app(&text);
    Arc::make_mut(&mut Arc::make_mut(&mut app.board).chip).software_interrupts.clear();
    let said: Vec<String> = resolve(app).diagnostics.iter().map(|fault| shown(fault, &text)).collect();
    assert_eq!(
        said.join("\n"),
        "\
error[block-exhausted]: RP2040 has no free interrupt for tasks of priority `high`
  priority = \"high\" ^
  note: each priority above `normal` needs an interrupt that no hardware uses
  help: use fewer priorities"
    );
}

#[test]
fn a_channel_has_a_lock_where_its_ends_run_on_both_cores() {
    let wiring = |make: &str, read: &str| {
        let resolved = resolved(&format!("{CHANNEL}{make}\n{READER}{read}\n"));
        (resolved.executors.clone(), resolved.channels[0].mutex)
    };
    use Executor::{Core1, Thread};
    assert_eq!(wiring("core = 1", "core = 1"), (vec![Core1, Core1], Mutex::Noop));
    assert_eq!(wiring("core = 1", ""), (vec![Core1, Thread], Mutex::CriticalSection));
    assert_eq!(wiring("core = 0", "core = 1"), (vec![Thread, Core1], Mutex::CriticalSection));
}

#[test]
fn each_core_has_interrupt_executors_of_its_own() {
    let tasks = format!(
        "{CHANNEL}priority = \"highest\"\ncore = 1\n{READER}priority = \"high\"\n[tasks.beside]\ncode = \"beside\"\npriority = \"high\"\ncore = 1\n"
    );
    let resolved = resolved(&tasks);
    use Executor::{Core1High, Core1Highest, High};
    assert_eq!(resolved.executors, [Core1Highest, High, Core1High]);
    assert_eq!(
        interrupts(&resolved),
        [(High, "SWI_IRQ_0", 3), (Core1High, "SWI_IRQ_1", 3), (Core1Highest, "SWI_IRQ_2", 2)]
    );
    assert_eq!(resolved.channels[0].mutex, Mutex::CriticalSection);
    assert_eq!(resolved.channels[0].reason, "its tasks run on both cores, so at the same time");
    assert!(resolved.wakes_across_cores());
}
