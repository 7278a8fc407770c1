//! Settings with which rust-analyzer understands the user's `src/`, which has no Cargo.toml of its own.

use serde_json::json;

/// The folder of Visual Studio Code's settings for a project, and their file.
pub(crate) const VSCODE: &str = ".vscode/settings.json";

/// The text of that file.
///
/// `allTargets` also asks for tests, which need a `test` crate that no bare-metal target has; it was
/// `check.allTargets` alone before rust-analyzer 0.3.2063. The folder of its own keeps rust-analyzer and
/// `fwc build` from waiting for each other; it is taken from the generated crate.
pub(crate) fn vscode_settings(board: &str) -> String {
    let settings = json!({
        "rust-analyzer.linkedProjects": [format!("generated/{board}/Cargo.toml")],
        "rust-analyzer.cargo.allTargets": false,
        "rust-analyzer.check.allTargets": false,
        "rust-analyzer.cargo.targetDir": "../../target/rust-analyzer",
    });
    serde_json::to_string_pretty(&settings).expect("settings have names for keys") + "\n"
}
