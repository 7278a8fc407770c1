//! What channels carry, as lines of the report.

use std::any::Any;
use std::cell::RefCell;

use fwc_runtime::observe;
use fwc_runtime::record::{Json, Line, Record};

use crate::{report, world};

/// How a message becomes JSON.
type Show = fn(&'static str, &dyn Any) -> String;

thread_local! {
    /// Those that are reported, sorted by their address.
    static CHANNELS: RefCell<Vec<(usize, &'static str, Show)>> = const { RefCell::new(Vec::new()) };
}

/// Reports the messages of a channel, each with its values, where the job asks for them.
pub fn report<C, T: Record + 'static>(name: &'static str, channel: &'static C) {
    know(name, channel, |name, message| {
        message.downcast_ref::<T>().map_or_else(String::new, |one| json(name, one))
    });
}

/// Reports the messages of a channel whose values only its user's own type knows, where the job asks for them.
pub fn count<C>(name: &'static str, channel: &'static C) {
    know(name, channel, |_, _| String::new());
}

fn know<C>(name: &'static str, channel: &'static C, show: Show) {
    if !report::reports_channel(name) {
        return;
    }
    let address = std::ptr::from_ref(channel) as usize;
    CHANNELS.with_borrow_mut(|channels| {
        let place = channels.partition_point(|(known, ..)| *known < address);
        channels.insert(place, (address, name, show));
    });
    observe::set(published);
}

fn published(channel: usize, message: &dyn Any) {
    let known = CHANNELS.with_borrow(|channels| {
        let place = channels.binary_search_by_key(&channel, |(address, ..)| *address);
        place.ok().map(|place| channels[place])
    });
    let Some((_, name, show)) = known else { return };
    let values = show(name, message);
    report::line(world::now(), format_args!("\"channel\":\"{name}\",\"message\":{{{values}}}"));
}

/// What stands between the braces of the object that `print` with `format = "json"` writes, without the channel and the time
/// at its head: both are said already.
fn json(name: &str, message: &impl Record) -> String {
    const PIECE: usize = 255;
    let head = r#"{"channel":"","ms":0"#.len() + name.len();
    let mut text = Vec::new();
    loop {
        let mut piece: heapless::Vec<u8, PIECE, u8> = heapless::Vec::new();
        let mut line = Line::new(&mut piece, head + text.len());
        line.record::<Json>(name, 0, message);
        let length = line.length();
        text.extend_from_slice(&piece);
        if head + text.len() >= length {
            break;
        }
    }
    let text = String::from_utf8(text).unwrap_or_else(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
    let values = text.trim_end();
    let values = values.strip_suffix('}').unwrap_or(values);
    values.strip_prefix(',').unwrap_or(values).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample {
        channel: f32,
        ms: heapless::String<400>,
    }

    impl Record for Sample {
        fn record<F: fwc_runtime::record::Format>(&self, to: &mut fwc_runtime::record::Encoder<'_, '_, F>) {
            to.message(|to| {
                to.field("channel", &self.channel);
                to.field("ms", &self.ms);
            });
        }
    }

    #[test]
    fn a_message_is_its_values_however_long_they_are() {
        assert_eq!(json("levels", &7_u32), r#""value":7"#);
        let text = "}\" ".repeat(100);
        let sample = Sample { channel: 1.5, ms: text.as_str().try_into().expect("there is room for it") };
        let expected = format!(r#""channel":1.50,"ms":"{}""#, text.replace('"', "\\\""));
        assert_eq!(json("samples", &sample), expected);
    }
}
