//! What a board says -> lines for people, records for programs, and a file.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use fwc_build::SourceMap;
use fwc_target::monitor::{Crash, MonitorEvent};
use fwc_target::serial::SerialEvent;
use fwc_target::{LogLevel, LogRecord};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{ListenOptions, LowestLevel};
use crate::chain::WAY_TO_USER_CODE;
use crate::commands::build::Naming;
use crate::failure::{Failure, While};
use crate::panel;
use crate::project::{APP_FILE, Project};
use crate::shell::Shell;
use crate::watching::{News, Watching};
use crate::write::GENERATED;

/// The one stream of everything that is heard.
pub(crate) struct Lines<'a> {
    shell: &'a Shell,
    options: &'a ListenOptions,
    places: Places<'a>,
    file: Option<(PathBuf, File)>,
    begun: Instant,
    /// What an observed image tells; nothing for any other.
    watching: Option<Watching>,
    /// Rows below the lines, where there is a terminal and an observed image.
    panel: Option<Panel>,
    /// Where messages come from, by what the log tables say of them.
    origins: HashMap<Origins, Arc<Origin>>,
    /// The first line that could not be written.
    output: Outcome,
}

/// The rows below the lines.
struct Panel {
    all: MultiProgress,
    rows: Vec<ProgressBar>,
}

impl Panel {
    fn show(&mut self, texts: Vec<String>) {
        for _ in self.rows.len()..texts.len() {
            let style = ProgressStyle::with_template("{msg}").expect("the template is well formed");
            self.rows.push(self.all.add(ProgressBar::new_spinner().with_style(style)));
        }
        for (row, text) in self.rows.iter().zip(texts) {
            row.set_message(text);
        }
    }
}

/// Module, file and line.
type Origins = (Option<Arc<str>>, Option<Arc<Path>>, Option<u64>);

/// What places in the generated crate and in the user's files are called.
pub(crate) struct Places<'a> {
    map: &'a SourceMap,
    naming: &'a Naming,
    project: &'a Project,
    generated: PathBuf,
    crate_name: String,
}

impl<'a> Places<'a> {
    pub(crate) fn new(
        map: &'a SourceMap,
        naming: &'a Naming,
        project: &'a Project,
        board: &str,
        app: &str,
    ) -> Places<'a> {
        let generated = project.root.join(GENERATED).join(board);
        Places { map, naming, project, generated, crate_name: app.replace('-', "_") }
    }

    /// A place in the user's files, `src/filter.rs:12`, or what it was made from, `app.toml:14`.
    pub(crate) fn shown(&self, file: Option<&Path>, line: Option<u64>) -> Option<String> {
        let (file, line) = (file?, line?);
        if let Some((_, app_line)) = self.entry(file, line) {
            return Some(format!("{}:{app_line}", self.project.shown(APP_FILE).display()));
        }
        let straight = straight(file);
        let shown = of_library(&straight).unwrap_or_else(|| self.project.shown_below(&straight));
        Some(format!("{}:{line}", shown.display()))
    }

    /// A module by the user's name for it: the task whose code it is, else `filter` of `app::filter::inner`, and other
    /// people's crates by theirs.
    fn module<'path>(&'path self, path: &'path str) -> &'path str {
        let mut parts = path.split("::");
        let first = parts.next().unwrap_or_default();
        if first != self.crate_name {
            return first;
        }
        let module = parts.next().unwrap_or(first);
        self.naming.modules.get(module).map_or(module, String::as_str)
    }

    /// A message in which the compiler's way to the user's modules is straightened.
    pub(crate) fn straightened(message: &str) -> String {
        message.replace(&format!("src/{WAY_TO_USER_CODE}/"), "src/")
    }

    /// Where in app.toml a task stands that was at work, with the line itself.
    pub(crate) fn of_task(&self, task: &str) -> String {
        let entry = format!("tasks.{task}");
        let Some(place) = self.map.places.iter().find(|place| place.app.entry == entry) else {
            return format!("in the task `{task}`");
        };
        let (shown, line) = (self.project.shown(APP_FILE), place.app.line);
        let title = format!("in the task `{task}`, {}:{line}", shown.display());
        let text = self.project.text(APP_FILE).unwrap_or_default();
        match line.checked_sub(1).and_then(|before| text.lines().nth(before)) {
            Some(written) => {
                let gutter = " ".repeat(line.to_string().len());
                format!("{title}\n{gutter} |\n{line} | {}\n{gutter} |", written.trim_end())
            }
            None => title,
        }
    }

    /// The entry of app.toml that a line of the generated crate was made from, and its line there.
    fn entry(&self, file: &Path, line: u64) -> Option<(&str, usize)> {
        let relative = file.strip_prefix(&self.generated).ok()?;
        let found = self.map.lookup(relative, usize::try_from(line).ok()?)?;
        Some((&found.entry, found.line))
    }
}

/// Where a message comes from.
struct Origin {
    /// The task, or the module where no task is known.
    source: String,
    /// The place in the user's files.
    place: Option<String>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(
        options: &'a ListenOptions,
        places: Places<'a>,
        watching: Option<Watching>,
        shell: &'a Shell,
    ) -> Result<Lines<'a>, Failure> {
        let file = options.log_file.as_ref().map(|path| {
            let file = File::options().append(true).create(true).open(path).doing("opening", path)?;
            Ok((path.clone(), file))
        });
        Ok(Lines {
            shell,
            options,
            places,
            file: file.transpose()?,
            begun: Instant::now(),
            panel: (watching.is_some() && shell.draws_panel())
                .then(|| Panel { all: MultiProgress::new(), rows: Vec::new() }),
            watching,
            origins: HashMap::new(),
            output: Ok(()),
        })
    }

    /// Shows what came by a probe.
    pub(crate) fn probe(&mut self, event: &MonitorEvent) {
        match event {
            MonitorEvent::Listening => self.note("Listening", "to the log; Ctrl-C ends it", "listening"),
            MonitorEvent::Restarted => {
                self.watching.iter_mut().for_each(Watching::restart);
                self.note("Restarted", "the chip has begun anew", "restarted");
            }
            MonitorEvent::Broken(count) => {
                let text = format!(
                    "{count} or more messages from before: nobody read the log, and its buffer keeps the newest"
                );
                self.note("Missed", &text, "log-missed");
            }
            MonitorEvent::Logs(records) => self.logs(records),
            MonitorEvent::Crashed(_) | MonitorEvent::Alive => {}
        }
    }

    /// Shows what came over a serial port.
    pub(crate) fn serial(&mut self, port: &str, event: SerialEvent) {
        match event {
            SerialEvent::Listening => {
                self.note("Listening", &format!("to {port}; Ctrl-C ends it"), "listening")
            }
            SerialEvent::Gone(reason) => {
                self.note("Waiting", &format!("for {port}, which is gone: {reason}"), "port-gone");
            }
            SerialEvent::Line(text) => {
                let wanted = self.options.grep.as_ref().is_none_or(|part| text.contains(part.as_str()));
                if !wanted || self.options.task.is_some() || self.options.level.is_some() {
                    return;
                }
                if self.shell.is_json() {
                    let time = self.begun.elapsed().as_secs_f64();
                    self.record(
                        &json!({ "reason": "text", "host_seconds": time, "port": port, "text": text }),
                    );
                    return;
                }
                let time = self.seconds();
                self.line(&format!("{time:>11}       {text}"));
            }
        }
    }

    /// Says that the probe is gone.
    pub(crate) fn probe_gone(&mut self, reason: &str) {
        self.note("Lost", reason, "probe-gone");
    }

    /// Tells programs of a crash; people get it as the last words.
    pub(crate) fn crash(&mut self, crash: &Crash) {
        if self.shell.is_json() {
            self.record(&json!({ "reason": "crashed", "crash": crash }));
        }
    }

    /// Whether everything could be written.
    pub(crate) fn end(self) -> Outcome {
        if let Some(panel) = &self.panel {
            // The rows stay as they were last.
            panel.rows.iter().for_each(ProgressBar::abandon);
        }
        self.output
    }

    /// All that came together is written together: a flood is many lines.
    fn logs(&mut self, records: &[LogRecord]) {
        let mut text = String::new();
        for record in records {
            if record.is_report {
                self.report(record, &mut text);
                continue;
            }
            let origin = self.origin(record);
            if self.is_wanted(record, &origin) {
                self.show(record, &origin, &mut text);
                text.push('\n');
            }
        }
        self.write(&text);
    }

    /// What an observed image tells: lines and records, or rows below them.
    fn report(&mut self, record: &LogRecord, text: &mut String) {
        let Some(watching) = &mut self.watching else { return };
        let Some(news) = watching.take(&record.message) else { return };
        let lines = match &news {
            News::Message { channel, value } => {
                vec![("value", channel.clone(), watching.shown(channel, value))]
            }
            News::Report(report) => {
                let lines = report.lines().into_iter();
                lines.map(|(name, line)| ("stats", name, line)).collect()
            }
        };
        if self.shell.is_json() {
            let (host, time) = (self.begun.elapsed().as_secs_f64(), &record.timestamp);
            let mut object = match &news {
                News::Message { channel, value } => {
                    json!({ "reason": "value", "channel": channel, "value": value.to_json() })
                }
                News::Report(report) => json!({ "reason": "statistics", "statistics": report.to_json() }),
            };
            object["time"] = json!(time);
            object["host_seconds"] = json!(host);
            text.push_str(&format!("{object}\n"));
            return;
        }
        let seconds = record.timestamp.clone().unwrap_or_else(|| self.seconds());
        let ListenOptions { task, grep, .. } = self.options;
        let mut lines_text = String::new();
        for (kind, name, line) in lines {
            let task = task.as_ref().is_none_or(|task| kind == "value" || *task == name);
            if task && grep.as_ref().is_none_or(|part| line.contains(part.as_str())) {
                // Writing into a text does not fail.
                let _ = writeln!(lines_text, "{seconds:>11} {kind:<5} {name:<10} {line}");
            }
        }
        match &mut self.panel {
            None => text.push_str(&lines_text),
            Some(panel) => {
                let plots = self.watching.iter().flat_map(|watching| watching.plots(task.as_deref()));
                panel.show(panel::rows(plots, self.shell.width()));
                self.keep(&lines_text);
            }
        }
    }

    fn show(&self, record: &LogRecord, origin: &Origin, text: &mut String) {
        let level = record.level.map(LogLevel::name);
        if self.shell.is_json() {
            let object = json!({
                "reason": "log",
                "host_seconds": self.begun.elapsed().as_secs_f64(),
                "time": record.timestamp,
                "level": level,
                "source": origin.source,
                "place": origin.place,
                "module": record.module.as_deref(),
                "message": Places::straightened(&record.message),
            });
            text.push_str(&object.to_string());
            return;
        }
        let seconds;
        let time = match &record.timestamp {
            Some(time) => time,
            None => {
                seconds = self.seconds();
                &seconds
            }
        };
        let level = format!("{:<5}", level.unwrap_or_default());
        let level = match record.level {
            Some(LogLevel::Error) => self.shell.removed(&level),
            Some(LogLevel::Warn) => self.shell.strong(&level),
            _ => level,
        };
        let message = Places::straightened(&record.message);
        // Writing into a text does not fail.
        let _ = write!(text, "{time:>11} {level} {:<10} {message}", origin.source);
        if let Some(place) = &origin.place {
            text.push_str(&self.shell.faint(&format!("  {place}")));
        }
    }

    fn is_wanted(&self, record: &LogRecord, origin: &Origin) -> bool {
        let ListenOptions { level, task, grep, .. } = self.options;
        // What was printed without a level is always meant to be seen.
        let level = level.zip(record.level).is_none_or(|(lowest, level)| level >= lowest_level(lowest));
        let task = task.as_ref().is_none_or(|task| *task == origin.source);
        let grep = grep.as_ref().is_none_or(|part| record.message.contains(part.as_str()));
        level && task && grep
    }

    /// What is said a thousand times comes from one place, which is looked up once.
    fn origin(&mut self, record: &LogRecord) -> Arc<Origin> {
        let key = (record.module.clone(), record.file.clone(), record.line);
        if let Some(origin) = self.origins.get(&key) {
            return Arc::clone(origin);
        }
        let place = self.places.shown(record.file.as_deref(), record.line);
        let entry =
            record.file.as_deref().zip(record.line).and_then(|(file, line)| self.places.entry(file, line));
        let source = match entry {
            Some((entry, _)) => entry.rsplit('.').next().unwrap_or(entry).to_owned(),
            // Of `app::filter::inner`, what the user calls it: the module.
            None => {
                record.module.as_deref().map(|path| self.places.module(path)).unwrap_or_default().to_owned()
            }
        };
        let origin = Arc::new(Origin { source, place });
        self.origins.insert(key, Arc::clone(&origin));
        origin
    }

    fn seconds(&self) -> String {
        format!("{:.6}", self.begun.elapsed().as_secs_f64())
    }

    fn note(&mut self, verb: &str, text: &str, reason: &str) {
        if self.shell.is_json() {
            self.record(&json!({ "reason": reason, "message": text }));
        }
        match &self.panel {
            Some(panel) => panel.all.suspend(|| self.shell.status(verb, text)),
            None => self.shell.status(verb, text),
        }
    }

    fn line(&mut self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    fn record(&mut self, object: &serde_json::Value) {
        self.write(&format!("{object}\n"));
    }

    /// To stdout and into the file: whole lines.
    fn write(&mut self, text: &str) {
        if text.is_empty() || self.output.is_err() {
            return;
        }
        self.output = match &self.panel {
            Some(panel) => panel.all.suspend(|| self.shell.data(text)),
            None => self.shell.data(text),
        };
        self.keep(text);
    }

    /// Into the file alone.
    fn keep(&mut self, text: &str) {
        if let Some((path, file)) = &mut self.file
            && self.output.is_ok()
        {
            self.output = file.write_all(text.as_bytes()).doing("writing", path);
        }
    }
}

/// A file of a crate that cargo has fetched, or of Rust's own library, without the way there.
fn of_library(file: &Path) -> Option<PathBuf> {
    let parts: Vec<Component<'_>> = file.components().collect();
    let after = |words: [&str; 2]| {
        let found = parts
            .windows(2)
            .position(|pair| pair[0].as_os_str() == words[0] && pair[1].as_os_str() == words[1]);
        found.map(|at| at + 2)
    };
    // Behind `registry/src` stands the registry, behind `/rustc` the commit.
    let start = match after(["registry", "src"]) {
        Some(start) => start + 1,
        None => after(["/", "rustc"])? + 1,
    };
    Some(parts.get(start..)?.iter().collect())
}

/// A path without `..`: the generated crate reaches the user's modules by `generated/BOARD/src/../../../src/`.
fn straight(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if straight.file_name().is_some() => {
                straight.pop();
            }
            part => straight.push(part),
        }
    }
    straight
}

fn lowest_level(level: LowestLevel) -> LogLevel {
    match level {
        LowestLevel::Trace => LogLevel::Trace,
        LowestLevel::Debug => LogLevel::Debug,
        LowestLevel::Info => LogLevel::Info,
        LowestLevel::Warn => LogLevel::Warn,
        LowestLevel::Error => LogLevel::Error,
    }
}
