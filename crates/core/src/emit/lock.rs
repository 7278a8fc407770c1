//! A tested lock file, which holds all that any application may use, to that of one application.

use std::collections::BTreeSet;

/// The name of the root package in the bundled lock files.
const ROOT: &str = "app";

/// What stands between two packages.
const SEPARATOR: &str = "\n[[package]]\n";

/// A package of a lock file.
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    /// Names, with their version where several packages have the name.
    dependencies: Vec<&'a str>,
    text: &'a str,
}

impl<'a> Package<'a> {
    fn of(text: &'a str) -> Option<Package<'a>> {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
            line.strip_suffix('"')
        };
        let listed = text.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","));
        Some(Package {
            name: value("name")?,
            version: value("version")?,
            dependencies: listed.collect(),
            text,
        })
    }

    /// Whether an entry of a list of dependencies means this package.
    fn is(&self, dependency: &str) -> bool {
        match dependency.split_once(' ') {
            Some((name, version)) => (name, version) == (self.name, self.version),
            None => dependency == self.name,
        }
    }
}

/// Names the root package, and leaves out what is not needed for the crates that it uses. cargo sorts packages by name,
/// and would write the file anew if this one did not, or if there were one too many. `unused` are dependencies, each behind
/// its package, which that package has by a feature only.
pub(super) fn with_root(
    lock: &str,
    name: &str,
    version: &str,
    uses: &[&str],
    unused: &[(&str, &str)],
) -> String {
    let mut texts = lock.trim_end().split(SEPARATOR);
    let head = texts.next().unwrap_or_default();
    let (root, packages): (Vec<Package<'_>>, _) =
        texts.filter_map(Package::of).partition(|package| package.name == ROOT);
    let root = root.into_iter().next().expect("the bundled lock file has the root package");
    let direct: Vec<&str> = root
        .dependencies
        .into_iter()
        .filter(|dependency| dependency.split(' ').next().is_some_and(|name| uses.contains(&name)))
        .collect();
    let (packages, texts): (Vec<Package<'_>>, Vec<String>) =
        packages.into_iter().map(|package| without_options(package, uses, unused)).unzip();
    let needed = needed(&packages, &direct);
    let needed = packages.iter().zip(texts).enumerate().filter(|(index, _)| needed.contains(index));
    let mut sorted: Vec<(&str, String)> = needed.map(|(_, (package, text))| (package.name, text)).collect();
    let place = sorted.partition_point(|(other, _)| *other < name);
    sorted.insert(place, (name, package(name, version, &direct)));
    let texts: Vec<String> = std::iter::once(head.trim_end().to_string())
        .chain(sorted.into_iter().map(|(_, text)| text))
        .collect();
    texts.join(&format!("\n{SEPARATOR}")) + "\n"
}

/// Crates that fwc's own name as optional. Generated crates that have the use of one name it too.
const OPTIONAL: &[&str] = &["embassy-usb", "smart-leds"];

/// Takes out of a package of fwc's own what it depends on only where the root does, and of any what is not used.
fn without_options<'a>(
    package: Package<'a>,
    uses: &[&str],
    unused: &[(&str, &str)],
) -> (Package<'a>, String) {
    let is_own = !package.text.lines().any(|line| line.starts_with("source = "));
    let of = package.name;
    let left_out = |name: &str| {
        is_own && OPTIONAL.contains(&name) && !uses.contains(&name) || unused.contains(&(of, name))
    };
    let lines = package.text.trim_end().lines();
    let kept = lines.filter(|line| {
        let dependency = line.strip_prefix(" \"").and_then(|rest| rest.strip_suffix("\","));
        !dependency.is_some_and(left_out)
    });
    let text = kept.collect::<Vec<_>>().join("\n");
    let dependencies = package.dependencies.into_iter().filter(|name| !left_out(name)).collect();
    (Package { dependencies, ..package }, text)
}

/// The places of the packages that these dependencies lead to.
fn needed(packages: &[Package<'_>], direct: &[&str]) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    let mut open: Vec<&str> = direct.to_vec();
    while let Some(dependency) = open.pop() {
        let found = packages.iter().enumerate().find(|(_, package)| package.is(dependency));
        if let Some((index, package)) = found
            && needed.insert(index)
        {
            open.extend(&package.dependencies);
        }
    }
    needed
}

/// The text of a package without a source.
fn package(name: &str, version: &str, dependencies: &[&str]) -> String {
    let mut lines = vec![format!("name = {name:?}"), format!("version = {version:?}")];
    if !dependencies.is_empty() {
        lines.push("dependencies = [".to_string());
        lines.extend(dependencies.iter().map(|dependency| format!(" {dependency:?},")));
        lines.push("]".to_string());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = \"aa\"
version = \"1.0.0\"
dependencies = [
 \"cc 2.0.0\",
]

[[package]]
name = \"app\"
version = \"0.1.0\"
dependencies = [
 \"aa\",
 \"zz\",
]

[[package]]
name = \"cc\"
version = \"1.0.0\"

[[package]]
name = \"cc\"
version = \"2.0.0\"

[[package]]
name = \"zz\"
version = \"1.0.0\"
dependencies = [
 \"cc 1.0.0\",
]
";

    #[test]
    fn the_root_package_is_renamed_and_stands_in_its_place() {
        assert_eq!(with_root(LOCK, "app", "0.1.0", &["aa", "zz"], &[]), LOCK);
        let renamed = with_root(LOCK, "fan", "1.2.3", &["aa", "zz"], &[]);
        let root =
            "[[package]]\nname = \"fan\"\nversion = \"1.2.3\"\ndependencies = [\n \"aa\",\n \"zz\",\n]\n";
        assert!(!renamed.contains("\"app\""), "{renamed}");
        assert!(
            renamed.contains(&format!("version = \"2.0.0\"\n\n{root}\n[[package]]\nname = \"zz\"")),
            "{renamed}"
        );
    }

    #[test]
    fn an_option_of_fwcs_own_crates_is_left_out_with_what_it_leads_to() {
        let lock = LOCK.replace(
            "[[package]]\nname = \"zz\"",
            "[[package]]\nname = \"embassy-usb\"\nversion = \"0.6.0\"\nsource = \"registry\"\n\n[[package]]\nname = \"zz\"",
        );
        let lock = lock.replace(" \"cc 1.0.0\",", " \"cc 1.0.0\",\n \"embassy-usb\",");
        let lock = lock.replace(" \"zz\",", " \"embassy-usb\",\n \"zz\",");
        assert_eq!(with_root(&lock, "app", "0.1.0", &["aa", "zz"], &[]), LOCK);
        assert_eq!(with_root(&lock, "app", "0.1.0", &["aa", "embassy-usb", "zz"], &[]), lock);
    }

    #[test]
    fn what_a_package_has_by_a_feature_only_is_left_out_without_it() {
        let lock = LOCK.replace(
            "name = \"zz\"\nversion = \"1.0.0\"\ndependencies = [\n",
            "name = \"zz\"\nversion = \"1.0.0\"\nsource = \"registry\"\ndependencies = [\n \"aa\",\n",
        );
        let without = lock.replace("\n \"aa\",\n \"cc 1.0.0\"", "\n \"cc 1.0.0\"");
        assert_ne!(lock, without);
        assert_eq!(with_root(&lock, "app", "0.1.0", &["aa", "zz"], &[("zz", "aa")]), without);
        assert_eq!(with_root(&lock, "app", "0.1.0", &["aa", "zz"], &[("aa", "zz")]), lock);
    }

    /// The bundled lock files, each behind its name.
    const BUNDLED: &[(&str, &str)] = &[
        ("esp/off", include_str!("../../../../templates/esp/locks/off.lock")),
        ("esp/rtt-reset", include_str!("../../../../templates/esp/locks/rtt-reset.lock")),
        ("esp/uart", include_str!("../../../../templates/esp/locks/uart.lock")),
        ("nrf/rtt", include_str!("../../../../templates/nrf/locks/rtt.lock")),
        ("rp/rtt", include_str!("../../../../templates/rp/locks/rtt.lock")),
        ("stm32/rtt", include_str!("../../../../templates/stm32/locks/rtt.lock")),
    ];

    /// What of Embassy the generated crate and fwc's own hand to each other: a mutex or a time of two versions is two types.
    const SHARED: &[&str] =
        &["embassy-executor", "embassy-futures", "embassy-sync", "embassy-time", "embedded-hal-async"];

    #[test]
    fn of_a_crate_that_is_there_in_several_versions_ours_have_one() {
        for (name, lock) in BUNDLED {
            let packages: Vec<Package<'_>> = lock.split(SEPARATOR).skip(1).filter_map(Package::of).collect();
            let own: Vec<&Package<'_>> =
                packages.iter().filter(|package| !package.text.contains("\nsource = ")).collect();
            assert!(own.len() >= 3, "{name}: the root, the runtime and the HAL's adapters");
            for shared in SHARED {
                let uses = own.iter().flat_map(|package| &package.dependencies);
                let versions: BTreeSet<&str> = uses
                    .copied()
                    .filter(|used| used.split(' ').next() == Some(shared))
                    .flat_map(|used| packages.iter().filter(|package| package.is(used)))
                    .map(|package| package.version)
                    .collect();
                assert_eq!(versions.len(), 1, "{name}: {shared} {versions:?}");
            }
            // Time has one driver, which the linker finds by its name.
            let drivers = packages.iter().filter(|package| package.name == "embassy-time-driver");
            assert_eq!(drivers.count(), 1, "{name}");
        }
    }

    #[test]
    fn what_no_used_crate_leads_to_is_left_out() {
        assert_eq!(
            with_root(LOCK, "fan", "1.2.3", &["aa", "bb"], &[]),
            "\
# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = \"aa\"
version = \"1.0.0\"
dependencies = [
 \"cc 2.0.0\",
]

[[package]]
name = \"cc\"
version = \"2.0.0\"

[[package]]
name = \"fan\"
version = \"1.2.3\"
dependencies = [
 \"aa\",
]
"
        );
    }
}
