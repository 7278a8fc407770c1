//! What the file asks to be kept in RAM, against the RAM of the chip.
//!
//! Counted is what is certain: the messages in channels, without what a compiler puts between fields, and the heap. That it fits does
//! not say that the rest does; `fwc build` tells that.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::Span;
use fwc_schema::app::ChannelKind;
use fwc_schema::chip::MemoryRole;

use crate::app::{App, Channel, MessageKind, Type};

/// Somebody who keeps bytes.
struct Keeper<'a> {
    name: &'a str,
    bytes: u64,
    span: Span,
}

/// Refuses what cannot fit, at the one that keeps most.
pub(super) fn judge(app: &App, faults: &mut Vec<Diagnostic>) {
    let ram = u64::from(app.board.bytes_of(MemoryRole::Ram));
    let sizes = sizes(app);
    let keepers = app.channels.iter().map(|channel| Keeper {
        name: &channel.name,
        bytes: kept(channel, &sizes),
        span: channel.capacity_span.unwrap_or(channel.name.span),
    });
    let keepers: Vec<Keeper<'_>> = keepers.collect();
    let in_channels = keepers.iter().fold(0, |sum: u64, keeper| sum.saturating_add(keeper.bytes));
    let heap = u64::from(app.heap.unwrap_or_default());
    if in_channels.saturating_add(heap) <= ram {
        return;
    }
    let Some(most) = keepers.iter().max_by_key(|keeper| keeper.bytes) else { return };
    let title = match most.bytes > ram {
        true => format!("`{}` does not fit into the RAM of {}", most.name, app.board.chip.title),
        false => format!("the channels do not fit into the RAM of {}", app.board.chip.title),
    };
    let fault = Diagnostic::error(codes::BAD_VALUE, title, most.span)
        .here(format!("{} bytes of messages in `{}`", most.bytes, most.name));
    let beside = match (most.bytes > ram, heap) {
        (true, _) => String::new(),
        (false, 0) => format!("; the channels keep {in_channels} in all"),
        (false, heap) => format!("; the channels keep {in_channels} in all, the heap {heap}"),
    };
    faults.push(
        fault
            .note(format!("it has {ram} bytes{beside}"))
            .help("lower the `capacity`, or make the messages smaller"),
    );
}

/// Bytes that a channel keeps at least.
fn kept(channel: &Channel, sizes: &[u64]) -> u64 {
    match channel.kind {
        ChannelKind::Pipe => u64::from(channel.capacity),
        _ => size(&channel.carries, sizes).saturating_mul(u64::from(channel.capacity)),
    }
}

/// Bytes of each message at least; none of a Rust type of the user's, which nobody knows here.
fn sizes(app: &App) -> Vec<u64> {
    let mut sizes = vec![0; app.messages.len()];
    for id in app.messages_inside_out() {
        sizes[id.index()] = match &app.message(id).kind {
            MessageKind::Record(fields) => {
                fields.iter().fold(0, |sum: u64, (_, of)| sum.saturating_add(size(of, &sizes)))
            }
            MessageKind::Enum(values) => u64::from(values.len() > 1),
            MessageKind::Rust(_) => 0,
        };
    }
    sizes
}

fn size(of: &Type, sizes: &[u64]) -> u64 {
    match of {
        Type::Primitive(primitive) => u64::from(primitive.bytes()),
        Type::String(most) => u64::from(*most),
        Type::Array(item, count) => size(item, sizes).saturating_mul(u64::from(*count)),
        Type::Message(id) => sizes[id.index()],
    }
}
