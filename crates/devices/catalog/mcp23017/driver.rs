//! The pin expander MCP23017, over a driver of its own.
//!
//! The crates `mcp23017` (1.1.0), `mcp230xx` (1.0.2), `mcp23017-driver` (0.1.2) and `port-expander` (0.6.5) block.

use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// An MCP23017 on its bus. It remembers what its outputs are, so that one of them is changed in one transfer.
pub struct Handle<Bus> {
    bus: Bus,
    address: u8,
    options: Options,
    latches: u16,
}

/// The keys of app.toml. A0 is bit 0, B0 is bit 8.
pub struct Options {
    /// The pins that are outputs.
    pub outputs: u16,
    /// The outputs that are high from the start.
    pub initial: u16,
    /// The inputs with a pull-up resistor.
    pub pull_ups: u16,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The levels of port A, A0 in bit 0.
    pub a: u8,
    /// The levels of port B, B0 in bit 0.
    pub b: u8,
}

// Data sheet, table 3-5: the registers of port A with `BANK` at 0; that of port B follows each.
const DIRECTION: u8 = 0x00;
const POLARITY: u8 = 0x02;
const INTERRUPT_ENABLE: u8 = 0x04;
const CONFIG: u8 = 0x0A;
/// Where CONFIG is with `BANK` at 1; with `BANK` at 0 it is port B's interrupt enable, for which 0 is harmless.
const CONFIG_OF_THE_OTHER_ORDER: u8 = 0x05;
const PULL_UP: u8 = 0x0C;
const LEVELS: u8 = 0x12;
const LATCH: u8 = 0x14;

impl<Bus: I2c> Handle<Bus> {
    /// The levels of all pins; of an output, what it drives.
    pub async fn levels(&mut self) -> Result<u16, Error<Bus::Error>> {
        let mut bytes = [0; 2];
        self.bus.write_read(self.address, &[LEVELS], &mut bytes).await?;
        Ok(u16::from_le_bytes(bytes))
    }

    /// Drives the pins of `mask`, as far as they are outputs, to the levels in `levels`; the others stay.
    pub async fn drive(&mut self, mask: u16, levels: u16) -> Result<(), Error<Bus::Error>> {
        let latches = self.latches & !mask | levels & mask;
        self.set_pair(LATCH, latches).await?;
        self.latches = latches;
        Ok(())
    }

    /// Writes a register of both ports.
    async fn set_pair(&mut self, register: u8, value: u16) -> Result<(), Error<Bus::Error>> {
        let [a, b] = value.to_le_bytes();
        Ok(self.bus.write(self.address, &[register, a, b]).await?)
    }
}

/// Makes the handle, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    let latches = options.initial;
    Handle { bus, address, options, latches }
}

/// Sets the part up: the latches first, so that no output has a level for a moment that it should not. Outputs keep what
/// they were last driven to.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    handle.bus.write(handle.address, &[CONFIG_OF_THE_OTHER_ORDER, 0]).await?;
    handle.set_pair(CONFIG, 0).await?;
    handle.set_pair(INTERRUPT_ENABLE, 0).await?;
    handle.set_pair(POLARITY, 0).await?;
    handle.set_pair(LATCH, handle.latches).await?;
    handle.set_pair(PULL_UP, handle.options.pull_ups).await?;
    handle.set_pair(DIRECTION, !handle.options.outputs).await
}

/// The levels of all pins.
pub async fn measure<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<Reading, Error<Bus::Error>> {
    let [a, b] = handle.levels().await?.to_le_bytes();
    Ok(Reading { a, b })
}
