//! Rows to text in columns; the last column wraps at the terminal's edge.

use crate::shell::Shell;

/// Rows with a head.
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Between two columns.
const GAP: usize = 2;

/// The last column is never narrower.
const NARROWEST: usize = 30;

impl Table {
    pub(crate) fn new(head: &[&str]) -> Table {
        Table { head: head.iter().map(|word| word.to_uppercase()).collect(), rows: Vec::new() }
    }

    /// Adds a row, which has as many cells as the head.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The text; the head stands back where there are colours.
    pub(crate) fn text(&self, shell: &Shell) -> String {
        let last = self.head.len() - 1;
        let widths: Vec<usize> = (0..last).map(|column| self.width(column)).collect();
        let indent: usize = widths.iter().map(|width| width + GAP).sum();
        let room = shell.width().saturating_sub(indent).max(NARROWEST);
        let mut text = shell.faint(line(&self.head, &widths).trim_end()) + "\n";
        for row in &self.rows {
            let wrapped = wrap(&row[last], room);
            let mut cells = row.clone();
            cells[last] = wrapped[0].clone();
            text.push_str(line(&cells, &widths).trim_end());
            text.push('\n');
            for rest in &wrapped[1..] {
                text.push_str(&format!("{:indent$}{rest}\n", ""));
            }
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = std::iter::once(&self.head).chain(&self.rows).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().enumerate().map(|(column, cell)| match widths.get(column) {
        Some(width) => format!("{cell:<width$}{:GAP$}", ""),
        None => cell.clone(),
    });
    cells.collect()
}

/// Breaks at spaces; a word that is too long stays whole. At least one line.
pub(crate) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let current = lines.last_mut().expect("there is a line from the start");
        if current.is_empty() {
            current.push_str(word);
        } else if current.chars().count() + 1 + word.chars().count() <= room {
            current.push(' ');
            current.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_at_spaces_and_only_there() {
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(wrap("abcdefgh ij", 5), ["abcdefgh", "ij"]);
        assert_eq!(wrap("ööö öö", 6), ["ööö öö"]);
    }
}
