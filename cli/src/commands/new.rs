//! `fwc new NAME`: a project that builds and runs as it is, whole or not at all. Where only the board's schematic can say what feeds
//! the chip's core, one line of it is left to the user.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fwc_build::Cancel;
use fwc_core::catalog::Board;
use fwc_core::names::package_name_fault;
use fwc_schema::{Span, Spanned};
use serde_json::json;

use crate::Outcome;
use crate::arguments::{GlobalOptions, NewOptions};
use crate::chain::{BESIDE, Inputs};
use crate::commands::boards::Boards;
use crate::commands::generate;
use crate::examples::Example;
use crate::failure::Failure;
use crate::project::{APP_FILE, Project, current_folder};
use crate::shell::Shell;
use crate::{editor, examples, folder, interrupt, starter};

/// The board that most people have.
const DEFAULT_BOARD: &str = "rpi-pico";

const GITIGNORE: &str = "\
# What fwc and cargo make anew.
/generated/
/target/
";

pub(crate) fn run(options: &NewOptions, global: &GlobalOptions, shell: &Shell) -> Outcome {
    let cancel = interrupt::cancel_on_signal()?;
    let destination = Destination::of(&options.name)?;
    let board = Boards::default().find(global.board().unwrap_or(DEFAULT_BOARD))?;
    let example = options.example.as_deref();
    let example = example.map(|name| examples::find(name).expect("only the names of examples are accepted"));
    let files = files(&destination.app, example, &board);
    let draft = folder::draft_beside(&destination.folder, &destination.shown)?;
    for (path, text) in &files {
        interrupt::check(&cancel)?;
        folder::put(draft.path(), path, text)?;
    }
    if let Some(example) = example.filter(|example| example.board() != board.written()) {
        move_to_board(example, draft.path(), &destination, &board, global)?;
    }
    let is_whole = example.is_some() || !board.lacks_core_supply();
    if is_whole {
        let made = generate_in(draft.path(), &destination, global, shell, &cancel);
        made.map_err(|failure| match example {
            Some(example) if example.board() != board.written() => failure.help(format!(
                "`fwc new {} --example {}` makes it for {}; in there, `fwc port --to {}` says what stands in the way",
                destination.shown.display(),
                example.name,
                example.board(),
                board.written()
            )),
            _ => failure,
        })?;
    }
    interrupt::check(&cancel)?;
    folder::publish(draft, &destination.folder, &destination.shown)?;
    let is_bare = example.is_none() && starter::is_bare(&board);
    say(&destination, &board, (is_whole, is_bare), shell)
}

/// Where the project goes.
struct Destination {
    /// As it was typed.
    shown: PathBuf,
    /// Absolute.
    folder: PathBuf,
    /// The app's name.
    app: String,
}

impl Destination {
    fn of(name: &Path) -> Result<Destination, Failure> {
        let folder = current_folder()?.join(name);
        let app = folder.file_name().map(|app| app.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(fault) = package_name_fault(&Spanned::new(app.clone(), Span::default())) {
            return Err(Failure::usage(fault.title).notes(fault.notes).helps(fault.helps));
        }
        let destination = Destination { shown: name.to_owned(), folder, app };
        folder::refuse_occupied(&destination.folder, name, "a new project")?;
        Ok(destination)
    }
}

fn files(app: &str, example: Option<&Example>, board: &Board) -> Vec<(String, String)> {
    let mut files = match example {
        None => {
            let scenario = starter::scenario(board).map(|(path, text)| (path.to_owned(), text));
            let app_toml = ("app.toml".to_owned(), starter::app_toml(app, board));
            std::iter::once(app_toml).chain(scenario).collect()
        }
        Some(example) => example.files_for(app, &board.written()),
    };
    files.push((".gitignore".to_owned(), GITIGNORE.to_owned()));
    files.push((editor::VSCODE.to_owned(), editor::vscode_settings(&board.name)));
    files
}

/// Brings an example to a board for which it does not fit as it is: the overrides that `fwc port` proposes are added to its
/// app.toml. Where they do not suffice, app.toml stays as it is, and is refused next.
fn move_to_board(
    example: &Example,
    draft: &Path,
    destination: &Destination,
    board: &Arc<Board>,
    global: &GlobalOptions,
) -> Outcome {
    let project = Project { root: draft.to_owned(), shown: destination.shown.clone() };
    let fits = || Ok::<bool, Failure>(Inputs::read(&project)?.resolved(global).is_some());
    if fits()? {
        return Ok(());
    }
    let as_it_is = project.text(APP_FILE)?;
    let of_its_board = GlobalOptions { boards: Vec::new(), ..global.clone() };
    folder::put(draft, APP_FILE, &example.app_toml(&destination.app, example.board()))?;
    let port = Inputs::read(&project)?.ported(board, &of_its_board);
    if let Some(port) = port.filter(|port| port.complete) {
        let moved = format!("{as_it_is}\n# What differs on {}.\n{}", board.title, port.overrides);
        folder::put(draft, APP_FILE, &moved)?;
        if fits()? {
            return Ok(());
        }
    }
    folder::put(draft, APP_FILE, &as_it_is)
}

/// The generated crate belongs to a new project, so that editors understand it from the start.
fn generate_in(
    draft: &Path,
    destination: &Destination,
    global: &GlobalOptions,
    shell: &Shell,
    cancel: &Cancel,
) -> Outcome {
    let project = Project { root: draft.to_owned(), shown: destination.shown.clone() };
    let composed = Inputs::read(&project)?.compose(BESIDE, global, "make the project", shell)?;
    generate::write(&project, composed.composition, shell, cancel)?;
    Ok(())
}

/// What was made and what comes next. Not whole is an app that the check refuses as yet, bare one with nothing in it.
fn say(
    destination: &Destination,
    board: &Board,
    (is_whole, is_bare): (bool, bool),
    shell: &Shell,
) -> Outcome {
    let shown = destination.shown.display();
    if shell.is_json() {
        return shell.record(&json!({
            "reason": "created",
            "folder": destination.folder,
            "app": destination.app,
            "board": board.name,
        }));
    }
    shell.status("Created", &format!("`{shown}` for {}", board.title));
    if !is_whole {
        shell.hint(&format!(
            "`core-supply` in {shown}/app.toml is still to be written, as the board has it: then `fwc run` and `fwc build`"
        ));
        return Ok(());
    }
    if is_bare {
        shell.hint(&format!(
            "its peripherals and tasks are to be written into {shown}/app.toml; `fwc boards {}` shows every pin",
            board.written()
        ));
        return Ok(());
    }
    shell.hint(&format!(
        "`cd {shown}` and `fwc run` show it living, without a board; app.toml says what it does"
    ));
    Ok(())
}
