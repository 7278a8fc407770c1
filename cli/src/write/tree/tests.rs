//! Kills a replacement at each of its steps, and looks at what is left.

use std::collections::BTreeMap;

use super::super::swap;
use super::*;

type Exchange = fn(&Place, Step<'_>) -> Outcome;

const EXCHANGES: [(&str, Exchange); 2] = [("exchange", swap::exchange), ("two renames", swap::two_renames)];

fn files(texts: &[(&str, &str)]) -> Files {
    texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn old() -> Files {
    files(&[("Cargo.toml", "one"), ("src/main.rs", "same"), ("src/gone.rs", "gone"), ("deep/er/x", "x")])
}

fn new() -> Files {
    files(&[("Cargo.toml", "two"), ("src/main.rs", "same"), ("src/added.rs", "added")])
}

/// The tree as data.
fn on_disk(folder: &Path) -> Files {
    let mut paths = BTreeSet::new();
    if folder.exists() {
        list(folder, "", &mut paths).unwrap();
    }
    let read = |path: String| (path.clone(), fs::read_to_string(folder.join(&path)).unwrap());
    paths.into_iter().map(read).collect::<BTreeMap<_, _>>()
}

/// A step that lets `count` steps pass and then ends the work, as a kill would: nothing is cleared.
fn killed_after(mut count: usize) -> impl FnMut() -> Outcome {
    move || match count.checked_sub(1) {
        Some(left) => {
            count = left;
            Ok(())
        }
        None => Err(Failure::interrupted()),
    }
}

fn never() -> impl FnMut() -> Outcome {
    || Ok(())
}

#[test]
fn killed_at_any_step_the_tree_is_the_old_or_the_new_one() {
    for (name, exchange) in EXCHANGES {
        for start in [Files::new(), old()] {
            let mut kills = 0;
            loop {
                let parent = tempfile::tempdir().unwrap();
                let place = Place::new(parent.path(), "board");
                if !start.is_empty() {
                    replace(&place, &start, exchange, &mut never()).unwrap();
                }
                let outcome = replace(&place, &new(), exchange, &mut killed_after(kills));
                if name == "exchange" {
                    let seen = on_disk(&place.folder);
                    assert!(seen == start || seen == new(), "{name}, killed after {kills} steps: {seen:?}");
                }
                place.recover().unwrap();
                let seen = on_disk(&place.folder);
                assert!(seen == start || seen == new(), "{name}, killed after {kills} steps: {seen:?}");
                replace(&place, &new(), exchange, &mut never()).unwrap();
                assert_eq!(on_disk(&place.folder), new());
                assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "nothing else is left");
                if outcome.is_ok() {
                    break;
                }
                kills += 1;
            }
            assert!(kills >= 5, "{name}: only {kills} steps could be killed");
        }
    }
}

#[test]
fn what_does_not_change_keeps_its_file_and_time() {
    for (_, exchange) in EXCHANGES {
        let parent = tempfile::tempdir().unwrap();
        let place = Place::new(parent.path(), "board");
        replace(&place, &old(), exchange, &mut never()).unwrap();
        let same = place.folder.join("src/main.rs");
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        let file = fs::File::options().write(true).open(&same).unwrap();
        file.set_times(fs::FileTimes::new().set_modified(long_ago)).unwrap();

        let changes = replace(&place, &new(), exchange, &mut never()).unwrap();
        assert_eq!(changes.written, ["Cargo.toml", "src/added.rs"]);
        assert_eq!(changes.removed, ["deep/er/x", "src/gone.rs"]);
        assert_eq!(fs::metadata(&same).unwrap().modified().unwrap(), long_ago);
        let changed = fs::metadata(place.folder.join("Cargo.toml")).unwrap().modified().unwrap();
        assert!(changed > long_ago);
    }
}

#[test]
fn a_tree_that_is_right_is_not_touched() {
    let parent = tempfile::tempdir().unwrap();
    let place = Place::new(parent.path(), "board");
    replace(&place, &old(), swap::exchange, &mut never()).unwrap();
    let before = fs::metadata(&place.folder).unwrap().modified().unwrap();
    // No step is allowed: nothing is done on disk.
    let changes = replace(&place, &old(), swap::exchange, &mut killed_after(0)).unwrap();
    assert!(changes.is_empty());
    assert_eq!(fs::metadata(&place.folder).unwrap().modified().unwrap(), before);
}

#[test]
fn a_text_of_the_same_length_is_a_change() {
    let parent = tempfile::tempdir().unwrap();
    let place = Place::new(parent.path(), "board");
    replace(&place, &files(&[("a", "one")]), swap::exchange, &mut never()).unwrap();
    let changes = compare(&place.folder, &files(&[("a", "two")])).unwrap();
    assert_eq!(changes.written, ["a"]);
}

#[test]
fn cargos_output_survives() {
    for (_, exchange) in EXCHANGES {
        let parent = tempfile::tempdir().unwrap();
        let place = Place::new(parent.path(), "board");
        replace(&place, &old(), exchange, &mut never()).unwrap();
        fs::create_dir_all(place.folder.join("target/debug")).unwrap();
        fs::write(place.folder.join("target/debug/costly"), "").unwrap();
        replace(&place, &new(), exchange, &mut never()).unwrap();
        assert!(place.folder.join("target/debug/costly").exists());
        assert_eq!(on_disk(&place.folder), new());
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_tree_is_replaced_and_what_it_leads_to_is_not_written() {
    let parent = tempfile::tempdir().unwrap();
    let place = Place::new(parent.path(), "board");
    fs::create_dir(&place.folder).unwrap();
    let outside = parent.path().join("outside");
    fs::write(&outside, "one").unwrap();
    std::os::unix::fs::symlink(&outside, place.folder.join("Cargo.toml")).unwrap();
    replace(&place, &new(), swap::exchange, &mut never()).unwrap();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "one");
    assert_eq!(on_disk(&place.folder), new());
}
