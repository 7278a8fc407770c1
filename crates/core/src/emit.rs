//! A plan to the text of every file of the generated crate.
//!
//! Templates place text, and Rust decides: a view of the plan is made for each file, with every line already laid out,
//! and the template puts it between what never changes. The folder of templates mirrors the crate.

mod embedded;
mod imports;
mod layout;
mod lock;
mod manifest;
mod origins;
mod skeleton;
mod source;
mod templates;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::Plan;

pub use origins::Origin;

/// Everything that is written for a firmware.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    /// The generated crate: the path of each file in it, with `/`, and its text.
    pub files: BTreeMap<String, String>,
    /// Files of the user's that are written only where they are absent: the path in the project, and the text.
    pub skeletons: BTreeMap<String, String>,
    /// Which entry of app.toml each part of the generated code comes from.
    pub origins: Vec<Origin>,
}

/// Writes a plan's firmware crate.
pub fn emit(plan: &Plan) -> FileSet {
    let mut files = BTreeMap::new();
    let mut put = |path: &str, text: Option<String>| files.extend(text.map(|text| (path.to_string(), text)));
    put("Cargo.toml", Some(manifest::cargo_toml(plan)));
    put("Cargo.lock", Some(manifest::cargo_lock(plan)));
    put(".cargo/config.toml", Some(manifest::cargo_config(plan)));
    // Where the HAL brings the start of the program, it brings the scripts of the linker too.
    if !plan.is_simulated && !plan.app.own_runtime {
        put("build.rs", Some(manifest::build_script(plan)));
        put("memory.x", Some(manifest::memory(plan)));
    }
    put("src/main.rs", Some(source::main(plan)));
    put("src/board.rs", Some(source::board(plan)));
    put("src/devices.rs", source::devices(plan));
    for driver in &plan.drivers {
        put(&format!("src/devices/{}.rs", driver.name), driver.text.clone());
    }
    put("src/messages.rs", source::messages(plan));
    put("src/channels.rs", source::channels(plan));
    put("src/io.rs", source::io(plan));
    put("src/behaviors.rs", source::behaviors(plan));
    put("src/tasks.rs", source::tasks(plan));
    put("src/fwc_observed.rs", source::observed(plan));
    let origins = origins::origins(&files);
    files.extend(embedded::crates(plan));
    FileSet { files, skeletons: skeleton::skeletons(plan), origins }
}

/// What every file's header says.
#[derive(Serialize)]
struct Header<'a> {
    fwc: &'a str,
    app: &'a str,
    board: &'a str,
    board_title: &'a str,
    /// Behind the sentence that says who wrote the file.
    notice: &'static str,
}

impl<'a> Header<'a> {
    fn of(plan: &'a Plan) -> Header<'a> {
        Header {
            fwc: &plan.fwc,
            app: &plan.app.name,
            board: &plan.board.name,
            board_title: &plan.board.title,
            notice: if plan.is_ejected { "" } else { " Changes are lost at the next build." },
        }
    }
}
