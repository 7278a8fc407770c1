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
    let values = match show(name, message) {
        values if values.is_empty() => "{}".to_string(),
        values => values,
    };
    report::line(world::now(), format_args!("\"channel\":\"{name}\",\"message\":{values}"));
}

/// The object that `print` with `format = "json"` writes.
fn json(name: &str, message: &impl Record) -> String {
    const PIECE: usize = 255;
    let mut text = Vec::new();
    loop {
        let mut piece: heapless::Vec<u8, PIECE, u8> = heapless::Vec::new();
        let mut line = Line::new(&mut piece, text.len());
        line.record::<Json>(name, 0, message);
        let length = line.length();
        text.extend_from_slice(&piece);
        if text.len() >= length {
            return String::from_utf8_lossy(&text).trim_end().to_string();
        }
    }
}
