//! What was seen around a moment, as lines of text that fit a narrow window.

use fwc_parts::Nanos;

use crate::When;
use crate::judge::show;

/// Columns of a wave.
const WAVE: usize = 56;
/// Events that are shown before and within the span that is looked at; the last ones, when there are more.
const EVENTS: usize = 8;

/// A piece of a run's time.
pub(crate) struct Timeline {
    from: Nanos,
    to: Nanos,
    /// What the world did, and when.
    steps: Vec<(Nanos, String)>,
}

/// A level's name, what it is at first, and its changes.
pub(crate) type Wave<'a> = (&'a str, bool, &'a [(Nanos, bool)]);

impl Timeline {
    /// The time around what an expectation looks at: all of a span and a tenth more on each side, as far as the run
    /// went.
    pub(crate) fn around(when: When, end: Nanos, steps: Vec<(Nanos, String)>) -> Timeline {
        let (from, to) = match when {
            When::By(by) => (Nanos(0), by),
            When::At(at) => (at - Nanos(at.0 / 2), at),
            When::Between(from, to) => (from, to),
        };
        let margin = Nanos((to - from).0 / 10);
        let to = (to + margin).min(end).max(from + Nanos(1));
        Timeline { from: from - margin, to, steps }
    }

    /// The time from one moment to another, as far as the run went.
    pub(crate) fn from_to(from: Nanos, to: Nanos, end: Nanos, steps: Vec<(Nanos, String)>) -> Timeline {
        Timeline { from, to: to.min(end).max(from + Nanos(1)), steps }
    }

    /// A level over time: a line of high and low blocks with the times of its ends below.
    pub(crate) fn wave(&self, name: &str, initial: bool, changes: &[(Nanos, bool)]) -> String {
        self.waves(&[(name, initial, changes)])
    }

    /// Levels over time, one below the other.
    pub(crate) fn waves(&self, levels: &[Wave<'_>]) -> String {
        let width = levels.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
        let lines: Vec<String> = levels
            .iter()
            .map(|(name, initial, changes)| format!("{name:width$} {}", self.blocks(*initial, changes)))
            .collect();
        let pad = " ".repeat(width);
        let (left, right) = (show(self.from), show(self.to));
        let gap = WAVE.saturating_sub(left.chars().count() + right.chars().count());
        let axis = format!("{left}{}{right}", " ".repeat(gap));
        let mut text = format!("{}\n{pad} {axis}", lines.join("\n"));
        for (at, step) in self.steps.iter().filter(|(at, _)| (self.from..=self.to).contains(at)) {
            text.push_str(&format!("\n{:>10} {step}", show(*at)));
        }
        text
    }

    /// A level in blocks, high and low.
    fn blocks(&self, initial: bool, changes: &[(Nanos, bool)]) -> String {
        let column = |index: usize| {
            let (start, end) = (self.moment(index), self.moment(index + 1));
            let before = changes.iter().rfind(|(at, _)| *at <= start).map_or(initial, |(_, active)| *active);
            // A pulse that is shorter than a column would not be seen.
            let within = changes.iter().any(|(at, active)| *at > start && *at < end && *active != before);
            match (before, within) {
                (_, true) => '▌',
                (true, false) => '█',
                (false, false) => '▁',
            }
        };
        (0..WAVE).map(column).collect()
    }

    /// Events one a line, each with its time.
    pub(crate) fn events(&self, events: impl Iterator<Item = (Nanos, String)>) -> String {
        let steps = self.steps.iter().map(|(at, step)| (*at, format!("<- {step}")));
        let mut all: Vec<(Nanos, String)> = events.chain(steps).filter(|(at, _)| *at <= self.to).collect();
        all.sort_by_key(|(at, _)| *at);
        let left_out = all.len().saturating_sub(EVENTS);
        let mut lines = Vec::new();
        if left_out > 0 {
            lines.push(format!("{:>10} … {left_out} before these", ""));
        }
        lines.extend(all[left_out..].iter().map(|(at, text)| format!("{:>10} {text}", show(*at))));
        if lines.is_empty() {
            lines.push(format!("nothing up to {}", show(self.to)));
        }
        lines.join("\n")
    }

    /// The moment at which a column begins.
    fn moment(&self, column: usize) -> Nanos {
        let length = u128::from((self.to - self.from).0);
        let offset = length * column as u128 / WAVE as u128;
        self.from + Nanos(u64::try_from(offset).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_shows_levels_short_pulses_and_the_times_of_its_ends() {
        let ms = Nanos::from_millis;
        let line = Timeline::around(
            When::Between(ms(0), ms(1_000)),
            ms(1_000),
            vec![(ms(250), "key active".into())],
        );
        let wave = line.wave(
            "led",
            false,
            &[(ms(500), true), (ms(750), false), (Nanos(900_000_100), true), (Nanos(900_000_200), false)],
        );
        assert_eq!(
            wave,
            format!(
                "led {}{}{}▌{}\n    0s{}1s\n     250ms key active",
                "▁".repeat(28),
                "█".repeat(14),
                "▁".repeat(8),
                "▁".repeat(5),
                " ".repeat(52)
            )
        );
    }

    #[test]
    fn the_last_of_many_events_are_shown() {
        let ms = Nanos::from_millis;
        let line = Timeline::around(When::By(ms(1_000)), ms(3_000), Vec::new());
        let shown = line.events((0..20).map(|index| (ms(100 * index), index.to_string())));
        assert_eq!(shown.lines().count(), 9);
        assert!(shown.ends_with("      1.1s 11"), "{shown}");
        assert!(shown.starts_with("           … 4 before these"), "{shown}");
    }
}
