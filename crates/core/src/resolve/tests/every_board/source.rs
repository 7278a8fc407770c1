//! What the generated tables of a board's chip say, read a second time and without the catalogue: which wirings there can be,
//! and whether one that was found keeps every promise.

use std::collections::{BTreeMap, BTreeSet};

use fwc_schema::chip::Hal;
use include_dir::{Dir, include_dir};
use toml::{Table, Value};

use super::{Thing, Wired};

static CHIPS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../boards/chips");

/// What a chip's tables say.
pub(super) struct Source {
    /// Each pin with its number and its functions.
    pub(super) pins: Vec<(String, i64, Vec<SourceFunction>)>,
    pub(super) blocks: Vec<SourceBlock>,
    /// Each channel with the requests that it serves; none where it serves any.
    channels: Vec<(String, Option<Vec<String>>)>,
    /// Whether the HAL has no buffered driver of a receiver alone, so that DMA receives.
    receives_by_dma: bool,
    /// Whether edges of pins with one number come in on one line.
    shares_lines: bool,
    /// The timers of which one must be left to count time; none where that is nothing that pulses.
    timers: Vec<String>,
    /// The kind of block that makes the pulses of lights, and the signal that is on their pin, where they are driven.
    pub(super) lights: Option<(&'static str, &'static str)>,
    /// The pins that are lines of USB, some of which are no pins for anybody; absent where there is no controller.
    pub(super) usb: Option<Vec<String>>,
}

/// A block and its signal.
type SourceFunction = (String, String);

pub(super) struct SourceBlock {
    name: String,
    pub(super) kind: String,
    singleton: String,
    tx: Option<String>,
    rx: Option<String>,
    any_pin: Vec<String>,
    /// The groups in which its pins are mapped; none where each is by itself.
    remaps: Vec<(String, Vec<String>)>,
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Source {
    pub(super) fn of_chip(chip: &str, hal: Hal) -> Source {
        let file = CHIPS.get_file(format!("{chip}.tables.toml")).expect("a board's chip has tables");
        let text = file.contents_utf8().expect("they are text");
        let tables: Table = text.parse().expect("they are TOML");
        let list = |key: &str| tables[key].as_array().expect("it is a list").clone();
        let function = |function: String| {
            let (block, signal) = function.split_once(' ').expect("a function is a block's signal");
            (block.to_owned(), signal.to_owned())
        };
        let pin = |pin: &Value| {
            let functions = texts(pin.get("functions")).into_iter().map(function).collect();
            (text_of(pin, "name").unwrap(), pin["number"].as_integer().unwrap(), functions)
        };
        let block = |block: &Value| {
            let name = text_of(block, "name").unwrap();
            let remaps = block.get("remaps").and_then(Value::as_array).into_iter().flatten();
            let request = |way: &str| block.get("dma").and_then(|dma| text_of(dma, way));
            SourceBlock {
                kind: text_of(block, "kind").unwrap(),
                singleton: text_of(block, "hal").unwrap_or_else(|| name.clone()),
                tx: request("tx"),
                rx: request("rx"),
                any_pin: texts(block.get("any-pin")),
                remaps: remaps.map(|of| (text_of(of, "hal").unwrap(), texts(of.get("pins")))).collect(),
                name,
            }
        };
        // What leads to the flash that the firmware runs from is no pin for anybody.
        let limitations = tables.get("limitations").and_then(Value::as_array).into_iter().flatten();
        let limited = |kind: &str| -> Vec<String> {
            let of_kind = limitations.clone().filter(|limit| limit["kind"].as_str() == Some(kind));
            of_kind.flat_map(|limit| texts(limit.get("pins"))).collect()
        };
        let flash = limited("flash-bus");
        let channel = |channel: &Value| {
            let serves = channel.get("serves").map(|serves| texts(Some(serves)));
            (text_of(channel, "name").unwrap(), serves)
        };
        let part = tables.get("part").and_then(|part| part.get("time-drivers"));
        let timers = part.and_then(Value::as_array).into_iter().flatten();
        let blocks: Vec<SourceBlock> = list("blocks").iter().map(block).collect();
        let pins: Vec<(String, i64, Vec<SourceFunction>)> = list("pins").iter().map(pin).collect();
        let controller = blocks.iter().find(|block| block.kind == "usb");
        let usb = controller.map(|block| match hal {
            // The controller is the debug probe as well.
            Hal::Esp => limited("debug-port"),
            _ => {
                let is_line = |(of, signal): &SourceFunction| {
                    *of == block.name && ["DP", "DM"].contains(&signal.as_str())
                };
                let lines = pins.iter().filter(|(.., functions)| functions.iter().any(is_line));
                lines.map(|(name, ..)| name.clone()).collect()
            }
        });
        Source {
            usb,
            pins: pins.into_iter().filter(|(name, ..)| !flash.contains(name)).collect(),
            blocks,
            channels: list("dma-channels").iter().map(channel).collect(),
            receives_by_dma: hal == Hal::Stm32,
            lights: match hal {
                Hal::Rp => Some(("pio", "IO")),
                // Any of the four outputs of a block alone.
                Hal::Nrf => Some(("pwm", "CH0")),
                Hal::Stm32 => Some(("spi", "MOSI")),
                Hal::Esp => Some(("rmt", "IO")),
                Hal::Sim => None,
            },
            timers: timers.filter_map(|timer| text_of(timer, "timer")).collect(),
            shares_lines: tables
                .get("edges")
                .and_then(Value::as_array)
                .is_some_and(|edges| !edges.is_empty()),
        }
    }

    fn block(&self, name: &str) -> &SourceBlock {
        self.blocks.iter().find(|block| block.name == name).expect("the tables know every block")
    }

    pub(super) fn has(&self, pin: &str, block: &SourceBlock, signal: &str) -> bool {
        let (.., functions) = self.pins.iter().find(|(name, ..)| name == pin).expect("the pin is the chip's");
        block.any_pin.iter().any(|any| any == signal)
            || functions.iter().any(|(of, on)| *of == block.name && on == signal)
    }

    /// The outputs of pwms that a pin can be.
    pub(super) fn outputs(&self, pin: &str) -> Vec<(&SourceBlock, String)> {
        let (.., functions) = self.pins.iter().find(|(name, ..)| name == pin).expect("the pin is the chip's");
        let routed = functions.iter().map(|(block, signal)| (self.block(block), signal.clone()));
        let anywhere = self
            .blocks
            .iter()
            .flat_map(|block| block.any_pin.iter().map(move |signal| (block, signal.clone())));
        routed.chain(anywhere).filter(|(block, _)| block.kind == "pwm").collect()
    }

    pub(super) fn is_analog(&self, pin: &str) -> bool {
        let (.., functions) = self.pins.iter().find(|(name, ..)| name == pin).expect("the pin is the chip's");
        functions.iter().any(|(block, signal)| self.block(block).kind == "adc" && signal.starts_with("IN"))
    }

    fn line(&self, pin: &str) -> i64 {
        self.pins.iter().find(|(name, ..)| name == pin).expect("the pin is the chip's").1 % 16
    }

    /// The requests of a block that its driver uses for a thing.
    fn requests<'a>(&self, thing: &Thing, block: &'a SourceBlock) -> Vec<&'a str> {
        let (sends, receives) = match thing.kind {
            // A uart that does both is served by its interrupt.
            "uart" => (!thing.has("rx"), !thing.has("tx") && self.receives_by_dma),
            "i2c" => (true, true),
            "spi" => (true, thing.has("miso")),
            "led-strip" => (true, false),
            _ => (false, false),
        };
        let tx = block.tx.as_deref().filter(|_| sends);
        tx.into_iter().chain(block.rx.as_deref().filter(|_| receives)).collect()
    }

    /// Whether a block could be a thing's, by its kind and the functions of the thing's pins.
    fn suits(&self, thing: &Thing, block: &SourceBlock) -> bool {
        if thing.kind == "led-strip" {
            let (kind, signal) = self.lights.expect("only what is driven is wired");
            return block.kind == kind
                && self.has(&thing.pins[0].1, block, signal)
                && block.are_in_one_remap(thing.pins.iter().map(|(_, pin)| pin));
        }
        block.kind == thing.kind
            && thing.pins.iter().all(|(key, pin)| self.has(pin, block, &key.to_uppercase()))
            && block.are_in_one_remap(thing.pins.iter().map(|(_, pin)| pin))
    }

    /// Whether there is any way to wire it all.
    pub(super) fn is_possible(&self, things: &[Thing]) -> bool {
        let pins: Vec<&String> = things.iter().flat_map(|thing| &thing.pins).map(|(_, pin)| pin).collect();
        let distinct: BTreeSet<&String> = pins.iter().copied().collect();
        let inputs = things.iter().filter(|thing| thing.kind == "input");
        let lines: Vec<i64> = inputs.map(|thing| self.line(&thing.pins[0].1)).collect();
        let distinct_lines: BTreeSet<i64> = lines.iter().copied().collect();
        let analog = things.iter().filter(|thing| thing.kind == "adc");
        let count = |kind: &str| things.iter().filter(|thing| thing.kind == kind).count();
        let usb_fits = match (count("usb-serial"), &self.usb) {
            (0, _) => true,
            (1, Some(lines)) => !pins.iter().any(|pin| lines.contains(pin)),
            _ => false,
        };
        distinct.len() == pins.len()
            && usb_fits
            && count("watchdog") < 2
            && (!self.shares_lines || distinct_lines.len() == lines.len())
            && analog.into_iter().all(|thing| self.is_analog(&thing.pins[0].1))
            && self.pwms_fit(
                &things.iter().filter(|thing| self.is_beside_pwms(thing)).collect::<Vec<_>>(),
                &mut Vec::new(),
            )
            && self.ports_fit(
                &things
                    .iter()
                    .filter(|thing| {
                        ["uart", "i2c", "spi", "led-strip"].contains(&thing.kind)
                            && !self.is_beside_pwms(thing)
                    })
                    .collect::<Vec<_>>(),
                &mut Vec::new(),
                &mut Vec::new(),
            )
    }

    /// Whether a thing competes for pwm blocks.
    fn is_beside_pwms(&self, thing: &Thing) -> bool {
        thing.kind == "pwm" || thing.kind == "led-strip" && self.lights.is_some_and(|(kind, _)| kind == "pwm")
    }

    fn pwms_fit<'a>(&'a self, left: &[&'a Thing], taken: &mut Vec<(&'a str, String, &'a Thing)>) -> bool {
        let Some((first, rest)) = left.split_first() else {
            let is_free = |timer: &String| taken.iter().all(|(of, ..)| of != timer);
            return self.timers.is_empty() || self.timers.iter().any(is_free);
        };
        let pin = &first.pins[0].1;
        let is_strip = |thing: &Thing| thing.kind == "led-strip";
        self.outputs(pin).into_iter().any(|(block, signal)| {
            let clashes = taken.iter().any(|(of, output, other)| {
                (self.block(of).singleton == block.singleton && *output == signal)
                    || (*of == block.name
                        && (other.frequency != first.frequency || is_strip(first) || is_strip(other)))
            });
            let beside =
                taken.iter().filter(|(of, ..)| *of == block.name).map(|(.., other)| &other.pins[0].1);
            if clashes || !block.are_in_one_remap(beside.chain([pin])) {
                return false;
            }
            taken.push((&block.name, signal, first));
            let fit = self.pwms_fit(rest, taken);
            taken.pop();
            fit
        })
    }

    fn ports_fit<'a>(
        &'a self,
        left: &[&Thing],
        singletons: &mut Vec<&'a str>,
        channels: &mut Vec<&'a str>,
    ) -> bool {
        let Some((first, rest)) = left.split_first() else { return true };
        self.blocks.iter().any(|block| {
            if !self.suits(first, block) || singletons.contains(&block.singleton.as_str()) {
                return false;
            }
            singletons.push(&block.singleton);
            let requests = self.requests(first, block);
            let fit = self.channels_fit(&requests, rest, singletons, channels);
            singletons.pop();
            fit
        })
    }

    fn channels_fit<'a>(
        &'a self,
        requests: &[&str],
        rest: &[&Thing],
        singletons: &mut Vec<&'a str>,
        channels: &mut Vec<&'a str>,
    ) -> bool {
        let Some((request, others)) = requests.split_first() else {
            return self.ports_fit(rest, singletons, channels);
        };
        self.channels.iter().any(|(name, serves)| {
            let able = serves.as_ref().is_none_or(|serves| serves.iter().any(|served| served == request));
            if !able || channels.contains(&name.as_str()) {
                return false;
            }
            channels.push(name);
            let fit = self.channels_fit(others, rest, singletons, channels);
            channels.pop();
            fit
        })
    }

    /// Every promise about a wiring, one by one.
    pub(super) fn verify(&self, things: &[Thing], wired: &[Wired]) {
        let mut singletons = BTreeSet::new();
        let mut channels = BTreeSet::new();
        let mut outputs = BTreeSet::new();
        let mut frequencies = BTreeMap::new();
        let mut alone = BTreeSet::new();
        let mut pins_of_timers: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
        for (thing, wired) in things.iter().zip(wired) {
            match thing.kind {
                "output" | "input" | "usb-serial" | "watchdog" => assert_eq!(*wired, Wired::default()),
                "adc" => assert!(self.is_analog(&thing.pins[0].1)),
                "pwm" => {
                    let (block, output) = (wired.block.as_ref().unwrap(), wired.output.as_ref().unwrap());
                    let can = self.outputs(&thing.pins[0].1);
                    assert!(
                        can.iter().any(|(of, signal)| of.name == *block && signal == output),
                        "{thing:?}"
                    );
                    assert!(outputs.insert((&self.block(block).singleton, output)), "two pwms on one output");
                    assert!(!alone.contains(block), "a pwm beside lights on {block}");
                    let of_block = frequencies.entry(block).or_insert(thing.frequency);
                    assert_eq!(*of_block, thing.frequency, "two frequencies of one block");
                    let pins = pins_of_timers.entry(block).or_default();
                    pins.push(&thing.pins[0].1);
                    assert!(
                        self.block(block).are_in_one_remap(pins.iter().copied()),
                        "two remaps of {block}"
                    );
                    let remaps = &self.block(block).remaps;
                    let group = wired
                        .remap
                        .as_ref()
                        .map(|group| remaps.iter().position(|of| of.0 == *group).unwrap());
                    let group = group.map(|group| &remaps[group].1);
                    assert_eq!(group.is_none(), remaps.is_empty());
                    assert!(
                        group.is_none_or(|group| pins.iter().all(|pin| group.contains(pin))),
                        "{thing:?}"
                    );
                }
                "led-strip" if self.is_beside_pwms(thing) => {
                    let block = wired.block.as_ref().unwrap();
                    assert!(self.suits(thing, self.block(block)), "{thing:?} on {block}");
                    assert!(alone.insert(block), "two chains of lights on {block}");
                    assert!(!frequencies.contains_key(block), "lights beside a pwm on {block}");
                    assert!(wired.channels.is_empty());
                }
                _ => {
                    let block = self.block(wired.block.as_ref().expect("a port has a block"));
                    assert!(self.suits(thing, block), "{thing:?} on {}", block.name);
                    assert!(singletons.insert(&block.singleton), "{} is in use twice", block.singleton);
                    let requests = self.requests(thing, block);
                    assert_eq!(requests.len(), wired.channels.len(), "{thing:?}");
                    for (request, channel) in requests.iter().zip(&wired.channels) {
                        assert!(channels.insert(channel), "{channel} is in use twice");
                        let (_, serves) = self.channels.iter().find(|(name, _)| name == channel).unwrap();
                        let able =
                            serves.as_ref().is_none_or(|serves| serves.iter().any(|one| one == request));
                        assert!(able, "{channel} does not serve {request}");
                    }
                }
            }
        }
    }
}

impl SourceBlock {
    /// Whether pins that lead to the block can be used together.
    fn are_in_one_remap<'a>(&self, pins: impl Iterator<Item = &'a String> + Clone) -> bool {
        self.remaps.is_empty()
            || self.remaps.iter().any(|(_, remap)| pins.clone().all(|pin| remap.contains(pin)))
    }
}
