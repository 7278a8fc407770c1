//! What to run, for how long, and what the outside does to the chip meanwhile.

mod message;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::{Level, Nanos};

/// A pin of the chip by its GPIO number: `Pin(25)` is GP25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Pin(pub u8);

/// A uart of the chip by its instance number: `Uart(0)` is UART0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Uart(pub u8);

/// A serial port of the chip's USB device, in the order of its interfaces: `UsbPort(0)` is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UsbPort(pub u8);

/// A channel of the chip's analog converter: `Analog(0)` is GP26, `Analog(4)` the temperature sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Analog(pub u8);

impl Analog {
    /// The chip's own temperature sensor (RP2040 datasheet, section 4.9.5).
    pub const TEMPERATURE: Analog = Analog(4);
}

/// An I2C bus of the chip by its instance number: `I2c(0)` is I2C0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct I2c(pub u8);

/// An SPI bus of the chip by its instance number: `Spi(0)` is SPI0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Spi(pub u8);

/// A bus of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bus {
    /// An I2C bus.
    I2c(I2c),
    /// An SPI bus.
    Spi(Spi),
}

/// What is wrong on a bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", content = "after", rename_all = "lowercase")]
pub enum BusFault {
    /// Nothing any more.
    None,
    /// No part answers: on I2C none acknowledges its address, on SPI the data line floats high.
    Nack,
    /// A line is held low, whatever the chip does: I2C's clock, or the data that SPI reads.
    Stuck,
    /// A part has stopped in the middle of a byte with I2C's data line low. Nine clocks free it.
    Hung,
    /// A part gives so many bytes of each read, and then lets go of the line.
    Short(u16),
}

/// In a few words, as a scenario names it.
impl fmt::Display for BusFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("no fault"),
            Self::Nack => formatter.write_str("nack"),
            Self::Stuck => formatter.write_str("stuck"),
            Self::Hung => formatter.write_str("hung"),
            Self::Short(bytes) => {
                write!(formatter, "reads are short: {bytes} byte{}", if *bytes == 1 { "" } else { "s" })
            }
        }
    }
}

/// Which clock a run follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// As fast as the machine can.
    #[default]
    Fast,
    /// The wall clock; stimuli can be added while it runs.
    Real,
    /// What [`Live::go_on`](crate::Live::go_on) says: it waits at the end of each step, of which the first has no length.
    Steps,
}

/// Something that the outside does to the chip.
#[derive(Debug, Clone, PartialEq)]
pub enum Stimulus {
    /// Drives a pin, or lets go of it where there is no level.
    Drive {
        /// Which pin.
        pin: Pin,
        /// The level; `None` leaves the pin to its pull.
        level: Option<Level>,
    },
    /// Sends bytes into a uart, one right after the other.
    Send {
        /// Which uart.
        uart: Uart,
        /// The bytes.
        bytes: Vec<u8>,
        /// The sender's baud rate; `None` takes the one that the firmware has set.
        baud: Option<u32>,
    },
    /// Puts a voltage on a channel of the analog converter.
    Voltage {
        /// Which channel.
        channel: Analog,
        /// The voltage.
        millivolts: u16,
    },
    /// Plugs the USB cable in or out. It is plugged in from the start, and the board has a supply of its own.
    Plug {
        /// Whether it is in from now on.
        plugged: bool,
    },
    /// A program on the USB host opens a port, as soon as there is one; or closes it. A port that goes away with its
    /// device is closed.
    UsbOpen {
        /// Which port.
        port: UsbPort,
        /// Whether the program opens it.
        open: bool,
    },
    /// A program sets a port's baud rate, which moves no byte faster, but tells the firmware something.
    UsbBaud {
        /// Which port.
        port: UsbPort,
        /// The rate.
        baud: u32,
    },
    /// A program writes bytes to a port that it holds open.
    UsbSend {
        /// Which port.
        port: UsbPort,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Exposes a part to a new value of a quantity.
    Set {
        /// The part's name.
        part: String,
        /// Which quantity.
        quantity: String,
        /// The value.
        value: f64,
    },
    /// Disturbs a bus, or heals it.
    Disturb {
        /// Which bus.
        bus: Bus,
        /// What is wrong from now on.
        fault: BusFault,
    },
    /// Adds noise to what a channel of the analog converter reads, other in each conversion.
    Noise {
        /// Which channel.
        channel: Analog,
        /// The most that is added or taken away; 0 ends it.
        millivolts: u16,
        /// What it is drawn from.
        seed: u32,
    },
    /// Sends every frame into a uart without its stop bit from now on, or with it again.
    Framing {
        /// Which uart.
        uart: Uart,
        /// Whether the frames are broken.
        broken: bool,
    },
    /// Gives the chip's clock another rate than the world's.
    Drift {
        /// How much faster, in parts per million.
        millionths: i32,
    },
    /// The supply fails for a moment: the chip and its parts begin anew, and what was in RAM is lost.
    BrownOut,
    /// Ends the run.
    Stop,
}

/// One run of one image.
#[derive(Debug, Clone)]
pub struct Job {
    elf: PathBuf,
    run_for: Nanos,
    wall_limit: Duration,
    pace: Pace,
    rtt: bool,
    pins: Option<Vec<Pin>>,
    uarts: Option<Vec<Uart>>,
    channels: Option<Vec<String>>,
    stimuli: Vec<(Nanos, Stimulus)>,
    seed: Option<u64>,
}

impl Job {
    /// Runs an image for some virtual time. It is given up after a minute of wall time: [`Job::wall_limit`].
    #[must_use]
    pub fn new(elf: impl Into<PathBuf>, run_for: Nanos) -> Self {
        Self {
            elf: elf.into(),
            run_for,
            wall_limit: Duration::from_secs(60),
            pace: Pace::Fast,
            rtt: true,
            pins: None,
            uarts: None,
            channels: None,
            stimuli: Vec::new(),
            seed: None,
        }
    }

    /// Gives the run up after this much wall time.
    #[must_use]
    pub fn wall_limit(mut self, limit: Duration) -> Self {
        self.wall_limit = limit;
        self
    }

    /// Which clock the run follows.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Lets what happens at one moment come in another order, drawn from this seed. Only a run on a host does.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Reports these pins alone; otherwise all are reported.
    #[must_use]
    pub fn watch_pins(mut self, pins: impl IntoIterator<Item = Pin>) -> Self {
        self.pins = Some(pins.into_iter().collect());
        self
    }

    /// Reports these uarts alone; otherwise both are reported.
    #[must_use]
    pub fn watch_uarts(mut self, uarts: impl IntoIterator<Item = Uart>) -> Self {
        self.uarts = Some(uarts.into_iter().collect());
        self
    }

    /// Reports the messages of these channels alone; otherwise those of all are reported. Only a run on a host sees them,
    /// and it is the faster the less it has to tell.
    #[must_use]
    pub fn watch_channels(mut self, channels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.channels = Some(channels.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves the RTT buffer alone, as when no probe is attached.
    #[must_use]
    pub fn without_rtt(mut self) -> Self {
        self.rtt = false;
        self
    }

    /// Adds a stimulus; those for the same moment act in the order in which they were added.
    #[must_use]
    pub fn at(mut self, at: Nanos, stimulus: Stimulus) -> Self {
        self.stimuli.push((at, stimulus));
        self
    }

    /// Drives a pin from this moment on.
    #[must_use]
    pub fn drive(self, at: Nanos, pin: Pin, level: Level) -> Self {
        self.at(at, Stimulus::Drive { pin, level: Some(level) })
    }

    /// Lets go of a pin: its pull decides.
    #[must_use]
    pub fn release(self, at: Nanos, pin: Pin) -> Self {
        self.at(at, Stimulus::Drive { pin, level: None })
    }

    /// Sends bytes into a uart at the baud rate that the firmware has set.
    #[must_use]
    pub fn send(self, at: Nanos, uart: Uart, bytes: impl Into<Vec<u8>>) -> Self {
        self.at(at, Stimulus::Send { uart, bytes: bytes.into(), baud: None })
    }

    /// Plugs the USB cable in, which it is from the start.
    #[must_use]
    pub fn plug(self, at: Nanos) -> Self {
        self.at(at, Stimulus::Plug { plugged: true })
    }

    /// Plugs the USB cable out. The board lives on.
    #[must_use]
    pub fn unplug(self, at: Nanos) -> Self {
        self.at(at, Stimulus::Plug { plugged: false })
    }

    /// Opens a port of the USB device, from then on as soon as there is one.
    #[must_use]
    pub fn open_usb(self, at: Nanos, port: UsbPort) -> Self {
        self.at(at, Stimulus::UsbOpen { port, open: true })
    }

    /// Closes a port of the USB device.
    #[must_use]
    pub fn close_usb(self, at: Nanos, port: UsbPort) -> Self {
        self.at(at, Stimulus::UsbOpen { port, open: false })
    }

    /// Writes bytes to a port of the USB device, which must be open by then.
    #[must_use]
    pub fn send_usb(self, at: Nanos, port: UsbPort, bytes: impl Into<Vec<u8>>) -> Self {
        self.at(at, Stimulus::UsbSend { port, bytes: bytes.into() })
    }

    /// Opens a port at 1200 baud and closes it, by which a computer asks the firmware for the boot drive.
    #[must_use]
    pub fn touch_usb(self, at: Nanos, port: UsbPort) -> Self {
        self.open_usb(at, port).at(at, Stimulus::UsbBaud { port, baud: 1200 }).close_usb(at, port)
    }

    /// Exposes a part to a new value of a quantity, from this moment on.
    #[must_use]
    pub fn set(self, at: Nanos, part: impl Into<String>, quantity: impl Into<String>, value: f64) -> Self {
        self.at(at, Stimulus::Set { part: part.into(), quantity: quantity.into(), value })
    }

    /// Disturbs a bus, or heals it, from this moment on.
    #[must_use]
    pub fn disturb(self, at: Nanos, bus: Bus, fault: BusFault) -> Self {
        self.at(at, Stimulus::Disturb { bus, fault })
    }

    /// The image that is run.
    #[must_use]
    pub fn elf(&self) -> &Path {
        &self.elf
    }

    /// After how much wall time the run is given up.
    #[must_use]
    pub fn wall_time(&self) -> Duration {
        self.wall_limit
    }
}
