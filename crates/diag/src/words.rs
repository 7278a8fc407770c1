//! Counts, names and lists -> pieces of the sentences that messages are made of.

/// Words as a sentence has them: `a, b or c`. Beyond `most` the rest is counted, unless it is a single one: `a, b and 3
/// more`.
pub fn listed(words: &[String], last: &str, most: usize) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        _ if words.len() > most.saturating_add(1) => {
            format!("{} and {} more", words[..most].join(", "), words.len() - most)
        }
        [front @ .., end] => format!("{} {last} {end}", front.join(", ")),
    }
}

/// A word in backticks, as messages show the user's own.
pub fn quoted(word: &str) -> String {
    format!("`{word}`")
}

/// How many there are of what a noun says: `1 poll`, `3 polls`. The noun's plural ends in a mere s.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{counted, listed};

    #[test]
    fn a_list_ends_in_its_last_word_or_in_how_many_follow() {
        let words: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        assert_eq!(listed(&words[..1], "or", 3), "a");
        assert_eq!(listed(&words[..2], "or", 3), "a or b");
        assert_eq!(listed(&words[..4], "and", 3), "a, b, c and d");
        assert_eq!(listed(&words, "and", 3), "a, b, c and 2 more");
        assert_eq!(listed(&words, "and", usize::MAX), "a, b, c, d and e");
        assert_eq!(listed(&[], "and", 3), "");
    }

    #[test]
    fn a_noun_follows_its_count() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "byte")), ["0 bytes", "1 byte", "2 bytes"]);
    }
}
