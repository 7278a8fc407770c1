//! What an observed image tells, as text -> values, loads and counts, for lines, records and plots.
//!
//! The text is defmt's: of a message what `defmt::Format` derives, `Reading { celsius: 21.5, valid: true }`.

mod value;

use std::collections::{BTreeMap, VecDeque};

use fwc_core::observe::Watch;
use fwc_diag::words::counted;
use serde_json::{Value as Json, json};

pub(crate) use value::Value;

/// What an image is known to tell, and what was told last.
pub(crate) struct Watching {
    /// What is shown of the messages; empty: all.
    asked: Vec<Watch>,
    /// The tasks by the executor's numbers of them.
    tasks: BTreeMap<u64, String>,
    /// Units by channel and field.
    units: BTreeMap<String, String>,
    /// The numbers of each plot, the newest last.
    plots: BTreeMap<String, Plot>,
    last: Option<Told>,
    /// What came of the report that is not yet complete.
    told: Told,
}

/// The run of one number.
#[derive(Debug, Default)]
pub(crate) struct Plot {
    /// The newest value as text, with its unit.
    pub(crate) shown: String,
    /// As many as the widest terminal has columns.
    pub(crate) numbers: VecDeque<f64>,
}

/// What stands before the name of a task whose load is plotted.
const LOAD_OF: &str = "load of ";
/// More of a plot's past is not kept.
const MOST_NUMBERS: usize = 240;

/// What a report says of everything since the start.
#[derive(Clone, Debug, Default)]
struct Told {
    tasks: Vec<TaskTold>,
    missed: Vec<(String, u32)>,
    dropped: Vec<(String, u32)>,
    /// In ticks, of which there are so many a second.
    now: u32,
    hertz: u32,
    idle: Vec<u32>,
}

#[derive(Clone, Debug)]
struct TaskTold {
    id: u64,
    polls: u32,
    busy: u32,
    longest: u32,
    latest: u32,
}

/// News of one frame.
#[derive(Debug, PartialEq)]
pub(crate) enum News {
    /// A channel took a message: what was asked for of it.
    Message { channel: String, value: Value },
    /// How busy the tasks were.
    Report(Report),
}

/// How busy tasks and cores were since the report before.
#[derive(Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) tasks: Vec<TaskLoad>,
    /// Of each core, the part of the time in which it had nothing to do.
    pub(crate) idle: Vec<f64>,
    /// Missed deadlines by task: how many there are, and how many more than before.
    pub(crate) missed: Vec<(String, u32, u32)>,
    /// The same of messages that channels dropped.
    pub(crate) dropped: Vec<(String, u32, u32)>,
}

/// How busy a task was.
#[derive(Debug, PartialEq)]
pub(crate) struct TaskLoad {
    pub(crate) task: String,
    /// The part of the time that its polls took.
    pub(crate) load: f64,
    pub(crate) polls: u32,
    pub(crate) longest_us: f64,
    pub(crate) latest_us: f64,
}

impl Watching {
    pub(crate) fn new(
        asked: &[Watch],
        tasks: Vec<(u64, String)>,
        units: BTreeMap<String, String>,
    ) -> Watching {
        Watching {
            asked: asked.to_vec(),
            tasks: tasks.into_iter().collect(),
            units,
            plots: BTreeMap::new(),
            last: None,
            told: Told::default(),
        }
    }

    /// The chip has begun anew: its counts too.
    pub(crate) fn restart(&mut self) {
        self.last = None;
        self.told = Told::default();
    }

    /// Takes a frame; some only complete others.
    pub(crate) fn take(&mut self, frame: &str) -> Option<News> {
        let (what, rest) = frame.split_once(' ')?;
        match what {
            "fwc-watch" => self.message(rest),
            "fwc-task" => {
                let [id, polls, busy, longest, latest] = numbers(rest)?;
                self.told.tasks.push(TaskTold { id: id.into(), polls, busy, longest, latest });
                None
            }
            "fwc-missed" | "fwc-dropped" => {
                let (name, count) = rest.rsplit_once(' ')?;
                let list = if what == "fwc-missed" { &mut self.told.missed } else { &mut self.told.dropped };
                list.push((name.to_owned(), count.parse().ok()?));
                None
            }
            "fwc-time" => {
                let [now, hertz, cores, first, second] = numbers(rest)?;
                self.told.now = now;
                self.told.hertz = hertz;
                self.told.idle = [first, second].into_iter().take(cores as usize).collect();
                self.report()
            }
            _ => None,
        }
    }

    fn message(&mut self, text: &str) -> Option<News> {
        let (channel, text) = text.split_once(' ').unwrap_or((text, ""));
        let whole = Value::parse(text);
        let value = whole.only(channel, &self.asked)?;
        value.numbers(channel, &mut |path, number, shown| {
            let unit = self.units.get(path).map(|unit| format!(" {unit}")).unwrap_or_default();
            let plot = self.plots.entry(path.to_owned()).or_default();
            plot.push(number, format!("{shown}{unit}"));
        });
        Some(News::Message { channel: channel.to_owned(), value })
    }

    /// A report is complete: what has happened since the one before.
    fn report(&mut self) -> Option<News> {
        let told = std::mem::take(&mut self.told);
        let last = self.last.replace(told.clone())?;
        let ticks = f64::from(told.now.wrapping_sub(last.now)).max(1.0);
        let micros = |ticks: u32| f64::from(ticks) * 1e6 / f64::from(told.hertz.max(1));
        let tasks = told.tasks.iter().map(|task| {
            let before = last.tasks.iter().find(|before| before.id == task.id);
            let since = |all: u32, before: Option<u32>| all.wrapping_sub(before.unwrap_or(0));
            TaskLoad {
                task: self.tasks.get(&task.id).cloned().unwrap_or_else(|| format!("{:#010x}", task.id)),
                load: f64::from(since(task.busy, before.map(|task| task.busy))) / ticks,
                polls: since(task.polls, before.map(|task| task.polls)),
                longest_us: micros(task.longest),
                latest_us: micros(task.latest),
            }
        });
        let idle = told.idle.iter().zip(last.idle.iter().chain(std::iter::repeat(&0)));
        let more = |now: &[(String, u32)], before: &[(String, u32)]| {
            let count =
                |name: &str| before.iter().find(|(one, _)| one == name).map_or(0, |(_, count)| *count);
            now.iter().map(|(name, all)| (name.clone(), *all, all.wrapping_sub(count(name)))).collect()
        };
        let report = Report {
            tasks: tasks.collect(),
            idle: idle.map(|(now, before)| f64::from(now.wrapping_sub(*before)) / ticks).collect(),
            missed: more(&told.missed, &last.missed),
            dropped: more(&told.dropped, &last.dropped),
        };
        for task in &report.tasks {
            let plot = self.plots.entry(format!("{LOAD_OF}{}", task.task)).or_default();
            plot.push(task.load, percent(task.load));
        }
        Some(News::Report(report))
    }

    /// The plots by their names. Of the loads only one task's, where a task is given.
    pub(crate) fn plots(&self, task: Option<&str>) -> impl Iterator<Item = (&str, &Plot)> {
        let plots = self.plots.iter().map(|(name, plot)| (name.as_str(), plot));
        let is_other = move |name: &str| {
            name.strip_prefix(LOAD_OF).zip(task).is_some_and(|(loaded, task)| loaded != task)
        };
        plots.filter(move |(name, _)| !is_other(name))
    }

    /// A message in words: `celsius=21.5 °C valid=true`.
    pub(crate) fn shown(&self, channel: &str, value: &Value) -> String {
        value.shown(channel, &self.units)
    }
}

impl Plot {
    fn push(&mut self, number: f64, shown: String) {
        if self.numbers.len() == MOST_NUMBERS {
            self.numbers.pop_front();
        }
        self.numbers.push_back(number);
        self.shown = shown;
    }
}

impl Report {
    /// A line each for tasks, cores and counts: of whom, and what.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let tasks = self.tasks.iter().map(|task| {
            let times = (self::micros(task.longest_us), self::micros(task.latest_us));
            let text = format!(
                "load {}, {}, the longest {}, {} late at most",
                percent(task.load),
                counted(task.polls as usize, "poll"),
                times.0,
                times.1
            );
            (task.task.clone(), text)
        });
        let cores = self.idle.iter().enumerate().map(|(core, idle)| {
            let name = if self.idle.len() == 1 { "(idle)".to_owned() } else { format!("(idle {core})") };
            (name, percent(*idle))
        });
        let missed = self.missed.iter().filter(|(_, all, _)| *all > 0);
        let missed = missed.map(|(task, all, more)| {
            let times = counted(*all as usize, "time");
            (task.clone(), format!("missed its deadline {times}, {more} of them since the report before"))
        });
        let dropped = self.dropped.iter().filter(|(_, all, _)| *all > 0);
        let dropped = dropped.map(|(channel, all, more)| {
            let messages = counted(*all as usize, "message");
            (channel.clone(), format!("dropped {messages}, {more} of them since the report before"))
        });
        tasks.chain(cores).chain(missed).chain(dropped).collect()
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Json {
        let counts = |counts: &[(String, u32, u32)]| {
            let counts = counts.iter().map(|(name, all, _)| (name.clone(), json!(all)));
            Json::Object(counts.collect())
        };
        let tasks = self.tasks.iter().map(|task| {
            json!({
                "task": task.task,
                "load": task.load,
                "polls": task.polls,
                "longest_us": task.longest_us,
                "latest_us": task.latest_us,
            })
        });
        json!({
            "tasks": tasks.collect::<Vec<_>>(),
            "idle": self.idle,
            "missed": counts(&self.missed),
            "dropped": counts(&self.dropped),
        })
    }
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

fn micros(time: f64) -> String {
    if time < 10_000.0 { format!("{time:.0} us") } else { format!("{:.1} ms", time / 1_000.0) }
}

/// Numbers between spaces, exactly so many.
fn numbers<const N: usize>(text: &str) -> Option<[u32; N]> {
    let numbers: Option<Vec<u32>> = text.split(' ').map(|number| number.parse().ok()).collect();
    numbers?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watching(asked: &[&str]) -> Watching {
        let asked: Vec<Watch> = asked.iter().map(|text| text.parse().unwrap()).collect();
        let units = BTreeMap::from([("readings.celsius".to_owned(), "°C".to_owned())]);
        Watching::new(&asked, vec![(0x100, "work".to_owned()), (0x200, "(telling)".to_owned())], units)
    }

    #[test]
    fn a_message_is_shown_with_the_units_that_the_app_states() {
        let mut watching = watching(&[]);
        let news = watching.take("fwc-watch readings Reading { celsius: 21.5, valid: true }");
        let Some(News::Message { channel, value }) = news else { panic!("{news:?}") };
        assert_eq!(watching.shown(&channel, &value), "celsius=21.5 °C valid=true");
        let plots: Vec<(&str, &str)> =
            watching.plots(None).map(|(name, plot)| (name, &*plot.shown)).collect();
        assert_eq!(plots, [("readings.celsius", "21.5 °C"), ("readings.valid", "true")]);
    }

    #[test]
    fn only_what_was_asked_for_is_shown() {
        let mut watching = watching(&["readings.celsius"]);
        assert_eq!(watching.take("fwc-watch events Short"), None);
        let news = watching.take("fwc-watch readings Reading { celsius: 21.5, valid: true }");
        let Some(News::Message { value, .. }) = news else { panic!("{news:?}") };
        assert_eq!(value.to_json(), json!({ "celsius": 21.5 }));
        assert_eq!(watching.plots(None).count(), 1);
    }

    #[test]
    fn loads_are_differences_of_two_reports_and_wrap_around() {
        let mut watching = watching(&[]);
        let first =
            ["fwc-task 256 10 4294967290 7 3", "fwc-missed work 1", "fwc-time 4294967295 1000000 1 0 0"];
        assert!(first.iter().all(|frame| watching.take(frame).is_none()), "there is nothing to compare with");
        let second = ["fwc-task 256 12 249994 200000 30", "fwc-missed work 3", "fwc-dropped events 0"];
        assert!(second.iter().all(|frame| watching.take(frame).is_none()));
        let Some(News::Report(report)) = watching.take("fwc-time 999999 1000000 1 700000 0") else {
            panic!()
        };
        let task = &report.tasks[0];
        assert_eq!((task.task.as_str(), task.polls, task.load), ("work", 2, 0.25));
        assert_eq!(report.idle, [0.7]);
        assert_eq!(
            report.lines(),
            [
                (
                    "work".to_owned(),
                    "load 25.0 %, 2 polls, the longest 200.0 ms, 30 us late at most".to_owned()
                ),
                ("(idle)".to_owned(), "70.0 %".to_owned()),
                (
                    "work".to_owned(),
                    "missed its deadline 3 times, 2 of them since the report before".to_owned()
                ),
            ]
        );
    }
}
