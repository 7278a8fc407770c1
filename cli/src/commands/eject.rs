//! `fwc eject DIR`: the generated crate with the user's code inside, for plain cargo and without fwc.

use std::fs;
use std::path::Path;

use fwc_core::catalog::Board;
use fwc_core::plan::UserCode;
use fwc_schema::board::FlashWay;
use serde_json::json;

use crate::Outcome;
use crate::arguments::GlobalOptions;
use crate::chain::{Composed, Inputs};
use crate::failure::{Failure, While};
use crate::project::{APP_FILE, Project, current_folder};
use crate::shell::Shell;
use crate::write::{self, Files};
use crate::{folder, interrupt};

pub(crate) fn run(shown: &Path, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let project = Project::find(global)?;
    let destination = current_folder()?.join(shown);
    folder::refuse_occupied(&destination, shown, "an ejected crate")?;
    let composed = Inputs::read(&project)?.compose(UserCode::Inside, global, "eject the crate", shell)?;
    let board = composed.composition.app.board.clone();
    let name = composed.composition.app.name.value.clone();
    let files = files(&project, composed)?;
    let draft = folder::draft_beside(&destination, shown)?;
    for (path, text) in &files {
        interrupt::check(&cancel)?;
        folder::put(draft.path(), path, text)?;
    }
    folder::publish(draft, &destination, shown)?;
    if shell.is_json() {
        let object = json!({ "reason": "ejected", "folder": destination, "app": name, "board": board.name });
        return shell.record(&object);
    }
    shell.status(
        "Ejected",
        &format!("`{}`: a crate of its own, which fwc never touches again", shown.display()),
    );
    shell.hint(&format!("`cd {}` and `cargo build --release`; its README.md says more", shown.display()));
    Ok(())
}

/// Everything that is in the crate: what fwc makes, the user's sources, and what the crate is.
fn files(project: &Project, composed: Composed) -> Result<Files, Failure> {
    let composition = composed.composition;
    let generated = project.root.join(write::GENERATED).join(&composition.app.board.name);
    let mut files = write::with_kept_lock(composition.files.files, &generated)?;
    let mut own = composition.files.skeletons;
    add_sources(&project.root.join("src"), "src", &mut own)?;
    for behavior in &composition.plan.behaviors {
        let text = project.text(&format!("behaviors/{}/behavior.rs", behavior.name))?;
        own.insert(format!("src/behaviors/{}.rs", behavior.name), text);
    }
    for driver in composition.plan.drivers.iter().filter(|driver| driver.text.is_none()) {
        let text = project.text(&format!("devices/{}/driver.rs", driver.name))?;
        own.insert(format!("src/devices/{}.rs", driver.name), text);
    }
    for (path, text) in own {
        if files.insert(path.clone(), text).is_some() {
            let path = project.shown(path);
            return Err(Failure::files(format!(
                "`{}` has the name of a file that fwc writes",
                path.display()
            ))
            .help("rename it; it is then a module of that name"));
        }
    }
    files.insert("README.md".to_owned(), readme(&composition.app.name.value, &composition.app.board));
    files.insert(APP_FILE.to_owned(), project.text(APP_FILE)?);
    files.insert(".gitignore".to_owned(), "/target/\n".to_owned());
    Ok(files)
}

/// The user's sources at any depth; they take the place of skeletons.
fn add_sources(folder: &Path, prefix: &str, files: &mut Files) -> Outcome {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).doing("listing", folder)? {
        let path = entry.doing("listing", folder)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let inside = format!("{prefix}/{name}");
        if path.is_dir() {
            add_sources(&path, &inside, files)?;
        } else if name.ends_with(".rs") && !name.starts_with('.') {
            files.insert(inside, fs::read_to_string(&path).doing("reading", &path)?);
        }
    }
    Ok(())
}

fn readme(name: &str, board: &Board) -> String {
    let target = &board.chip.target;
    let image = format!("target/{target}/release/{name}");
    let ways: Vec<String> = board.flash.iter().map(|way| flash(way, &image, name, board)).collect();
    format!(
        "\
# {name}

Firmware for {title}. fwc {version} composed it from app.toml; from now on it is a crate of its own that cargo builds
alone. Comments name the line of app.toml that an item came from. Change what you like: nothing is overwritten.

## Build

```
rustup target add {target}
cargo build --release
```

The image with its symbols is `{image}`.

## Flash

{flash}
## What is where

| file | holds |
| --- | --- |
| `src/main.rs` | the modules, what lives for ever, the start: peripherals are made and tasks spawned |
| `src/board.rs` | the types of peripherals, interrupts, configurations |
| `src/tasks.rs`, `src/io.rs`, `src/channels.rs`, `src/messages.rs` | tasks, what each owns, how they talk |
| `src/devices.rs`, `src/devices/` | the drivers of devices, where there are any |
| `memory.x`, `build.rs`, `.cargo/config.toml` | the memory of the chip, the linker's arguments, the target |
| `fwc-runtime`, `fwc-hal-*` | the stock behaviours, channel ends and adapters that the crate uses |
",
        title = board.title,
        version = env!("CARGO_PKG_VERSION"),
        flash = ways.join("\n"),
    )
}

fn flash(way: &FlashWay, image: &str, name: &str, board: &Board) -> String {
    match way {
        FlashWay::Probe {} => format!(
            "With a debug probe and [probe-rs](https://probe.rs), which also shows the log:\n\n\
             ```\nprobe-rs run --chip {} {image}\n```\n",
            board.chip.probe_rs
        ),
        FlashWay::Uf2 { volume, .. } => format!(
            "Over the boot drive `{volume}`, with `elf2uf2-rs` (`cargo install elf2uf2-rs`):\n\n\
             ```\nelf2uf2-rs {image} {name}.uf2\n```\n\nThen copy `{name}.uf2` to the drive.\n"
        ),
        FlashWay::Serial { chip, .. } => format!(
            "Over a serial port, with `espflash` (`cargo install espflash`):\n\n\
             ```\nespflash flash --chip {chip} {image}\n```\n"
        ),
    }
}
