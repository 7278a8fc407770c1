//! What a running board looks like: facts, time and keys in; a state that can be drawn, and what the world does, out.
//!
//! In: [`Fact`]s of the run, [`Key`]s of the user. Out: [`Ask`]s, and a [`View`] that `frame` draws. Nothing here touches a
//! terminal, a process or the clock.

mod console;
pub(crate) mod frame;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use fwc_core::app::{Access, AnalogSource, App, ChannelId, LogOver, PeripheralId, PeripheralKind, PinUse};
use fwc_parts::{Nanos, Quantity};
use fwc_scenario::{Action, Fact, What};
use fwc_schema::app::{Initial, LogLevel as LeastLevel};
use fwc_schema::scenario::Scalar;
use fwc_sim::LogLevel;

use console::Console;

/// How long a tap on a button lasts: longer than any contact bounces, shorter than a long press.
const TAP: Nanos = Nanos::from_millis(120);

/// What an arrow key turns a voltage by, in millivolts; with Shift, and without.
const FINE: u16 = 5;
const COARSE: u16 = 50;

/// How much of a level's past is kept.
const PAST: Nanos = Nanos::from_secs(8);

/// How many messages of the log are kept.
const LOG_LINES: usize = 500;

/// RP2040 datasheet, section 4.9.5: the sensor's voltage at 27 °C.
const ROOM_TEMPERATURE: u16 = 706;

/// A running board.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) app: String,
    pub(crate) board: String,
    /// What it runs on.
    pub(crate) place: &'static str,
    pub(crate) now: Nanos,
    pub(crate) paused: bool,
    /// Virtual seconds in one of the wall clock, where that is not one.
    pub(crate) speed: Option<f64>,
    pub(crate) things: Vec<Thing>,
    devices: Vec<(PeripheralId, String)>,
    pub(crate) channels: Vec<Channel>,
    /// Whether the messages of channels are seen.
    pub(crate) sees_channels: bool,
    pub(crate) consoles: Vec<Console>,
    pub(crate) has_log: bool,
    pub(crate) log: VecDeque<Logged>,
    selected: Option<Control>,
}

/// Something at a pin.
#[derive(Debug)]
pub(crate) struct Thing {
    id: PeripheralId,
    pub(crate) name: String,
    /// What its pin is called.
    pub(crate) pin: String,
    pub(crate) state: State,
}

/// How it is.
#[derive(Debug)]
pub(crate) enum State {
    Output(Level),
    Input {
        level: Level,
        /// The key that taps it.
        key: Option<char>,
        /// When a tap is over.
        tapped_until: Option<Nanos>,
    },
    /// In parts per million.
    Pwm {
        duty: u64,
    },
    Adc {
        millivolts: u16,
        most: u16,
    },
    /// What a device is exposed to.
    Reading {
        quantity: Quantity,
        value: f64,
    },
    /// What a device shows: a display's lines, lights.
    Face {
        lines: Vec<String>,
    },
}

/// Whether something is active, and has been.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) active: bool,
    /// Before the first change that is kept.
    pub(crate) before: bool,
    pub(crate) changes: VecDeque<(Nanos, bool)>,
}

/// A channel between tasks.
#[derive(Debug)]
pub(crate) struct Channel {
    id: ChannelId,
    pub(crate) name: String,
    pub(crate) count: u64,
    pub(crate) newest: String,
}

/// A message of the log.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) at: Nanos,
    pub(crate) level: Option<LogLevel>,
    pub(crate) message: String,
}

/// What keys can be about: a place in the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Thing(usize),
    Console(usize),
}

/// A key, as far as the view knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Backspace,
    Tab,
    BackTab,
    Up,
    Down,
    /// With or without Shift.
    Left {
        fine: bool,
    },
    Right {
        fine: bool,
    },
    Escape,
    /// Ctrl-C.
    Interrupt,
}

/// What a key asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// The world does something to the board, now.
    Act(Action),
    /// The run is over.
    Quit,
}

impl View {
    /// A board before its start.
    pub(crate) fn new(
        app: &App,
        place: &'static str,
        sees_channels: bool,
        quantities: &[(PeripheralId, &'static [Quantity])],
    ) -> View {
        let mut view = View {
            app: app.name.value.clone(),
            board: app.board.name.clone(),
            place,
            now: Nanos(0),
            paused: false,
            speed: None,
            things: things(app, quantities),
            devices: devices(app),
            channels: channels(app),
            sees_channels,
            consoles: consoles(app),
            has_log: app.log != LeastLevel::Off,
            log: VecDeque::new(),
            selected: None,
        };
        view.selected = view.controls().first().copied();
        view
    }

    /// What happened.
    pub(crate) fn take(&mut self, fact: &Fact) {
        match &fact.what {
            What::Output { output, active } => self.set_level(*output, fact.at, *active),
            What::Input { input, active } => self.set_level(*input, fact.at, *active),
            What::Duty { pwm, duty: new } => {
                if let Some(State::Pwm { duty }) = self.state(*pwm) {
                    *duty = *new;
                }
            }
            What::Shown { device, lines } => self.set_face(*device, lines),
            What::Sent { uart, bytes } => {
                if let Some(console) = self.consoles.iter_mut().find(|console| console.id == *uart) {
                    console.take(bytes);
                }
            }
            What::Lost { uart, count, reason } => {
                if let Some(console) = self.consoles.iter_mut().find(|console| console.id == *uart) {
                    console.lost(*count, reason);
                }
            }
            What::Log { level, message } => self.add_to_log(fact.at, *level, message),
            What::Message { channel, values } => {
                if let Some(channel) = self.channels.iter_mut().find(|one| one.id == *channel) {
                    channel.count += 1;
                    channel.newest = values_text(values);
                }
            }
            What::Reset { cause } => {
                self.add_to_log(fact.at, None, &format!("reset by {cause}"));
            }
            What::Poll { .. } => {}
        }
    }

    /// Time has gone on. Taps that are over let go.
    pub(crate) fn reach(&mut self, now: Nanos) -> Vec<Action> {
        self.now = self.now.max(now);
        let mut actions = Vec::new();
        for thing in &mut self.things {
            match &mut thing.state {
                State::Input { level, tapped_until, .. } => {
                    level.forget(now);
                    if tapped_until.is_some_and(|until| until <= now) {
                        *tapped_until = None;
                        actions.push(Action::Input { input: thing.id, active: false });
                    }
                }
                State::Output(level) => level.forget(now),
                State::Pwm { .. } | State::Adc { .. } | State::Reading { .. } | State::Face { .. } => {}
            }
        }
        actions
    }

    /// What a key asks for.
    pub(crate) fn press(&mut self, key: Key) -> Option<Ask> {
        match key {
            Key::Interrupt => return Some(Ask::Quit),
            Key::Tab | Key::Down => self.select(1),
            Key::BackTab | Key::Up => self.select(-1),
            Key::Escape => self.selected = None,
            key => {
                return match self.selected {
                    Some(Control::Console(index)) => self.consoles[index].type_in(key).map(Ask::Act),
                    selected => self.command(key, selected),
                };
            }
        }
        None
    }

    fn command(&mut self, key: Key, selected: Option<Control>) -> Option<Ask> {
        let thing = match selected {
            Some(Control::Thing(index)) => Some(index),
            _ => None,
        };
        let act = match (key, thing) {
            (Key::Char('q'), _) => return Some(Ask::Quit),
            (Key::Char('p'), _) => {
                self.paused = !self.paused;
                None
            }
            (Key::Char(' '), Some(index)) => self.tap(index),
            (Key::Char(digit), _) => {
                let has_key =
                    |thing: &Thing| matches!(thing.state, State::Input { key, .. } if key == Some(digit));
                self.things.iter().position(has_key).and_then(|index| self.tap(index))
            }
            (Key::Enter, Some(index)) => self.hold(index),
            (Key::Left { fine }, Some(index)) => self.turn(index, -1, fine),
            (Key::Right { fine }, Some(index)) => self.turn(index, 1, fine),
            _ => None,
        };
        act.map(Ask::Act)
    }

    fn tap(&mut self, index: usize) -> Option<Action> {
        let until = self.now + TAP;
        let thing = &mut self.things[index];
        let State::Input { level, tapped_until, .. } = &mut thing.state else { return None };
        let is_tapped = tapped_until.replace(until).is_some();
        // A key that is held down repeats.
        (!is_tapped && !level.active).then_some(Action::Input { input: thing.id, active: true })
    }

    fn hold(&mut self, index: usize) -> Option<Action> {
        let thing = &mut self.things[index];
        let State::Input { level, tapped_until, .. } = &mut thing.state else { return None };
        *tapped_until = None;
        Some(Action::Input { input: thing.id, active: !level.active })
    }

    fn turn(&mut self, index: usize, way: i32, fine: bool) -> Option<Action> {
        let thing = &mut self.things[index];
        match &mut thing.state {
            State::Adc { millivolts, most } => {
                let step = i32::from(if fine { FINE } else { COARSE });
                let turned = (i32::from(*millivolts) + way * step).clamp(0, i32::from(*most));
                let turned = u16::try_from(turned).expect("it was clamped to what fits");
                (std::mem::replace(millivolts, turned) != turned)
                    .then_some(Action::Voltage { adc: thing.id, millivolts: turned })
            }
            State::Reading { quantity, value } => {
                let turned = turned(quantity, *value, way, fine);
                let action =
                    Action::Reading { device: thing.id, quantity: quantity.name.to_owned(), value: turned };
                (std::mem::replace(value, turned) != turned).then_some(action)
            }
            _ => None,
        }
    }

    /// What is selected now.
    pub(crate) fn selected(&self) -> Option<Control> {
        self.selected
    }

    /// What can be selected, in the order in which Tab comes to it.
    pub(crate) fn controls(&self) -> Vec<Control> {
        let turned = |thing: &Thing| {
            matches!(thing.state, State::Input { .. } | State::Adc { .. } | State::Reading { .. })
        };
        let things =
            self.things.iter().enumerate().filter(|(_, one)| turned(one)).map(|(at, _)| Control::Thing(at));
        let consoles = self.consoles.iter().enumerate().filter(|(_, console)| console.receives);
        things.chain(consoles.map(|(at, _)| Control::Console(at))).collect()
    }

    fn select(&mut self, way: isize) {
        let controls = self.controls();
        let count = controls.len() as isize;
        if count == 0 {
            return;
        }
        let at = self.selected.and_then(|selected| controls.iter().position(|one| *one == selected));
        let next = match at {
            Some(at) => at as isize + way,
            None if way > 0 => 0,
            None => count - 1,
        };
        self.selected = Some(controls[next.rem_euclid(count) as usize]);
    }

    fn state(&mut self, id: PeripheralId) -> Option<&mut State> {
        self.things.iter_mut().find(|thing| thing.id == id).map(|thing| &mut thing.state)
    }

    fn set_level(&mut self, id: PeripheralId, at: Nanos, active: bool) {
        if let Some(State::Output(level) | State::Input { level, .. }) = self.state(id) {
            level.active = active;
            level.changes.push_back((at, active));
        }
    }

    /// A device is among the things from when it has shown something.
    fn set_face(&mut self, id: PeripheralId, new: &[String]) {
        let face = self.things.iter_mut().find_map(|thing| match &mut thing.state {
            State::Face { lines } if thing.id == id => Some(lines),
            _ => None,
        });
        if let Some(lines) = face {
            *lines = new.to_vec();
            return;
        }
        let name = self.devices.iter().find(|(device, _)| *device == id).map(|(_, name)| name.clone());
        let state = State::Face { lines: new.to_vec() };
        self.things.extend(name.map(|name| Thing { id, name, pin: String::new(), state }));
    }

    fn add_to_log(&mut self, at: Nanos, level: Option<LogLevel>, message: &str) {
        self.log.push_back(Logged { at, level, message: message.to_owned() });
        if self.log.len() > LOG_LINES {
            self.log.pop_front();
        }
    }
}

impl Level {
    fn new(active: bool) -> Level {
        Level { active, before: active, changes: VecDeque::new() }
    }

    fn forget(&mut self, now: Nanos) {
        while let Some((at, active)) = self.changes.front().copied() {
            if at + PAST >= now {
                break;
            }
            self.before = active;
            self.changes.pop_front();
        }
    }
}

/// The power of ten that takes a hundred steps or more from the least to the most of a quantity.
fn decade(quantity: &Quantity) -> i32 {
    ((quantity.most - quantity.least) / 100.0).log10().floor() as i32
}

/// How many decimals of a quantity can be turned.
pub(crate) fn decimals(quantity: &Quantity) -> usize {
    usize::try_from(1 - decade(quantity)).unwrap_or(0)
}

fn turned(quantity: &Quantity, value: f64, way: i32, fine: bool) -> f64 {
    let step = 10f64.powi(decade(quantity) - i32::from(fine));
    let turned = (value + f64::from(way) * step).clamp(quantity.least, quantity.most);
    // Sums of tenths have many digits, and nobody has asked for them.
    format!("{turned:.*}", decimals(quantity)).parse().unwrap_or(turned)
}

/// A message's values, as `print` writes them.
pub(crate) fn values_text(values: &[(String, Scalar)]) -> String {
    let value = |value: &Scalar| match value {
        Scalar::Bool(flag) => flag.to_string(),
        Scalar::Number(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Scalar::Number(number) => format!("{number:.2}"),
        Scalar::Text(text) => text.clone(),
    };
    let one = |(path, scalar): &(String, Scalar)| match path.as_str() {
        "" => value(scalar),
        path => format!("{path}={}", value(scalar)),
    };
    values.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn things(app: &App, quantities: &[(PeripheralId, &'static [Quantity])]) -> Vec<Thing> {
    let pin_name = |used: &PinUse| app.board.chip.pin(used.pin).name.clone();
    let most = u16::try_from(app.board.power.logic_millivolts).unwrap_or(u16::MAX);
    let mut keys = '1'..='9';
    let mut things = Vec::new();
    for (index, peripheral) in app.peripherals.iter().enumerate() {
        let id = PeripheralId(index as u32);
        let name = &peripheral.name.value;
        for quantity in quantities.iter().filter(|(device, _)| *device == id).flat_map(|(_, all)| *all) {
            let state = State::Reading { quantity: *quantity, value: quantity.initial };
            let name = format!("{name}.{}", quantity.name);
            things.push(Thing { id, name, pin: String::new(), state });
        }
        // The wires of a device are its own affair.
        if peripheral.device.is_some() {
            continue;
        }
        let (pin, state) = match &peripheral.kind {
            PeripheralKind::Output(output) => {
                (pin_name(&output.pin), State::Output(Level::new(output.initial == Initial::On)))
            }
            PeripheralKind::Input(input) => {
                let level = Level::new(false);
                (pin_name(&input.pin), State::Input { level, key: keys.next(), tapped_until: None })
            }
            PeripheralKind::Pwm(pwm) => (pin_name(&pwm.pin), State::Pwm { duty: pwm.initial.0 }),
            PeripheralKind::Adc(adc) => match &adc.source {
                AnalogSource::Pin(pin) => (pin_name(pin), State::Adc { millivolts: 0, most }),
                AnalogSource::Temperature(_) => {
                    ("chip".to_owned(), State::Adc { millivolts: ROOM_TEMPERATURE, most })
                }
            },
            _ => continue,
        };
        things.push(Thing { id, name: name.clone(), pin, state });
    }
    things
}

fn devices(app: &App) -> Vec<(PeripheralId, String)> {
    let peripherals = app.peripherals.iter().enumerate();
    let devices = peripherals.filter(|(_, one)| matches!(one.kind, PeripheralKind::Device(_)));
    devices.map(|(index, one)| (PeripheralId(index as u32), one.name.value.clone())).collect()
}

fn channels(app: &App) -> Vec<Channel> {
    let channels = app.channels.iter().enumerate().map(|(index, channel)| Channel {
        id: ChannelId(index as u32),
        name: channel.name.value.clone(),
        count: 0,
        newest: String::new(),
    });
    channels.collect()
}

/// Uarts and serial ports; that of the log shows up there.
fn consoles(app: &App) -> Vec<Console> {
    let mut consoles = Vec::new();
    for (index, peripheral) in app.peripherals.iter().enumerate() {
        let id = PeripheralId(index as u32);
        let is_read = || {
            let uses = app.tasks.iter().flat_map(|task| &task.uses);
            uses.filter(|used| used.peripheral == id).any(|used| used.access != Access::Write)
        };
        let receives = match &peripheral.kind {
            PeripheralKind::Uart(uart) => uart.rx.is_some() && is_read(),
            PeripheralKind::UsbSerial(_) => is_read(),
            _ => continue,
        };
        if app.log_over != LogOver::Uart(id) || receives {
            consoles.push(Console::new(id, peripheral.name.value.clone(), receives));
        }
    }
    consoles
}
