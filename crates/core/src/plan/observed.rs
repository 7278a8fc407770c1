//! What an observed image tells, and by which code.

use serde::Serialize;

use crate::plan::channels::{ChannelPlan, Seen};
use crate::plan::entry::Entry;
use crate::plan::tasks::TaskPlan;
use crate::resolved::Resolved;

/// What the image tells beside its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObservedPlan {
    /// The channels whose messages it tells, in the order of the file.
    pub channels: Vec<WatchedPlan>,
    /// How it tells what its tasks have done; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<StatisticsPlan>,
}

/// A channel whose messages are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WatchedPlan {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: Entry,
    /// The type of its messages; absent where only that one came is told, as the type is the user's own.
    pub message: Option<String>,
}

/// How an image tells what its tasks have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatisticsPlan {
    /// How often, in microseconds.
    pub period_us: u64,
    /// How many tasks there are, that which tells included.
    pub tasks: usize,
    /// How many cores have tasks.
    pub cores: u8,
    /// Tasks with a deadline: their names, and the statics in the module `tasks`.
    pub deadlines: Vec<(String, String)>,
    /// Channels that drop: their names, their types in the module `channels`, and the variables of `main`. Those that are made on
    /// core 1 are not told: they have no lock.
    pub drops: Vec<(String, String, String)>,
}

pub(super) fn observed(
    resolved: &Resolved,
    channels: &[ChannelPlan],
    tasks: &[TaskPlan],
) -> Option<ObservedPlan> {
    let observation = resolved.observation.as_ref()?;
    let watched = observation.channels.iter().map(|id| {
        let channel = &channels[id.index()];
        let message = match &channel.code.seen {
            Seen::As(message) => Some(message.clone()),
            Seen::Counted | Seen::Not => None,
        };
        WatchedPlan { name: channel.name.clone(), from: channel.from.clone(), message }
    });
    let deadlines = tasks.iter().filter_map(|task| {
        let deadline = task.code.deadline.as_ref()?;
        Some((task.name.clone(), deadline.name.clone()))
    });
    let drops = channels.iter().filter(|channel| channel.drops.is_some() && channel.code.core == 0);
    let drops = drops.filter_map(|channel| {
        let local = channel.code.local.clone()?;
        Some((channel.name.clone(), channel.code.alias.clone(), local))
    });
    Some(ObservedPlan {
        channels: watched.collect(),
        statistics: observation.statistics_us.map(|period_us| StatisticsPlan {
            period_us,
            tasks: tasks.len() + 1,
            cores: if resolved.uses_core1() { 2 } else { 1 },
            deadlines: deadlines.collect(),
            drops: drops.collect(),
        }),
    })
}
