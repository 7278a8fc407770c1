//! Small damage done to good files.

use proptest::prelude::*;

use crate::vocabulary;

/// One piece of damage; positions are fractions of the text, so that they fit every file.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    /// Removes a range of characters.
    Remove { at: f64, length: usize },
    /// Puts a text in.
    Insert { at: f64, text: String },
    /// Puts a word in place of another.
    ReplaceWord { at: f64, word: String },
    /// Writes a line again elsewhere.
    CopyLine { from: f64, to: f64 },
    /// Removes a line.
    RemoveLine { at: f64 },
    /// Goes on with another file from here.
    Splice { at: f64, other: usize, from: f64 },
}

/// The files that are damaged: what the repository's own tests and examples hold, and two large ones.
pub(crate) fn corpus() -> Vec<String> {
    let folders = ["examples", "tests/ui", "tests/golden", "tests/firmware"];
    let mut corpus: Vec<String> = folders
        .iter()
        .flat_map(|folder| fwc_tests::toml_files(folder))
        .map(|(_, text)| text)
        .filter(|text| text.len() < 20_000)
        .collect();
    corpus.push(include_str!("everything.toml").to_string());
    corpus.push(include_str!("later.toml").to_string());
    corpus
}

/// One to six pieces of damage.
pub(crate) fn mutations(files: usize) -> impl Strategy<Value = Vec<Mutation>> {
    let at = 0.0..1.0f64;
    let one = prop_oneof![
        (at.clone(), 1..40usize).prop_map(|(at, length)| Mutation::Remove { at, length }),
        (at.clone(), vocabulary::fragment()).prop_map(|(at, text)| Mutation::Insert { at, text }),
        (at.clone(), vocabulary::word()).prop_map(|(at, word)| Mutation::ReplaceWord { at, word }),
        (at.clone(), at.clone()).prop_map(|(from, to)| Mutation::CopyLine { from, to }),
        at.clone().prop_map(|at| Mutation::RemoveLine { at }),
        (at.clone(), 0..files, at).prop_map(|(at, other, from)| Mutation::Splice { at, other, from }),
    ];
    proptest::collection::vec(one, 1..7)
}

/// The file with its damage.
pub(crate) fn apply(corpus: &[String], file: usize, mutations: &[Mutation]) -> String {
    let mut text = corpus[file].clone();
    for mutation in mutations {
        text = apply_one(corpus, text, mutation);
    }
    text
}

fn apply_one(corpus: &[String], mut text: String, mutation: &Mutation) -> String {
    match mutation {
        Mutation::Remove { at, length } => {
            let start = position(&text, *at);
            let end =
                text[start..].char_indices().nth(*length).map_or(text.len(), |(offset, _)| start + offset);
            text.replace_range(start..end, "");
        }
        Mutation::Insert { at, text: inserted } => text.insert_str(position(&text, *at), inserted),
        Mutation::ReplaceWord { at, word } => {
            let inside = position(&text, *at);
            let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let start = text[..inside]
                .rfind(|character| !is_word(character))
                .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
            let end = text[inside..]
                .find(|character| !is_word(character))
                .map_or(text.len(), |after| inside + after);
            text.replace_range(start..end, word);
        }
        Mutation::CopyLine { from, to } => {
            let line = text[line_at(&text, *from)].to_string();
            text.insert_str(line_at(&text, *to).start, &line);
        }
        Mutation::RemoveLine { at } => text.replace_range(line_at(&text, *at), ""),
        Mutation::Splice { at, other, from } => {
            text.truncate(position(&text, *at));
            text.push_str(&corpus[*other][position(&corpus[*other], *from)..]);
        }
    }
    text
}

/// A boundary between characters.
fn position(text: &str, fraction: f64) -> usize {
    let mut position = (text.len() as f64 * fraction) as usize;
    while !text.is_char_boundary(position) {
        position -= 1;
    }
    position
}

/// A line with its end.
fn line_at(text: &str, fraction: f64) -> std::ops::Range<usize> {
    let inside = position(text, fraction);
    let start = text[..inside].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[inside..].find('\n').map_or(text.len(), |newline| inside + newline + 1);
    start..end
}
