//! app.toml's shape to a checked application: names linked, units typed, defaults filled in.
//!
//! In: [`AppFile`] and the [`Catalog`]. Out: [`App`], or every fault that keeps it from being one. A fault is said
//! once: what refers to something faulty is not faulty for that.

mod app_table;
mod board;
mod carried;
mod channels;
mod devices;
mod examples;
mod messages;
mod numbers;
mod ownership;
mod peripherals;
mod supervision;
mod symbols;
mod tasks;
mod usb;

pub(crate) use app_table::OWN_CRATES;
pub(crate) use board::apply_overrides;
pub use board::{boards, canonical};
use fwc_diag::{Checked, Diagnostic, Severity};
use fwc_schema::SourceId;
use fwc_schema::app::AppFile;
pub(crate) use peripherals::TEMPERATURE;

use crate::app::{App, SharedKeys};
use crate::catalog::Catalog;
use crate::resolve::clock_faults;

/// What the check must know besides the file.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The board of the command line; it outranks the file's.
    pub board: Option<String>,
    /// The modules that the project's `src/` has: `control` for `src/control.rs`.
    pub modules: Vec<String>,
    /// The project's own board files and where their texts stand among the sources of the run.
    pub board_files: Vec<(String, SourceId)>,
}

/// Links, types and completes one application for one board.
pub fn check(file: AppFile, catalog: &Catalog, options: &CheckOptions) -> Checked<App> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let board = board::choose(&file, catalog, options, &mut faults);
    let shared =
        board.as_ref().map_or_else(SharedKeys::default, |board| board::shared_keys(&file, board, catalog));
    let file = board::apply_overrides(file, board.as_deref(), catalog, &mut faults);
    let board = board.map(|board| board::supply(board, &file, catalog, &mut faults));
    let pins = board::PinNames::new(&file, board.as_deref(), catalog, &mut faults);
    let drivers = devices::drivers(&file.devices, catalog, &mut faults);
    let messages = messages::check(&file.messages, &drivers, catalog, &mut faults);
    let mut peripherals = peripherals::check(&file.peripherals, &pins, &mut faults);
    devices::check(&file.devices, &drivers, &pins, &mut peripherals, &mut faults);
    let channels = channels::check(&file.channels, &messages, &mut faults);
    let around = tasks::Surroundings {
        names: symbols::Names { peripherals: &peripherals.names, channels: &channels.names },
        peripherals: &peripherals.list,
        channels: &channels.list,
        messages: &messages.list,
        catalog,
    };
    let mut tasks = tasks::check(&file, &around, &mut faults);
    supervision::check(&file, &mut tasks, &mut faults);
    let head = app_table::check(&file, &peripherals.names, &peripherals.list, &mut faults);
    let dependencies = app_table::dependencies(&file, &drivers, &mut faults);
    let channels = channels::link(channels, &tasks, &mut faults);
    let peripherals = ownership::check(peripherals, &tasks, head.log_over, &mut faults);
    let span = file.app_span.unwrap_or_default();
    let modules = tasks::modules(&tasks.list, &options.modules, span, &mut faults);
    let heap = app_table::heap(&file, board.as_deref(), &modules, &mut faults);
    let core1_stack = app_table::core1_stack(&file, board.as_deref(), &tasks, &mut faults);
    let paths = messages::RustPaths {
        modules: &modules,
        dependencies: &dependencies,
        drivers: &drivers,
        heap: !file.app.heap.is_absent(),
    };
    messages::refuse_lost_paths(&messages.list, &paths, &mut faults);
    shared.offer_own(&mut faults);
    faults.sort_by_key(Diagnostic::span);
    let (Some(board), Some((log_over, log_over_span))) = (board, head.log_over) else {
        return Checked { value: None, diagnostics: faults };
    };
    let app = App {
        span,
        name: head.name,
        version: head.version,
        clock_source: board::clock_source(&board, options),
        board,
        log: head.log,
        log_over,
        log_over_span,
        on_panic: head.on_panic,
        heap,
        core1_stack,
        clock: head.clock,
        shared,
        peripherals,
        messages: messages.list,
        channels,
        modules,
        tasks: tasks.list,
        dependencies,
    };
    if faults.iter().any(|fault| fault.severity == Severity::Error) {
        faults.extend(clock_faults(&app));
    }
    Checked::unless_errors(app, faults)
}
