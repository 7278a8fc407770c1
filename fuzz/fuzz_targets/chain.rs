//! Any text as app.toml: the chain must not panic, and whatever it says must lie in the text.
#![no_main]

use std::sync::LazyLock;

use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use fwc_core::plan::{PlanContext, UserCode};
use fwc_diag::Sources;
use libfuzzer_sys::fuzz_target;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::default);

fuzz_target!(|text: &str| {
    let sources = Sources::of("app.toml", text);
    let context =
        PlanContext { fwc_version: "0.1.0", sources: &sources, user_code: UserCode::Beside("../../../src") };
    let checked = fwc_core::compose(&CATALOG, &CheckOptions::default(), &context);
    for label in checked.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
        assert!(text.get(label.span.range()).is_some(), "a label lies outside of the text");
    }
});
