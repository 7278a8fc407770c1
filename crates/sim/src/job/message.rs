//! A job and its stimuli -> what a run reads: lines of words on the host, lines of JSON in the emulator.

use serde::Serialize;

use super::{Analog, Bus, BusFault, I2c, Job, Pace, Pin, Spi, Stimulus, Uart, UsbPort};
use crate::parts::PartMessage;
use crate::{Level, Nanos, Parts};

impl Job {
    /// The lines of words that start the run on a host (`crates/hal-sim/src/orders.rs`).
    pub(crate) fn to_words(&self, extra: &[&str], parts: &Parts) -> String {
        let mut text = format!("run-for {}\nwall-limit {}\n", self.run_for.0, self.wall_limit.as_millis());
        if self.pace == Pace::Steps {
            text.push_str("steps\n");
        }
        for word in extra {
            text.push_str(&format!("{word}\n"));
        }
        match &self.channels {
            None => text.push_str("channels\n"),
            Some(names) => names.iter().for_each(|name| text.push_str(&format!("channel {name}\n"))),
        }
        if let Some(seed) = self.seed {
            text.push_str(&format!("seed {seed}\n"));
        }
        text.push_str(&parts.to_words());
        for (at, stimulus) in &self.stimuli {
            text.push_str(&stimulus.to_words(*at));
        }
        text.push_str("start\n");
        text
    }

    /// The line of JSON that starts the run.
    pub(crate) fn to_line(&self, parts: &Parts) -> String {
        let message = JobMessage {
            elf: self.elf.display().to_string(),
            run_for_ns: self.run_for,
            wall_limit_ms: u64::try_from(self.wall_limit.as_millis()).unwrap_or(u64::MAX),
            pace: self.pace,
            rtt: self.rtt,
            watch: WatchMessage { pins: self.pins.as_deref(), uarts: self.uarts.as_deref() },
            parts: parts.messages(),
            stimuli: self
                .stimuli
                .iter()
                .map(|(at, stimulus)| StimulusMessage::new(Some(*at), stimulus))
                .collect(),
        };
        line(&message)
    }
}

impl Bus {
    fn words(self) -> String {
        match self {
            Self::I2c(I2c(number)) => format!("i2c {number}"),
            Self::Spi(Spi(number)) => format!("spi {number}"),
        }
    }
}

impl BusFault {
    fn words(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Short(bytes) => format!("short {bytes}"),
            other => other.to_string(),
        }
    }
}

impl Stimulus {
    /// The line that orders it of a run on a host; nothing for what no run on a host has, and what ends such a run is its
    /// time alone.
    pub(crate) fn to_words(&self, at: Nanos) -> String {
        let at = at.0;
        match self {
            Stimulus::Drive { pin, level: None } => format!("at {at} pin {} -\n", pin.0),
            Stimulus::Drive { pin, level: Some(level) } => {
                format!("at {at} pin {} {}\n", pin.0, u8::from(*level == Level::High))
            }
            Stimulus::Send { uart, bytes, .. } => format!("at {at} uart {} {}\n", uart.0, hex(bytes)),
            Stimulus::Voltage { channel, millivolts } => format!("at {at} adc {} {millivolts}\n", channel.0),
            Stimulus::UsbOpen { port, open } => format!("at {at} usb {} {}\n", port.0, u8::from(*open)),
            Stimulus::UsbSend { port, bytes } => format!("at {at} usb-send {} {}\n", port.0, hex(bytes)),
            Stimulus::Set { part, quantity, value } => format!("at {at} set {part} {quantity} {value}\n"),
            Stimulus::Disturb { bus, fault } => format!("at {at} bus {} {}\n", bus.words(), fault.words()),
            Stimulus::Noise { channel, millivolts, seed } => {
                format!("at {at} noise {} {millivolts} {seed}\n", channel.0)
            }
            Stimulus::Framing { uart, broken } => {
                format!("at {at} framing {} {}\n", uart.0, u8::from(*broken))
            }
            Stimulus::Drift { millionths } => format!("at {at} drift {millionths}\n"),
            Stimulus::BrownOut => format!("at {at} brown-out\n"),
            Stimulus::Plug { .. } | Stimulus::UsbBaud { .. } | Stimulus::Stop => String::new(),
        }
    }

    /// The line of JSON that applies the stimulus to a run: at a moment, or at once.
    pub(crate) fn to_line(&self, at: Option<Nanos>) -> String {
        line(&StimulusMessage::new(at, self))
    }
}

fn line(message: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string(message).expect("messages hold nothing but numbers, strings and lists");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct JobMessage<'a> {
    elf: String,
    #[serde(rename = "runForNs")]
    run_for_ns: Nanos,
    #[serde(rename = "wallLimitMs")]
    wall_limit_ms: u64,
    pace: Pace,
    rtt: bool,
    watch: WatchMessage<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartMessage<'a>>,
    stimuli: Vec<StimulusMessage>,
}

#[derive(Serialize)]
struct WatchMessage<'a> {
    pins: Option<&'a [Pin]>,
    uarts: Option<&'a [Uart]>,
}

/// A stimulus as the emulator reads it.
#[derive(Default, Serialize)]
struct StimulusMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Nanos>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<Pin>,
    /// Absent where no pin is meant, `null` where the pin is released.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Option<u8>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uart: Option<Uart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baud: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adc: Option<Analog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    millivolts: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usb: Option<UsbPort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(flatten)]
    bus: Option<Bus>,
    #[serde(flatten)]
    fault: Option<BusFault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    framing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<i32>,
    #[serde(rename = "brownOut", skip_serializing_if = "std::ops::Not::not")]
    brown_out: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stop: bool,
}

impl StimulusMessage {
    fn new(at: Option<Nanos>, stimulus: &Stimulus) -> Self {
        let message = Self { at, ..Self::default() };
        match stimulus {
            Stimulus::Drive { pin, level } => Self {
                pin: Some(*pin),
                level: Some(level.map(|level| u8::from(level == Level::High))),
                ..message
            },
            Stimulus::Send { uart, bytes, baud } => {
                Self { uart: Some(*uart), bytes: Some(hex(bytes)), baud: *baud, ..message }
            }
            Stimulus::Voltage { channel, millivolts } => {
                Self { adc: Some(*channel), millivolts: Some(*millivolts), ..message }
            }
            Stimulus::Plug { plugged } => Self { plugged: Some(*plugged), ..message },
            Stimulus::UsbOpen { port, open } => Self { usb: Some(*port), open: Some(*open), ..message },
            Stimulus::UsbBaud { port, baud } => Self { usb: Some(*port), baud: Some(*baud), ..message },
            Stimulus::UsbSend { port, bytes } => {
                Self { usb: Some(*port), bytes: Some(hex(bytes)), ..message }
            }
            Stimulus::Set { part, quantity, value } => Self {
                part: Some(part.clone()),
                quantity: Some(quantity.clone()),
                value: Some(*value),
                ..message
            },
            Stimulus::Disturb { bus, fault } => Self { bus: Some(*bus), fault: Some(*fault), ..message },
            Stimulus::Noise { channel, millivolts, seed } => {
                Self { adc: Some(*channel), noise: Some(*millivolts), seed: Some(*seed), ..message }
            }
            Stimulus::Framing { uart, broken } => {
                Self { uart: Some(*uart), framing: Some(*broken), ..message }
            }
            Stimulus::Drift { millionths } => Self { drift: Some(*millionths), ..message },
            Stimulus::BrownOut => Self { brown_out: true, ..message },
            Stimulus::Stop => Self { stop: true, ..message },
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_job_becomes_one_line_that_the_emulator_reads() {
        let job = Job::new("blink.elf", Nanos::from_millis(2))
            .wall_limit(Duration::from_secs(5))
            .watch_pins([Pin(25)])
            .drive(Nanos(10), Pin(15), Level::Low)
            .release(Nanos(20), Pin(15))
            .send(Nanos(30), Uart(1), *b"ok\n")
            .at(Nanos(40), Stimulus::Stop);
        assert_eq!(
            job.to_line(&Parts::new()),
            concat!(
                r#"{"elf":"blink.elf","runForNs":2000000,"wallLimitMs":5000,"pace":"fast","rtt":true,"#,
                r#""watch":{"pins":[25],"uarts":null},"stimuli":["#,
                r#"{"at":10,"pin":15,"level":0},{"at":20,"pin":15,"level":null},"#,
                r#"{"at":30,"uart":1,"bytes":"6f6b0a"},{"at":40,"stop":true}]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn a_job_for_a_host_is_lines_of_words() {
        let job = Job::new("blink", Nanos(2_000))
            .seed(7)
            .watch_channels(["readings"])
            .drive(Nanos(10), Pin(15), Level::Low)
            .release(Nanos(20), Pin(15))
            .send(Nanos(30), Uart(1), *b"ok\n")
            .at(Nanos(40), Stimulus::Voltage { channel: Analog(2), millivolts: 900 })
            .open_usb(Nanos(50), UsbPort(0))
            .send_usb(Nanos(60), UsbPort(0), *b"hi")
            .set(Nanos(70), "climate", "celsius", -3.5)
            .disturb(Nanos(80), Bus::I2c(I2c(1)), BusFault::Nack)
            .disturb(Nanos(90), Bus::Spi(Spi(0)), BusFault::Short(3));
        let words = "run-for 2000\nwall-limit 60000\npolls\nchannel readings\nseed 7\nat 10 pin 15 0\nat 20 pin 15 -\n\
            at 30 uart 1 6f6b0a\nat 40 adc 2 900\nat 50 usb 0 1\nat 60 usb-send 0 6869\n\
            at 70 set climate celsius -3.5\nat 80 bus i2c 1 nack\nat 90 bus spi 0 short 3\nstart\n";
        assert_eq!(job.to_words(&["polls"], &Parts::new()), words);
        let all = Job::new("blink", Nanos(2_000));
        assert_eq!(all.to_words(&[], &Parts::new()), "run-for 2000\nwall-limit 60000\nchannels\nstart\n");
    }

    #[test]
    fn a_stimulus_for_now_names_no_time() {
        let send = Stimulus::Send { uart: Uart(0), bytes: vec![0xff], baud: Some(9_600) };
        assert_eq!(send.to_line(None), "{\"uart\":0,\"bytes\":\"ff\",\"baud\":9600}\n");
        let voltage = Stimulus::Voltage { channel: Analog(2), millivolts: 900 };
        assert_eq!(voltage.to_line(Some(Nanos(5))), "{\"at\":5,\"adc\":2,\"millivolts\":900}\n");
    }

    #[test]
    fn what_programs_do_to_a_usb_port_becomes_lines_in_their_order() {
        let job = Job::new("a.elf", Nanos(1))
            .unplug(Nanos(1))
            .plug(Nanos(2))
            .touch_usb(Nanos(3), UsbPort(0))
            .send_usb(Nanos(4), UsbPort(1), *b"hi");
        let lines: Vec<String> =
            job.stimuli.iter().map(|(at, stimulus)| stimulus.to_line(Some(*at))).collect();
        assert_eq!(
            lines.concat(),
            concat!(
                r#"{"at":1,"plugged":false}"#,
                "\n",
                r#"{"at":2,"plugged":true}"#,
                "\n",
                r#"{"at":3,"usb":0,"open":true}"#,
                "\n",
                r#"{"at":3,"baud":1200,"usb":0}"#,
                "\n",
                r#"{"at":3,"usb":0,"open":false}"#,
                "\n",
                r#"{"at":4,"bytes":"6869","usb":1}"#,
                "\n",
            )
        );
    }

    #[test]
    fn what_disturbs_a_chip_is_told_to_both() {
        let all = [
            Stimulus::Noise { channel: Analog(2), millivolts: 20, seed: 7 },
            Stimulus::Framing { uart: Uart(1), broken: true },
            Stimulus::Drift { millionths: -50 },
            Stimulus::BrownOut,
        ];
        let lines: String = all.iter().map(|stimulus| stimulus.to_line(Some(Nanos(1)))).collect();
        assert_eq!(
            lines,
            concat!(
                r#"{"at":1,"adc":2,"noise":20,"seed":7}"#,
                "\n",
                r#"{"at":1,"uart":1,"framing":true}"#,
                "\n",
                r#"{"at":1,"drift":-50}"#,
                "\n",
                r#"{"at":1,"brownOut":true}"#,
                "\n",
            )
        );
        let words: String = all.iter().map(|stimulus| stimulus.to_words(Nanos(1))).collect();
        assert_eq!(words, "at 1 noise 2 20 7\nat 1 framing 1 1\nat 1 drift -50\nat 1 brown-out\n");
    }

    #[test]
    fn what_happens_to_parts_and_buses_names_them() {
        let set = Stimulus::Set { part: "climate".into(), quantity: "celsius".into(), value: 35.0 };
        assert_eq!(set.to_line(None), "{\"part\":\"climate\",\"quantity\":\"celsius\",\"value\":35.0}\n");
        let disturb = |bus, fault| Stimulus::Disturb { bus, fault }.to_line(None);
        assert_eq!(disturb(Bus::I2c(I2c(1)), BusFault::Hung), "{\"i2c\":1,\"fault\":\"hung\"}\n");
        let short = disturb(Bus::Spi(Spi(0)), BusFault::Short(3));
        assert_eq!(short, "{\"spi\":0,\"fault\":\"short\",\"after\":3}\n");
    }
}
