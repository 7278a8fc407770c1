//! Reads the lines that cargo writes for people: what it does, and how far it is.

use crate::diagnose::RustcFault;
use serde::Serialize;

/// News from a running build.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum BuildEvent {
    /// Another cargo holds a lock; `what` says which, in cargo's words.
    Waiting {
        /// `waiting for file lock on build directory`
        what: String,
    },
    /// Something is fetched.
    Fetching {
        /// `crates.io index`, `embassy-rp v0.10.0`
        what: String,
    },
    /// A crate's compilation begins.
    Compiling {
        /// `embassy-rp v0.10.0`
        what: String,
    },
    /// How far the build is; `total` counts the units that were up to date too.
    Progress {
        /// Finished units.
        done: usize,
        /// All units of the build.
        total: usize,
        /// The units in work, `embassy-rp` or `cortex-m(build)`.
        active: Vec<String>,
    },
    /// A compiler message.
    Fault(Box<RustcFault>),
}

/// What a line of cargo's is.
#[derive(Debug, PartialEq)]
pub(super) enum CargoLine {
    Event(BuildEvent),
    /// Said by other means already.
    Noise,
    /// A warning, an error, or part of one.
    Other,
}

/// Reads one line.
pub(super) fn read_cargo_line(line: &str) -> CargoLine {
    let Some((verb, rest)) = status(line) else { return CargoLine::Other };
    let what = rest.to_owned();
    match verb {
        "Building" => progress(rest).map_or(CargoLine::Noise, CargoLine::Event),
        "Blocking" => CargoLine::Event(BuildEvent::Waiting { what }),
        "Updating" | "Downloading" | "Downloaded" if !rest.starts_with('[') => {
            CargoLine::Event(BuildEvent::Fetching { what })
        }
        "Compiling" => CargoLine::Event(BuildEvent::Compiling { what }),
        _ => CargoLine::Noise,
    }
}

/// cargo writes a verb, right-aligned in twelve columns, then what it is about.
fn status(line: &str) -> Option<(&str, &str)> {
    let (head, rest) = line.split_at_checked(12)?;
    let verb = head.trim_start();
    let is_verb = verb.starts_with(|first: char| first.is_ascii_uppercase())
        && verb.chars().all(|letter| letter.is_ascii_alphabetic());
    let rest = rest.strip_prefix(' ')?;
    is_verb.then(|| (verb, rest.trim()))
}

/// `[====>     ] 12/45: embassy-rp, cortex-m(build), serde...`
fn progress(rest: &str) -> Option<BuildEvent> {
    let (counts, active) = rest.rsplit_once("] ")?.1.split_once(": ")?;
    let (done, total) = counts.split_once('/')?;
    let names = active.trim_end_matches("...").split(", ").map(str::trim).filter(|name| !name.is_empty());
    Some(BuildEvent::Progress {
        done: done.trim().parse().ok()?,
        total: total.trim().parse().ok()?,
        active: names.map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_line_is_counted_by_cargo() {
        let line = "    Building [=======>        ] 12/45: embassy-rp, cortex-m(build), serd...      ";
        let expected = BuildEvent::Progress {
            done: 12,
            total: 45,
            active: ["embassy-rp", "cortex-m(build)", "serd"].map(str::to_owned).to_vec(),
        };
        assert_eq!(read_cargo_line(line), CargoLine::Event(expected));
    }

    #[test]
    fn verbs_become_events() {
        let what = |text: &str| text.to_owned();
        for (line, event) in [
            ("   Compiling fan v0.1.0 (/p)", BuildEvent::Compiling { what: what("fan v0.1.0 (/p)") }),
            ("    Updating crates.io index", BuildEvent::Fetching { what: what("crates.io index") }),
            ("  Downloaded ihex v3.0.0", BuildEvent::Fetching { what: what("ihex v3.0.0") }),
            (
                "    Blocking waiting for file lock on build directory",
                BuildEvent::Waiting { what: what("waiting for file lock on build directory") },
            ),
        ] {
            assert_eq!(read_cargo_line(line), CargoLine::Event(event), "{line}");
        }
    }

    #[test]
    fn what_explains_a_failure_is_kept() {
        for line in [
            "error: failed to get `itoa` as a dependency of package `a v0.1.0 (/a)`",
            "Caused by:",
            "  download of config.json failed",
            "  [7] Could not connect to server",
            "",
            "warning: unused",
            "ünïcödé lines too",
        ] {
            assert_eq!(read_cargo_line(line), CargoLine::Other, "{line}");
        }
        for line in ["    Finished `release` profile [optimized] target(s) in 0.04s", "    Building [   ]"] {
            assert_eq!(read_cargo_line(line), CargoLine::Noise, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_strange(line in "( {0,12}|Building |\\[=*>? *\\] |[0-9]{1,25}/[0-9]{1,3}: |, |\\PC){0,12}") {
            if let CargoLine::Event(BuildEvent::Progress { active, .. }) = read_cargo_line(&line) {
                proptest::prop_assert!(active.iter().all(|name| !name.is_empty()));
            }
        }
    }
}
