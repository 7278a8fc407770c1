//! Which entry of app.toml each part of the generated code comes from, read back from the comments that say so.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::Entry;

/// A run of generated lines and the entry that they were made from. Runs may lie inside each other: the shortest counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The file, as in [`crate::emit::FileSet::files`].
    pub file: String,
    /// The first line, counted from 1.
    pub first_line: u32,
    /// The last line, itself included.
    pub last_line: u32,
    /// What it was made from.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Reads the comments of all files.
pub(super) fn origins(files: &BTreeMap<String, String>) -> Vec<Origin> {
    files.iter().flat_map(|(file, text)| in_file(file, text)).collect()
}

fn in_file(file: &str, text: &str) -> Vec<Origin> {
    let lines: Vec<&str> = text.lines().collect();
    let marked = lines.iter().enumerate().filter_map(|(index, line)| Some((index, marker(line)?)));
    let origins = marked.map(|(first, entry)| Origin {
        file: file.to_string(),
        first_line: first as u32 + 1,
        last_line: end(&lines, first) as u32 + 1,
        entry,
    });
    origins.collect()
}

/// The line and entry of a comment such as `// app.toml:5 [peripherals.led]`.
fn marker(line: &str) -> Option<Entry> {
    let comment = line.trim_start();
    let comment = ["/// ", "// ", "# "].iter().find_map(|start| comment.strip_prefix(start))?;
    let (number, rest) = comment.strip_prefix("app.toml:")?.split_once(" [")?;
    Some(Entry { entry: rest.split_once(']')?.0.to_string(), line: number.parse().ok()? })
}

/// The last line that belongs to the comment on line `first`: all up to the next such comment or blank line of the
/// same block, where `impl`s that follow a type belong to it too.
fn end(lines: &[&str], first: usize) -> usize {
    let indent = indentation(lines[first]);
    let mut last = first;
    for (index, line) in lines.iter().enumerate().skip(first + 1) {
        let ends_block = match lines.get(index + 1) {
            Some(next) if line.is_empty() => !next.starts_with("impl ") && indentation(next) <= indent,
            _ => line.is_empty(),
        };
        let next_item = !line.is_empty() && indentation(line) <= indent && marker(line).is_some();
        let outside = !line.is_empty() && indentation(line) < indent;
        if ends_block || next_item || outside {
            break;
        }
        if !line.is_empty() {
            last = index;
        }
    }
    last
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reaches_to_the_next_and_takes_its_impls() {
        let text = "\
/// app.toml:3 [messages.A]
pub struct A {
    pub x: u8,
}

impl Record for A {
    fn f() {}
}

/// app.toml:9 [messages.B]
pub type B = A;

fn other() {
    // app.toml:12 [tasks.t]
    let t = 1;
    // app.toml:15 [tasks.u]
    let u = 2;
}
";
        let found: Vec<_> = in_file("src/messages.rs", text)
            .into_iter()
            .map(|origin| (origin.entry.entry, origin.entry.line, origin.first_line, origin.last_line))
            .collect();
        let expected = [
            ("messages.A", 3, 1, 8),
            ("messages.B", 9, 10, 11),
            ("tasks.t", 12, 14, 15),
            ("tasks.u", 15, 16, 17),
        ];
        assert_eq!(found, expected.map(|(entry, line, first, last)| (entry.to_string(), line, first, last)));
    }
}
