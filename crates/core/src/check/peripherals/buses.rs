//! `kind = "i2c"` and `kind = "spi"`.

use std::cell::LazyCell;
use std::iter;

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::{I2cKeys, SpiKeys};
use fwc_schema::chip::{BlockKind, Signal};
use fwc_schema::units::{Duration, Frequency};
use fwc_schema::{Field, Spanned};

use super::{Owner, in_range};
use crate::app::{I2c, PinUse, Spi};

/// The clock of an I2C bus where the file does not say: NXP UM10204, section 3.1, every part can do standard mode.
const STANDARD_MODE: Frequency = Frequency(100_000_000);

/// SMBus 3.2, section 4.2.5: a part that has held the clock for 35 ms is taken for dead.
const HELD_UP: Duration = Duration(35_000_000);
/// A shorter timeout is less than the time driver's tick and the way through the executor.
const LEAST_TIMEOUT: Duration = Duration(100_000);
/// A longer timeout would keep everyone on the bus waiting for nothing.
const GREATEST_TIMEOUT: Duration = Duration(60_000_000_000);

pub(super) fn i2c(
    keys: &I2cKeys,
    instance: &Field<String>,
    owner: &Owner<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<I2c> {
    let lines = [(Signal::Sda, &keys.sda), (Signal::Scl, &keys.scl)];
    let examples = LazyCell::new(|| owner.pins.line_examples(BlockKind::I2c, &lines));
    let sda = required(owner, "sda", || &examples[0], &keys.sda, faults);
    let scl = required(owner, "scl", || &examples[1], &keys.scl, faults);
    let timeout = timeout(&keys.timeout, faults);
    let frequency = match &keys.frequency {
        Field::Absent => Spanned { value: STANDARD_MODE, span: owner.name.span },
        Field::Faulty(_) => return None,
        Field::Given(frequency) => *frequency,
    };
    if frequency.value == Frequency(0) {
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, "an i2c with a frequency of 0 never moves", frequency.span)
                .help("every part can do `\"100kHz\"`, most can do `\"400kHz\"`"),
        );
        return None;
    }
    Some(I2c { sda: sda?, scl: scl?, frequency, timeout: timeout?, instance: instance.get().cloned() })
}

pub(super) fn spi(
    keys: &SpiKeys,
    instance: &Field<String>,
    owner: &Owner<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Spi> {
    let has_no_data = keys.mosi.is_absent() && keys.miso.is_absent();
    let data = [(Signal::Mosi, &keys.mosi), (Signal::Miso, &keys.miso)].into_iter();
    let data = data.filter(|(_, field)| has_no_data || !field.is_absent());
    let lines: Vec<(Signal, &Field<String>)> = iter::once((Signal::Sck, &keys.sck)).chain(data).collect();
    let examples = LazyCell::new(|| owner.pins.line_examples(BlockKind::Spi, &lines));
    let sck = required(owner, "sck", || &examples[0], &keys.sck, faults);
    if has_no_data && let [_, mosi, miso] = &examples[..] {
        let example = format!("`mosi = \"{mosi}\"` and `miso = \"{miso}\"`, or one of them");
        owner.missing("mosi` or `miso", &example, faults);
    }
    if keys.frequency.is_absent() {
        owner.missing("frequency", "`frequency = \"1MHz\"`", faults);
    }
    let [mosi, miso] = [&keys.mosi, &keys.miso].map(|field| owner.pin(field, faults));
    let mode = in_range("mode", &keys.mode, 0..=3, 0, faults);
    let frequency = *keys.frequency.get()?;
    if frequency.value == Frequency(0) {
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, "an spi with a frequency of 0 never moves", frequency.span)
                .help("most parts can do `\"1MHz\"`"),
        );
        return None;
    }
    // A pin that is named and unknown has its own fault already.
    let lines = (mosi.is_some() || miso.is_some()).then_some((mosi, miso));
    let (sck, (mosi, miso)) = (sck?, lines?);
    Some(Spi { sck, mosi, miso, frequency, mode, instance: instance.get().cloned() })
}

/// A line of a bus, with an example for where it is missing.
fn required<'e>(
    owner: &Owner<'_>,
    key: &str,
    example: impl FnOnce() -> &'e str,
    field: &Field<String>,
    faults: &mut Vec<Diagnostic>,
) -> Option<PinUse> {
    if field.is_absent() {
        owner.missing(key, &format!("`{key} = \"{}\"`", example()), faults);
    }
    owner.pin(field, faults)
}

fn timeout(field: &Field<Duration>, faults: &mut Vec<Diagnostic>) -> Option<Duration> {
    let timeout = match field {
        Field::Absent => return Some(HELD_UP),
        Field::Faulty(_) => return None,
        Field::Given(timeout) => timeout,
    };
    if (LEAST_TIMEOUT..=GREATEST_TIMEOUT).contains(&timeout.value) {
        return Some(timeout.value);
    }
    let title = format!("`timeout` cannot be `{}`", timeout.value);
    faults.push(
        Diagnostic::error(codes::BAD_VALUE, title, timeout.span)
            .here(format!("expected a time from {LEAST_TIMEOUT} to {GREATEST_TIMEOUT}")),
    );
    None
}
