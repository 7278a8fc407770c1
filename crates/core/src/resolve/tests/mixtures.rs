//! Random mixtures of pwms, analog inputs, buses, uarts and parts on the Pico, against its pins' functions written down a
//! second time: RP2040 datasheet, section 1.4.3 (table 2), where they repeat with the number of the pin.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::app::PeripheralId;
use crate::catalog::DmaId;
use crate::resolved::{PinRole, UartDriver};

/// A peripheral, by the numbers of its pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Output(u8),
    Pwm { pin: u8, kilohertz: u8 },
    Adc(u8),
    I2c { sda: u8, scl: u8 },
    Spi { sck: u8, mosi: Option<u8>, miso: Option<u8> },
    Uart { tx: u8 },
}

/// What the parts of a mixture hang on: a TMP117 on each I2C bus, a W25Q with this chip select on each SPI bus that has
/// both lines. Then their buses have users.
#[derive(Clone, Debug)]
struct Mixture {
    things: Vec<Thing>,
    selects: Vec<Option<u8>>,
}

impl Thing {
    fn pins(self) -> Vec<(u8, PinRole)> {
        match self {
            Thing::Output(pin) => vec![(pin, PinRole::Gpio)],
            Thing::Pwm { pin, .. } => vec![(pin, PinRole::Pwm)],
            Thing::Adc(pin) => vec![(pin, PinRole::Adc)],
            Thing::I2c { sda, scl } => vec![(sda, PinRole::Sda), (scl, PinRole::Scl)],
            Thing::Spi { sck, mosi, miso } => {
                let data = [(mosi, PinRole::Mosi), (miso, PinRole::Miso)];
                let data = data.into_iter().filter_map(|(pin, role)| Some((pin?, role)));
                std::iter::once((sck, PinRole::Sck)).chain(data).collect()
            }
            Thing::Uart { tx } => vec![(tx, PinRole::Tx)],
        }
    }

    /// The block that all its pins lead to, where there is one.
    fn block(self) -> Option<String> {
        let mut blocks = self.pins().into_iter().map(|(pin, role)| block(pin, role));
        let first = blocks.next().flatten()?;
        blocks.all(|block| block.as_ref() == Some(&first)).then_some(first)
    }

    fn table(self, name: &str) -> String {
        let keys = match self {
            Thing::Output(pin) => format!("kind = \"output\"\npin = \"GP{pin}\""),
            Thing::Pwm { pin, kilohertz } => {
                format!("kind = \"pwm\"\npin = \"GP{pin}\"\nfrequency = \"{kilohertz}kHz\"")
            }
            Thing::Adc(pin) => format!("kind = \"adc\"\npin = \"GP{pin}\""),
            Thing::I2c { sda, scl } => format!("kind = \"i2c\"\nsda = \"GP{sda}\"\nscl = \"GP{scl}\""),
            Thing::Spi { sck, mosi, miso } => {
                let line = |key: &str, pin: Option<u8>| pin.map(|pin| format!("\n{key} = \"GP{pin}\""));
                let data = [line("mosi", mosi), line("miso", miso)].into_iter().flatten();
                format!("kind = \"spi\"\nfrequency = \"1MHz\"\nsck = \"GP{sck}\"{}", data.collect::<String>())
            }
            Thing::Uart { tx } => format!("kind = \"uart\"\ntx = \"GP{tx}\"\nbaud = 9600"),
        };
        format!("[peripherals.{name}]\n{keys}\n")
    }
}

/// The block that a pin leads to in this role; none where it leads to none.
fn block(pin: u8, role: PinRole) -> Option<String> {
    let place = pin % 4;
    let fits = match role {
        PinRole::Gpio => return Some(String::new()),
        PinRole::Pwm => {
            return Some(format!("PWM{}{}", pin / 2 % 8, if pin.is_multiple_of(2) { "A" } else { "B" }));
        }
        PinRole::Adc => return (26..=29).contains(&pin).then(|| "ADC".to_owned()),
        PinRole::Sda | PinRole::Miso | PinRole::Tx => place == 0 || role == PinRole::Sda && place == 2,
        PinRole::Scl => place == 1 || place == 3,
        PinRole::Sck => place == 2,
        PinRole::Mosi => place == 3,
        _ => unreachable!("no other role is in a mixture"),
    };
    let (kind, number) = match role {
        PinRole::Sda | PinRole::Scl => ("I2C", pin / 2 % 2),
        PinRole::Tx => ("UART", (pin + 4) / 8 % 2),
        _ => ("SPI", pin / 8 % 2),
    };
    fits.then(|| format!("{kind}{number}"))
}

impl Mixture {
    fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (at, thing) in self.things.iter().enumerate() {
            text.push_str(&thing.table(&format!("p{at}")));
            match (thing, self.selects[at]) {
                (Thing::I2c { .. }, _) => {
                    text.push_str(&format!("[devices.d{at}]\ndriver = \"tmp117\"\nbus = \"p{at}\"\n"));
                }
                (Thing::Spi { mosi: Some(_), miso: Some(_), .. }, Some(select)) => text.push_str(&format!(
                    "[devices.d{at}]\ndriver = \"w25q\"\nbus = \"p{at}\"\nchip-select = \"GP{select}\"\n"
                )),
                _ => {}
            }
        }
        text
    }

    /// All pins, those of chip selects too.
    fn pins(&self) -> Vec<u8> {
        let has_select = |thing: &Thing| matches!(thing, Thing::Spi { mosi: Some(_), miso: Some(_), .. });
        let selects = self.things.iter().zip(&self.selects).filter(|(thing, _)| has_select(thing));
        let own = self.things.iter().flat_map(|thing| thing.pins().into_iter().map(|(pin, _)| pin));
        own.chain(selects.filter_map(|(_, select)| *select)).collect()
    }

    /// Whether there is a way. A pin of these blocks leads to one block of a kind, so there is nothing to search.
    fn is_possible(&self) -> bool {
        let pins = self.pins();
        let blocks: Option<Vec<String>> = self.things.iter().map(|thing| thing.block()).collect();
        let Some(blocks) = blocks else { return false };
        let owned: Vec<&String> =
            blocks.iter().filter(|block| !["", "ADC"].contains(&block.as_str())).collect();
        let mut rates: BTreeMap<&str, u8> = BTreeMap::new();
        let one_rate_a_slice = self.things.iter().zip(&blocks).all(|(thing, block)| match thing {
            Thing::Pwm { kilohertz, .. } => *rates.entry(&block[..4]).or_insert(*kilohertz) == *kilohertz,
            _ => true,
        });
        is_distinct(&pins) && is_distinct(&owned) && one_rate_a_slice
    }
}

fn is_distinct<T: Ord>(all: &[T]) -> bool {
    all.iter().collect::<BTreeSet<_>>().len() == all.len()
}

/// Accepted, each thing has the block that its pins lead to and every channel of DMA has one owner; refused, there is no way.
fn judge(mixture: &Mixture) {
    let text = mixture.text();
    let checked = resolve(app(&text));
    assert_eq!(checked.value.is_some(), mixture.is_possible(), "{text}\n{:#?}", checked.diagnostics);
    let Some(resolved) = checked.value else {
        return assert!(checked.diagnostics.iter().any(|fault| fault.severity == Severity::Error), "{text}");
    };
    let chip = &resolved.app.board.chip;
    let mut channels: Vec<DmaId> = Vec::new();
    for (at, thing) in mixture.things.iter().enumerate() {
        let name = format!("p{at}");
        let found = resolved.app.peripherals.iter().position(|peripheral| *peripheral.name == name);
        let id = PeripheralId(found.expect("each entry is a peripheral") as u32);
        for (pin, role) in thing.pins() {
            let pin = chip.pin_ids().find(|id| chip.pin(*id).name == format!("GP{pin}")).expect("the pin");
            assert_eq!((resolved.pins[&pin].peripheral, resolved.pins[&pin].role), (id, role), "{text}");
        }
        let block = match thing {
            Thing::Output(_) => None,
            Thing::Pwm { .. } => {
                let wiring = &resolved.pwms[&id];
                Some(format!("{}{:?}", chip.block(wiring.block).title, wiring.signal))
            }
            Thing::Adc(_) => Some(chip.block(resolved.adcs[&id].block).title.clone()),
            Thing::I2c { .. } => Some(chip.block(resolved.i2cs[&id].block).title.clone()),
            Thing::Spi { mosi, miso, .. } => {
                let wiring = &resolved.spis[&id];
                assert!(wiring.tx.is_some() && wiring.rx.is_some() == miso.is_some(), "{text}");
                assert!(mosi.is_some() || miso.is_some());
                channels.extend(wiring.tx.into_iter().chain(wiring.rx));
                Some(chip.block(wiring.block).title.clone())
            }
            Thing::Uart { .. } => {
                let wiring = &resolved.uarts[&id];
                let UartDriver::DmaTx { tx: Some(tx) } = wiring.driver else { panic!("{text}") };
                channels.push(tx);
                Some(chip.block(wiring.block).title.clone())
            }
        };
        assert_eq!(block.unwrap_or_default(), thing.block().expect("it was accepted"), "{text}");
    }
    assert!(is_distinct(&channels), "two on one channel: {text}");
}

/// Pins that the Pico brings out.
fn any_pin() -> impl Strategy<Value = u8> {
    prop_oneof![23 => 0_u8..23, 3 => 26_u8..29]
}

/// Half of the buses are right by themselves; of random pins few are.
fn any_thing() -> impl Strategy<Value = Thing> {
    let pin = any_pin;
    let sound = 0_u8..5;
    let data = prop_oneof![Just((true, true)), Just((true, false)), Just((false, true))];
    prop_oneof![
        2 => pin().prop_map(Thing::Output),
        3 => (pin(), prop_oneof![Just(1_u8), Just(25)]).prop_map(|(pin, kilohertz)| Thing::Pwm { pin, kilohertz }),
        2 => prop_oneof![4 => 26_u8..29, 1 => 0_u8..23].prop_map(Thing::Adc),
        1 => (pin(), pin()).prop_map(|(sda, scl)| Thing::I2c { sda, scl }),
        2 => (0_u8..11).prop_map(|at| Thing::I2c { sda: 2 * at, scl: 2 * at + 1 }),
        1 => (pin(), pin(), pin())
            .prop_map(|(sck, mosi, miso)| Thing::Spi { sck, mosi: Some(mosi), miso: Some(miso) }),
        2 => (sound, data).prop_map(|(at, (mosi, miso))| Thing::Spi {
            sck: 4 * at + 2,
            mosi: mosi.then_some(4 * at + 3),
            miso: miso.then_some(4 * at),
        }),
        2 => (0_u8..6).prop_map(|at| Thing::Uart { tx: 4 * at }),
    ]
}

fn any_mixture() -> impl Strategy<Value = Mixture> {
    prop::collection::vec((any_thing(), prop::option::of(any_pin())), 0..6).prop_map(|drawn| {
        let (things, selects) = drawn.into_iter().unzip();
        Mixture { things, selects }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_fits_is_wired_and_what_does_not_is_refused(mixture in any_mixture()) {
        judge(&mixture);
    }

    #[test]
    fn the_order_of_the_file_gives_no_other_blocks(
        (mixture, order) in any_mixture().prop_flat_map(|mixture| {
            let order: Vec<usize> = (0..mixture.things.len()).collect();
            (Just(mixture), Just(order).prop_shuffle())
        }),
    ) {
        let shuffled = Mixture {
            things: order.iter().map(|at| mixture.things[*at]).collect(),
            selects: order.iter().map(|at| mixture.selects[*at]).collect(),
        };
        prop_assert_eq!(resolve(app(&mixture.text())).has_errors(), resolve(app(&shuffled.text())).has_errors());
    }
}
