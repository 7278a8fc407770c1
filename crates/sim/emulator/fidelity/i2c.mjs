/**
 * I2C: a DW_apb_i2c master whose bits take their time on the bus, in place of rp2040js's, which never interrupts.
 *
 * RP2040 datasheet, section 4.3: 4.3.7 (commands, start, stop and restart), 4.3.10 (master mode, disabling, abort),
 * 4.3.14 (SCL's periods), 4.3.15 (DMA), 4.3.16 (interrupts), 4.3.17 (registers), 2.19.2 (pins).
 * rp2040js drops writes of IC_INTR_MASK, latches RX_FULL and TX_EMPTY, which are levels, has no DMA, and leaves the
 * timing to its user. Only what a master needs is here: a peripheral in slave mode stays silent.
 */
import { Peripheral } from './peripheral.mjs';

const CON = 0x00;
const TAR = 0x04;
const DATA_CMD = 0x10;
const SS_SCL_HCNT = 0x14;
const SS_SCL_LCNT = 0x18;
const FS_SCL_HCNT = 0x1c;
const FS_SCL_LCNT = 0x20;
const INTR_STAT = 0x2c;
const INTR_MASK = 0x30;
const RAW_INTR_STAT = 0x34;
const RX_TL = 0x38;
const TX_TL = 0x3c;
const CLR_INTR = 0x40;
const CLR_TX_ABRT = 0x54;
const ENABLE = 0x6c;
const STATUS = 0x70;
const TXFLR = 0x74;
const RXFLR = 0x78;
const TX_ABRT_SOURCE = 0x80;
const DMA_CR = 0x88;
const DMA_TDLR = 0x8c;
const DMA_RDLR = 0x90;
const ENABLE_STATUS = 0x9c;
const FS_SPKLEN = 0xa0;
const COMP_VERSION = 0xf8;
const COMP_TYPE = 0xfc;

const MASTER = 1 << 0;
const SPEED_STANDARD = 1;
const RESTART_ENABLE = 1 << 5;
const HOLD_WHEN_FULL = 1 << 9;

const ENABLED = 1 << 0;
const ABORT = 1 << 1;
const COMMANDS_BLOCKED = 1 << 2;

const COMMAND_READ = 1 << 8;
const COMMAND_STOP = 1 << 9;
const COMMAND_RESTART = 1 << 10;
const FIRST_DATA_BYTE = 1 << 11;

const RX_UNDER = 1 << 0;
const RX_OVER = 1 << 1;
const RX_FULL = 1 << 2;
const TX_OVER = 1 << 3;
const TX_EMPTY = 1 << 4;
const TX_ABRT = 1 << 6;
const ACTIVITY = 1 << 8;
const STOP_DET = 1 << 9;
const START_DET = 1 << 10;
// Each register clears its interrupt when it is read.
const CLEARED_BY = new Map([
  [0x44, RX_UNDER],
  [0x48, RX_OVER],
  [0x4c, TX_OVER],
  [0x50, 1 << 5],
  [CLR_TX_ABRT, TX_ABRT],
  [0x58, 1 << 7],
  [0x5c, ACTIVITY],
  [0x60, STOP_DET],
  [0x64, START_DET],
  [0x68, 1 << 11],
  [0xa8, 1 << 12],
]);

const ABORT_ADDRESS_NOT_ACKNOWLEDGED = 1 << 0;
const ABORT_DATA_NOT_ACKNOWLEDGED = 1 << 3;
const ABORT_BY_USER = 1 << 16;
const FLUSH_COUNT_SHIFT = 23;

const DMA_RECEIVE = 1 << 0;
const DMA_TRANSMIT = 1 << 1;
const FIFO_DEPTH = 16;
const BYTE_BITS = 9; // with its acknowledge

const FUNCTION_I2C = 3;
const BASES = [0x40044, 0x40048];
const DREQ = [{ tx: 32, rx: 33 }, { tx: 34, rx: 35 }];

/** Clocks after which a part that hung in the middle of a byte lets go of the data line (NXP UM10204, section 3.1.16). */
const CLOCKS_TO_FREE = 9;

/**
 * @typedef {'none' | 'nack' | 'stuck' | 'hung' | { short: number }} I2cFault nack: nobody acknowledges an address;
 *   stuck: the clock line is held low; hung: a part holds the data line low, until it is clocked free; short: a part
 *   gives so many bytes of each read, and lets go of the line
 *
 * @typedef {object} I2cMessage from a start to the next start or to the stop
 * @property {number} address
 * @property {boolean} reading
 * @property {number[]} bytes
 * @property {'address' | 'data' | undefined} nack
 *
 * @typedef {object} I2cDevice a part on the bus
 * @property {(reading: boolean) => boolean} address its address was sent; whether it acknowledges
 * @property {(byte: number) => boolean} write whether it acknowledges
 * @property {() => number} read
 * @property {() => void} stop
 */

export class I2c extends Peripheral {
  /**
   * @param {import('rp2040js').RP2040} mcu
   * @param {number} index
   * @param {(message: I2cMessage) => void} onMessage
   */
  constructor(mcu, index, onMessage) {
    super(mcu);
    this.index = index;
    this.onMessage = onMessage;
    this.irq = mcu.i2c[index].irq;
    this.dreq = DREQ[index];
    /** @type {Map<number, I2cDevice>} by their 7-bit addresses */
    this.devices = new Map();
    /** @type {I2cFault} */
    this.fault = 'none';
    this.clocksToFree = 0;
    this.alarm = mcu.clock.createAlarm(() => {
      this.busy = false;
      this.then();
      this.update();
    });
    this.reset();
  }

  /** What a reset leaves: everything but the parts on the bus and what is wrong with them. */
  reset() {
    this.alarm.cancel();
    this.registers = new Map([
      [CON, 0x65], [TAR, 0x55], [SS_SCL_HCNT, 0x28], [SS_SCL_LCNT, 0x2f], [FS_SCL_HCNT, 0x06], [FS_SCL_LCNT, 0x0d],
      [INTR_MASK, 0x8ff], [RX_TL, 0], [TX_TL, 0], [DMA_CR, 0], [DMA_TDLR, 0], [DMA_RDLR, 0], [FS_SPKLEN, 7],
    ]);
    this.enable = 0;
    this.latched = 0;
    this.abortSource = 0;
    /** @type {number[]} */
    this.commands = [];
    /** @type {number[]} */
    this.received = [];
    /** @type {I2cDevice | undefined} the part that has acknowledged its address */
    this.device = undefined;
    this.busTaken = false;
    this.reading = false;
    this.first = false;
    this.busy = false;
    this.then = () => {};
    /** @type {I2cMessage | undefined} */
    this.message = undefined;
  }

  /**
   * @param {number} address
   * @param {I2cDevice} device
   */
  attach(address, device) {
    this.devices.set(address, device);
  }

  /** Nanoseconds of one bit: SCL is high for HCNT + SPKLEN + 7 cycles and low for LCNT + 1. */
  get bitNanos() {
    const value = (offset) => this.registers.get(offset);
    const standard = ((value(CON) >> 1) & 3) === SPEED_STANDARD;
    const high = value(standard ? SS_SCL_HCNT : FS_SCL_HCNT) + value(FS_SPKLEN) + 7;
    const low = value(standard ? SS_SCL_LCNT : FS_SCL_LCNT) + 1;
    return ((high + low) * 1e9) / this.mcu.clkSys;
  }

  // ---- registers ----

  readUint32(offset) {
    switch (offset) {
      case DATA_CMD:
        return this.readData();
      case INTR_STAT:
        return this.raised() & this.registers.get(INTR_MASK);
      case RAW_INTR_STAT:
        return this.raised();
      case CLR_INTR:
        return this.clear(this.latched);
      case ENABLE:
        return this.enable;
      case ENABLE_STATUS:
        return this.enable & ENABLED;
      case STATUS:
        return this.status();
      case TXFLR:
        return this.commands.length;
      case RXFLR:
        return this.received.length;
      case TX_ABRT_SOURCE:
        return this.abortSource;
      case COMP_VERSION:
        return 0x3230312a;
      case COMP_TYPE:
        return 0x44570140;
      default:
        return CLEARED_BY.has(offset) ? this.clear(CLEARED_BY.get(offset)) : (this.registers.get(offset) ?? 0);
    }
  }

  writeUint32(offset, value) {
    if (offset === DATA_CMD) this.push(value & 0x7ff);
    else if (offset === ENABLE) this.setEnable(value);
    else this.registers.set(offset, value);
    this.advance();
    this.update();
  }

  status() {
    const { commands, received } = this;
    return (
      (this.busTaken ? 0b100001 : 0) |
      (commands.length < FIFO_DEPTH ? 0b10 : 0) |
      (commands.length === 0 ? 0b100 : 0) |
      (received.length > 0 ? 0b1000 : 0) |
      (received.length === FIFO_DEPTH ? 0b10000 : 0)
    );
  }

  /** RX_FULL and TX_EMPTY follow the levels of the FIFOs; the other interrupts stay until they are cleared. */
  raised() {
    const empty = this.enable & ENABLED && this.commands.length <= this.registers.get(TX_TL);
    const full = this.received.length > this.registers.get(RX_TL);
    return this.latched | (empty ? TX_EMPTY : 0) | (full ? RX_FULL : 0);
  }

  clear(interrupts) {
    const before = this.latched & interrupts;
    this.latched &= ~interrupts;
    if (interrupts & TX_ABRT) this.abortSource = 0;
    this.update();
    return before === 0 ? 0 : 1;
  }

  readData() {
    if (this.received.length === 0) {
      this.latched |= RX_UNDER;
      this.update();
      return 0;
    }
    const entry = this.received.shift();
    this.advance();
    this.update();
    return entry;
  }

  push(command) {
    // After an abort the FIFO is held empty until the firmware has seen it.
    if (!(this.enable & ENABLED) || this.latched & TX_ABRT) return;
    if (this.commands.length === FIFO_DEPTH) this.latched |= TX_OVER;
    else this.commands.push(command);
  }

  setEnable(value) {
    this.enable = value & (ENABLED | ABORT | COMMANDS_BLOCKED);
    if (!(this.enable & ENABLED)) {
      this.commands.length = 0;
      this.received.length = 0;
      if (!this.busTaken) this.latched = 0;
    }
  }

  // ---- the bus ----

  after(bits, then) {
    this.busy = true;
    this.then = then;
    this.alarm.schedule(bits * this.bitNanos);
  }

  /** Begins with the next thing to do on the bus, unless one is going on or a part holds a line. */
  advance() {
    if (this.busy || this.isHeld()) return;
    if (this.enable & ABORT) {
      this.enable &= ~ABORT;
      if (this.busTaken) this.fail(ABORT_BY_USER);
      return;
    }
    if (!(this.enable & ENABLED)) {
      if (this.busTaken) this.stop();
      return;
    }
    const able = !(this.enable & COMMANDS_BLOCKED) && this.registers.get(CON) & MASTER;
    if (!able || this.commands.length === 0) return;
    const [command] = this.commands;
    const reading = (command & COMMAND_READ) !== 0;
    const turns = this.busTaken && (reading !== this.reading || (command & COMMAND_RESTART && !this.first));
    if (turns && !(this.registers.get(CON) & RESTART_ENABLE)) this.stop();
    else if (turns || !this.busTaken) this.start(reading);
    else this.transfer(command);
  }

  start(reading) {
    this.busTaken = true;
    this.reading = reading;
    this.first = true;
    this.latched |= START_DET | ACTIVITY;
    this.tell();
    this.after(1 + BYTE_BITS, () => {
      const address = this.registers.get(TAR) & 0x7f;
      const device = this.connected() && this.fault !== 'nack' ? this.devices.get(address) : undefined;
      this.device = device?.address(reading) ? device : undefined;
      this.message = { address, reading, bytes: [], nack: this.device === undefined ? 'address' : undefined };
      if (this.device === undefined) this.fail(ABORT_ADDRESS_NOT_ACKNOWLEDGED);
      else this.advance();
    });
  }

  transfer(command) {
    const held = this.registers.get(CON) & HOLD_WHEN_FULL && this.received.length === FIFO_DEPTH;
    if (command & COMMAND_READ && held) return;
    this.commands.shift();
    this.after(BYTE_BITS, () => {
      const first = this.first;
      this.first = false;
      if (command & COMMAND_READ) this.receive(this.readByte() | (first ? FIRST_DATA_BYTE : 0));
      else if (!this.writeByte(command & 0xff)) return this.fail(ABORT_DATA_NOT_ACKNOWLEDGED);
      if (command & COMMAND_STOP) this.stop();
      else this.advance();
    });
  }

  readByte() {
    const ended = this.fault.short !== undefined && this.message.bytes.length >= this.fault.short;
    const byte = ended ? 0xff : this.device.read();
    this.message.bytes.push(byte);
    return byte;
  }

  writeByte(byte) {
    this.message.bytes.push(byte);
    const acknowledged = this.device.write(byte);
    if (!acknowledged) this.message.nack = 'data';
    return acknowledged;
  }

  /** Reports the message that is over. */
  tell() {
    if (this.message !== undefined) this.onMessage(this.message);
    this.message = undefined;
  }

  receive(entry) {
    if (this.received.length === FIFO_DEPTH) this.latched |= RX_OVER;
    else this.received.push(entry);
  }

  fail(reason) {
    this.abortSource |= reason | (this.commands.length << FLUSH_COUNT_SHIFT);
    this.commands.length = 0;
    this.latched |= TX_ABRT;
    this.stop();
  }

  stop() {
    this.after(1, () => {
      this.device?.stop();
      this.tell();
      this.device = undefined;
      this.busTaken = false;
      // Section 4.3.17, IC_ENABLE: the interrupts of a disabled peripheral last until it is idle.
      this.latched = this.enable & ENABLED ? this.latched | STOP_DET : 0;
      this.advance();
    });
  }

  // ---- what is wrong on the bus ----

  isHeld() {
    return this.fault === 'stuck' || this.fault === 'hung';
  }

  /**
   * @param {I2cFault} fault
   * @param {import('./pads.mjs').Pads} pads
   */
  setFault(fault, pads) {
    for (const pin of this.heldPins ?? []) pads.drive(pin, null);
    this.fault = fault;
    this.clocksToFree = CLOCKS_TO_FREE;
    this.heldPins = this.isHeld() ? this.pins(fault === 'stuck' ? 1 : 0) : [];
    for (const pin of this.heldPins) pads.drive(pin, false);
    this.advance();
  }

  /** A part that hung is freed by clocks that the firmware makes by hand on the pin, while it has taken it from here. */
  levelChanged(pin, level, pads) {
    const isClock = pin % 4 === 2 * this.index + 1 && this.heldPins?.includes(pin - 1);
    if (this.fault !== 'hung' || level || !isClock) return;
    this.clocksToFree -= 1;
    if (this.clocksToFree === 0) this.setFault('none', pads);
  }

  // ---- towards the rest of the chip ----

  /** Whether both lines have a pin: I2C0 is on pins 0 and 1 of each four, I2C1 on 2 and 3. */
  connected() {
    return this.pins(0).length > 0 && this.pins(1).length > 0;
  }

  /** The pins that a line leads to: SDA, 0, or SCL, 1. */
  pins(line) {
    const leads = (pin) => pin.functionSelect === FUNCTION_I2C && pin.index % 4 === 2 * this.index + line;
    return this.mcu.gpio.filter(leads).map((pin) => pin.index);
  }

  update() {
    const { mcu, registers } = this;
    mcu.setInterrupt(this.irq, (this.raised() & registers.get(INTR_MASK)) !== 0);
    const control = registers.get(DMA_CR);
    const wantsCommands = this.enable & ENABLED && this.commands.length <= registers.get(DMA_TDLR);
    this.request(this.dreq.tx, control & DMA_TRANSMIT && wantsCommands);
    this.request(this.dreq.rx, control & DMA_RECEIVE && this.received.length > registers.get(DMA_RDLR));
  }
}

/**
 * Puts the two masters in the place of rp2040js's.
 *
 * @param {import('rp2040js').RP2040} mcu
 * @param {(i2c: number, message: I2cMessage) => void} onMessage
 * @returns {I2c[]}
 */
export function replaceI2c(mcu, onMessage) {
  return BASES.map((base, index) => {
    const i2c = new I2c(mcu, index, (message) => onMessage(index, message));
    mcu.i2c[index] = i2c;
    mcu.peripherals[base] = i2c;
    return i2c;
  });
}
