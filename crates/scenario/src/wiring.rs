//! Between an application's names and a chip's wires: a scenario to a job, the trace of its run to a record.
//!
//! The simulation knows pins, uarts and voltages by the numbers of the chip too, so one translation serves both.

mod broken;
mod pulses;
mod watch;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use fwc_core::app::{
    AnalogSource, ChannelId, LogOver, MessageKind, PeripheralId, PeripheralKind, PinUse, TaskId, Type,
};
use fwc_core::resolved::{PinRole, Resolved};
use fwc_parts::{Nanos, Quantity};
use fwc_schema::app::{Active, Initial, LogLevel as AppLogLevel};
use fwc_schema::chip::{EmulatorProgram, Lack, Signal};
use fwc_schema::scenario::Scalar;
use fwc_sim::{
    Analog, Bus, Event, I2c, Job, Level, LogError, LogLevel, LogRecord, Parts, Pin, ResetCause, Spi,
    Stimulus, Trace, Uart, UsbPort,
};

use serde_json::Value;

pub use watch::Watch;

use crate::parts;
use crate::wiring::broken::broken;
use crate::wiring::pulses::{Pulses, State};
use crate::{Action, Fact, Record, Scenario, Subject, What};

/// Where each peripheral's wires leave the chip.
#[derive(Debug)]
pub struct Wiring<'a> {
    resolved: &'a Resolved,
    pins: BTreeMap<Pin, (PeripheralId, Role)>,
    uarts: BTreeMap<Uart, PeripheralId>,
    channels: HashMap<&'a str, ChannelId>,
    tasks: HashMap<&'a str, TaskId>,
    /// Each port of the USB device, and whose it is: a peripheral's, or the log's.
    usb: Vec<(UsbPort, Option<PeripheralId>)>,
}

/// Where a firmware ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the host, which sees what flows inside.
    Host,
    /// On the emulated chip.
    Emulator,
}

/// Why an application cannot run on an emulated chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotEmulated<'a> {
    /// Nothing emulates the chip.
    Chip,
    /// What emulates it does not have these peripherals, by name.
    Peripherals(Vec<(&'a str, &'a Lack)>),
}

/// What a pin is watched as.
#[derive(Clone, Copy, Debug)]
enum Role {
    Output { active: Level },
    Input { active: Level },
    Pwm { active: Level, period: Nanos },
}

impl<'a> Wiring<'a> {
    /// The wires of a resolved application.
    #[must_use]
    pub fn of(resolved: &'a Resolved) -> Wiring<'a> {
        let chip = &resolved.app.board.chip;
        let channels = (0..).map(ChannelId).zip(&resolved.app.channels);
        let tasks = (0..).map(TaskId).zip(&resolved.app.tasks);
        let mut wiring = Wiring {
            resolved,
            pins: BTreeMap::new(),
            uarts: BTreeMap::new(),
            channels: channels.map(|(id, channel)| (channel.name.value.as_str(), id)).collect(),
            tasks: tasks.map(|(id, task)| (task.name.value.as_str(), id)).collect(),
            usb: usb_ports(resolved),
        };
        for (pin, owner) in &resolved.pins {
            if !matches!(owner.role, PinRole::Gpio | PinRole::Pwm) {
                continue;
            }
            let role = match &resolved.app.peripheral(owner.peripheral).kind {
                PeripheralKind::Output(output) => Role::Output { active: level(output.active, true) },
                PeripheralKind::Input(input) => Role::Input { active: level(input.active, true) },
                PeripheralKind::Pwm(pwm) => {
                    let period = period(resolved, owner.peripheral);
                    Role::Pwm { active: level(pwm.active, true), period }
                }
                _ => continue,
            };
            wiring.pins.insert(wiring.number(*pin), (owner.peripheral, role));
        }
        for (id, wires) in &resolved.uarts {
            wiring.uarts.insert(Uart(block_number(&chip.block(wires.block).name)), *id);
        }
        wiring
    }

    /// The emulator of the board's chip, where it has all that the application uses.
    ///
    /// # Errors
    /// There is none, or it lacks the hardware of a peripheral.
    pub fn emulator(&self) -> Result<EmulatorProgram, NotEmulated<'a>> {
        let app = &self.resolved.app;
        let emulator = app.board.chip.emulator.as_ref().ok_or(NotEmulated::Chip)?;
        let lacking = app.peripherals.iter().filter_map(|peripheral| {
            Some((peripheral.name.value.as_str(), emulator.lack(peripheral.kind.word())?))
        });
        let lacking: Vec<_> = lacking.collect();
        if lacking.is_empty() { Ok(emulator.program) } else { Err(NotEmulated::Peripherals(lacking)) }
    }

    /// The job of running a scenario on an image. Inputs are inactive until a step says otherwise, and a program on the
    /// computer at the other end of USB listens to every port as soon as it is there.
    #[must_use]
    pub fn job(&self, scenario: &Scenario, elf: &Path) -> Job {
        let mut job = Job::new(elf, scenario.run_for)
            .watch_pins(self.pins.keys().copied())
            .watch_uarts(self.uarts.keys().copied());
        for (pin, (id, role)) in &self.pins {
            if let (Role::Input { active }, false) = (role, self.belongs_to_a_part(*id)) {
                job = job.drive(Nanos(0), *pin, opposite(*active));
            }
        }
        for (port, _) in &self.usb {
            job = job.open_usb(Nanos(0), *port);
        }
        for step in &scenario.steps {
            job = job.at(step.at, self.stimulus(&step.action));
        }
        job
    }

    /// The names of the channels that a scenario expects something of.
    pub fn expected_channels<'s>(&'s self, scenario: &'s Scenario) -> impl Iterator<Item = &'s str> {
        let channels = scenario.expectations.iter().filter_map(|expectation| match &expectation.subject {
            Subject::Messages { channel, .. } | Subject::Value { channel, .. } => Some(*channel),
            _ => None,
        });
        channels.map(|id| self.resolved.app.channel(id).name.value.as_str())
    }

    /// What an action is to the chip.
    #[must_use]
    pub fn stimulus(&self, action: &Action) -> Stimulus {
        match action {
            Action::Input { input, active } => {
                let PeripheralKind::Input(keys) = &self.resolved.app.peripheral(*input).kind else {
                    unreachable!("the check has seen that it is an input");
                };
                Stimulus::Drive { pin: self.pin(keys.pin), level: Some(level(keys.active, *active)) }
            }
            Action::Voltage { adc, millivolts } => {
                Stimulus::Voltage { channel: self.analog(*adc), millivolts: *millivolts }
            }
            Action::Send { uart, bytes } => {
                if let Some((port, _)) = self.usb.iter().find(|(_, id)| *id == Some(*uart)) {
                    return Stimulus::UsbSend { port: *port, bytes: bytes.clone() };
                }
                let wired = self.uarts.iter().find(|(_, id)| *id == uart);
                let (uart, _) = wired.expect("every uart of the application has a block");
                Stimulus::Send { uart: *uart, bytes: bytes.clone(), baud: None }
            }
            Action::Reading { device, quantity, value } => Stimulus::Set {
                part: self.resolved.app.peripheral(*device).name.value.clone(),
                quantity: quantity.clone(),
                value: *value,
            },
            Action::Disturb { bus, fault } => Stimulus::Disturb { bus: self.bus(*bus), fault: *fault },
            Action::Noise { adc, millivolts, seed } => {
                Stimulus::Noise { channel: self.analog(*adc), millivolts: *millivolts, seed: *seed }
            }
            Action::Framing { uart, broken } => {
                let wired = self.uarts.iter().find(|(_, id)| *id == uart);
                let (uart, _) = wired.expect("every uart of the application has a block");
                Stimulus::Framing { uart: *uart, broken: *broken }
            }
            Action::Drift { millionths } => Stimulus::Drift { millionths: *millionths },
            Action::BrownOut => Stimulus::BrownOut,
        }
    }

    /// A new part for each device of the application, under its name.
    #[must_use]
    pub fn parts(&self) -> Parts {
        parts::parts(self.resolved)
    }

    /// What the world can expose each device to that has a simulated part.
    #[must_use]
    pub fn quantities(&self) -> Vec<(PeripheralId, &'static [Quantity])> {
        let peripherals = self.resolved.app.peripherals.iter().enumerate();
        let devices = peripherals.filter_map(|(index, peripheral)| match &peripheral.kind {
            PeripheralKind::Device(device) => {
                Some((PeripheralId(index as u32), parts::part(device)?.part().quantities()))
            }
            _ => None,
        });
        devices.collect()
    }

    fn bus(&self, id: PeripheralId) -> Bus {
        let number = |block| block_number(&self.resolved.app.board.chip.block(block).name);
        let i2c = self.resolved.i2cs.get(&id).map(|wiring| Bus::I2c(I2c(number(wiring.block))));
        let spi = self.resolved.spis.get(&id).map(|wiring| Bus::Spi(Spi(number(wiring.block))));
        i2c.or(spi).expect("every bus of the application has a block")
    }

    /// Whether a part drives what this peripheral reads.
    fn belongs_to_a_part(&self, id: PeripheralId) -> bool {
        self.resolved.app.peripherals.iter().any(|peripheral| match &peripheral.kind {
            PeripheralKind::Device(device) => device.pins.contains(&id) && parts::part(device).is_some(),
            _ => false,
        })
    }

    fn analog(&self, id: PeripheralId) -> Analog {
        let PeripheralKind::Adc(adc) = &self.resolved.app.peripheral(id).kind else {
            unreachable!("the check has seen that it is an adc");
        };
        let AnalogSource::Pin(pin) = adc.source else { return Analog::TEMPERATURE };
        let functions = &self.resolved.app.board.chip.pin(pin.pin).functions;
        let channel = functions.iter().find_map(|function| match function.signal {
            Signal::In(channel) => Some(Analog(channel)),
            _ => None,
        });
        channel.expect("an adc was resolved to a pin that has a channel")
    }

    fn pin(&self, used: PinUse) -> Pin {
        self.number(used.pin)
    }

    fn number(&self, pin: fwc_core::catalog::PinId) -> Pin {
        let number = self.resolved.app.board.chip.pin(pin).number;
        Pin(u8::try_from(number).expect("no chip that is emulated has more pins than that"))
    }

    /// What the application was seen to do.
    ///
    /// # Errors
    /// The firmware has logged something that its own image's tables do not explain.
    pub fn record(&self, trace: &Trace, place: Place, asked_for: Nanos) -> Result<Record, LogError> {
        let logs = trace.logs()?;
        let mut facts: Vec<Fact> = logs.iter().map(log_fact).collect();
        let mut states = self.initial_states();
        for event in trace.events() {
            self.take(event, &mut states, &mut facts);
        }
        for state in states.values() {
            if let State::Pulses(pulses) = state {
                facts.extend(pulses.last_word(trace.end().at));
            }
        }
        facts.extend(self.logs_as_text(trace, &facts));
        facts.sort_by_key(|fact| fact.at);
        let broken = broken(trace, &facts, asked_for);
        Ok(Record { end: trace.end().at, facts, broken, sees_channels: place == Place::Host })
    }

    fn initial_states(&self) -> BTreeMap<Pin, State> {
        let states = self.pins.iter().map(|(pin, (id, role))| {
            let state = match (role, &self.resolved.app.peripheral(*id).kind) {
                (Role::Pwm { active, period }, PeripheralKind::Pwm(pwm)) => {
                    State::Pulses(Pulses::new(*id, *active, *period, pwm.initial.0))
                }
                (_, PeripheralKind::Output(output)) => State::Active(output.initial == Initial::On),
                _ => State::Active(false),
            };
            (*pin, state)
        });
        states.collect()
    }

    fn take(&self, event: &Event, states: &mut BTreeMap<Pin, State>, facts: &mut Vec<Fact>) {
        let mut tell = |at: &Nanos, what| facts.push(Fact { at: *at, what });
        match event {
            Event::Level { at, pin, level, .. } => {
                let (Some((id, role)), Some(state)) = (self.pins.get(pin), states.get_mut(pin)) else {
                    return;
                };
                match (role, state) {
                    (_, State::Pulses(pulses)) => {
                        if let Some(fact) = pulses.edge(*at, *level) {
                            facts.push(fact);
                        }
                    }
                    (Role::Output { active }, State::Active(was)) => {
                        let active = level == active;
                        // Before the firmware sets the pin up, it has no level of its own.
                        if std::mem::replace(was, active) != active {
                            tell(at, What::Output { output: *id, active });
                        }
                    }
                    (Role::Input { active } | Role::Pwm { active, .. }, State::Active(was)) => {
                        let active = level == active;
                        if std::mem::replace(was, active) != active {
                            tell(at, What::Input { input: *id, active });
                        }
                    }
                }
            }
            Event::Sent { at, uart, bytes, pins } if !pins.is_empty() => {
                if let Some(id) = self.uarts.get(uart) {
                    tell(at, What::Sent { uart: *id, bytes: bytes.clone() });
                }
            }
            Event::Lost { at, uart, bytes, reason } => {
                if let Some(id) = self.uarts.get(uart) {
                    tell(at, What::Lost { uart: *id, count: bytes.len(), reason: reason.clone() });
                }
            }
            Event::UsbReceived { at, port, bytes } => {
                if let Some(id) = self.usb_owner(*port) {
                    tell(at, What::Sent { uart: id, bytes: bytes.clone() });
                }
            }
            Event::UsbLost { at, port, bytes, reason } => {
                if let Some(id) = self.usb_owner(*port) {
                    tell(at, What::Lost { uart: id, count: bytes.len(), reason: reason.clone() });
                }
            }
            Event::Shown { at, part, lines } => {
                let peripherals = &self.resolved.app.peripherals;
                if let Some(index) = peripherals.iter().position(|known| known.name.value == *part) {
                    let device = PeripheralId(index as u32);
                    tell(at, What::Shown { device, lines: lines.clone() });
                }
            }
            Event::Duty { at, pin, duty } => {
                if let Some((id, _)) = self.pins.get(pin) {
                    tell(at, What::Duty { pwm: *id, duty: *duty });
                }
            }
            Event::Log { at, level, message } => {
                tell(at, What::Log { level: *level, message: message.clone() });
            }
            Event::Message { at, channel, message } => {
                if let Some(id) = self.channels.get(channel.as_str()) {
                    let values = self.values(&self.resolved.app.channel(*id).carries, message);
                    tell(at, What::Message { channel: *id, values });
                }
            }
            Event::Poll { at, task } => {
                if let Some(id) = self.tasks.get(task.as_str()) {
                    tell(at, What::Poll { task: *id });
                }
            }
            Event::Reset { at, cause, .. } => {
                let cause = match cause {
                    ResetCause::Watchdog => "the watchdog",
                    ResetCause::Software => "the firmware itself",
                    ResetCause::BrownOut => "a supply that failed",
                    ResetCause::UsbBoot => "the firmware, into its boot drive",
                };
                tell(at, What::Reset { cause });
            }
            _ => {}
        }
    }

    /// The peripheral whose port of the USB device it is; none where it is the log's.
    fn usb_owner(&self, port: UsbPort) -> Option<PeripheralId> {
        self.usb.iter().find(|(other, _)| *other == port).and_then(|(_, id)| *id)
    }

    /// The values of a message, each with the fields that lead to it.
    fn values(&self, carries: &Type, message: &str) -> Vec<(String, Scalar)> {
        let has_fields = match carries {
            Type::Message(id) => matches!(self.resolved.app.message(*id).kind, MessageKind::Record(_)),
            _ => false,
        };
        // Most messages of long traces are one plain number, which needs no tree.
        let number =
            message.strip_prefix("{\"value\":").and_then(|rest| rest.strip_suffix('}')?.parse().ok());
        if let (false, Some(number)) = (has_fields, number) {
            return vec![(String::new(), Scalar::Number(number))];
        }
        let mut values = Vec::new();
        let Ok(Value::Object(object)) = serde_json::from_str(message) else { return values };
        for (key, value) in &object {
            let path = if has_fields { key.clone() } else { String::new() };
            flatten(path, value, &mut values);
        }
        values
    }

    /// Lines of a log that leaves as text.
    fn logs_as_text(&self, trace: &Trace, facts: &[Fact]) -> Vec<Fact> {
        let lines: Vec<(Nanos, String)> = match self.resolved.app.log_over {
            LogOver::Rtt => return Vec::new(),
            LogOver::Uart(uart) => Record { facts: facts.to_vec(), ..Record::default() }.lines(uart),
            LogOver::Usb => {
                let ports = self.usb.iter().filter(|(_, id)| id.is_none());
                let lines = ports.flat_map(|(port, _)| trace.usb_lines(*port));
                lines.map(|line| (line.at, line.text)).collect()
            }
        };
        lines.into_iter().filter_map(|(at, line)| log_line(at, &line)).collect()
    }
}

/// The ports of the USB device in their order: the file's first, the log's last. A port that nothing uses is not there.
fn usb_ports(resolved: &Resolved) -> Vec<(UsbPort, Option<PeripheralId>)> {
    let app = &resolved.app;
    let is_used =
        |id: &PeripheralId| app.tasks.iter().any(|task| task.uses.iter().any(|used| used.peripheral == *id));
    let Some(usb) = resolved.usb else { return Vec::new() };
    let serial = usb.serial.filter(is_used).map(Some);
    let log = (usb.has_log && app.log != AppLogLevel::Off).then_some(None);
    (0..).map(UsbPort).zip(serial.into_iter().chain(log)).collect()
}

fn flatten(path: String, value: &Value, values: &mut Vec<(String, Scalar)>) {
    let step = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value {
        Value::Bool(flag) => values.push((path, Scalar::Bool(*flag))),
        Value::Number(number) => values.extend(number.as_f64().map(|number| (path, Scalar::Number(number)))),
        Value::String(text) => values.push((path, Scalar::Text(text.clone()))),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(step(&index.to_string()), item, values);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                flatten(step(name), field, values);
            }
        }
        // JSON has no word for a number that is none.
        Value::Null => {}
    }
}

/// A line of a log that leaves as text: `<milliseconds> <LEVEL> <module>: <message>`.
fn log_line(at: Nanos, line: &str) -> Option<Fact> {
    let mut words = line.splitn(3, ' ');
    let (_, level, rest) = (words.next()?.parse::<u64>().ok()?, words.next()?, words.next()?);
    let (_, message) = rest.split_once(": ").unwrap_or(("", rest));
    let level = LogLevel::from_name(&level.to_lowercase());
    Some(Fact { at, what: What::Log { level, message: message.to_string() } })
}

fn log_fact(record: &LogRecord) -> Fact {
    Fact { at: record.at, what: What::Log { level: record.level, message: record.message.clone() } }
}

fn level(active: Active, is_active: bool) -> Level {
    if (active == Active::High) == is_active { Level::High } else { Level::Low }
}

fn opposite(level: Level) -> Level {
    if level == Level::High { Level::Low } else { Level::High }
}

/// How long a pulse of a pwm takes with all that follows it.
pub(crate) fn period(resolved: &Resolved, pwm: PeripheralId) -> Nanos {
    Nanos(1_000_000_000_000 / resolved.pwms[&pwm].actual.0.max(1))
}

/// The number at the end of a block's name: `UART0`, `I2C1`.
pub(crate) fn block_number(block: &str) -> u8 {
    let digits = block.rsplit(|letter: char| !letter.is_ascii_digit()).next();
    let number = digits.and_then(|digits| digits.parse().ok());
    number.unwrap_or_else(|| panic!("the block `{block}` has no number"))
}
