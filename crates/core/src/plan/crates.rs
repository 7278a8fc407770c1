//! The crates that the generated crate depends on: which, in which version, with which features.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use fwc_schema::app::{LogLevel, OnPanic};
use serde::{Deserialize, Serialize};
use toml::de::DeTable;

use crate::app::{App, LogOver, PeripheralId};
use crate::plan::entry::Entry;
use crate::plan::hal;
use crate::plan::{Facts, UserCode};
use crate::resolved::Resolved;

/// A crate that fwc brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CratePlan {
    /// Its name.
    pub name: String,
    /// Where it is from.
    #[serde(flatten)]
    pub source: CrateSource,
    /// Its features, sorted.
    pub features: Vec<String>,
    /// Whether it has its default features too.
    pub default_features: bool,
}

/// Where a crate is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrateSource {
    /// The registry, in exactly this version.
    Version(String),
    /// A folder of the generated crate.
    Path(String),
}

/// One of `[dependencies]`, passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DependencyPlan {
    /// Its name.
    pub name: String,
    /// What stands behind the `=`, as written.
    pub value: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: Entry,
}

/// How logs are made, which is a feature of many crates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Logging {
    /// By `defmt`.
    Defmt,
    /// By `log`, as text.
    Log,
    /// Not at all.
    None,
}

impl Logging {
    pub(crate) fn of(app: &App) -> Logging {
        match (app.log, app.log_over) {
            (LogLevel::Off, _) => Logging::None,
            // defmt leaves its texts to the tools of a chip.
            (_, LogOver::Rtt) if app.is_simulated() => Logging::Log,
            (_, LogOver::Rtt) => Logging::Defmt,
            (_, LogOver::Uart(_) | LogOver::Usb) => Logging::Log,
        }
    }

    /// The feature that Embassy's crates and fwc's call it by.
    pub(super) fn feature(self) -> Option<&'static str> {
        match self {
            Logging::Defmt => Some("defmt"),
            Logging::Log => Some("log"),
            Logging::None => None,
        }
    }
}

/// The uart that logs leave over, where there are logs and they do.
pub(super) fn log_uart(app: &App) -> Option<PeripheralId> {
    match (Logging::of(app), app.log_over) {
        (Logging::Log, LogOver::Uart(id)) => Some(id),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Versions {
    crates: BTreeMap<String, String>,
}

/// The tested versions.
fn versions() -> &'static BTreeMap<String, String> {
    static VERSIONS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    VERSIONS.get_or_init(|| {
        let text = include_str!("../../../../templates/versions.toml");
        let versions: Versions = toml::from_str(text)
            .unwrap_or_else(|fault| panic!("the bundled versions.toml is faulty: {fault}"));
        versions.crates
    })
}

/// By name.
pub(super) fn crates(resolved: &Resolved, logging: Logging) -> Vec<CratePlan> {
    let log = logging.feature();
    let mut features: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut add = |name: &'static str, own: &[&str]| {
        features.entry(name).or_default().extend(own.iter().map(|feature| (*feature).to_string()));
    };
    let simulated = resolved.app.is_simulated();
    let own_runtime = hal::has_own_runtime(resolved.app.board.chip.hal);
    if !simulated && !own_runtime {
        add("embassy-executor", &["platform-cortex-m"]);
        // The HAL's own executors, which reach the other core, stand in for these: of both there would be two wakers.
        if !resolved.wakes_across_cores() {
            add("embassy-executor", &["executor-thread"]);
            if !resolved.interrupt_executors.is_empty() {
                add("embassy-executor", &["executor-interrupt"]);
            }
        }
    }
    for name in ["embassy-sync", "embassy-time", "fwc-runtime", "embassy-executor"] {
        add(name, log.as_slice());
    }
    // What user code may name without a line in `[dependencies]`.
    for name in ["embassy-futures", "embedded-hal", "embedded-hal-async", "embedded-io-async", "static_cell"]
    {
        add(name, &[]);
    }
    add("heapless", if logging == Logging::Defmt { &["defmt"] } else { &[] });
    // esp-hal has chosen another way for a chip without atomic instructions, and portable-atomic takes one.
    add("portable-atomic", if own_runtime { &[] } else { &["critical-section"] });
    if let Some(observation) = &resolved.observation {
        if !observation.channels.is_empty() {
            add("fwc-runtime", &["observe"]);
        }
        if observation.statistics_us.is_some() {
            add("fwc-runtime", &["statistics"]);
            add("embassy-executor", &["trace"]);
        }
    }
    if resolved.app.heap.is_some() && !simulated {
        add("embedded-alloc", &["llff"]);
        if logging == Logging::Defmt {
            add("defmt", &["alloc"]);
        }
    }
    match logging {
        Logging::Defmt => {
            add("embassy-time", &["defmt-timestamp-uptime"]);
            add("defmt", &[]);
            add("defmt-rtt", &[]);
        }
        Logging::Log => add("log", max_level(resolved.app.log).as_slice()),
        Logging::None => {}
    }
    let by_probe = logging == Logging::Defmt && resolved.app.on_panic == OnPanic::Halt && !own_runtime;
    if by_probe && !resolved.uses_core1() {
        add("panic-probe", &["print-defmt"]);
    }
    for used in hal::crates(resolved, logging) {
        let own: Vec<&str> = used.features.iter().map(String::as_str).collect();
        add(used.name, &own);
    }
    let plans = features.into_iter().map(|(name, mut features)| {
        features.sort_unstable();
        CratePlan {
            name: name.to_string(),
            source: source(name),
            features,
            // The defaults of the one are all its allocators, of the other a class: what is used is said.
            default_features: !matches!(name, "embedded-alloc" | "embassy-usb"),
        }
    });
    let mut plans: Vec<CratePlan> = plans.chain(of_drivers(&resolved.app)).collect();
    plans.sort_by(|left, right| left.name.cmp(&right.name));
    // Two drivers may be made of one crate; the check refuses two versions of it.
    plans.dedup_by(|second, first| {
        let is_same = second.name == first.name;
        if is_same {
            first.features.append(&mut second.features);
            first.features.sort();
            first.features.dedup();
            first.default_features |= second.default_features;
        }
        is_same
    });
    plans
}

/// The crates that drivers of devices name.
fn of_drivers(app: &App) -> impl Iterator<Item = CratePlan> {
    app.drivers().flat_map(|driver| driver.crates()).map(|used| CratePlan {
        name: used.name.clone(),
        source: CrateSource::Version(used.version.clone()),
        features: used.features.clone(),
        default_features: used.default_features,
    })
}

/// `log`'s feature that leaves out of the image what is below the level.
fn max_level(level: LogLevel) -> Option<&'static str> {
    match level {
        LogLevel::Off => None,
        LogLevel::Error => Some("max_level_error"),
        LogLevel::Warn => Some("max_level_warn"),
        LogLevel::Info => Some("max_level_info"),
        LogLevel::Debug => Some("max_level_debug"),
        LogLevel::Trace => Some("max_level_trace"),
    }
}

fn source(name: &str) -> CrateSource {
    if name.starts_with("fwc-") {
        return CrateSource::Path(name.to_string());
    }
    match versions().get(name) {
        Some(version) => CrateSource::Version(version.clone()),
        None => panic!("the bundled versions.toml has no `{name}`"),
    }
}

/// In the order of the file.
pub(super) fn dependencies(facts: &Facts<'_>, user_code: UserCode<'_>) -> Vec<DependencyPlan> {
    let dependencies = facts.app().dependencies.iter().map(|(name, value)| DependencyPlan {
        name: name.value.clone(),
        value: match user_code {
            UserCode::Beside(source_folder) => from_crate(value, source_folder),
            UserCode::Inside => value.clone(),
        },
        from: Entry { entry: "dependencies".to_string(), line: facts.lines.line(name.span) },
    });
    dependencies.collect()
}

/// A dependency whose `path`, which is meant from the folder of app.toml, leads there from the generated crate.
fn from_crate(value: &str, source_folder: &str) -> String {
    const KEY: &str = "dependency = ";
    let text = format!("{KEY}{value}");
    let Some((path, span)) = path_of(&text) else { return value.to_string() };
    // The user's code is in the project's folder; the crate is where its `src` is.
    let project = source_folder.rsplit_once('/').map_or("..", |(project, _)| project);
    let project = project.strip_prefix("../").unwrap_or(".");
    let moved = format!("{}{:?}{}", &text[..span.start], format!("{project}/{path}"), &text[span.end..]);
    moved[KEY.len()..].to_string()
}

/// The relative path in a dependency, and where it stands.
fn path_of(text: &str) -> Option<(String, std::ops::Range<usize>)> {
    let table = DeTable::parse(text).ok()?;
    let dependency = table.get_ref().values().next()?.get_ref().as_table()?;
    let path = dependency.get("path")?;
    let name = path.get_ref().as_str().filter(|path| !path.starts_with('/') && !path.contains(':'))?;
    Some((name.to_string(), path.span()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_meant_from_the_project() {
        let moved = |value| from_crate(value, "../../../src");
        assert_eq!(
            moved("{ path = \"helper\", features = [\"a\"] }"),
            "{ path = \"../../helper\", features = [\"a\"] }"
        );
        assert_eq!(moved("{ path = '../shared' }"), "{ path = \"../../../shared\" }");
        assert_eq!(moved("{ path = \"/opt/shared\" }"), "{ path = \"/opt/shared\" }");
        assert_eq!(moved("\"1.0\""), "\"1.0\"");
    }
}
