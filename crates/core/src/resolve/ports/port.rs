//! What uarts and buses have in common: each takes one of several alike blocks, which its pins must reach.

use fwc_diag::words::counted;
use fwc_schema::Spanned;
use fwc_schema::chip::{BlockKind, Signal};

use crate::app::{I2c, LedStrip, PeripheralId, PeripheralKind, PinUse, Spi, Uart};
use crate::resolve::context::Context;
use crate::resolved::PinRole;

/// A peripheral that takes a block of its own.
#[derive(Clone, Copy)]
pub(in crate::resolve) struct Port<'a> {
    pub(in crate::resolve) id: PeripheralId,
    /// As the file has it: of a device where it is a pin of one.
    pub(in crate::resolve) name: &'a str,
    pub(in crate::resolve) of: PortKind<'a>,
    kind: BlockKind,
}

/// Which kind of port.
#[derive(Clone, Copy)]
pub(in crate::resolve) enum PortKind<'a> {
    Uart(&'a Uart),
    I2c(&'a I2c),
    Spi(&'a Spi),
    LedStrip(&'a LedStrip),
}

/// What messages call a kind of port.
pub(in crate::resolve) struct Words {
    /// `uart`
    pub(in crate::resolve) one: &'static str,
    /// `a uart`
    pub(in crate::resolve) a: &'static str,
    /// `uarts`
    pub(in crate::resolve) many: &'static str,
    /// In front of a signal: `UART`.
    pub(in crate::resolve) title: &'static str,
}

impl Words {
    /// So many of them: `1 uart`, `2 uarts`.
    pub(in crate::resolve) fn counted(&self, count: usize) -> String {
        counted(count, self.many.strip_suffix('s').unwrap_or(self.many))
    }
}

impl<'a> Port<'a> {
    /// A peripheral as a port, where it is one.
    pub(in crate::resolve) fn of(context: &Context<'a>, id: PeripheralId) -> Option<Port<'a>> {
        let peripheral = context.app.peripheral(id);
        let of = PortKind::of(&peripheral.kind)?;
        let kind = match of {
            PortKind::Uart(_) => BlockKind::Uart,
            PortKind::I2c(_) => BlockKind::I2c,
            PortKind::Spi(_) => BlockKind::Spi,
            // Beside pwms, a block is given to it together with theirs.
            PortKind::LedStrip(_) => context.chip.led_strip_block().filter(|kind| *kind != BlockKind::Pwm)?,
        };
        Some(Port { id, name: &peripheral.entry().1.value, of, kind })
    }

    /// Every port, by kind and name, so that no choice depends on the order of the file.
    pub(in crate::resolve) fn all(context: &Context<'a>) -> Vec<Port<'a>> {
        let ids = (0..context.app.peripherals.len() as u32).map(PeripheralId);
        let is_driven = |id: &PeripheralId| context.drives(context.app.peripheral(*id).kind.word());
        let mut ports: Vec<Port<'a>> = ids.filter(is_driven).filter_map(|id| Port::of(context, id)).collect();
        ports.sort_by_key(|port| (port.kind(), port.name));
        ports
    }

    /// The kind of block that it takes.
    pub(in crate::resolve) fn kind(&self) -> BlockKind {
        self.kind
    }

    /// The signal of its block that must be on its pin of a role.
    pub(in crate::resolve) fn signal(&self, role: PinRole) -> Option<Signal> {
        match role {
            PinRole::Lights if self.kind == BlockKind::Spi => Some(Signal::Mosi),
            PinRole::Lights => Some(Signal::Io),
            _ => role.signal(),
        }
    }

    /// The block that the file forces, as it names it.
    pub(in crate::resolve) fn instance(&self) -> Option<&'a Spanned<String>> {
        match self.of {
            PortKind::Uart(uart) => uart.instance.as_ref(),
            PortKind::I2c(i2c) => i2c.instance.as_ref(),
            PortKind::Spi(spi) => spi.instance.as_ref(),
            PortKind::LedStrip(_) => None,
        }
    }

    /// Its pins, and as what.
    pub(in crate::resolve) fn pins(&self) -> Vec<(PinRole, PinUse)> {
        self.of.pins()
    }

    /// What messages call it.
    pub(in crate::resolve) fn words(&self) -> Words {
        let title = kind_title(self.kind());
        match self.of {
            PortKind::Uart(_) => Words { one: "uart", a: "a uart", many: "uarts", title },
            PortKind::I2c(_) => Words { one: "i2c", a: "an i2c", many: "I2C blocks", title },
            PortKind::Spi(_) => Words { one: "spi", a: "an spi", many: "SPI blocks", title },
            PortKind::LedStrip(_) => match self.kind {
                BlockKind::Spi => Words { one: "spi", a: "an spi", many: "SPI blocks", title },
                BlockKind::Rmt => {
                    Words { one: "RMT channel", a: "an RMT channel", many: "RMT channels", title }
                }
                _ => Words { one: "PIO block", a: "a PIO block", many: "PIO blocks", title },
            },
        }
    }
}

/// What a kind of block is called in front of a signal.
pub(in crate::resolve) fn kind_title(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::I2c => "I2C",
        BlockKind::Spi => "SPI",
        BlockKind::Pio => "PIO",
        BlockKind::Rmt => "RMT",
        _ => "UART",
    }
}

impl<'a> PortKind<'a> {
    /// A peripheral's keys as a port's, where it is one.
    pub(in crate::resolve) fn of(kind: &'a PeripheralKind) -> Option<PortKind<'a>> {
        match kind {
            PeripheralKind::Uart(uart) => Some(PortKind::Uart(uart)),
            PeripheralKind::I2c(i2c) => Some(PortKind::I2c(i2c)),
            PeripheralKind::Spi(spi) => Some(PortKind::Spi(spi)),
            PeripheralKind::LedStrip(strip) => Some(PortKind::LedStrip(strip)),
            PeripheralKind::Output(_)
            | PeripheralKind::Input(_)
            | PeripheralKind::Pwm(_)
            | PeripheralKind::Adc(_)
            | PeripheralKind::Watchdog(_)
            | PeripheralKind::UsbSerial(_)
            | PeripheralKind::Device(_) => None,
        }
    }

    /// Its pins, and as what.
    pub(in crate::resolve) fn pins(self) -> Vec<(PinRole, PinUse)> {
        let pins = match self {
            PortKind::Uart(uart) => vec![
                (PinRole::Tx, uart.tx),
                (PinRole::Rx, uart.rx),
                (PinRole::Rts, uart.rts),
                (PinRole::Cts, uart.cts),
            ],
            PortKind::I2c(i2c) => vec![(PinRole::Sda, Some(i2c.sda)), (PinRole::Scl, Some(i2c.scl))],
            PortKind::Spi(spi) => {
                vec![(PinRole::Sck, Some(spi.sck)), (PinRole::Mosi, spi.mosi), (PinRole::Miso, spi.miso)]
            }
            PortKind::LedStrip(strip) => vec![(PinRole::Lights, Some(strip.pin))],
        };
        pins.into_iter().filter_map(|(role, used)| Some((role, used?))).collect()
    }
}
