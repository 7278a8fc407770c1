//! Lines that `print` writes against what their uart carries.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{ChannelKind, Overflow, Parity, PrintFormat};
use fwc_schema::units::Duration;
use fwc_schema::{Span, Spanned};

use crate::analyse::lines::{self, Lengths};
use crate::analyse::rates::{self, Certainty, Rate};
use crate::app::{App, Body, Channel, ChannelId, PeripheralId, PeripheralKind, Task, Uart};

/// Rates that the other side of a line is likely to have, for advice.
const COMMON_BAUDS: [u32; 8] = [9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

pub(super) fn judge(app: &App, faults: &mut Vec<Diagnostic>) {
    for task in &app.tasks {
        let Body::Print { to, format } = task.body else { continue };
        let PeripheralKind::Uart(uart) = &app.peripheral(to).kind else { continue };
        let flows = flows(app, task, format);
        let journal = Journal { app, task, to, uart, flows };
        faults.extend(journal.fault());
    }
}

/// Lines of one channel, as often as one of its publishers makes them.
struct Flow<'a> {
    channel: &'a Channel,
    /// Where the printing task subscribes it.
    subscribed: Span,
    rate: Rate<'a>,
    line: Lengths,
}

fn flows<'a>(app: &'a App, task: &Task, format: PrintFormat) -> Vec<Flow<'a>> {
    let channels = task.subscribes.iter().filter(|channel| must_be_printed(app.channel(channel.value)));
    let flows = channels.flat_map(|end: &Spanned<ChannelId>| {
        let channel = app.channel(end.value);
        let line = lines::of(app, channel, format);
        let rates = rates::publishers(app, channel).into_iter();
        rates.map(move |rate| Flow { channel, subscribed: end.span, rate, line })
    });
    flows.collect()
}

/// Whether all that comes through the channel comes to this reader, and waits for it.
fn must_be_printed(channel: &Channel) -> bool {
    let is_shared = channel.kind == ChannelKind::Channel && channel.subscribers.len() > 1;
    rates::is_bounded(channel) && !is_shared
}

/// A task that prints, and all that it is known to print.
struct Journal<'a> {
    app: &'a App,
    task: &'a Task,
    to: PeripheralId,
    uart: &'a Uart,
    flows: Vec<Flow<'a>>,
}

/// Characters in a thousand seconds, so that slow rates are not lost.
fn characters(length: u64, period: Duration) -> u128 {
    u128::from(length) * 1_000_000_000_000 / u128::from(period.0.max(1))
}

impl Journal<'_> {
    fn fault(&self) -> Option<Diagnostic> {
        let carried = self.carried(self.uart.baud.value);
        let certain = self.needed(|flow| match flow.rate.certainty {
            Certainty::Certain => flow.line.shortest,
            Certainty::Likely => 0,
        });
        let longest = self.needed(|flow| flow.line.longest);
        let name = &self.app.peripheral(self.to).name.value;
        let task = &self.task.name.value;
        let span = self.span();
        let fault = if certain > carried {
            let title = format!("`{name}` cannot carry what `{task}` prints");
            Diagnostic::error(codes::BANDWIDTH, title, span)
                .here(format!("at least {} characters a second", certain / 1_000))
        } else if longest > carried {
            let title = format!("`{name}` may not carry all that `{task}` prints");
            Diagnostic::warning(codes::BANDWIDTH, title, span)
                .here(format!("up to {} characters a second", longest / 1_000))
        } else {
            return None;
        };
        let baud = self.uart.baud.span;
        let fault = fault.also(baud, format!("carries {} characters a second", carried / 1_000));
        Some(self.advise(self.explain(fault), longest))
    }

    /// Who makes how much of it, and what happens to it.
    fn explain(&self, mut fault: Diagnostic) -> Diagnostic {
        for flow in &self.flows {
            let often = rates::in_words(flow.rate.period);
            let Lengths { shortest, longest } = flow.line;
            let lines = match shortest == longest {
                true => format!("a line of {longest} characters"),
                false => format!("a line of {shortest} to {longest} characters"),
            };
            fault = fault.also(flow.subscribed, format!("{lines}, {often}"));
            if let Some(period) = &flow.rate.task.period {
                fault = fault
                    .also(period.span, format!("`{}` publishes at this pace", flow.rate.task.name.value));
            }
        }
        let mut told: Vec<&str> = Vec::new();
        for flow in &self.flows {
            let name = flow.channel.name.value.as_str();
            if told.contains(&name) {
                continue;
            }
            told.push(name);
            let publisher = &flow.rate.task.name.value;
            fault = fault.note(match flow.channel.overflow {
                Overflow::Wait => {
                    format!("`{name}` has the overflow `wait`: when it is full, `{publisher}` is held up and falls behind its pace")
                }
                Overflow::DropNewest | Overflow::DropOldest => {
                    format!("`{name}` drops what does not fit, again and again")
                }
            });
        }
        fault
    }

    fn advise(&self, fault: Diagnostic, needed: u128) -> Diagnostic {
        let baud = COMMON_BAUDS.into_iter().find(|baud| self.carried(*baud) >= needed);
        let fault =
            fault.help_if(baud.map(|baud| format!("`baud = {baud}` is enough for the longest lines")));
        fault.help("publish less often, or make the channel a `watch`: of it the newest value is printed, as often as the line can")
    }

    /// Where the task says where it prints.
    fn span(&self) -> Span {
        let used = self.task.uses.iter().find(|used| used.peripheral == self.to);
        used.map_or(self.task.name.span, |used| used.span)
    }

    /// Characters that a uart carries in a thousand seconds.
    fn carried(&self, baud: u32) -> u128 {
        let parity = u32::from(self.uart.parity != Parity::None);
        // One start bit.
        let bits = 1 + u32::from(self.uart.data_bits) + parity + u32::from(self.uart.stop_bits);
        u128::from(baud) * 1_000 / u128::from(bits)
    }

    fn needed(&self, length: impl Fn(&Flow<'_>) -> u64) -> u128 {
        self.flows.iter().map(|flow| characters(length(flow), flow.rate.period)).sum()
    }
}
