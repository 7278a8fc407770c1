//! The job: lines of words on stdin to what is to happen, and when.
//!
//! ```text
//! run-for 3000000000                 nanoseconds
//! polls                              report each poll of a task
//! wall-limit 60000                   milliseconds of wall time
//! careful                            write each line at once: the process may die in the next poll
//! seed 7                             let things of one moment come in another order, and a little late
//! at 100000000 pin 15 1              drive a pin high, low (0), or let go of it (-)
//! at 200000000 uart 0 68690d0a       bytes that begin to arrive
//! at 300000000 adc 0 1250            millivolts
//! steps                              wait at the end of each step, of which the first has no length
//! start
//! ```
//!
//! With `steps`, lines go on behind that: orders, then how far the next step goes.
//! ```text
//! at 400000000 pin 15 0
//! until 410000000
//! ```
//!
//! Words instead of JSON, as a reader of that would be the largest part of this crate.

use std::io::BufRead;

/// What is to be run.
#[derive(Debug, Default)]
pub(crate) struct Job {
    /// How long, in nanoseconds.
    pub(crate) run_for: u64,
    /// After how many milliseconds of wall time it is given up; 0 for never.
    pub(crate) wall_limit_millis: u64,
    /// Whether each poll of a task is reported.
    pub(crate) polls: bool,
    /// Whether each line is written at once.
    pub(crate) careful: bool,
    /// Whether the run waits at the end of each step.
    pub(crate) steps: bool,
    /// What the order of things that happen at one moment is drawn from.
    pub(crate) seed: Option<u64>,
    /// In the order of time.
    pub(crate) orders: Vec<(u64, Order)>,
}

/// Something that the world does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Drives a pin, or lets go of it.
    Pin(u8, Option<bool>),
    /// Sends bytes into a uart.
    Uart(u8, Vec<u8>),
    /// Puts a voltage on a channel of the converter.
    Adc(u8, u16),
}

/// How far a run goes on, and what happens meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// When it waits again.
    pub(crate) until: u64,
    /// In the order of time.
    pub(crate) orders: Vec<(u64, Order)>,
}

/// Reads the lines up to `start`. Who writes them is fwc itself: what is no order ends the run with the line.
pub(crate) fn read_job() -> Job {
    let mut job = Job::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap_or_default();
        if line == "start" {
            break;
        }
        if take(&mut job, &line).is_none() {
            refuse(&line);
        }
    }
    job.orders.sort_by_key(|(at, _)| *at);
    job
}

/// Reads the lines up to `until`; nothing when there are none any more.
pub(crate) fn read_step() -> Option<Step> {
    let mut step = Step::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.ok()?;
        let words: Vec<&str> = line.split(' ').collect();
        let order = match words.as_slice() {
            ["until", time] => time.parse().ok().map(|until| step.until = until),
            ["at", time, order @ ..] => {
                time.parse().ok().zip(parse(order)).map(|order| step.orders.push(order))
            }
            _ => None,
        };
        match (order, words[0]) {
            (None, _) => refuse(&line),
            (Some(()), "until") => return Some(step),
            (Some(()), _) => {}
        }
    }
    None
}

fn refuse(line: &str) -> ! {
    eprintln!("this is no order of a job: {line}");
    std::process::exit(2);
}

fn take(job: &mut Job, line: &str) -> Option<()> {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["run-for", time] => job.run_for = time.parse().ok()?,
        ["wall-limit", time] => job.wall_limit_millis = time.parse().ok()?,
        ["polls"] => job.polls = true,
        ["steps"] => job.steps = true,
        ["careful"] => job.careful = true,
        ["seed", seed] => job.seed = Some(seed.parse().ok()?),
        ["at", time, order @ ..] => job.orders.push((time.parse().ok()?, parse(order)?)),
        _ => return None,
    }
    Some(())
}

fn parse(words: &[&str]) -> Option<Order> {
    Some(match words {
        ["pin", pin, "-"] => Order::Pin(pin.parse().ok()?, None),
        ["pin", pin, level] => Order::Pin(pin.parse().ok()?, Some(*level == "1")),
        ["uart", uart, bytes] => Order::Uart(uart.parse().ok()?, unhex(bytes)?),
        ["adc", channel, millivolts] => Order::Adc(channel.parse().ok()?, millivolts.parse().ok()?),
        _ => return None,
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_orders_and_what_is_none_is_refused() {
        let mut job = Job::default();
        for line in ["run-for 5", "polls", "seed 7", "at 3 pin 15 -", "at 4 uart 0 6869", "at 5 adc 2 900"] {
            assert_eq!(take(&mut job, line), Some(()), "{line}");
        }
        assert_eq!((job.run_for, job.polls, job.seed), (5, true, Some(7)));
        let orders =
            [(3, Order::Pin(15, None)), (4, Order::Uart(0, b"hi".to_vec())), (5, Order::Adc(2, 900))];
        assert_eq!(job.orders, orders);
        for line in ["", "at 3", "at x pin 1 1", "at 3 uart 0 6", "run-for soon"] {
            assert_eq!(take(&mut job, line), None, "{line}");
        }
    }
}
