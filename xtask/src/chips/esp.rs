//! esp-metadata-generated's sources to the tables of ESP32 chips.
//!
//! The crate is one file a chip, of macros that call another macro with an entry each. Any pin can be any signal of a uart, by
//! the GPIO matrix, so pins have analog functions alone.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fwc_schema::chip::{
    BlockEntry, BlockKind, ChipTables, DmaRequests, FunctionEntry, InterruptEntry, Limitation,
    LimitationKind, PinEntry, Signal,
};

use super::source::{CrateSource, fetch};

/// The version of esp-hal that generated firmware is built on; it has the metadata's.
const HAL: &str = "=1.2.2";

/// What a pin's documentation says of a limitation that fwc knows.
const LIMITS: &[(&str, LimitationKind)] = &[
    ("is a strapping pin", LimitationKind::Strapping),
    ("interfacing with SPI flash", LimitationKind::FlashBus),
    ("debug the chip using USB", LimitationKind::DebugPort),
];

/// esp-hal 1.2.2, src/ledc/timer.rs, Number.
const LEDC_TIMERS: u8 = 4;

/// What a uart runs on: esp-metadata-generated 0.5.3, UartFunctionClockSclk (the default), the crystal.
const UART_CLOCK: &str = "XTAL";

/// Software interrupts; the first is the scheduler's.
const SCHEDULER: (&str, &str) = ("FROM_CPU_INTR0", "esp_rtos");

/// The ESP32-C3's tables.
pub(super) fn esp32c3_tables(scratch: &Path) -> Result<ChipTables> {
    tables("esp32c3", "riscv32imc-unknown-none-elf", scratch)
}

/// The ESP32-C6's tables.
pub(super) fn esp32c6_tables(scratch: &Path) -> Result<ChipTables> {
    tables("esp32c6", "riscv32imac-unknown-none-elf", scratch)
}

fn tables(chip: &str, target: &str, scratch: &Path) -> Result<ChipTables> {
    let dependency = format!("esp-hal = {{ version = \"{HAL}\", features = [\"{chip}\", \"unstable\"] }}");
    let sources = fetch(&dependency, &["esp-hal", "esp-metadata-generated"], target, &[], scratch)?;
    let [hal, metadata] = sources.as_slice() else { bail!("two crates were asked for") };
    let metadata = Metadata::read(metadata, chip)?;
    let blocks = metadata.blocks()?;
    Ok(ChipTables {
        generated_from: vec![hal.label.clone(), metadata.label.clone()],
        part: None,
        interrupt_priority_bits: metadata.priority_bits()?,
        edges: Vec::new(),
        pins: metadata.pins()?,
        blocks,
        dma_channels: Vec::new(),
        interrupts: metadata.interrupts()?,
        limitations: metadata.limitations()?,
    })
}

/// A chip's file.
struct Metadata {
    label: String,
    /// The text, with every stretch of white space a single space.
    text: String,
}

impl Metadata {
    fn read(source: &CrateSource, chip: &str) -> Result<Metadata> {
        let text = source.text(&format!("src/_generated_{chip}.rs"))?;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Metadata { label: source.label.clone(), text })
    }

    /// What stands between the parentheses of each call that a macro makes.
    fn calls(&self, of: &str) -> Result<Vec<&str>> {
        let start = format!("_for_each_inner_{of}!((");
        let calls: Vec<&str> = self
            .text
            .split(start.as_str())
            .skip(1)
            .map(enclosed)
            .collect::<Option<_>>()
            .context("a call that does not end")?;
        ensure!(!calls.is_empty(), "{} has no entries of `{of}` any more", self.label);
        Ok(calls)
    }

    /// The calls with one entry each: others repeat all of them, behind a word of their own.
    fn entries(&self, of: &str) -> Result<Vec<&str>> {
        let is_entry = |call: &&str| call.starts_with(|first: char| first.is_ascii_digit());
        Ok(self.calls(of)?.into_iter().filter(is_entry).collect())
    }

    fn pins(&self) -> Result<Vec<PinEntry>> {
        let inputs = self.analog_inputs()?;
        let entries = self.entries("gpio")?.into_iter().map(|entry| {
            let (number, rest) = entry.split_once(", ").context("for_each_gpio! has changed")?;
            let hal = rest.split('(').next().context("for_each_gpio! has changed")?.to_owned();
            let functions =
                inputs.iter().filter(|(pin, _)| *pin == hal).map(|(_, function)| function.clone());
            Ok(PinEntry {
                also: vec![format!("IO{number}")],
                number: number.parse()?,
                functions: functions.collect(),
                name: hal.clone(),
                hal,
            })
        });
        entries.collect()
    }

    /// The inputs of the first converter: the driver of the second has errata.
    fn analog_inputs(&self) -> Result<Vec<(String, FunctionEntry)>> {
        let inputs = self.calls("analog_function")?.into_iter().filter_map(|entry| {
            let (function, pin) = entry.split_once(", ")?;
            let channel = function.strip_prefix("ADC1_CH")?.parse().ok()?;
            let function = FunctionEntry { block: "ADC1".to_owned(), signal: Signal::In(channel) };
            Some((pin.to_owned(), function))
        });
        Ok(inputs.collect())
    }

    fn blocks(&self) -> Result<Vec<BlockEntry>> {
        let names = |of: &str| -> Result<Vec<String>> {
            let entries = self.calls(of)?.into_iter().filter(|entry| entry.contains(", "));
            let entries = entries.filter(|entry| !entry.starts_with("all("));
            let name = |entry: &str| {
                entry
                    .split(", ")
                    .find(|word| word.starts_with(|first: char| first.is_ascii_uppercase()))
                    .map(str::to_owned)
            };
            entries.map(|entry| name(entry).with_context(|| format!("for_each_{of}! has changed"))).collect()
        };
        // The handshake is not driven yet.
        let uarts = [Signal::Tx, Signal::Rx];
        let kinds: [(&str, BlockKind, &[Signal]); 3] = [
            ("uart", BlockKind::Uart, &uarts),
            ("i2c_master", BlockKind::I2c, &[Signal::Sda, Signal::Scl]),
            ("spi_master", BlockKind::Spi, &[Signal::Sck, Signal::Mosi, Signal::Miso]),
        ];
        let mut blocks = Vec::new();
        for (of, kind, any_pin) in kinds {
            let clock = (kind == BlockKind::Uart).then(|| UART_CLOCK.to_owned());
            let of_kind = names(of)?.into_iter().map(|name| block(name, kind, any_pin));
            blocks.extend(of_kind.map(|block| BlockEntry { clock: clock.clone(), ..block }));
        }
        blocks.push(block("ADC1".to_owned(), BlockKind::Adc, &[]));
        // Every channel of the LED PWM controller can have every timer.
        let channels: Vec<Signal> = (0..self.number("ledc.channel_count")?).map(Signal::Channel).collect();
        blocks.extend((0..LEDC_TIMERS).map(|timer| BlockEntry {
            hal: Some("LEDC".to_owned()),
            ..block(format!("LEDC_TIMER{timer}"), BlockKind::Pwm, &channels)
        }));
        blocks.extend((0..self.sending_channels()?).map(|channel| BlockEntry {
            title: Some(format!("RMT channel {channel}")),
            ..block(format!("RMT_CHANNEL{channel}"), BlockKind::Rmt, &[Signal::Io])
        }));
        blocks.push(BlockEntry {
            title: Some("USB Serial/JTAG".to_owned()),
            ..block("USB_DEVICE".to_owned(), BlockKind::Usb, &[])
        });
        Ok(blocks)
    }

    /// The channels of the RMT that send: the entry has a pair for each, its number and its place among those.
    fn sending_channels(&self) -> Result<usize> {
        let calls = self.calls("rmt_channel")?;
        let senders = calls.iter().find_map(|call| call.strip_prefix("tx("));
        let senders = senders.context("for_each_rmt_channel! has changed")?;
        Ok(1 + senders.matches("), (").count())
    }

    /// A number that the macro `property!` gives.
    fn number(&self, property: &str) -> Result<u8> {
        let start = format!("(\"{property}\") => {{ ");
        let rest =
            self.text.split_once(start.as_str()).with_context(|| format!("no property `{property}`"))?.1;
        let digits = rest.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().with_context(|| format!("`{property}` is no number"))
    }

    fn interrupts(&self) -> Result<Vec<InterruptEntry>> {
        let entries = self.entries("sw_interrupt")?.into_iter().map(|entry| {
            let mut words = entry.split(", ");
            let number = words.next().context("for_each_sw_interrupt! has changed")?.parse()?;
            let name = words.next().context("for_each_sw_interrupt! has changed")?.to_owned();
            let taken_by = (name == SCHEDULER.0).then(|| SCHEDULER.1.to_owned());
            Ok(InterruptEntry { name, number, taken_by })
        });
        entries.collect()
    }

    /// Levels from 1 on, as many as the bits can tell apart.
    fn priority_bits(&self) -> Result<u8> {
        let levels = self.entries("interrupt_priority")?.len();
        Ok(u8::try_from((levels + 1).ilog2())?)
    }

    fn limitations(&self) -> Result<Vec<Limitation>> {
        let peripherals = self.calls("peripheral")?;
        let singletons = peripherals.iter().filter(|entry| entry.starts_with("@ peri_type #"));
        let pins: Vec<(&str, &str)> = singletons
            .filter_map(|entry| {
                let (documentation, rest) = entry.rsplit_once("] ")?;
                let name = rest.split(" <= ").next()?;
                name.starts_with("GPIO").then_some((name, documentation))
            })
            .filter(|(name, _)| name["GPIO".len()..].parse::<u16>().is_ok())
            .collect();
        let limits = LIMITS.iter().map(|(words, kind)| {
            let limited = pins.iter().filter(|(_, documentation)| documentation.contains(words));
            Limitation {
                kind: *kind,
                pins: limited.map(|(name, _)| (*name).to_owned()).collect(),
                source: format!("{}, for_each_peripheral!", self.label),
            }
        });
        Ok(limits.filter(|limitation| !limitation.pins.is_empty()).collect())
    }
}

fn block(name: String, kind: BlockKind, any_pin: &[Signal]) -> BlockEntry {
    BlockEntry {
        name,
        title: None,
        hal: None,
        kind,
        // esp-hal's drivers bind their vectors themselves.
        interrupts: Vec::new(),
        dma: DmaRequests::default(),
        any_pin: any_pin.to_vec(),
        clock: None,
        switch: None,
        remaps: Vec::new(),
    }
}

/// The text up to the parenthesis that closes what was opened before it.
fn enclosed(text: &str) -> Option<&str> {
    let mut depth = 1;
    for (place, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(text[..place].trim());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
        _for_each_inner_gpio!((0, GPIO0() () ([Input] [Output])));\n\
        _for_each_inner_gpio!((2, GPIO2(_2 =>\n FSPIQ) (_2 => FSPIQ) ([Input] [Output])));\n\
        _for_each_inner_gpio!((all(0, GPIO0() () ([Input] [Output]))));\n\
        _for_each_inner_analog_function!((ADC1_CH0, GPIO0));\n\
        _for_each_inner_analog_function!((ADC2_CH0, GPIO2));\n\
        _for_each_inner_peripheral!((@ peri_type #[doc = \"GPIO2\"] #[doc =\n \
        \"<li>This pin is a strapping pin, it determines how the chip boots.</li>\"] GPIO2 <= virtual()));\n\
        _for_each_inner_peripheral!((@ peri_type #[doc = \"GPIO0\"] GPIO0 <= virtual()));\n";

    #[test]
    fn pins_have_their_analog_functions_and_what_their_documentation_warns_of() {
        let text = FILE.split_whitespace().collect::<Vec<_>>().join(" ");
        let metadata = Metadata { label: "metadata 1.0.0".to_owned(), text };
        let pins = metadata.pins().unwrap();
        let names: Vec<&str> = pins.iter().map(|pin| pin.name.as_str()).collect();
        assert_eq!(names, ["GPIO0", "GPIO2"]);
        assert_eq!(pins[0].functions.len(), 1);
        assert!(pins[1].functions.is_empty());
        let limitations = metadata.limitations().unwrap();
        assert_eq!(limitations.len(), 1);
        assert_eq!(
            (limitations[0].kind, &limitations[0].pins),
            (LimitationKind::Strapping, &vec!["GPIO2".to_owned()])
        );
    }
}
