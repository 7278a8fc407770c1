//! Which of the names that generated code can import a text mentions.

use crate::emit::layout;

/// A name and the module that it is in.
pub(super) type Importable = (&'static str, &'static str);

/// The imports of a body of generated code: those of other crates, a blank line, and those of the crate itself.
///
/// Names that users give are lower-case variables, which are never followed by `::`, or types behind a module's `::`;
/// so neither can be taken for one of these names.
pub(super) fn imports(body: &[&str], importable: &[Importable]) -> Vec<String> {
    let mentioned = |(_, name): &&Importable| body.iter().any(|line| mentions(line, name));
    let (own, foreign): (Vec<Importable>, Vec<Importable>) =
        importable.iter().filter(mentioned).partition(|(module, _)| module.starts_with("crate"));
    let (own, foreign) = (layout::imports(own), layout::imports(foreign));
    let gap = (!own.is_empty() && !foreign.is_empty()).then(String::new);
    foreign.into_iter().chain(gap).chain(own).collect()
}

/// Whether a line of code mentions a name: a module in front of `::`, anything else as a word that stands alone.
fn mentions(line: &str, name: &str) -> bool {
    if line.trim_start().starts_with("//") {
        return false;
    }
    let is_module = name.starts_with(|first: char| first.is_ascii_lowercase());
    line.match_indices(name).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = &line[start + name.len()..];
        let alone = |character: char| !character.is_ascii_alphanumeric() && character != '_';
        before.is_none_or(|before| alone(before) && before != ':')
            && after.chars().next().is_none_or(alone)
            && (!is_module || after.starts_with("::") || after.starts_with('!') || after.starts_with('('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_where_it_stands_alone() {
        assert!(mentions("    let a = Output::new(p.PIN_1);", "Output"));
        assert!(!mentions("    let a = board::Output::new(p);", "Output"));
        assert!(!mentions("    // Output", "Output"));
        assert!(mentions("    x: uart::Config,", "uart") && !mentions("    uart: board::Uart,", "uart"));
    }
}
