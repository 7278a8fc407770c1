//! Remembers decisions with the state of what they were made from, so that an unchanged machine is not asked again.
//!
//! Losing this memory costs time, never correctness: what cannot be read or written is done without.

use super::{Library, Toolchain, ToolchainRequest};
use crate::disk::{Stamp, write_atomically};
use crate::environment::Environment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Raised whenever a decision made by an older fwc should be made anew.
const FORMAT: u32 = 1;

/// Projects and terminals with differing variables that are remembered side by side, a target.
const DECISIONS_KEPT: usize = 16;

/// Long enough that a machine without network does not wait at each build; short enough for a train's tunnel.
const RETRY_AFTER: Duration = Duration::from_secs(3600);

/// The variables that steer a search.
const VARIABLES: [&str; 8] =
    ["PATH", "HOME", "USERPROFILE", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUSTC", "CARGO"];

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Question {
    format: u32,
    project: PathBuf,
    minimum_version: semver::Version,
    offline: bool,
    variables: Vec<Option<String>>,
}

#[derive(Serialize, Deserialize)]
struct Decision {
    question: Question,
    looked_at: Vec<(PathBuf, Option<Stamp>)>,
    toolchain: Toolchain,
}

/// The decisions for one target.
pub(crate) struct Memory {
    file: PathBuf,
    question: Question,
}

impl Memory {
    pub(crate) fn new(environment: &Environment, request: &ToolchainRequest) -> Self {
        let variable =
            |name: &&str| environment.variable(name).map(|value| value.to_string_lossy().into_owned());
        let question = Question {
            format: FORMAT,
            project: request.project_folder.clone(),
            minimum_version: request.minimum_version.clone(),
            offline: request.offline,
            variables: VARIABLES.iter().map(variable).collect(),
        };
        Self { file: folder(request).join(format!("{}.json", request.target)), question }
    }

    /// The toolchain decided on earlier, if everything that led to it is as it was.
    pub(crate) fn recall(&self) -> Option<Toolchain> {
        let decision = self.decisions().into_iter().find(|decision| decision.question == self.question)?;
        let unchanged = decision.looked_at.iter().all(|(path, stamp)| Stamp::of(path) == *stamp);
        unchanged.then_some(decision.toolchain)
    }

    /// Keeps a decision for the next time.
    pub(crate) fn keep(self, toolchain: &Toolchain, looked_at: &BTreeSet<PathBuf>) {
        let mut decisions = self.decisions();
        decisions.retain(|decision| decision.question != self.question);
        decisions.truncate(DECISIONS_KEPT - 1);
        let looked_at = looked_at.iter().map(|path| (path.clone(), Stamp::of(path))).collect();
        let mut toolchain = toolchain.clone();
        if let Library::Added { folder } = toolchain.library {
            // News is news once.
            toolchain.library = Library::Installed { folder };
        }
        decisions.insert(0, Decision { question: self.question, looked_at, toolchain });
        write_json(&self.file, &decisions);
    }

    fn decisions(&self) -> Vec<Decision> {
        read_json(&self.file)
    }
}

#[derive(Serialize, Deserialize)]
struct FailedAddition {
    seconds: u64,
    outcome: String,
}

/// What rustup could not fetch lately for one of its toolchains.
pub(crate) struct FailedAdditions {
    file: PathBuf,
    key: String,
    now: u64,
}

impl FailedAdditions {
    pub(crate) fn new(environment: &Environment, request: &ToolchainRequest, toolchain: &str) -> Self {
        let now = environment.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let file = folder(request).join("failed-additions.json");
        Self { file, key: format!("{toolchain} {}", request.target), now }
    }

    /// Why not to try again yet.
    pub(crate) fn recent(&self) -> Option<String> {
        let failures: BTreeMap<String, FailedAddition> = read_json(&self.file);
        let failure = failures.get(&self.key)?;
        // A clock that was set back must not hold a failure for ever.
        let age = self.now.checked_sub(failure.seconds)?;
        let outcome = &failure.outcome;
        (age < RETRY_AFTER.as_secs()).then(|| format!("failed {} min ago: {outcome}", age / 60))
    }

    pub(crate) fn remember(&self, outcome: &str) {
        let mut failures: BTreeMap<String, FailedAddition> = read_json(&self.file);
        let failure = FailedAddition { seconds: self.now, outcome: outcome.to_owned() };
        failures.insert(self.key.clone(), failure);
        write_json(&self.file, &failures);
    }
}

fn folder(request: &ToolchainRequest) -> PathBuf {
    request.cache_folder.join("toolchain")
}

fn read_json<Value: Default + serde::de::DeserializeOwned>(file: &Path) -> Value {
    let text = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn write_json(file: &Path, value: &impl Serialize) {
    // See the head of this file: a read-only cache folder is no reason to fail.
    let _ = serde_json::to_vec(value).map(|text| write_atomically(file, &text));
}
