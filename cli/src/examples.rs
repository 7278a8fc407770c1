//! The projects of `examples/`, which are part of the program.

/// A project to start from.
#[derive(Debug)]
pub(crate) struct Example {
    /// Its name.
    pub(crate) name: &'static str,
    /// Path, with `/`, and text of each file.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

/// Every example, by name.
pub(crate) static EXAMPLES: &[Example] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// The example with that name.
pub(crate) fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}

impl Example {
    /// The first sentence of its README, below the heading.
    pub(crate) fn about(&self) -> String {
        let paragraph =
            self.text("README.md").lines().skip_while(|line| line.starts_with('#') || line.is_empty());
        let text = paragraph.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        text[..text.find(['.', ':']).unwrap_or(text.len())].to_owned()
    }

    /// The board that it is written for.
    pub(crate) fn board(&self) -> &'static str {
        self.text("app.toml")
            .lines()
            .find_map(|line| line.strip_prefix("board = "))
            .unwrap_or_default()
            .trim_matches('"')
    }

    /// Its app.toml for another app and another board: those two lines differ.
    pub(crate) fn app_toml(&self, app: &str, board: &str) -> String {
        with_value(&with_value(self.text("app.toml"), "name", app), "board", board)
    }

    /// The text of one of its files.
    fn text(&self, path: &str) -> &'static str {
        self.files.iter().find(|(name, _)| *name == path).map_or("", |(_, text)| text)
    }

    /// Its files for another app and another board.
    pub(crate) fn files_for(&self, app: &str, board: &str) -> Vec<(String, String)> {
        let named = |path: &str, text: &str| match path {
            "app.toml" => self.app_toml(app, board),
            _ => text.to_owned(),
        };
        self.files.iter().map(|(path, text)| ((*path).to_owned(), named(path, text))).collect()
    }
}

/// The text with another value behind the first `key = `, which in each example stands in `[app]`.
fn with_value(text: &str, key: &str, value: &str) -> String {
    let start = format!("{key} = ");
    let mut is_done = false;
    let mut line = |line: &str| {
        let is_it = !is_done && line.starts_with(&start);
        is_done |= is_it;
        if is_it { format!("{start}\"{value}\"\n") } else { format!("{line}\n") }
    };
    text.lines().map(&mut line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_example_says_what_it_is_and_takes_another_name_and_board() {
        assert!(EXAMPLES.len() >= 6);
        for example in EXAMPLES {
            assert!(!example.about().is_empty(), "{}", example.name);
            let files = example.files_for("my-app", "my-board");
            let app = &files.iter().find(|(path, _)| path == "app.toml").unwrap().1;
            let head = "[app]\nname = \"my-app\"\nboard = \"my-board\"\n";
            assert!(app.starts_with(head), "{}:\n{app}", example.name);
            assert_eq!(example.board(), "rpi-pico", "{}", example.name);
            assert_eq!(example.app_toml("my-app", "my-board"), *app);
        }
    }
}
