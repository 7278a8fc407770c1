//! `fault` and `chip` of a step: what is wrong with a bus, a uart, an adc or the chip itself from a moment on.

use fwc_core::app::PeripheralKind;
use fwc_diag::suggest::closest;
use fwc_diag::words::{listed, quoted};
use fwc_diag::{Diagnostic, codes};
use fwc_schema::scenario::{ChipEvent, Entry, Fault, FaultKeys};
use fwc_schema::{Span, Spanned};
use fwc_sim::BusFault;

use crate::Action;
use crate::check::names::{Kind, Names};
use crate::check::steps::voltage_of_pin;

/// What the seed of a noise is where none is said.
const SEED: u32 = 1;

/// How far a clock may be off, in parts per million: a ring oscillator is off by a tenth.
const MOST_DRIFT: i64 = 100_000;

/// What can be disturbed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disturbed {
    I2c,
    Spi,
    Uart,
    Adc,
}

impl Disturbed {
    fn of(kind: &PeripheralKind) -> Disturbed {
        match kind {
            PeripheralKind::I2c(_) => Disturbed::I2c,
            PeripheralKind::Spi(_) => Disturbed::Spi,
            PeripheralKind::Uart(_) => Disturbed::Uart,
            PeripheralKind::Adc(_) => Disturbed::Adc,
            _ => unreachable!("nothing else can be disturbed"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Disturbed::I2c => "an `i2c` bus",
            Disturbed::Spi => "an `spi` bus",
            Disturbed::Uart => "a `uart`",
            Disturbed::Adc => "an `adc`",
        }
    }

    /// The faults that it can have: words, and then tables.
    fn spellings(self) -> &'static [&'static str] {
        match self {
            Disturbed::I2c => &["\"nack\"", "\"stuck\"", "\"hung\"", "\"none\"", "{ short = 1 }"],
            Disturbed::Spi => &["\"nack\"", "\"stuck\"", "\"none\"", "{ short = 1 }"],
            Disturbed::Uart => &["\"framing\"", "\"none\""],
            Disturbed::Adc => &["\"none\"", "{ noise = \"20mV\" }"],
        }
    }

    fn table(self) -> Option<&'static str> {
        self.spellings().iter().copied().find(|spelling| spelling.starts_with('{'))
    }
}

/// What is wrong with a peripheral from a moment on.
pub(super) fn fault(entry: &Entry<Fault>, names: &Names<'_>, faults: &mut Vec<Diagnostic>) -> Option<Action> {
    let id = names.peripheral("fault", &entry.name, Kind::Disturbable, faults)?;
    let value = entry.value.get()?;
    let what = Disturbed::of(&names.app.peripheral(id).kind);
    match (what, &value.value) {
        (_, Fault::Word(word)) => match (what, word.as_str()) {
            (Disturbed::I2c | Disturbed::Spi, "none") => {
                Some(Action::Disturb { bus: id, fault: BusFault::None })
            }
            (Disturbed::I2c | Disturbed::Spi, "nack") => {
                Some(Action::Disturb { bus: id, fault: BusFault::Nack })
            }
            (Disturbed::I2c | Disturbed::Spi, "stuck") => {
                Some(Action::Disturb { bus: id, fault: BusFault::Stuck })
            }
            (Disturbed::I2c, "hung") => Some(Action::Disturb { bus: id, fault: BusFault::Hung }),
            (Disturbed::Uart, "framing") => Some(Action::Framing { uart: id, broken: true }),
            (Disturbed::Uart, "none") => Some(Action::Framing { uart: id, broken: false }),
            (Disturbed::Adc, "none") => Some(Action::Noise { adc: id, millivolts: 0, seed: SEED }),
            (_, other) => {
                faults.push(no_such_fault(other, what, value.span));
                None
            }
        },
        (Disturbed::I2c | Disturbed::Spi, Fault::Keys(keys)) => {
            let fault = BusFault::Short(short(keys, what, value.span, faults)?);
            Some(Action::Disturb { bus: id, fault })
        }
        (Disturbed::Adc, Fault::Keys(keys)) => {
            let noise = noise(keys, what, value.span, faults)?;
            let millivolts = voltage_of_pin(noise, names, faults)?;
            Some(Action::Noise { adc: id, millivolts, seed: keys.seed.get().map_or(SEED, |seed| seed.value) })
        }
        (Disturbed::Uart, Fault::Keys(keys)) => {
            faults.extend(foreign(keys, what, &[]));
            None
        }
    }
}

fn short(keys: &FaultKeys, what: Disturbed, span: Span, faults: &mut Vec<Diagnostic>) -> Option<u16> {
    let others = foreign(keys, what, &["short"]);
    if others.is_empty() && keys.short.is_absent() {
        faults.push(says_nothing("short", "`{ short = 1 }` lets one byte of each read come", span));
    }
    faults.extend(others);
    keys.short.get().map(|bytes| bytes.value)
}

fn noise(
    keys: &FaultKeys,
    what: Disturbed,
    span: Span,
    faults: &mut Vec<Diagnostic>,
) -> Option<Spanned<fwc_schema::units::Voltage>> {
    let others = foreign(keys, what, &["noise", "seed"]);
    if others.is_empty() && keys.noise.is_absent() {
        let help = "`{ noise = \"20mV\" }` adds up to 20 mV to each reading, or takes them away";
        faults.push(says_nothing("noise", help, span));
    }
    faults.extend(others);
    keys.noise.get().copied()
}

fn says_nothing(key: &str, help: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::MISSING_KEY, "this fault says nothing", span).about(key).help(help)
}

/// Keys of a fault that something else has.
fn foreign(keys: &FaultKeys, what: Disturbed, own: &[&str]) -> Vec<Diagnostic> {
    let given = [("short", keys.short.span()), ("noise", keys.noise.span()), ("seed", keys.seed.span())];
    let foreign = given.into_iter().filter(|(key, _)| !own.contains(key));
    let told = foreign.filter_map(|(key, span)| {
        let title = format!("{} has no fault `{key}`", what.name());
        Some(Diagnostic::error(codes::NOT_APPLICABLE, title, span?).help(choice(what)))
    });
    told.collect()
}

fn choice(what: Disturbed) -> String {
    let list: Vec<String> = what.spellings().iter().map(|spelling| quoted(spelling)).collect();
    format!("there is {}", listed(&list, "and", list.len()))
}

fn no_such_fault(word: &str, what: Disturbed, span: Span) -> Diagnostic {
    // A word that needs an amount.
    if let Some(table) = what.table().filter(|table| table.starts_with(&format!("{{ {word} "))) {
        return Diagnostic::error(codes::WRONG_TYPE, format!("how much `{word}` is, is not said"), span)
            .help(format!("write `{table}`"));
    }
    let known = what.spellings().iter().filter_map(|word| word.strip_prefix('"')?.strip_suffix('"'));
    let fault = Diagnostic::error(codes::BAD_VALUE, format!("{} has no fault `{word}`", what.name()), span);
    match closest(word, known) {
        Some(near) => fault.help(format!("did you mean `\"{near}\"`?")),
        None => fault.help(choice(what)),
    }
}

/// What happens to the chip at a moment.
pub(super) fn chip(event: &Spanned<ChipEvent>, faults: &mut Vec<Diagnostic>) -> Option<Action> {
    const HELP: &str = "there is `\"brown-out\"` and `{ drift = \"50ppm\" }`";
    match &event.value {
        ChipEvent::Word(word) if word == "brown-out" => Some(Action::BrownOut),
        ChipEvent::Word(word) if word == "drift" => {
            faults.push(
                Diagnostic::error(codes::WRONG_TYPE, "how much the clock drifts, is not said", event.span)
                    .help("write `{ drift = \"50ppm\" }`"),
            );
            None
        }
        ChipEvent::Word(word) => {
            let title = format!("nothing called `{word}` happens to a chip");
            let fault = Diagnostic::error(codes::BAD_VALUE, title, event.span);
            let near = closest(word, ["brown-out"]).map(|near| format!("did you mean `\"{near}\"`?"));
            faults.push(fault.help(near.unwrap_or_else(|| HELP.to_string())));
            None
        }
        ChipEvent::Keys(keys) => {
            let Some(drift) = keys.drift.get() else {
                if keys.drift.is_absent() {
                    let title = "nothing happens to the chip here";
                    let fault = Diagnostic::error(codes::MISSING_KEY, title, event.span);
                    faults.push(fault.about("drift").help(HELP));
                }
                return None;
            };
            let millionths = i32::try_from(drift.value.0).ok();
            let within = millionths.filter(|_| drift.value.0.abs() <= MOST_DRIFT);
            if within.is_none() {
                let title = format!("no clock is off by {}ppm", drift.value.0);
                let most = format!("expected -{MOST_DRIFT}ppm to {MOST_DRIFT}ppm");
                faults.push(Diagnostic::error(codes::BAD_VALUE, title, drift.span).here(most));
            }
            Some(Action::Drift { millionths: within? })
        }
    }
}
