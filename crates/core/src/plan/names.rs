//! Names in one scope of generated code: each the one that a reader expects, unless something else has it already.
//!
//! A peripheral, a channel and a task may share a name in app.toml; in one Rust function they cannot.

use std::collections::BTreeSet;

/// The names that are taken in one scope.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    taken: BTreeSet<String>,
}

impl Scope {
    /// A scope in which some names mean something already.
    pub(super) fn with(reserved: &[&str]) -> Scope {
        Scope { taken: reserved.iter().map(ToString::to_string).collect() }
    }

    /// Takes `name`, or where that is taken `name` and `suffix`, or the first of these with a number that is free.
    pub(super) fn take(&mut self, name: &str, suffix: &str) -> String {
        let suffixed = format!("{name}{suffix}");
        let numbered = (2..).map(|number| format!("{suffixed}{number}"));
        let mut candidates = [name.to_string(), suffixed.clone()].into_iter().chain(numbered);
        let free = candidates.find(|candidate| !self.taken.contains(candidate)).expect("numbers do not end");
        self.taken.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_is_told_apart() {
        let mut scope = Scope::with(&["p"]);
        assert_eq!(scope.take("led", "_handle"), "led");
        assert_eq!(scope.take("led", "_channel"), "led_channel");
        assert_eq!(scope.take("led", "_channel"), "led_channel2");
        assert_eq!(scope.take("p", "_handle"), "p_handle");
    }
}
