//! The cheapest mutex that keeps a channel sound.

use crate::app::Channel;
use crate::resolved::{ChannelWiring, Executor, Mutex};

/// The wiring of a channel whose tasks run on `executors`, which is indexed by task.
///
/// Tasks of one executor are never polled at the same time and never interrupt each other, so their channel needs no
/// lock. Tasks of two executors may: one of the two runs in an interrupt, or on another core. And what a task in an
/// interrupt holds is made outside of it and sent there, which Rust allows for a channel with a lock only.
pub(super) fn wire(channel: &Channel, executors: &[Executor]) -> ChannelWiring {
    let ends = channel.publishers.iter().chain(&channel.subscribers);
    let mut on: Vec<Executor> = ends.map(|task| executors[task.index()]).collect();
    on.sort_unstable();
    on.dedup();
    match on[..] {
        [] | [Executor::Thread] | [Executor::Core1] => ChannelWiring {
            mutex: Mutex::Noop,
            reason: "all its tasks run on one executor, so none interrupts another".to_owned(),
        },
        [_] => ChannelWiring {
            mutex: Mutex::CriticalSection,
            reason: "its tasks run in an interrupt, where only what has a lock can be sent".to_owned(),
        },
        [first, .., last] if first.core() != last.core() => ChannelWiring {
            mutex: Mutex::CriticalSection,
            reason: "its tasks run on both cores, so at the same time".to_owned(),
        },
        _ => ChannelWiring {
            mutex: Mutex::CriticalSection,
            reason: format!("its tasks run on {} executors, so one may interrupt another", on.len()),
        },
    }
}
