//! A word that nobody knows, to the known word that was most likely meant.

use std::collections::BTreeSet;

use strsim::osa_distance;

/// How a candidate is like the word, the surest likeness first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// The same letters: other case, or other separators (`log_over` for `log-over`).
    SameLetters,
    /// The same words in another order (`press-long` for `long-press`).
    SameWords,
    /// A few letters wrong, missing, too many or swapped.
    Typing(usize),
    /// A beginning of the candidate (`freq` for `frequency`), or the candidate with more behind it (`baudrate`).
    Shortened,
}

/// The candidate that `word` was most likely meant to be, when one is near enough to be worth a question.
///
/// The answer does not depend on the order of the candidates.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let folded = fold(word);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .filter_map(|candidate| Some((likeness(word, &folded, candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate.to_string())
}

/// The one candidate that has the letters of `word` and the same digits, one of them once more in place of another: `tmp117` for
/// `tmp177`. For names of parts, of which few exist; pins and chips have each other's numbers.
pub fn closest_number<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let parts =
        |word: &str| -> (String, String) { fold(word).chars().partition(|letter| !letter.is_ascii_digit()) };
    let digits = |number: &str| number.chars().collect::<BTreeSet<char>>();
    let (letters, number) = parts(word);
    let is_near = |candidate: &&str| {
        let (others, other) = parts(candidate);
        number.len() >= 3
            && others == letters
            && osa_distance(&number, &other) == 1
            && digits(&number) == digits(&other)
    };
    let mut near = candidates.into_iter().filter(is_near);
    near.next().filter(|_| near.next().is_none()).map(str::to_owned)
}

fn likeness(word: &str, folded: &str, candidate: &str) -> Option<Likeness> {
    let known = fold(candidate);
    if known.is_empty() || folded.is_empty() {
        return None;
    }
    if known == folded {
        return Some(Likeness::SameLetters);
    }
    if sorted_words(word) == sorted_words(candidate) {
        return Some(Likeness::SameWords);
    }
    if differ_by_number_only(folded, &known) {
        return None;
    }
    if let Some(edits) = edits_within_reason(folded, &known) {
        return Some(Likeness::Typing(edits));
    }
    let begins = |long: &str, short: &str| short.chars().count() >= 3 && long.starts_with(short);
    (begins(&known, folded) || begins(folded, &known)).then_some(Likeness::Shortened)
}

/// The number of edits, when they are few for words of that length: one in three letters.
fn edits_within_reason(folded: &str, known: &str) -> Option<usize> {
    let lengths = [folded.chars().count(), known.chars().count()];
    let allowed = lengths.into_iter().max().unwrap_or(0) / 3;
    if lengths[0].abs_diff(lengths[1]) > allowed {
        return None;
    }
    let edits = osa_distance(folded, known);
    (edits <= allowed).then_some(edits)
}

/// Lower case, without separators.
fn fold(word: &str) -> String {
    word.chars().filter(|character| !is_separator(*character)).flat_map(char::to_lowercase).collect()
}

fn sorted_words(word: &str) -> Vec<String> {
    let mut words: Vec<String> = word.split(is_separator).map(str::to_lowercase).collect();
    words.sort();
    words
}

fn is_separator(character: char) -> bool {
    matches!(character, '-' | '_' | ' ' | '.')
}

/// `GP31` is no misspelt `GP21`: who writes another number means another thing, but for swapped digits of a name such as
/// `bme208`.
fn differ_by_number_only(left: &str, right: &str) -> bool {
    let numbers = |word: &str| word.chars().filter(char::is_ascii_digit).collect::<String>();
    let letters =
        |word: &str| word.chars().filter(|character| !character.is_ascii_digit()).collect::<String>();
    let (left_number, right_number) = (numbers(left), numbers(right));
    let is_swap = left_number.len() >= 3 && osa_distance(&left_number, &right_number) == 1 && {
        let sorted = |number: &str| {
            let mut digits: Vec<char> = number.chars().collect();
            digits.sort_unstable();
            digits
        };
        sorted(&left_number) == sorted(&right_number)
    };
    !left_number.is_empty() && !right_number.is_empty() && letters(left) == letters(right) && !is_swap
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{closest, closest_number};

    #[track_caller]
    fn check(word: &str, candidates: &[&str], expected: Option<&str>) {
        assert_eq!(closest(word, candidates.iter().copied()).as_deref(), expected, "for `{word}`");
        assert_eq!(
            closest(word, candidates.iter().rev().copied()).as_deref(),
            expected,
            "reversed, for `{word}`"
        );
    }

    #[test]
    fn separators_and_case_come_before_letters() {
        check("log_over", &["log", "log-over", "log-off"], Some("log-over"));
        check("onPanic", &["on-panic"], Some("on-panic"));
        check("LED", &["led", "leds"], Some("led"));
    }

    #[test]
    fn letters_wrong_missing_too_many_or_swapped() {
        check("bahavior", &["behavior", "code"], Some("behavior"));
        check("behaviour", &["behavior", "code"], Some("behavior"));
        check("publish", &["publishes", "subscribes"], Some("publishes"));
        check("evrey", &["every", "rate"], Some("every"));
        check("taks", &["tasks", "channels"], Some("tasks"));
        check("bord", &["board", "heap"], Some("board"));
    }

    #[test]
    fn a_swap_counts_as_one_edit() {
        check("pni", &["pin"], Some("pin"));
    }

    #[test]
    fn swapped_digits_of_a_long_number() {
        check("bme208", &["bme280", "bh1750"], Some("bme280"));
        check("bme281", &["bme280"], None);
        check("GP12", &["GP21"], None);
    }

    #[test]
    fn a_digit_in_place_of_another_of_a_part_s_number() {
        let check = |word: &str, expected: Option<&str>| {
            let candidates = ["bme280", "tmp117", "ina219", "ina226"];
            assert_eq!(closest_number(word, candidates).as_deref(), expected, "for `{word}`");
        };
        check("tmp177", Some("tmp117"));
        check("TMP-177", Some("tmp117"));
        check("bme281", None);
        check("ina229", None);
        check("tmp17", None);
        check("tmp117", None);
    }

    #[test]
    fn words_in_another_order() {
        check("press-long", &["long-press", "input"], Some("long-press"));
    }

    #[test]
    fn beginnings_of_a_word() {
        check("freq", &["frequency", "free-run"], Some("frequency"));
        check("fr", &["frequency"], None);
        check("baudrate", &["baud", "buffer"], Some("baud"));
        check("rxpin", &["rx"], None);
    }

    #[test]
    fn far_words_and_other_numbers_are_not_suggested() {
        check("colour", &["pin", "active", "initial"], None);
        check("x", &["tx", "rx"], None);
        check("GP31", &["GP21", "GP3", "GP1"], None);
        check("uart", &["uart0"], Some("uart0"));
        check("", &["pin"], None);
        check("pin", &["pin"], None);
        check("pin", &[], None);
    }

    #[test]
    fn equals_are_settled_by_name() {
        check("ledx", &["leda", "ledb"], Some("leda"));
    }

    proptest! {
        #[test]
        fn a_suggestion_is_another_word_of_the_candidates(
            word in any::<String>(),
            candidates in prop::collection::vec("[a-z0-9_-]{0,6}|\\PC{0,4}", 0..8),
        ) {
            if let Some(near) = closest(&word, candidates.iter().map(String::as_str)) {
                prop_assert_ne!(&near, &word);
                prop_assert!(candidates.contains(&near));
            }
        }
    }
}
