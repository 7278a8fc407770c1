//! The board: which one, what it overrides, and what a pin's name means on it.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use fwc_diag::suggest::closest;
use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{
    AppFile, AppKeys, BoardSection, ChannelKeys, DeviceEntry, Named, PeripheralEntry, TaskEntry,
};
use fwc_schema::{Field, SourceId, Span, Spanned};

use crate::app::{PinUse, SharedKeys};
use crate::catalog::{BARE_CHIP, Board, BoardFault, Catalog, PinId, bare_chip};
use crate::check::CheckOptions;
use crate::check::examples::words_for_pins;
use crate::parse;

/// The board of the command line, else of the file.
pub(super) fn choose(
    file: &AppFile,
    catalog: &Catalog,
    options: &CheckOptions,
    faults: &mut Vec<Diagnostic>,
) -> Option<Arc<Board>> {
    let place = file.app.board.span().or(file.app_span).unwrap_or_default();
    let name = match (&options.board, file.app.board.get()) {
        (Some(name), _) => Spanned::new(name.clone(), place),
        (None, Some(name)) => name.clone(),
        (None, None) => {
            if file.app.board.is_absent() && file.app_span.is_some() {
                faults.push(
                    Diagnostic::error(codes::MISSING_KEY, "`[app]` has no `board`", place)
                        .about("board")
                        .help("give it for example `board = \"rpi-pico\"`; `fwc boards` lists them all"),
                );
            }
            return None;
        }
    };
    match catalog.board(&name) {
        Some(Ok(board)) => return Some(board),
        Some(Err(board_faults)) => {
            faults.extend(board_faults.iter().map(|fault| in_board_file(fault, &name, options)));
        }
        None => {
            let mut fault = unknown_board(&name, catalog);
            if options.board.is_some() {
                fault.labels[0].text = "overruled by `--board`".to_string();
            }
            faults.push(fault);
        }
    }
    None
}

/// Where a file of the project's own says what the board's clocks start from.
pub(super) fn clock_source(board: &Board, options: &CheckOptions) -> Option<Span> {
    let (file, range) = board.source_place.as_ref()?;
    let (_, source) = options.board_files.iter().find(|(name, _)| name == file)?;
    Some(Span::new(*source, range.clone()))
}

/// A fault in a board's file of the project's own.
fn in_board_file(fault: &BoardFault, name: &Spanned<String>, options: &CheckOptions) -> Diagnostic {
    let source = options.board_files.iter().find(|(file, _)| *file == fault.file).map(|(_, source)| *source);
    let span = source.map_or(name.span, |source| Span::new(source, fault.range.clone()));
    let mut diagnostic = Diagnostic::error(codes::BAD_BOARD, fault.message.clone(), span);
    if source.is_some() {
        diagnostic = diagnostic.also(name.span, "the board is chosen here");
    }
    diagnostic.help_if(fault.help.clone())
}

/// The name of the board that `name`, which may be an alias, stands for.
pub fn canonical<'a>(name: &'a str, catalog: &'a Catalog) -> Option<&'a str> {
    if let Some(chip) = name.strip_prefix(BARE_CHIP) {
        return bare_chip(chip);
    }
    let heads = catalog.boards();
    let head = heads.iter().find(|head| head.name == name);
    let head = head.or_else(|| heads.iter().find(|head| head.aliases.iter().any(|alias| alias == name)));
    head.map(|head| head.name.as_str())
}

/// The boards that an app.toml is for: its own, then each that it has overrides for. A name that is no board's comes as it is;
/// nothing where the file names no board of its own.
pub fn boards(text: &str, catalog: &Catalog) -> Vec<String> {
    let Some(file) = parse::parse(SourceId::default(), text).value else { return Vec::new() };
    let Some(own) = file.app.board.get() else { return Vec::new() };
    let sections = file.boards.iter().map(|section| section.name.as_str());
    let mut boards: Vec<String> = Vec::new();
    for name in std::iter::once(own.as_str()).chain(sections) {
        let name = match name.starts_with(BARE_CHIP) {
            true => name,
            false => canonical(name, catalog).unwrap_or(name),
        };
        if !boards.iter().any(|board| board == name) {
            boards.push(name.to_owned());
        }
    }
    boards
}

fn unknown_board(name: &Spanned<String>, catalog: &Catalog) -> Diagnostic {
    let answer = catalog.unknown_board(name);
    let fault =
        Diagnostic::error(codes::UNKNOWN_BOARD, format!("there is no board `{}`", name.value), name.span);
    answer.notes.into_iter().fold(fault, Diagnostic::note).help(answer.help)
}

/// Whether the file names the board as its own.
fn is_own(board: &Board, file: &AppFile, catalog: &Catalog) -> bool {
    file.app.board.get().and_then(|own| canonical(own, catalog)) == Some(board.name.as_str())
}

/// What a board other than the file's own takes over from `[app]` and could have otherwise.
pub(super) fn shared_keys(file: &AppFile, board: &Board, catalog: &Catalog) -> SharedKeys {
    if is_own(board, file, catalog) {
        return SharedKeys::default();
    }
    let app = &file.app;
    let keys = [
        ("clock", app.clock.span()),
        ("core1-stack", app.core1_stack.span()),
        ("heap", app.heap.span()),
        ("log-over", app.log_over.span()),
    ];
    SharedKeys {
        heading: format!("[boards.{}.app]", board.written_key()),
        keys: keys.into_iter().filter_map(|(key, span)| Some((key, span?))).collect(),
    }
}

/// Lays the chosen board's overrides over the file; overrides of what is not there are faults, whichever the board.
pub(crate) fn apply_overrides(
    mut file: AppFile,
    chosen: Option<&Board>,
    catalog: &Catalog,
    faults: &mut Vec<Diagnostic>,
) -> AppFile {
    let mut given: HashMap<(bool, String), Spanned<String>> = HashMap::new();
    for section in std::mem::take(&mut file.boards) {
        let board = canonical(&section.name, catalog);
        match board {
            None => faults.push(unknown_board(&section.name, catalog)),
            Some(board) => {
                let board = (section.name.starts_with(BARE_CHIP), board.to_owned());
                if let Some(first) = given.get(&board) {
                    faults.push(one_board(first, &section.name));
                    continue;
                }
                given.insert(board, section.name.clone());
            }
        }
        let BoardSection { app, core_supply, pins, peripherals, devices, channels, tasks } = section.entry;
        let is_chosen = board.is_some() && board == chosen.map(|board| board.name.as_str());
        let app = without_identity(app, faults);
        if is_chosen {
            file.app.overlay(app);
        }
        overlay(
            "peripheral",
            &mut file.peripherals,
            peripherals,
            is_chosen,
            PeripheralEntry::overlay,
            faults,
        );
        overlay("device", &mut file.devices, devices, is_chosen, DeviceEntry::overlay, faults);
        overlay("channel", &mut file.channels, channels, is_chosen, ChannelKeys::overlay, faults);
        overlay("task", &mut file.tasks, tasks, is_chosen, TaskEntry::overlay, faults);
        // What is left is read by `supply` and `PinNames`.
        let entry = BoardSection { core_supply, pins, ..BoardSection::default() };
        file.boards.push(Named { name: section.name, entry });
    }
    file
}

/// What a board may say of `[app]`: what the application is called and which board it is for by itself, no board changes.
fn without_identity(app: AppKeys, faults: &mut Vec<Diagnostic>) -> AppKeys {
    let identity = [("name", app.name.span()), ("board", app.board.span()), ("version", app.version.span())];
    for (key, span) in identity {
        faults.extend(span.map(|span| {
            Diagnostic::error(codes::NOT_APPLICABLE, format!("`{key}` is the same on every board"), span)
                .help("write it in `[app]`, or remove it")
        }));
    }
    AppKeys { name: Field::Absent, board: Field::Absent, version: Field::Absent, ..app }
}

/// One board under two of its names: which of two overrides counts would be chance.
fn one_board(first: &Spanned<String>, second: &Spanned<String>) -> Diagnostic {
    let title = format!("`{}` and `{}` are one board", first.value, second.value);
    Diagnostic::error(codes::DUPLICATE_NAME, title, second.span)
        .here("given again")
        .also(first.span, "given here first")
        .help("write all that is for it below one of the two names")
}

/// The board with what the file says of it, where it must say what feeds the core.
///
/// RM0399, section 7.4.1: a chip with two regulators starts with both, on either wiring, and stays in a mode in which memory must
/// not be written until it is told which one it is; the other one, told, may leave the core without any.
pub(super) fn supply(
    board: Arc<Board>,
    file: &AppFile,
    catalog: &Catalog,
    faults: &mut Vec<Diagnostic>,
) -> Arc<Board> {
    let mut of_board =
        file.boards.iter().filter(|section| canonical(&section.name, catalog) == Some(board.name.as_str()));
    let said = of_board.find(|section| !section.entry.core_supply.is_absent());
    let title = &board.chip.title;
    match said.map(|section| &section.entry.core_supply) {
        Some(Field::Given(said)) if board.chip.switched_supply => {
            let mut board = (*board).clone();
            board.power.core_supply = Some(said.value);
            return Arc::new(board);
        }
        Some(Field::Given(said)) => {
            let fault = format!("the core of {title} has one regulator");
            faults.push(
                Diagnostic::error(codes::NOT_APPLICABLE, fault, said.span).help("remove `core-supply`"),
            );
        }
        None if board.lacks_core_supply() => {
            let fault = format!("nothing says what feeds the core of {title}");
            let place = file.app.board.span().or(file.app_span).unwrap_or_default();
            let section = board.written_key();
            faults.push(
                Diagnostic::error(codes::MISSING_KEY, fault, place)
                    .about("core-supply")
                    .note(
                        "the chip has a linear regulator and, in most packages, a switched one; the board's wiring \
                         decides, and firmware that chooses the other stops the chip in its start",
                    )
                    .help(format!(
                        "write `core-supply = \"ldo\"` or `core-supply = \"smps\"` below `[boards.{section}]`, as the \
                         board's schematic has it"
                    )),
            );
        }
        Some(Field::Faulty(_) | Field::Absent) | None => {}
    }
    board
}

fn overlay<T>(
    what: &str,
    base: &mut [Named<T>],
    overrides: Vec<Named<T>>,
    is_chosen: bool,
    apply: impl Fn(&mut T, T),
    faults: &mut Vec<Diagnostic>,
) {
    if overrides.is_empty() {
        return;
    }
    let index: HashMap<String, usize> =
        base.iter().enumerate().map(|(at, named)| (named.name.value.clone(), at)).collect();
    for change in overrides {
        match index.get(&change.name.value) {
            Some(at) if is_chosen => apply(&mut base[*at].entry, change.entry),
            Some(_) => {}
            None => {
                let title = format!("there is no {what} `{}` to override", change.name.value);
                let fault = Diagnostic::error(codes::UNKNOWN_NAME, title, change.name.span);
                let near = closest(&change.name, index.keys().map(String::as_str));
                faults.push(match near {
                    Some(near) => fault.help(format!("did you mean `{near}`?")),
                    None => fault.help(format!("declare it as `[{what}s.{}]` first", change.name.value)),
                });
            }
        }
    }
}

/// What a pin's name means on the chosen board: an app label, a board's label, or the chip's own name.
pub(super) struct PinNames<'a> {
    board: Option<&'a Board>,
    labels: HashMap<String, Option<PinId>>,
    /// Labels for other boards, each with the board and where that says so.
    elsewhere: HashMap<String, (String, Span)>,
    file: &'a AppFile,
    catalog: &'a Catalog,
    /// The pins that the file names, once a message asks for them.
    named: OnceCell<HashSet<PinId>>,
}

impl<'a> PinNames<'a> {
    /// Reads `[boards.<board>.pins]` of the chosen board; of other boards only the labels' spelling is checked.
    pub(super) fn new(
        file: &'a AppFile,
        board: Option<&'a Board>,
        catalog: &'a Catalog,
        faults: &mut Vec<Diagnostic>,
    ) -> PinNames<'a> {
        let mut names = PinNames {
            board,
            labels: HashMap::new(),
            elsewhere: HashMap::new(),
            file,
            catalog,
            named: OnceCell::new(),
        };
        for section in &file.boards {
            let of_section = canonical(&section.name, catalog);
            let is_chosen = of_section.is_some() && of_section == board.map(|board| board.name.as_str());
            for label in &section.entry.pins {
                faults.extend(label_fault(&label.name));
                if is_chosen {
                    names.add_label(label, faults);
                } else if of_section.is_none() {
                    // For which board it is, is not known; that there is no such board has been said.
                    names.labels.entry(label.name.value.clone()).or_insert(None);
                } else {
                    let there = (section.name.value.clone(), label.name.span);
                    names.elsewhere.entry(label.name.value.clone()).or_insert(there);
                }
            }
        }
        names
    }

    fn add_label(&mut self, label: &Named<Field<String>>, faults: &mut Vec<Diagnostic>) {
        if let Some(fault) = self.board.and_then(|board| taken_label(&label.name, board)) {
            faults.push(fault);
            return;
        }
        let pin = label.entry.get().and_then(|name| self.on_board(name, faults));
        self.labels.insert(label.name.value.clone(), pin);
    }

    /// The chosen board.
    pub(super) fn board(&self) -> Option<&'a Board> {
        self.board
    }

    /// Whether the file names a pin anywhere.
    pub(super) fn is_named(&self, pin: PinId) -> bool {
        let named = || words_for_pins(self.file).into_iter().filter_map(|name| self.known(name)).collect();
        self.named.get_or_init(named).contains(&pin)
    }

    /// Whether a name is that of a pin on the file's own board.
    fn is_of_own_board(&self, name: &str) -> bool {
        let own = self.file.app.board.get().and_then(|own| self.catalog.board(own)?.ok());
        own.is_some_and(|own| own.pin(name).is_some())
    }

    /// The pin that `name` means, where it means one.
    pub(super) fn known(&self, name: &str) -> Option<PinId> {
        match self.labels.get(name) {
            Some(pin) => *pin,
            None => self.board?.pin(name),
        }
    }

    /// The pin that `name` means.
    pub(super) fn link(&self, name: &Spanned<String>, faults: &mut Vec<Diagnostic>) -> Option<PinUse> {
        let pin = match self.labels.get(name.as_str()) {
            Some(pin) => *pin,
            None => self.on_board(name, faults),
        };
        let renamed = |pin: PinId| self.board.is_none_or(|board| board.chip.pin(pin).name != name.value);
        pin.map(|pin| PinUse { pin, span: name.span, renamed: renamed(pin) })
    }

    fn on_board(&self, name: &Spanned<String>, faults: &mut Vec<Diagnostic>) -> Option<PinId> {
        // Without a board no pin is known, and that has been said.
        let board = self.board?;
        if let Some(pin) = board.pin(name) {
            return Some(pin);
        }
        let title = format!("`{}` has no pin `{}`", board.name, name.value);
        let fault = Diagnostic::error(codes::UNKNOWN_PIN, title, name.span);
        if let Some((other, span)) = self.elsewhere.get(name.as_str()) {
            let help = format!(
                "give it a pin of this board: `{} = \"…\"` below `[boards.{}.pins]`",
                name.value,
                board.written_key()
            );
            faults.push(fault.also(*span, format!("a label for {other}, not for this board")).help(help));
            return None;
        }
        if let Some(why) = board.no_pin.get(name.as_str()).or_else(|| board.chip.no_pin.get(name.as_str())) {
            let help = format!("wire one of your own to a pin that `fwc boards {}` lists", board.written());
            faults.push(fault.here(why).help(help));
            return None;
        }
        let near = match by_number(board, name) {
            pins if pins.is_empty() => self.near(board, name).map(|near| quoted(&near)),
            pins => Some(listed(&pins, "or", pins.len())),
        };
        faults.push(match near {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None if self.is_of_own_board(name) => {
                let board = board.written();
                let pins =
                    format!("`fwc port --to {board}` finds one for it; `fwc boards {board}` lists all");
                fault.help(pins)
            }
            None => fault.help(format!("`fwc boards {}` lists its pins and labels", board.written())),
        });
        None
    }

    /// The label or pin that was most likely meant by a name: of pins, only one of that number and of the same port.
    fn near(&self, board: &Board, name: &str) -> Option<String> {
        let pins = board.pin_names().filter(|pin| board.chip.pin_named(pin).is_some());
        let ports: HashSet<String> = pins.map(|pin| Spelling::of(pin).port).collect();
        let word = Spelling::of(name);
        let may_be = |known: &&str| {
            board.chip.pin_named(known).is_none() || word.may_be(&Spelling::of(known), ports.len() == 1)
        };
        closest(name, board.pin_names().chain(self.labels.keys().map(String::as_str)).filter(may_be))
    }
}

/// A name such as `PA5` or `P0.18`, taken apart.
struct Spelling {
    /// Its letters, small.
    port: String,
    /// Its numbers, in their order.
    numbers: Vec<String>,
}

impl Spelling {
    fn of(name: &str) -> Spelling {
        let letters = name.chars().filter(char::is_ascii_alphabetic);
        let numbers = name.split(|letter: char| !letter.is_ascii_digit()).filter(|number| !number.is_empty());
        Spelling {
            port: letters.map(|letter| letter.to_ascii_lowercase()).collect(),
            numbers: numbers.map(|number| number.trim_start_matches('0').to_owned()).collect(),
        }
    }

    /// Whether this is likely to be a misspelt name of a pin: the same numbers, and letters that say which port is meant. Where all
    /// pins have the same letters, these need not say it.
    fn may_be(&self, pin: &Spelling, one_port: bool) -> bool {
        let sorted = |port: &str| {
            let mut letters: Vec<char> = port.chars().collect();
            letters.sort_unstable();
            letters
        };
        let same_end = || self.port.chars().next_back() == pin.port.chars().next_back();
        let same_port = || one_port || same_end() || sorted(&self.port) == sorted(&pin.port);
        self.numbers.concat() == pin.numbers.concat() && same_port()
    }
}

/// So many pins of a number are named; where there are more, the number says nothing.
const OF_A_NUMBER: usize = 2;

/// The labels and pins of which `name` is the bare number, as `25` is of `GP25`.
fn by_number(board: &Board, name: &str) -> Vec<String> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let is_number_of = |of: &str| {
        let rest = of.strip_suffix(name);
        // `P1.` of `P1.05` is no number by itself, and neither is the `1` of `GP15`.
        rest.is_some_and(|rest| rest.ends_with(|last: char| !last.is_ascii_digit()))
    };
    let labels = board.labels.keys().map(String::as_str).filter(|label| is_number_of(label));
    let own = || board.chip.pins.iter().map(|pin| pin.name.as_str()).filter(|pin| is_number_of(pin));
    let pins = (own().count() <= OF_A_NUMBER).then(own);
    labels.chain(pins.into_iter().flatten()).map(quoted).collect()
}

/// An app label must not hide a name that means a pin of the board already.
fn taken_label(name: &Spanned<String>, board: &Board) -> Option<Diagnostic> {
    let pin = board.pin(name)?;
    let (title, here) = match board.chip.pin_named(name) {
        Some(_) => {
            (format!("`{}` is a pin of {} and cannot be a label", name.value, board.name), String::new())
        }
        None => {
            let pin = &board.chip.pin(pin).name;
            (format!("`{}` is a label of {} already", name.value, board.name), format!("it is `{pin}`"))
        }
    };
    let table = format!("[boards.{}.peripherals.NAME]", board.written_key());
    Some(
        Diagnostic::error(codes::BAD_NAME, title, name.span)
            .here(here)
            .help(format!("take another name, or give an entry another pin on this board: `{table}`")),
    )
}

/// An app label may be any word that is easy to type.
fn label_fault(name: &Spanned<String>) -> Option<Diagnostic> {
    let good = !name.is_empty()
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "_-.".contains(character));
    (!good).then(|| {
        Diagnostic::error(
            codes::BAD_NAME,
            format!("`{}` cannot be the label of a pin", name.value),
            name.span,
        )
        .note("a label is made of letters, digits, `_`, `-` and `.`")
    })
}
