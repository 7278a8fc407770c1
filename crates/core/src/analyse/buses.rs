//! What devices are asked, as often as the file says, against what their bus carries.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::units::{Duration, Frequency};
use fwc_schema::{Span, Spanned};

use crate::analyse::rates;
use crate::app::{App, Body, Device, PeripheralId, PeripheralKind, Task};

/// A bus that carries what devices are asked.
struct Bus {
    frequency: Spanned<Frequency>,
    /// Clocks of a byte.
    bits: u64,
    note: &'static str,
    /// Clock rates to advise.
    faster: &'static [Frequency],
}

impl Bus {
    fn of(kind: &PeripheralKind) -> Option<Bus> {
        match kind {
            // Eight bits, and the one that acknowledges them (NXP UM10204, section 3.1.5).
            PeripheralKind::I2c(i2c) => Some(Bus {
                frequency: i2c.frequency,
                bits: 9,
                note: "each byte is nine bits, and its pauses come on top",
                faster: &COMMON,
            }),
            // What is faster than a device stands is of no use to it, so no clock is advised.
            PeripheralKind::Spi(spi) => Some(Bus {
                frequency: spi.frequency,
                bits: 8,
                note: "each byte is eight bits, more of the bus's time for a device that is slower than the bus; pauses come on top",
                faster: &[],
            }),
            _ => None,
        }
    }
}

/// Clock rates that parts and boards know (NXP UM10204, table 1), for advice.
const COMMON: [Frequency; 3] = [Frequency(100_000_000), Frequency(400_000_000), Frequency(1_000_000_000)];

pub(super) fn judge(app: &App, faults: &mut Vec<Diagnostic>) {
    for (id, peripheral) in (0..).map(PeripheralId).zip(&app.peripherals) {
        let Some(bus) = Bus::of(&peripheral.kind) else { continue };
        let samples: Vec<Sample<'_>> = app.tasks.iter().filter_map(|task| sample(app, task, id)).collect();
        let needed: u128 = samples.iter().map(|sample| sample.clocks(&bus)).sum();
        if needed > carried(bus.frequency.value) {
            faults.push(overload(&peripheral.name.value, &bus, &samples, needed));
        }
    }
}

/// A device that a task measures at a pace.
struct Sample<'a> {
    task: &'a Task,
    device: &'a str,
    /// Where the task names it.
    span: Span,
    /// Bytes on the bus for each measurement.
    bytes: u32,
    /// The fastest clock that the device stands.
    fastest: Option<Frequency>,
    period: Duration,
}

impl Sample<'_> {
    /// Clocks of the bus in a thousand seconds. A device that is slower than the bus takes more of its time for a bit.
    fn clocks(&self, bus: &Bus) -> u128 {
        let bits = u128::from(self.bytes) * u128::from(bus.bits);
        let full = bus.frequency.value.0;
        let own = self.fastest.map_or(full, |fastest| fastest.0.min(full)).max(1);
        bits * 1_000_000_000_000 / u128::from(self.period.0.max(1)) * u128::from(full) / u128::from(own)
    }
}

/// What a task measures on this bus, where it is known how much that moves.
fn sample<'a>(app: &'a App, task: &'a Task, bus: PeripheralId) -> Option<Sample<'a>> {
    let Body::Sample { from } = task.body else { return None };
    let peripheral = app.peripheral(from);
    let PeripheralKind::Device(device) = &peripheral.kind else { return None };
    let Device { driver, bus: Some(on), .. } = device else { return None };
    let used = task.uses.iter().find(|used| used.peripheral == from)?;
    (on.value == bus).then_some(Sample {
        task,
        device: &peripheral.name.value,
        span: used.span,
        bytes: driver.measure_bytes?,
        fastest: driver.max_frequency,
        period: task.period.as_ref()?.value,
    })
}

/// Bits that a bus carries in a thousand seconds.
fn carried(frequency: Frequency) -> u128 {
    u128::from(frequency.0)
}

fn overload(name: &str, bus: &Bus, samples: &[Sample<'_>], needed: u128) -> Diagnostic {
    let title = format!("`{name}` cannot carry what its devices are asked");
    let mut fault = Diagnostic::error(codes::BANDWIDTH, title, bus.frequency.span).here(format!(
        "carries {} bits a second, and {} are needed",
        bus.frequency.value.0 / 1_000,
        needed / 1_000
    ));
    for sample in samples {
        let often = rates::in_words(sample.period);
        fault = fault.also(sample.span, format!("`{}` moves {} bytes, {often}", sample.device, sample.bytes));
        if let Some(period) = &sample.task.period {
            fault = fault.also(period.span, format!("the pace of `{}`", sample.task.name.value));
        }
    }
    let quicker = bus.faster.iter().find(|frequency| carried(**frequency) >= needed);
    fault
        .note(bus.note)
        .help_if(
            quicker.map(|frequency| {
                format!("`frequency = \"{frequency}\"` is enough, where all parts stand it")
            }),
        )
        .help("measure less often, or put the devices on two buses")
}
