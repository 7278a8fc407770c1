//! Any text as app.toml: the chain must not panic, and whatever it says must lie in the text.
#![no_main]

use std::sync::LazyLock;

use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use libfuzzer_sys::fuzz_target;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::default);

fuzz_target!(|text: &str| {
    let checked = fwc_core::check_text(text, &CATALOG, &CheckOptions::default());
    for label in checked.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
        assert!(text.get(label.span.range()).is_some(), "a label lies outside of the text");
    }
});
