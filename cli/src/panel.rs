//! Runs of numbers -> rows of a panel that fit a terminal: a name, the newest value, a small plot.

use crate::watching::Plot;

/// Names are cut behind so many characters.
const LONGEST_NAME: usize = 28;
/// A plot of fewer columns shows nothing.
const SHORTEST_PLOT: usize = 8;
/// A wider one is no better.
const LONGEST_PLOT: usize = 60;
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// More rows would leave no room for the log.
const MOST_ROWS: usize = 16;

/// A row for each plot, none wider than the terminal. Where there are too many, the last says how many are not shown.
pub(crate) fn rows<'a>(plots: impl Iterator<Item = (&'a str, &'a Plot)>, width: usize) -> Vec<String> {
    let mut plots: Vec<(String, &Plot)> = plots.map(|(name, plot)| (cut(name, LONGEST_NAME), plot)).collect();
    let hidden = plots.len().saturating_sub(MOST_ROWS);
    plots.truncate(MOST_ROWS);
    let widest = |length: fn(&(String, &Plot)) -> usize| plots.iter().map(length).max().unwrap_or(0);
    let name_width = widest(|(name, _)| name.chars().count());
    let value_width = widest(|(_, plot)| plot.shown.chars().count());
    let row = |(name, plot): &(String, &Plot)| {
        let head = format!("{name:<name_width$}  {:>value_width$}", plot.shown);
        let room = width.saturating_sub(head.chars().count() + 2).min(LONGEST_PLOT);
        if room < SHORTEST_PLOT { cut(&head, width) } else { format!("{head}  {}", blocks(plot, room)) }
    };
    let more = (hidden > 0).then(|| cut(&format!("{hidden} more; `--watch` and `--task` pick some"), width));
    plots.iter().map(row).chain(more).collect()
}

/// The newest numbers, each a block as high as it is among all that are shown.
fn blocks(plot: &Plot, room: usize) -> String {
    let shown = plot.numbers.iter().skip(plot.numbers.len().saturating_sub(room));
    let least = shown.clone().copied().fold(f64::INFINITY, f64::min);
    let most = shown.clone().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = |number: &f64| {
        let part = if most > least { (number - least) / (most - least) } else { 0.0 };
        // A part is at most 1, so the product is a place in the list or one behind its end.
        BLOCKS[((part * 8.0) as usize).min(7)]
    };
    shown.map(height).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(shown: &str, numbers: impl IntoIterator<Item = f64>) -> Plot {
        Plot { shown: shown.to_owned(), numbers: numbers.into_iter().collect() }
    }

    #[test]
    fn the_least_is_low_and_the_most_is_high() {
        let rising = plot("8 mV", (1..=8).map(f64::from));
        let flat = plot("3", [3.0; 3]);
        let plots = [("ramp", &rising), ("same", &flat)];
        assert_eq!(rows(plots.into_iter(), 40), ["ramp  8 mV  ▁▂▃▄▅▆▇█", "same     3  ▁▁▁"]);
    }

    #[test]
    fn too_many_rows_are_counted() {
        let numbers = plot("1", [1.0]);
        let names: Vec<String> = (10..30).map(|number| format!("n{number}")).collect();
        let rows = rows(names.iter().map(|name| (name.as_str(), &numbers)), 80);
        assert_eq!((rows.len(), rows[16].as_str()), (17, "4 more; `--watch` and `--task` pick some"));
    }

    #[test]
    fn a_narrow_terminal_has_no_plots_and_no_row_that_breaks() {
        let numbers = plot("21.50 °C", (0..300).map(f64::from));
        let plots = || [("a_channel_with_a_very_long_name.celsius", &numbers)].into_iter();
        for width in [10, 20, 40, 41, 60, 200] {
            let rows = rows(plots(), width);
            assert!(rows[0].chars().count() <= width, "{width}: {}", rows[0]);
            assert_eq!(rows[0].contains('█'), width >= 48, "{width}: {}", rows[0]);
        }
        assert_eq!(rows(plots(), 12), ["a_channel_w…"]);
    }
}
