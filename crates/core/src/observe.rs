//! A resolved application to the same one, observed: its image tells what watched channels carry, and how busy its tasks are.
//!
//! An application that is not observed is composed as if there were no such thing.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use fwc_diag::suggest::closest;
use fwc_schema::app::ChannelKind;
use fwc_schema::units::Duration;

use crate::app::{App, Channel, ChannelId, LogOver, MessageKind, Type};
use crate::plan::Logging;
use crate::resolved::Resolved;

/// What the folder of an observed crate is called, behind its board's name.
pub const SUFFIX: &str = "observed";

/// What an image tells beside its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The channels whose messages it tells, in the order of the file.
    pub channels: Vec<ChannelId>,
    /// How often it tells what its tasks have done, in microseconds; absent where it does not.
    pub statistics_us: Option<u64>,
}

/// A channel, or a field of its messages, as it is asked for: `readings`, `readings.celsius`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The channel.
    pub channel: String,
    /// The field, and what it is in; empty where the whole message is meant.
    pub field: Vec<String>,
}

impl FromStr for Watch {
    type Err = String;

    fn from_str(text: &str) -> Result<Watch, String> {
        let mut parts = text.split('.').map(str::to_string);
        if text.split('.').any(str::is_empty) {
            return Err(
                "it is a channel, `readings`, or a field of its messages, `readings.celsius`".to_string()
            );
        }
        Ok(Watch { channel: parts.next().unwrap_or_default(), field: parts.collect() })
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.channel)?;
        self.field.iter().try_for_each(|part| write!(formatter, ".{part}"))
    }
}

/// Why an application cannot be observed so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObserveFault {
    /// What is told goes the way of defmt's log, and there is none.
    NoDefmt,
    /// There is no such channel.
    NoChannel {
        /// What was asked for.
        name: String,
        /// What was meant, perhaps.
        near: Option<String>,
        /// All that there are.
        all: Vec<String>,
    },
    /// It carries bytes.
    Pipe {
        /// The channel.
        name: String,
    },
    /// No task uses it, so the image does not have it.
    Unused {
        /// The channel.
        name: String,
    },
    /// Its messages have no such field.
    NoField {
        /// What was asked for.
        watch: Watch,
        /// What was meant, perhaps.
        near: Option<String>,
        /// The fields that there are.
        all: Vec<String>,
    },
}

/// Lets an application tell what is watched, and statistics once in a while.
///
/// # Errors
/// There is no such channel or field, or no way on which they could be told.
pub fn observe(
    mut resolved: Resolved,
    watched: &[Watch],
    statistics: Option<Duration>,
) -> Result<Resolved, ObserveFault> {
    let app = &resolved.app;
    if app.log_over != LogOver::Rtt || Logging::of(app) != Logging::Defmt {
        return Err(ObserveFault::NoDefmt);
    }
    let mut channels = watched.iter().map(|watch| channel(app, watch)).collect::<Result<Vec<_>, _>>()?;
    channels.sort();
    channels.dedup();
    let statistics_us = statistics.map(|every| (every.0 / 1_000).max(1));
    resolved.observation = Some(Observation { channels, statistics_us });
    let board = Arc::make_mut(&mut resolved.app.board);
    board.name = format!("{}-{SUFFIX}", board.name);
    Ok(resolved)
}

/// The channel that is watched; a field of its messages must be there.
fn channel(app: &App, watch: &Watch) -> Result<ChannelId, ObserveFault> {
    let name = watch.channel.clone();
    let all = || app.channels.iter().map(|channel| channel.name.value.clone()).collect::<Vec<_>>();
    let Some(index) = app.channels.iter().position(|channel| channel.name.value == name) else {
        let near = closest(&name, all().iter().map(String::as_str));
        return Err(ObserveFault::NoChannel { name, near, all: all() });
    };
    let found = &app.channels[index];
    if found.kind == ChannelKind::Pipe {
        return Err(ObserveFault::Pipe { name });
    }
    if found.publishers.is_empty() && found.subscribers.is_empty() {
        return Err(ObserveFault::Unused { name });
    }
    let mut of = &found.carries;
    for part in &watch.field {
        let inner = fields(app, of);
        let Some((_, found)) = inner.iter().find(|(name, _)| name == part) else {
            let all: Vec<String> = inner.into_iter().map(|(name, _)| name.to_string()).collect();
            let near = closest(part, all.iter().map(String::as_str));
            return Err(ObserveFault::NoField { watch: watch.clone(), near, all });
        };
        of = found;
    }
    Ok(ChannelId(u32::try_from(index).expect("a file has few channels")))
}

/// The fields of a type.
fn fields<'a>(app: &'a App, of: &Type) -> Vec<(&'a str, &'a Type)> {
    match of {
        Type::Message(id) => match &app.message(*id).kind {
            MessageKind::Record(fields) => fields.iter().map(|(name, of)| (name.as_str(), of)).collect(),
            MessageKind::Enum(_) | MessageKind::Rust(_) => Vec::new(),
        },
        Type::Primitive(_) | Type::String(_) | Type::Array(..) => Vec::new(),
    }
}

/// The units that devices' drivers state, by channel and field: `readings.celsius`.
pub fn units(app: &App) -> Vec<(String, String)> {
    let of_channel = |channel: &Channel| {
        let Type::Message(id) = &channel.carries else { return Vec::new() };
        let driver = app.message(*id).driver.iter();
        let fields = driver.flat_map(|driver| &driver.message);
        let units = fields.filter_map(|field| {
            Some((format!("{}.{}", channel.name.value, field.name), field.unit.clone()?))
        });
        units.collect()
    };
    app.channels.iter().flat_map(of_channel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_or_a_field_is_watched() {
        let watch: Watch = "readings.place.x".parse().unwrap();
        assert_eq!(watch.channel, "readings");
        assert_eq!(watch.field, ["place", "x"]);
        assert_eq!(watch.to_string(), "readings.place.x");
        for text in ["", "readings.", ".celsius", "a..b"] {
            assert!(text.parse::<Watch>().is_err(), "{text}");
        }
    }
}
