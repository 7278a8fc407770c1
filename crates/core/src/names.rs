//! Names: which are allowed, and how each is spelled in Rust.

use std::collections::HashMap;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::{Span, Spanned};

/// Rust's keywords, strict and reserved, of all editions (The Rust Reference, "Keywords").
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Modules of the generated crate, and crates and modules that its `main.rs` names; a user's would hide them.
const GENERATED_MODULES: &[&str] = &[
    "behaviors",
    "board",
    "channels",
    "core",
    "cortex_m",
    "cortex_m_rt",
    "defmt_rtt",
    "devices",
    "embassy_executor",
    "embassy_nrf",
    "embassy_rp",
    "embassy_stm32",
    "embedded_alloc",
    "esp_bootloader_esp_idf",
    "esp_hal",
    "executor",
    "fwc_hal_esp",
    "fwc_hal_nrf",
    "fwc_hal_rp",
    "fwc_hal_stm32",
    "fwc_observed",
    "fwc_runtime",
    "interrupt",
    "io",
    "lib",
    "main",
    "messages",
    "panic_probe",
    "tasks",
];

/// Crates that every Rust program can name; a package of that name would hide them.
const RESERVED_CRATES: &[&str] = &["alloc", "core", "proc_macro", "std", "test"];

/// Whether `word` is a keyword of Rust.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

/// Whether the generated crate can have a module of the user's with that name.
pub fn is_module_name(name: &str) -> bool {
    let at_start = Spanned::new(name.to_string(), Span::default());
    identifier_fault("module", &at_start).is_none() && !GENERATED_MODULES.contains(&name)
}

/// The fault of a name in a table, if it has one: it must match `[a-z][a-z0-9_]*` and be no keyword.
pub fn identifier_fault(what: &str, name: &Spanned<String>) -> Option<Diagnostic> {
    if is_keyword(name) {
        return Some(keyword_fault(what, name));
    }
    let mut characters = name.chars();
    let starts_well = characters.next().is_some_and(|first| first.is_ascii_lowercase());
    let goes_on_well = characters
        .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_');
    if starts_well && goes_on_well {
        return None;
    }
    let diagnostic = Diagnostic::error(
        codes::BAD_NAME,
        format!("`{}` cannot be the name of a {what}", name.value),
        name.span,
    )
    .here("becomes a Rust identifier")
    .note("a name is a lower-case letter, then lower-case letters, digits and `_`");
    Some(diagnostic.help_if(proposed_name(name).map(|name| format!("`{name}` would do"))))
}

fn keyword_fault(what: &str, name: &Spanned<String>) -> Diagnostic {
    let title = format!("`{}` is a keyword of Rust and cannot be the name of a {what}", name.value);
    let renamed = match what {
        "message" => camel_case(&format!("my_{}", name.value)),
        _ => format!("my_{}", name.value.to_lowercase()),
    };
    Diagnostic::error(codes::RUST_KEYWORD, title, name.span)
        .here("becomes a Rust identifier")
        .help(format!("take another name, such as `{renamed}`"))
}

/// The nearest name that is allowed.
fn proposed_name(name: &str) -> Option<String> {
    let mut proposal = String::new();
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' | '_' => proposal.push(character),
            'A'..='Z' => {
                if proposal.ends_with(|last: char| last.is_ascii_lowercase()) {
                    proposal.push('_');
                }
                proposal.push(character.to_ascii_lowercase());
            }
            _ if !proposal.is_empty() && !proposal.ends_with('_') => proposal.push('_'),
            _ => {}
        }
    }
    let proposal = proposal
        .trim_end_matches('_')
        .trim_start_matches(|first: char| first == '_' || first.is_ascii_digit());
    (!proposal.is_empty() && proposal.len() < 64 && !is_keyword(proposal)).then(|| proposal.to_string())
}

/// The fault of a message's name, if it has one: CamelCase.
pub fn type_name_fault(name: &Spanned<String>) -> Option<Diagnostic> {
    if is_keyword(name) {
        return Some(keyword_fault("message", name));
    }
    let mut characters = name.chars();
    let good = characters.next().is_some_and(|first| first.is_ascii_uppercase())
        && characters.all(|character| character.is_ascii_alphanumeric());
    if good {
        return None;
    }
    let title = format!("`{}` cannot be the name of a message", name.value);
    let proposal = proposed_name(name).map(|name| camel_case(&name)).filter(|proposal| !is_keyword(proposal));
    Some(
        Diagnostic::error(codes::BAD_NAME, title, name.span)
            .here("becomes a Rust type")
            .note("the name of a message is in CamelCase: a capital letter, then letters and digits")
            .help_if(proposal.map(|name| format!("`{name}` would do"))),
    )
}

/// The fault of an application's name, if it has one: it becomes a package's name.
pub fn package_name_fault(name: &Spanned<String>) -> Option<Diagnostic> {
    if name.is_empty() {
        let diagnostic = Diagnostic::error(codes::BAD_NAME, "the application's name is empty", name.span);
        return Some(diagnostic.help("`name = \"my-firmware\"` would do"));
    }
    let as_identifier = name.clone().map(|name| name.replace('-', "_"));
    if RESERVED_CRATES.contains(&as_identifier.as_str()) {
        let title = format!("`{}` cannot be the name of an application", name.value);
        return Some(
            Diagnostic::error(codes::BAD_NAME, title, name.span)
                .here("this is a crate of Rust's own")
                .help(format!("`my-{}` would do", name.value)),
        );
    }
    let mut fault = identifier_fault("n application", &as_identifier)?;
    fault.title = fault.title.replace("a n application", "an application");
    if fault.code == codes::BAD_NAME {
        fault.title = format!("`{}` cannot be the name of an application", name.value);
        fault.notes =
            vec!["a name is a lower-case letter, then lower-case letters, digits, `-` and `_`".into()];
    }
    Some(fault)
}

/// `fan_speed` and `fan-speed` to `FanSpeed`.
pub fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.split(['_', '-']) {
        let mut characters = word.chars();
        if let Some(first) = characters.next() {
            camel.push(first.to_ascii_uppercase());
            camel.push_str(characters.as_str());
        }
    }
    camel
}

/// `fan_speed` to `FAN_SPEED`.
pub fn screaming_case(name: &str) -> String {
    name.replace('-', "_").to_ascii_uppercase()
}

/// Names of one table that Rust would see as one, such as `a_1` and `a1`, which both become the type `A1`.
pub fn camel_clashes<'a>(
    what: &str,
    names: impl Iterator<Item = &'a Spanned<String>>,
    reserved: &[&str],
) -> Vec<Diagnostic> {
    let mut seen: HashMap<String, (&str, Span)> = HashMap::new();
    let mut faults = Vec::new();
    for name in names {
        let camel = camel_case(name);
        if reserved.contains(&camel.as_str()) {
            let title = format!("`{}` cannot be the name of a {what}", name.value);
            faults.push(
                Diagnostic::error(codes::NAME_CLASH, title, name.span)
                    .here(format!("becomes the type `{camel}`, which the generated code has already"))
                    .help(format!("take another name, such as `my_{}`", name.value)),
            );
        } else if let Some((first, span)) = seen.get(&camel) {
            let title = format!("`{}` and `{first}` become the same Rust type `{camel}`", name.value);
            faults.push(
                Diagnostic::error(codes::NAME_CLASH, title, name.span)
                    .here("becomes the same type")
                    .also(*span, "the first of the two")
                    .help("rename one of them"),
            );
        } else {
            seen.insert(camel, (name.as_str(), name.span));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_start(name: &str) -> Spanned<String> {
        Spanned::new(name.to_string(), Span::default())
    }

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_keyword("loop") && is_keyword("gen") && is_keyword("Self") && !is_keyword("led"));
    }

    #[test]
    fn cases() {
        assert_eq!(camel_case("fan_speed"), "FanSpeed");
        assert_eq!(camel_case("a_1"), "A1");
        assert_eq!(screaming_case("fan_speed"), "FAN_SPEED");
    }

    #[test]
    fn proposals_are_allowed_themselves() {
        for name in ["Fan Speed", "fan-speed", "FanSpeed", "2fast", "Öl", "loop!", "_x"] {
            if let Some(proposal) = proposed_name(name) {
                assert!(identifier_fault("task", &at_start(&proposal)).is_none(), "{name} -> {proposal}");
            }
        }
        assert_eq!(proposed_name("FanSpeed").as_deref(), Some("fan_speed"));
    }

    #[test]
    fn names_of_applications() {
        assert!(package_name_fault(&at_start("fan-control")).is_none());
        for bad in ["", "core", "Fan", "9lives", "fn", "a b"] {
            assert!(package_name_fault(&at_start(bad)).is_some(), "{bad}");
        }
    }
}
