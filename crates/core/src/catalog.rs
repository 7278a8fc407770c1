//! Board and chip files to ready, indexed types.
//!
//! In: the files under `boards/`, which are part of the program, and a project's own board files as text. Out:
//! [`Board`]s with their [`Chip`]. A file is read only when its board is asked for; a list of boards reads no more
//! than the head of each file.
//!
//! A fault in a bundled file is ours, and panics with the file's name; faults in a project's files are data.

mod archive;
mod bare;
mod behavior;
mod board;
mod bus;
mod chip;
mod device;
mod device_file;
mod load;
mod names;
pub(crate) mod option;
mod pwm;
mod rate;
mod report;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use fwc_diag::Diagnostic;
use fwc_schema::SourceId;
use fwc_schema::chip::{ChipFile, FamilyFile, IdentityFile, UnservedFamily, UnservedFile};
use include_dir::{Dir, include_dir};

use archive::Archive;
use behavior::BehaviorEntry;

pub use archive::FORMAT as ARCHIVE_FORMAT;
pub use behavior::{Behavior, BehaviorEnd, BehaviorPart, ProjectBehavior};
pub use board::{Board, Contact, ContactKind, Header, LinkRegion, Onboard};
pub use chip::{
    Block, BlockId, Chip, DmaChannel, DmaDirection, DmaId, Function, Interrupt, InterruptId, Pin, PinId,
    PinLimitation, Remap, TimeDriver,
};
pub use device::{
    Driver, DriverBus, DriverCode, DriverCrate, DriverField, DriverKey, DriverPin, OptionValue,
};
pub(crate) use device_file::FREE_ADDRESSES;
pub use load::{BoardFault, BoardHead};
pub use names::UnknownBoard;
pub use pwm::PwmRate;
pub use rate::UartRate;
pub use report::{PinRow, pin_rows};

static BOARDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../boards");

/// Every board, every driver of devices and every behaviour of a project's own that can be named.
#[derive(Debug)]
pub struct Catalog {
    /// A project's boards first, so that one of them may take the place of a bundled board; each part sorted by file.
    entries: Vec<Entry>,
    /// A project's drivers first, for the same reason; each part sorted by name.
    drivers: Vec<DriverEntry>,
    /// A project's own behaviours, sorted by name.
    behaviors: Vec<BehaviorEntry>,
}

/// A driver of a project's own: the folder `devices/NAME/`.
#[derive(Clone, Debug)]
pub struct ProjectDriver {
    /// The folder's name.
    pub name: String,
    /// Where the text of its device.toml stands among the sources of the run.
    pub source: SourceId,
    /// That text.
    pub text: String,
    /// Whether the folder has a driver.rs.
    pub has_code: bool,
}

/// A device.toml and what was read of it so far.
#[derive(Debug)]
struct DriverEntry {
    name: Cow<'static, str>,
    text: Cow<'static, str>,
    /// The text's place among the sources; none where it is bundled.
    source: Option<SourceId>,
    code: Option<DriverCode>,
    driver: OnceLock<Result<Arc<Driver>, Vec<Diagnostic>>>,
}

/// A board's file and what was read of it so far.
#[derive(Debug)]
struct Entry {
    file: String,
    text: Cow<'static, str>,
    bundled: bool,
    head: OnceLock<Option<BoardHead>>,
    board: OnceLock<Result<Arc<Board>, Vec<BoardFault>>>,
}

impl Default for Catalog {
    fn default() -> Catalog {
        Catalog::new([])
    }
}

impl Catalog {
    /// The bundled boards and a project's own: the path of each file as messages show it, and its text.
    pub fn new(project_files: impl IntoIterator<Item = (String, String)>) -> Catalog {
        let mut own: Vec<Entry> =
            project_files.into_iter().map(|(file, text)| Entry::new(file, text.into(), false)).collect();
        own.sort_by(|left, right| left.file.cmp(&right.file));
        let mut bundled: Vec<Entry> = BOARDS.files().filter_map(bundled_entry).collect();
        bundled.sort_by(|left, right| left.file.cmp(&right.file));
        own.append(&mut bundled);
        let drivers = fwc_devices::stock().into_iter().map(DriverEntry::bundled).collect();
        Catalog { entries: own, drivers, behaviors: Vec::new() }
    }

    /// The same with a project's own drivers.
    pub fn with_drivers(mut self, own: impl IntoIterator<Item = ProjectDriver>) -> Catalog {
        let mut drivers: Vec<DriverEntry> = own.into_iter().map(DriverEntry::of_project).collect();
        drivers.sort_by(|left, right| left.name.cmp(&right.name));
        drivers.append(&mut self.drivers);
        Catalog { drivers, ..self }
    }

    /// The same with a project's own behaviours.
    pub fn with_behaviors(self, own: impl IntoIterator<Item = ProjectBehavior>) -> Catalog {
        let mut behaviors: Vec<BehaviorEntry> = own.into_iter().map(BehaviorEntry::new).collect();
        behaviors.sort_by(|left, right| left.name().cmp(right.name()));
        Catalog { behaviors, ..self }
    }

    /// The behaviour of the project's own with that name.
    pub fn behavior(&self, name: &str) -> Option<Result<Arc<Behavior>, &[Diagnostic]>> {
        let entry = self.behaviors.iter().find(|entry| entry.name() == name)?;
        Some(entry.behavior().map(Arc::clone))
    }

    /// Every name that [`Catalog::behavior`] understands, sorted.
    pub fn behavior_names(&self) -> impl Iterator<Item = &str> {
        self.behaviors.iter().map(BehaviorEntry::name)
    }

    /// The driver with that name.
    pub fn driver(&self, name: &str) -> Option<Result<Arc<Driver>, &[Diagnostic]>> {
        let entry = self.drivers.iter().find(|entry| entry.name == name)?;
        Some(entry.driver().map(Arc::clone).map_err(Vec::as_slice))
    }

    /// Every name that [`Catalog::driver`] understands, sorted.
    pub fn driver_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.drivers.iter().map(|entry| &*entry.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The board with that name or alias, in exactly that spelling. A name counts before an alias. `chip:NAME` is a board
    /// with nothing but that chip.
    pub fn board(&self, name: &str) -> Option<Result<Arc<Board>, &[BoardFault]>> {
        if let Some(chip) = name.strip_prefix(BARE_CHIP) {
            return bare::board(chip).map(|board| Ok(Arc::new(board)));
        }
        let named = self.entries.iter().find(|entry| entry.stem() == name);
        let entry = named.or_else(|| self.entries.iter().find(|entry| entry.has_alias(name)))?;
        Some(entry.board().map(Arc::clone).map_err(Vec::as_slice))
    }

    /// What the list of boards shows, by name. A project's file without a readable head is left out.
    pub fn boards(&self) -> Vec<&BoardHead> {
        let mut heads: Vec<&BoardHead> = Vec::new();
        for head in self.entries.iter().filter_map(Entry::head) {
            if !heads.iter().any(|shown| shown.name == head.name) {
                heads.push(head);
            }
        }
        heads.sort_by(|left, right| left.name.cmp(&right.name));
        heads
    }

    /// The chips of these boards that have an emulator, as people write them.
    pub fn emulated_chips(&self) -> Vec<String> {
        let boards = self.boards().into_iter().filter_map(|head| self.board(&head.name)?.ok());
        let emulated = boards.filter(|board| board.chip.emulator.is_some());
        let mut titles: Vec<String> = emulated.map(|board| board.chip.title.clone()).collect();
        titles.sort();
        titles.dedup();
        titles
    }

    /// Every name and alias that [`Catalog::board`] understands, for suggestions.
    pub fn board_names(&self) -> Vec<&str> {
        let heads = self.boards().into_iter();
        heads.flat_map(|head| std::iter::once(&head.name).chain(&head.aliases)).map(String::as_str).collect()
    }
}

impl DriverEntry {
    fn bundled(part: fwc_devices::Stock) -> DriverEntry {
        DriverEntry {
            name: part.name.into(),
            text: part.description.into(),
            source: None,
            code: Some(DriverCode::Stock(part.driver)),
            driver: OnceLock::new(),
        }
    }

    fn of_project(own: ProjectDriver) -> DriverEntry {
        DriverEntry {
            name: own.name.into(),
            text: own.text.into(),
            source: Some(own.source),
            code: own.has_code.then_some(DriverCode::Project),
            driver: OnceLock::new(),
        }
    }

    fn driver(&self) -> Result<&Arc<Driver>, &Vec<Diagnostic>> {
        let loaded = self.driver.get_or_init(|| {
            let source = self.source.unwrap_or_default();
            device_file::driver(&self.name, source, &self.text, self.code.clone()).map(Arc::new)
        });
        if let (Err(faults), None) = (loaded, self.source) {
            panic!("the bundled device `{}` is faulty: {faults:?}", self.name);
        }
        loaded.as_ref()
    }
}

impl Entry {
    fn new(file: String, text: Cow<'static, str>, bundled: bool) -> Entry {
        Entry { file, text, bundled, head: OnceLock::new(), board: OnceLock::new() }
    }

    /// The file's name without folder and ending: the board's name.
    fn stem(&self) -> &str {
        load::stem(&self.file)
    }

    fn head(&self) -> Option<&BoardHead> {
        self.head.get_or_init(|| load::head(&self.text)).as_ref()
    }

    fn has_alias(&self, name: &str) -> bool {
        self.head().is_some_and(|head| head.aliases.iter().any(|alias| alias == name))
    }

    fn board(&self) -> Result<&Arc<Board>, &Vec<BoardFault>> {
        let loaded = self.board.get_or_init(|| load::board(&self.file, &self.text).map(Arc::new));
        if let Err(faults) = loaded
            && self.bundled
        {
            panic!("the bundled `{}` is faulty: {faults:?}", self.file);
        }
        loaded.as_ref()
    }
}

fn bundled_entry(file: &'static include_dir::File<'static>) -> Option<Entry> {
    let path = file.path().to_str().filter(|path| path.ends_with(".toml"))?;
    Some(Entry::new(format!("boards/{path}"), bundled_text(file).into(), true))
}

/// Whether a board of ours has that name, which is not an alias.
fn is_bundled_board(name: &str) -> bool {
    BOARDS.get_file(format!("{name}.toml")).is_some()
}

/// The name of every bundled chip, sorted.
pub fn chip_names() -> Vec<&'static str> {
    let files = BOARDS.get_dir("chips").into_iter().flat_map(Dir::files);
    let tables = files.filter_map(|file| file.path().file_name()?.to_str()?.strip_suffix(".tables.toml"));
    let mut names: Vec<&str> = tables.collect();
    names.sort_unstable();
    names
}

/// The bundled chip with that name.
pub fn chip(name: &str) -> Option<Chip> {
    let tables = bundled_text(BOARDS.get_file(format!("chips/{name}.tables.toml"))?);
    let chip = match BOARDS.get_file(format!("chips/{name}.toml")) {
        Some(facts) => Chip::from_files(bundled_text(facts), tables),
        None => Chip::of_family(name, family(tables), tables),
    };
    Some(chip.unwrap_or_else(|fault| panic!("the bundled chip `{name}` is faulty: {fault}")))
}

/// How a debugger tells the bundled chips apart: the chips, as people name them, and their identity.
pub fn identities() -> Vec<(String, IdentityFile)> {
    let texts = |folder: &str| -> Vec<&'static str> {
        let files = BOARDS.get_dir(folder).into_iter().flat_map(Dir::files);
        files.filter(|file| !is_tables(file)).map(bundled_text).collect()
    };
    let mut all = Vec::new();
    for text in texts("chips") {
        let chip: ChipFile =
            toml::from_str(text).unwrap_or_else(|fault| panic!("a bundled chip is faulty: {fault}"));
        all.extend(chip.identity.map(|identity| (chip.title, identity)));
    }
    for text in texts("families") {
        let family: FamilyFile =
            toml::from_str(text).unwrap_or_else(|fault| panic!("a bundled family is faulty: {fault}"));
        let Some(identity) = family.identity else { continue };
        for line in &identity.lines {
            all.extend(
                line.of
                    .first()
                    .and_then(|of| identity.clone().of_chip(of))
                    .map(|one| (line.of.join("/"), one)),
            );
        }
    }
    all
}

fn is_tables(file: &include_dir::File<'_>) -> bool {
    file.path().to_str().is_some_and(|path| path.ends_with(".tables.toml"))
}

/// What stands before a chip's name where a board's would be.
pub const BARE_CHIP: &str = "chip:";

/// The name of every chip that `chip:` can stand before, sorted.
pub fn bare_chip_names() -> Vec<&'static str> {
    archive().names().collect()
}

/// Why there is no chip of that name, where it is of a family of the STM32 that fwc does not serve.
fn unserved(chip: &str) -> Option<UnservedFamily> {
    unserved_of("stm32", chip)
}

/// Why fwc serves no chip of that name, which is none of the STM32.
fn unserved_other(chip: &str) -> Option<UnservedFamily> {
    unserved_of("others", chip)
}

fn unserved_of(list: &str, chip: &str) -> Option<UnservedFamily> {
    let file = BOARDS.get_file(format!("unserved/{list}.toml")).map(bundled_text).expect("it is bundled");
    let unserved: UnservedFile = toml::from_str(file)
        .unwrap_or_else(|fault| panic!("the bundled `unserved/{list}.toml` is faulty: {fault}"));
    unserved.of_chip(chip).cloned()
}

/// The families that a chip by itself can be of, as people write them, sorted.
fn family_titles() -> Vec<String> {
    let files = BOARDS.get_dir("families").into_iter().flat_map(Dir::files);
    let mut titles: Vec<String> =
        files.map(|file| load::stem(&file.path().to_string_lossy()).to_uppercase()).collect();
    titles.sort_unstable();
    titles
}

/// The archive's name of a chip. Of a chip with two cores it is one of them, which need not be named: `stm32h745zi` is
/// `stm32h745zi-cm7`.
pub fn bare_chip(name: &str) -> Option<&'static str> {
    let is_core = |of: &str| of.strip_prefix(name).is_some_and(|rest| rest.starts_with("-cm"));
    archive().names().find(|of| *of == name).or_else(|| archive().names().find(|of| is_core(of)))
}

fn archive() -> Archive<'static> {
    let file = BOARDS.get_file("stm32.chips").map(include_dir::File::contents);
    file.and_then(Archive::open).expect("the bundled `stm32.chips` is an archive of this format")
}

/// A chip of the archive.
fn archived(name: &str) -> Option<Chip> {
    let tables = archive().tables(name)?;
    let chip = Chip::of_family(name, family(&tables), &tables);
    Some(chip.unwrap_or_else(|fault| panic!("the archived chip `{name}` is faulty: {fault}")))
}

/// The text of the family that a chip's tables name.
fn family(tables: &str) -> &'static str {
    let name = tables.lines().find_map(|line| line.strip_prefix("part.family = "));
    let name = name.unwrap_or_default().trim_matches('"');
    let file = BOARDS.get_file(format!("families/{name}.toml"));
    bundled_text(file.unwrap_or_else(|| panic!("there is no family `{name}`")))
}

fn bundled_text(file: &'static include_dir::File<'static>) -> &'static str {
    file.contents_utf8().unwrap_or_else(|| panic!("the bundled `{}` is not UTF-8", file.path().display()))
}

#[cfg(test)]
mod tests;
