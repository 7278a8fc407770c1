//! `[app]` and `[dependencies]`.

use fwc_diag::suggest::closest;
use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{AppFile, LogLevel, OnPanic};
use fwc_schema::chip::MemoryRole;
use fwc_schema::units::{Frequency, Size};
use fwc_schema::{Span, Spanned};

use crate::app::{LogOver, Peripheral, PeripheralId, PeripheralKind};
use crate::catalog::Board;
use crate::check::devices::{self, NamedDriver};
use crate::check::symbols::{Kind, Symbols};
use crate::check::tasks::Tasks;
use crate::names;

/// Crates that the generated crate brings itself: another version beside them would not fit.
pub(crate) const OWN_CRATES: &[&str] = &[
    "cortex-m",
    "cortex-m-rt",
    "defmt",
    "defmt-rtt",
    "embedded-alloc",
    "embassy-executor",
    "embassy-futures",
    "embassy-rp",
    "embassy-sync",
    "embassy-time",
    "embassy-usb",
    "embedded-hal",
    "embedded-hal-async",
    "embedded-io-async",
    "fwc-hal-rp",
    "fwc-hal-sim",
    "fwc-runtime",
    "heapless",
    "log",
    "panic-probe",
    "portable-atomic",
    "static_cell",
];

/// `[app]` with its defaults.
pub(super) struct Head {
    pub(super) name: Spanned<String>,
    pub(super) version: String,
    pub(super) log: LogLevel,
    /// Where the log goes and where the file says so; nothing where that is faulty.
    pub(super) log_over: Option<(LogOver, Span)>,
    pub(super) on_panic: OnPanic,
    pub(super) clock: Option<Spanned<Frequency>>,
}

/// Checks `[app]`; the board is chosen elsewhere.
pub(super) fn check(
    file: &AppFile,
    symbols: &Symbols<PeripheralId>,
    peripherals: &[Peripheral],
    faults: &mut Vec<Diagnostic>,
) -> Head {
    let app = &file.app;
    let place = file.app_span.unwrap_or_default();
    if app.name.is_absent() {
        let title =
            if file.app_span.is_some() { "`[app]` has no `name`" } else { "there is no `[app]` table" };
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, title, place)
                .about(if file.app_span.is_some() { "name" } else { "app" })
                .help("every app.toml has `[app]` with `name = \"…\"` and `board = \"…\"`"),
        );
    }
    if let Some(name) = app.name.get() {
        faults.extend(names::package_name_fault(name));
    }
    Head {
        name: app.name.get().cloned().unwrap_or_else(|| Spanned::new("app".to_string(), place)),
        version: version(file, faults),
        log: app.log.get().map_or(LogLevel::Info, |level| level.value),
        log_over: log_over(file, symbols, peripherals, faults),
        on_panic: app.on_panic.get().map_or(OnPanic::Halt, |choice| choice.value),
        clock: app.clock.get().cloned(),
    }
}

/// Bytes of the second core's stack where the file does not say: as much as Embassy's examples give it.
const CORE1_STACK: u32 = 4 * 1024;
/// The least stack. embassy-rp 0.10, `install_stack_guard`: up to 256 bytes at its end are a guard that faults.
const LEAST_STACK: u64 = 1024;

/// The bytes of the second core's stack, which must fit into the board's RAM.
pub(super) fn core1_stack(
    file: &AppFile,
    board: Option<&Board>,
    tasks: &Tasks,
    faults: &mut Vec<Diagnostic>,
) -> u32 {
    let Some(size) = file.app.core1_stack.get() else { return CORE1_STACK };
    if !tasks.incomplete && tasks.list.iter().all(|task| task.core.value == 0) {
        faults.push(
            Diagnostic::warning(codes::UNUSED, "no task runs on core 1, which has no stack then", size.span)
                .help(
                    "write `core = 1` for a task that shall have a core of its own, or remove `core1-stack`",
                ),
        );
        return CORE1_STACK;
    }
    let ram = board.map_or(u32::MAX, |board| board.bytes_of(MemoryRole::Ram));
    let most = Size(u64::from(ram) / 2);
    if size.value.0 < LEAST_STACK || size.value > most {
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, format!("`core1-stack` cannot be `{}`", size.value), size.span)
                .here(format!("expected a size from {} to {most}", Size(LEAST_STACK)))
                .help("tasks keep what they hold at an `.await` elsewhere; the stack is for one poll and an interrupt on top"),
        );
        return CORE1_STACK;
    }
    // The HAL's type is aligned to 32 bytes.
    (size.value.0 as u32).next_multiple_of(32)
}

/// The heap's bytes, which must fit into the board's RAM and leave the crate's name `alloc` to it.
pub(super) fn heap(
    file: &AppFile,
    board: Option<&Board>,
    modules: &[String],
    faults: &mut Vec<Diagnostic>,
) -> Option<u32> {
    let size = file.app.heap.get()?;
    if modules.iter().any(|module| module == "alloc") {
        faults.push(
            Diagnostic::error(
                codes::NAME_CLASH,
                "a module cannot be called `alloc` beside a heap",
                size.span,
            )
            .note("with a heap, `alloc` is Rust's own crate of `Vec`, `String` and `Box`")
            .help("give `src/alloc.rs` another name"),
        );
    }
    let ram = board.map_or(u32::MAX, |board| board.bytes_of(MemoryRole::Ram));
    let fault = |title: String| Diagnostic::error(codes::BAD_VALUE, title, size.span);
    match (u32::try_from(size.value.0), board) {
        (Ok(0), _) => faults.push(
            fault("a heap of 0 bytes holds nothing".to_string())
                .help("give it a size such as `\"16KiB\"`, or remove `heap`"),
        ),
        (Ok(bytes), _) if bytes < ram => return Some(bytes),
        (_, Some(board)) => faults.push(
            fault(format!("a heap of {} does not fit into the RAM of {}", size.value, board.chip.title))
                .note(format!("it has {}, which statics and the stack need too", Size(ram.into())))
                .help("`fwc build` shows what a build leaves free"),
        ),
        (_, None) => {}
    }
    None
}

fn version(file: &AppFile, faults: &mut Vec<Diagnostic>) -> String {
    let Some(version) = file.app.version.get() else { return "0.1.0".to_string() };
    if semver::Version::parse(version).is_err() {
        faults.push(
            Diagnostic::error(
                codes::BAD_VALUE,
                format!("`{}` is not a version", version.value),
                version.span,
            )
            .help("a version has three numbers, such as `\"1.0.0\"` (semver)"),
        );
    }
    version.value.clone()
}

fn log_over(
    file: &AppFile,
    symbols: &Symbols<PeripheralId>,
    peripherals: &[Peripheral],
    faults: &mut Vec<Diagnostic>,
) -> Option<(LogOver, Span)> {
    let Some(place) = file.app.log_over.get() else { return Some((LogOver::Rtt, Span::default())) };
    match place.as_str() {
        "rtt" => return Some((LogOver::Rtt, place.span)),
        "usb" => return Some((LogOver::Usb, place.span)),
        _ => {}
    }
    if !symbols.knows(place) {
        symbols.link(place, faults);
        let unknown = faults.pop();
        faults.extend(unknown.map(|mut fault| {
            if let Some(near) = closest(place, ["rtt", "usb"]) {
                fault.helps = vec![format!("did you mean `{near}`?")];
            }
            fault.note("`log-over` is `\"rtt\"`, `\"usb\"`, or the name of a uart")
        }));
        return None;
    }
    let id = symbols.link(place, faults)?;
    let peripheral = &peripherals[id.index()];
    if matches!(peripheral.kind, PeripheralKind::UsbSerial(_)) {
        let title = format!("`{}` is a `usb-serial`, but `log-over` needs a `uart`", place.value);
        faults.push(
            Diagnostic::error(codes::WRONG_KIND, title, place.span)
                .also(peripheral.name.span, "declared here as a `usb-serial`")
                .help("over USB the log has a port of its own: `log-over = \"usb\"`"),
        );
        return None;
    }
    if let Some(fault) = Kind::WritableUart.fault("log-over", place, peripheral, peripherals) {
        faults.push(fault);
        return None;
    }
    Some((LogOver::Uart(id), place.span))
}

/// `[dependencies]`, each as written, for the generated Cargo.toml.
pub(super) fn dependencies(
    file: &AppFile,
    drivers: &[NamedDriver],
    faults: &mut Vec<Diagnostic>,
) -> Vec<(Spanned<String>, String)> {
    for dependency in &file.dependencies {
        let name = &dependency.name;
        if OWN_CRATES.contains(&name.as_str()) {
            let title = format!("`{}` is a dependency already", name.value);
            faults.push(
                Diagnostic::error(codes::DUPLICATE_NAME, title, name.span)
                    .note("fwc pins it in the version that was tested with the others")
                    .help("remove it: your code can use it as it is"),
            );
        }
        if let Some((driver, version)) = devices::brings(drivers, name) {
            let title = format!("`{}` is a dependency already", name.value);
            faults.push(
                Diagnostic::error(codes::DUPLICATE_NAME, title, name.span)
                    .also(driver.span, format!("this driver brings it, in version {version}"))
                    .help("remove it: your code can use it as it is"),
            );
        }
    }
    file.dependencies.iter().map(|named| (named.name.clone(), named.entry.0.clone())).collect()
}
