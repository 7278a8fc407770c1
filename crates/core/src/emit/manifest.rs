//! The files that cargo and the linker read.

use fwc_schema::app::LogLevel;
use serde::Serialize;

use crate::emit::{Header, templates};
use crate::plan::{CratePlan, CrateSource, Logging, Plan};

/// The folder of templates for the plan's HAL.
fn folder(plan: &Plan) -> &str {
    plan.board.hal.strip_prefix("embassy-").unwrap_or(&plan.board.hal)
}

pub(super) fn cargo_toml(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        name: &'a str,
        version: &'a str,
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
        crates: plan.crates.iter().map(dependency).collect(),
        dependencies_marker: plan.dependencies.first().map(|first| first.from.marker()),
        dependencies: plan
            .dependencies
            .iter()
            .map(|used| format!("{} = {}", used.name, used.value))
            .collect(),
        own_crates: own.collect(),
    };
    templates::render("shared/Cargo.toml.j2", view)
}

/// A line of `[dependencies]`.
fn dependency(used: &CratePlan) -> String {
    let features: Vec<String> = used.features.iter().map(|feature| format!("{feature:?}")).collect();
    let features = (!features.is_empty()).then(|| format!("features = [{}]", features.join(", ")));
    match (&used.source, features) {
        (CrateSource::Version(version), None) => format!("{} = \"={version}\"", used.name),
        (CrateSource::Version(version), Some(features)) => {
            format!("{} = {{ version = \"={version}\", {features} }}", used.name)
        }
        (CrateSource::Path(path), None) => format!("{} = {{ path = {path:?} }}", used.name),
        (CrateSource::Path(path), Some(features)) => {
            format!("{} = {{ path = {path:?}, {features} }}", used.name)
        }
    }
}

/// The tested lock file, with the application as its root package.
pub(super) fn cargo_lock(plan: &Plan) -> String {
    let base = templates::text(&format!("{}/locks/{}.lock", folder(plan), lock_name(plan)));
    with_root(base, &plan.app.name, &plan.app.version)
}

/// Which of the lock files: they differ in what logs and panics need.
fn lock_name(plan: &Plan) -> &'static str {
    match (plan.app.logging, plan.app.own_panic_handler()) {
        (Logging::Defmt, false) => "rtt",
        (Logging::Defmt, true) => "rtt-reset",
        (Logging::Log, _) => "uart",
        (Logging::None, _) => "off",
    }
}

/// The name of the root package in the bundled lock files.
const ROOT: &str = "app";

/// Renames the root package. cargo sorts packages by name, and would write the file anew if this one did not.
fn with_root(lock: &str, name: &str, version: &str) -> String {
    const SEPARATOR: &str = "\n[[package]]\n";
    let mut packages: Vec<&str> = lock.trim_end().split(SEPARATOR).collect();
    let head = packages.remove(0);
    let is_root = |package: &&str| package_name(package) == Some(ROOT);
    let place = packages.iter().position(is_root).expect("the bundled lock file has the root package");
    let root = packages.remove(place);
    let dependencies = root.find("dependencies").map_or("", |start| &root[start..]);
    let root = format!("name = {name:?}\nversion = {version:?}\n{dependencies}");
    let place = packages.partition_point(|package| package_name(package) < Some(name));
    packages.insert(place, root.trim_end());
    let packages = packages.into_iter().map(str::trim_end);
    let packages: Vec<String> =
        std::iter::once(head.trim_end()).chain(packages).map(str::to_string).collect();
    packages.join(&format!("\n{SEPARATOR}")) + "\n"
}

fn package_name(package: &str) -> Option<&str> {
    package.lines().next()?.strip_prefix("name = \"")?.strip_suffix('"')
}

pub(super) fn cargo_config(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        target: &'a str,
        defmt_level: Option<LogLevel>,
    }
    let view = View {
        header: Header::of(plan),
        target: &plan.board.target,
        defmt_level: (plan.app.logging == Logging::Defmt).then_some(plan.app.log),
    };
    templates::render("shared/.cargo/config.toml.j2", view)
}

pub(super) fn build_script(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        defmt: bool,
    }
    let view = View { header: Header::of(plan), defmt: plan.app.logging == Logging::Defmt };
    templates::render("rp/build.rs.j2", view)
}

pub(super) fn memory(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        chip: &'a str,
        regions: Vec<String>,
    }
    let width = plan.memory.iter().map(|region| region.name.len()).max().unwrap_or_default();
    let regions = plan.memory.iter().map(|region| {
        let (name, origin) = (&region.name, region.origin);
        format!("{name:width$} : ORIGIN = {origin:#010X}, LENGTH = {}", length(region.length))
            .replace("0X", "0x")
    });
    let view = View { header: Header::of(plan), chip: &plan.board.chip_title, regions: regions.collect() };
    templates::render("shared/memory.x.j2", view)
}

/// A length as a linker script writes it: whole KiB where it is.
fn length(bytes: u32) -> String {
    if bytes.is_multiple_of(1024) { format!("{}K", bytes / 1024) } else { format!("{bytes:#X}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_package_is_renamed_and_stands_in_its_place() {
        let lock = "\
# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = \"aa\"
version = \"1.0.0\"

[[package]]
name = \"app\"
version = \"0.1.0\"
dependencies = [
 \"aa\",
]

[[package]]
name = \"zz\"
version = \"1.0.0\"
";
        let renamed = with_root(lock, "fan", "1.2.3");
        assert_eq!(
            renamed,
            "\
# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = \"aa\"
version = \"1.0.0\"

[[package]]
name = \"fan\"
version = \"1.2.3\"
dependencies = [
 \"aa\",
]

[[package]]
name = \"zz\"
version = \"1.0.0\"
"
        );
        assert_eq!(with_root(lock, "app", "0.1.0"), lock);
    }
}
