//! The files that cargo and the linker read.

use fwc_schema::app::LogLevel;
use serde::Serialize;

use crate::emit::source::hal_name;
use crate::emit::{Header, lock, templates};
use crate::plan::{CratePlan, CrateSource, Logging, Plan};

/// The folder of templates for the plan's HAL.
fn folder(plan: &Plan) -> &str {
    if plan.is_simulated {
        return "sim";
    }
    hal_name(plan)
}

pub(super) fn cargo_toml(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        name: &'a str,
        version: &'a str,
        defmt: bool,
        crates: Vec<String>,
        dependencies_marker: Option<String>,
        dependencies: Vec<String>,
        own_crates: Vec<String>,
    }
    let own = plan.crates.iter().filter_map(|used| match &used.source {
        CrateSource::Path(path) => Some(format!("{path:?}")),
        CrateSource::Version(_) => None,
    });
    let view = View {
        header: Header::of(plan),
        name: &plan.app.name,
        version: &plan.app.version,
        defmt: plan.app.logging == Logging::Defmt && !plan.app.own_runtime,
        crates: plan.crates.iter().map(dependency).collect(),
        dependencies_marker: plan.dependencies.first().map(|first| first.from.marker()),
        dependencies: plan
            .dependencies
            .iter()
            .map(|used| format!("{} = {}", used.name, used.value))
            .collect(),
        own_crates: own.collect(),
    };
    let template = if plan.is_simulated { "sim/Cargo.toml.j2" } else { "shared/Cargo.toml.j2" };
    templates::render(template, view)
}

/// A line of `[dependencies]`.
fn dependency(used: &CratePlan) -> String {
    let features: Vec<String> = used.features.iter().map(|feature| format!("{feature:?}")).collect();
    let source = match &used.source {
        CrateSource::Version(version) => format!("version = \"={version}\""),
        CrateSource::Path(path) => format!("path = {path:?}"),
    };
    let defaults = (!used.default_features).then(|| "default-features = false".to_string());
    let features = (!features.is_empty()).then(|| format!("features = [{}]", features.join(", ")));
    let keys: Vec<String> = [Some(source), defaults, features].into_iter().flatten().collect();
    match (&used.source, keys.as_slice()) {
        (CrateSource::Version(version), [_]) => format!("{} = \"={version}\"", used.name),
        _ => format!("{} = {{ {} }}", used.name, keys.join(", ")),
    }
}

/// The tested lock file, with the application as its root package and without what it does not use.
pub(super) fn cargo_lock(plan: &Plan) -> String {
    let base = templates::text(&format!("{}/locks/{}.lock", folder(plan), lock_name(plan)));
    let uses: Vec<&str> = plan.crates.iter().map(|used| used.name.as_str()).collect();
    lock::with_root(base, &plan.app.name, &plan.app.version, &uses, &unused(plan))
}

/// What packages of the tested lock file depend on by a feature that this application has not, each behind its package.
fn unused(plan: &Plan) -> Vec<(&'static str, &'static str)> {
    let has = |feature: &str| plan.crates.iter().flat_map(|used| &used.features).any(|of| of == feature);
    let across = [("embassy-rp", "embassy-executor"), ("embassy-rp", "embassy-executor-macros")];
    let across = across.into_iter().filter(|_| !has(ACROSS_CORES));
    let other_chips = ESP_CHIPS.iter().filter(|(chip, _)| !has(chip)).flat_map(|(_, packages)| *packages);
    across.chain(other_chips.copied()).collect()
}

/// What packages of esp-hal depend on for one of the chips that are in its lock files, each behind its package.
type OfChip = (&'static str, &'static [(&'static str, &'static str)]);

const ESP_CHIPS: &[OfChip] = &[
    ("esp32c3", &[("esp-rom-sys", "esp32c3"), ("esp-storage", "esp32c3")]),
    ("esp32c6", &[("esp-rom-sys", "esp32c6"), ("esp-storage", "esp32c6"), ("esp-hal-procmacros", "object")]),
];

/// The feature by which the HAL's own executors are used, which make it depend on the crate of executors.
const ACROSS_CORES: &str = "executors-across-cores";

/// Which of the lock files: they differ in what logs and panics need.
fn lock_name(plan: &Plan) -> &'static str {
    match (plan.app.logging, plan.app.own_panic_handler()) {
        (Logging::Defmt, false) => "rtt",
        (Logging::Defmt, true) => "rtt-reset",
        (Logging::Log, _) => "uart",
        (Logging::None, _) => "off",
    }
}

pub(super) fn cargo_config(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        target: &'a str,
        linker_scripts: String,
        defmt_level: Option<LogLevel>,
    }
    let view = View {
        header: Header::of(plan),
        target: &plan.board.target,
        linker_scripts: plan.board.linker_scripts.join(" "),
        defmt_level: (plan.app.logging == Logging::Defmt).then_some(plan.app.log),
    };
    let template = match plan.is_simulated {
        true => "sim/.cargo/config.toml.j2",
        false if plan.app.own_runtime => "esp/.cargo/config.toml.j2",
        false => "shared/.cargo/config.toml.j2",
    };
    templates::render(template, view)
}

/// The same for every application and chip, as crates of one name may share what cargo built of it: cargo takes a
/// build script that is older than the last one of the crate's name for that one. What differs it reads.
pub(super) fn build_script(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
    }
    templates::render("shared/build.rs.j2", View { header: Header::of(plan) })
}

pub(super) fn memory(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        chip: &'a str,
        regions: Vec<String>,
        boot_section: Option<&'a str>,
    }
    let width = plan.memory.iter().map(|region| region.name.len()).max().unwrap_or_default();
    let regions = plan.memory.iter().map(|region| {
        let (name, origin) = (&region.name, region.origin);
        format!("{name:width$} : ORIGIN = {origin:#010X}, LENGTH = {}", length(region.length))
            .replace("0X", "0x")
    });
    let view = View {
        header: Header::of(plan),
        chip: &plan.board.chip_title,
        regions: regions.collect(),
        boot_section: plan.board.boot_section.as_deref(),
    };
    templates::render("shared/memory.x.j2", view)
}

/// A length as a linker script writes it: whole KiB where it is.
fn length(bytes: u32) -> String {
    if bytes.is_multiple_of(1024) { format!("{}K", bytes / 1024) } else { format!("{bytes:#X}") }
}
