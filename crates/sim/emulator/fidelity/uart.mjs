/**
 * UART: a PL011 whose bytes take their time on the line, in place of rp2040js's, which has none.
 *
 * RP2040 datasheet, section 4.2: 4.2.2.4 and 4.2.2.5 (FIFOs 32 deep), 4.2.3 (operation), 4.2.5 (DMA interface), 4.2.6
 * (interrupts; that of the transmitter comes with the passage through a level), 4.2.7.1 (baud rate; a divisor takes
 * effect with a write of UARTLCR_H), 4.2.8 (registers). It is ARM's PL011, whose manual says more (DDI 0183).
 * In rp2040js a byte is sent in the instant it is written, there is no transmit FIFO, no DREQ for reception, no
 * receive timeout and no error, and the transmit interrupt cannot be cleared.
 */
import { Peripheral } from './peripheral.mjs';

const UARTDR = 0x00;
const UARTRSR = 0x04;
const UARTFR = 0x18;
const UARTILPR = 0x20;
const UARTIBRD = 0x24;
const UARTFBRD = 0x28;
const UARTLCR_H = 0x2c;
const UARTCR = 0x30;
const UARTIFLS = 0x34;
const UARTIMSC = 0x38;
const UARTRIS = 0x3c;
const UARTMIS = 0x40;
const UARTICR = 0x44;
const UARTDMACR = 0x48;
const IDENTIFICATION_FIRST = 0xfe0;
const IDENTIFICATION = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

const ENABLE = 1 << 0;
const LOOPBACK_ENABLE = 1 << 7;
const TRANSMIT_ENABLE = 1 << 8;
const RECEIVE_ENABLE = 1 << 9;

const FLAG_BUSY = 1 << 3;
const FLAG_RECEIVE_EMPTY = 1 << 4;
const FLAG_TRANSMIT_FULL = 1 << 5;
const FLAG_RECEIVE_FULL = 1 << 6;
const FLAG_TRANSMIT_EMPTY = 1 << 7;

const PARITY_ENABLE = 1 << 1;
const PARITY_EVEN = 1 << 2;
const TWO_STOP_BITS = 1 << 3;
const FIFO_ENABLE = 1 << 4;
const STICK_PARITY = 1 << 7;

const DMA_RECEIVE = 1 << 0;
const DMA_TRANSMIT = 1 << 1;
const DMA_STOP_ON_ERROR = 1 << 2;

const INTERRUPT_RECEIVE = 1 << 4;
const INTERRUPT_TRANSMIT = 1 << 5;
const INTERRUPT_TIMEOUT = 1 << 6;
const INTERRUPT_ERRORS = 0b1111 << 7;
// The errors have the same order in UARTDR from bit 8, in UARTRSR from bit 0 and among the interrupts from bit 7.
const ERROR_FRAMING = 1 << 0;
const ERROR_PARITY = 1 << 1;
const ERROR_BREAK = 1 << 2;
const ERROR_OVERRUN = 1 << 3;

const FIFO_DEPTH = 32;
const LEVELS = [4, 8, 16, 24, 28]; // UARTIFLS: an eighth, a quarter, a half, three quarters, seven eighths
const TIMEOUT_BITS = 32;
const BAUD_SAMPLES = 16;

// RP2040 datasheet, section 2.19.2: function F2 is the UART on every pin, its signals repeat every four pins, and the
// instance changes after pins 3, 11 and 19, and 27.
const FUNCTION_UART = 2;
const SIGNAL_TX = 0;
const SIGNAL_RX = 1;

/** @typedef {'received' | 'overrun' | 'receiver is off' | 'no pin is its RX' | 'no start bit'} Reception */

export class Uart extends Peripheral {
  /**
   * @param {import('rp2040js').RP2040} mcu
   * @param {number} index
   * @param {(byte: number, pins: number[]) => void} onByte a frame has left, through these pins
   */
  constructor(mcu, index, onByte) {
    const { irq, dreq } = mcu.uart[index];
    super(mcu);
    this.index = index;
    this.irq = irq;
    this.dreq = dreq;
    this.onByte = onByte;
    this.control = TRANSMIT_ENABLE | RECEIVE_ENABLE;
    this.lineControl = 0;
    this.integerDivisor = 0;
    this.fractionalDivisor = 0;
    this.divisor = 0;
    this.levelSelect = 0x12;
    this.mask = 0;
    this.raised = 0;
    this.dmaControl = 0;
    this.receiveStatus = 0;
    this.overrun = false;
    /** @type {number[]} bytes with their error flags, as UARTDR gives them */
    this.received = [];
    /** @type {number[]} */
    this.waiting = [];
    /** @type {number | undefined} the byte in the shift register */
    this.shifting = undefined;
    this.frameEnd = mcu.clock.createAlarm(() => this.finishFrame());
    this.timeout = mcu.clock.createAlarm(() => this.raise(INTERRUPT_TIMEOUT));
  }

  get fifoDepth() {
    return this.lineControl & FIFO_ENABLE ? FIFO_DEPTH : 1;
  }

  get bitNanos() {
    return (1e9 * BAUD_SAMPLES * this.divisor) / this.mcu.clkPeri;
  }

  get dataBits() {
    return 5 + ((this.lineControl >> 5) & 3);
  }

  /** How many bits a frame has, from its start bit to its last stop bit. */
  get frameBits() {
    return 1 + this.dataBits + (this.lineControl & PARITY_ENABLE ? 1 : 0) + (this.lineControl & TWO_STOP_BITS ? 2 : 1);
  }

  get receiving() {
    const needed = ENABLE | RECEIVE_ENABLE;
    return (this.control & needed) === needed && this.divisor > 0;
  }

  /** Called by rp2040js when clk_peri changes; the next frame takes the new rate. */
  clkPeriChanged() {}

  // ---- registers ----

  readUint32(offset) {
    switch (offset) {
      case UARTDR:
        return this.readData();
      case UARTRSR:
        return this.receiveStatus;
      case UARTFR:
        return this.flags();
      case UARTILPR:
        return 0;
      case UARTIBRD:
        return this.integerDivisor;
      case UARTFBRD:
        return this.fractionalDivisor;
      case UARTLCR_H:
        return this.lineControl;
      case UARTCR:
        return this.control;
      case UARTIFLS:
        return this.levelSelect;
      case UARTIMSC:
        return this.mask;
      case UARTRIS:
        return this.raised;
      case UARTMIS:
        return this.raised & this.mask;
      case UARTICR:
        return 0;
      case UARTDMACR:
        return this.dmaControl;
      default:
        return IDENTIFICATION[(offset - IDENTIFICATION_FIRST) >> 2] ?? 0;
    }
  }

  writeUint32(offset, value) {
    switch (offset) {
      case UARTDR:
        this.send(value & 0xff);
        return;
      case UARTRSR:
        this.receiveStatus = 0;
        return;
      case UARTIBRD:
        this.integerDivisor = value & 0xffff;
        return;
      case UARTFBRD:
        this.fractionalDivisor = value & 0x3f;
        return;
      case UARTLCR_H:
        this.setLine(value & 0xff);
        break;
      case UARTCR:
        this.control = value & 0xffff;
        this.startFrame();
        break;
      case UARTIFLS:
        this.levelSelect = value & 0x3f;
        return;
      case UARTIMSC:
        this.mask = value & 0x7ff;
        break;
      case UARTICR:
        this.raised &= ~value;
        break;
      case UARTDMACR:
        this.dmaControl = value & 7;
        break;
      default:
        return;
    }
    this.updateRequests();
  }

  flags() {
    const { received, waiting, fifoDepth } = this;
    return (
      (waiting.length > 0 || this.shifting !== undefined ? FLAG_BUSY : 0) |
      (received.length === 0 ? FLAG_RECEIVE_EMPTY : 0) |
      (waiting.length >= fifoDepth ? FLAG_TRANSMIT_FULL : 0) |
      (received.length >= fifoDepth ? FLAG_RECEIVE_FULL : 0) |
      (waiting.length === 0 ? FLAG_TRANSMIT_EMPTY : 0)
    );
  }

  setLine(value) {
    const fifoChanged = (this.lineControl ^ value) & FIFO_ENABLE;
    this.lineControl = value;
    this.divisor = this.integerDivisor + this.fractionalDivisor / 64;
    if (fifoChanged) {
      this.received.length = 0;
      this.waiting.length = 0;
    }
  }

  // ---- transmission ----

  send(byte) {
    if (this.waiting.length >= this.fifoDepth) return;
    this.waiting.push(byte);
    if (this.waiting.length > this.transmitLevel()) this.raised &= ~INTERRUPT_TRANSMIT;
    this.startFrame();
    this.updateRequests();
  }

  startFrame() {
    const needed = ENABLE | TRANSMIT_ENABLE;
    const able = (this.control & needed) === needed && this.divisor > 0;
    if (!able || this.shifting !== undefined || this.waiting.length === 0) return;
    this.shifting = this.waiting.shift();
    this.frameEnd.schedule(this.frameBits * this.bitNanos);
    // The interrupt comes with the passage through the level, not from being below it.
    if (this.waiting.length === this.transmitLevel()) this.raised |= INTERRUPT_TRANSMIT;
  }

  finishFrame() {
    const byte = this.shifting & ((1 << this.dataBits) - 1);
    this.shifting = undefined;
    this.onByte(byte, this.pinsOf(SIGNAL_TX));
    if (this.control & LOOPBACK_ENABLE) this.accept(byte);
    this.startFrame();
    this.updateRequests();
  }

  transmitLevel() {
    return this.fifoDepth === 1 ? 0 : (LEVELS[this.levelSelect & 7] ?? LEVELS[2]);
  }

  // ---- reception ----

  /**
   * A frame from outside has ended.
   *
   * @param {number} byte
   * @param {number} senderBitNanos how long the sender's bits were
   * @param {boolean} [broken] whether its stop bit is missing
   * @returns {Reception}
   */
  receive(byte, senderBitNanos, broken = false) {
    if (!this.receiving) return 'receiver is off';
    if (this.pinsOf(SIGNAL_RX).length === 0) return 'no pin is its RX';
    const sampled = this.sample(this.frameOf(byte, broken), senderBitNanos);
    if (sampled === undefined) return 'no start bit';
    return this.accept(sampled);
  }

  /** The levels of a frame, bit by bit: start, data from the lowest bit, parity, stop. */
  frameOf(byte, broken) {
    const bits = [0];
    for (let bit = 0; bit < this.dataBits; bit++) bits.push((byte >> bit) & 1);
    if (this.lineControl & PARITY_ENABLE) bits.push(this.parityOf(bits.slice(1)));
    bits.push(broken ? 0 : 1);
    return bits;
  }

  parityOf(bits) {
    const even = this.lineControl & PARITY_EVEN ? 1 : 0;
    if (this.lineControl & STICK_PARITY) return even ^ 1;
    return (bits.reduce((sum, bit) => sum + bit, 0) + (even ^ 1)) & 1;
  }

  /**
   * Reads a frame in the middle of each bit, as this side counts them.
   *
   * @returns {number | undefined} the byte with its error flags; undefined where no start bit was seen
   */
  sample(bits, senderBitNanos) {
    const level = (bit) => bits[Math.floor(((bit + 0.5) * this.bitNanos) / senderBitNanos)] ?? 1;
    if (level(0) === 1) return undefined;
    const data = [];
    for (let bit = 0; bit < this.dataBits; bit++) data.push(level(1 + bit));
    const byte = data.reduce((value, bit, place) => value | (bit << place), 0);
    const hasParity = this.lineControl & PARITY_ENABLE;
    const wrongParity = hasParity && level(1 + this.dataBits) !== this.parityOf(data);
    const stopped = level(1 + this.dataBits + (hasParity ? 1 : 0)) === 1;
    const broken = !stopped && byte === 0;
    const errors =
      (stopped ? 0 : ERROR_FRAMING) | (wrongParity ? ERROR_PARITY : 0) | (broken ? ERROR_BREAK : 0);
    return byte | (errors << 8);
  }

  /** @returns {Reception} */
  accept(entry) {
    this.timeout.schedule(TIMEOUT_BITS * this.bitNanos);
    if (this.received.length >= this.fifoDepth) {
      this.overrun = true;
      this.raise(ERROR_OVERRUN << 7);
      return 'overrun';
    }
    this.received.push(this.overrun ? entry | (ERROR_OVERRUN << 8) : entry);
    this.overrun = false;
    const level = this.fifoDepth === 1 ? 1 : (LEVELS[(this.levelSelect >> 3) & 7] ?? LEVELS[2]);
    this.raise((entry >> 8) << 7 | (this.received.length === level ? INTERRUPT_RECEIVE : 0));
    return 'received';
  }

  readData() {
    const entry = this.received.shift() ?? 0;
    this.receiveStatus = entry >> 8;
    const level = this.fifoDepth === 1 ? 1 : (LEVELS[(this.levelSelect >> 3) & 7] ?? LEVELS[2]);
    if (this.received.length < level) this.raised &= ~INTERRUPT_RECEIVE;
    if (this.received.length === 0) {
      this.raised &= ~INTERRUPT_TIMEOUT;
      this.timeout.cancel();
    }
    this.updateRequests();
    return entry;
  }

  // ---- towards the rest of the chip ----

  raise(interrupts) {
    this.raised |= interrupts;
    this.updateRequests();
  }

  updateRequests() {
    const { mcu } = this;
    const status = this.raised & this.mask;
    mcu.setInterrupt(this.irq, status !== 0);
    const stopped = this.dmaControl & DMA_STOP_ON_ERROR && status & INTERRUPT_ERRORS;
    this.request(this.dreq.tx, this.dmaControl & DMA_TRANSMIT && this.waiting.length < this.fifoDepth);
    this.request(this.dreq.rx, this.dmaControl & DMA_RECEIVE && this.received.length > 0 && !stopped);
  }

  /** The pins whose function is this signal of this instance. */
  pinsOf(signal) {
    const pins = [];
    for (const pin of this.mcu.gpio) {
      const { index } = pin;
      if (pin.functionSelect !== FUNCTION_UART || index % 4 !== signal) continue;
      if (((index + 4) >> 3) % 2 === this.index) pins.push(index);
    }
    return pins;
  }
}

const UART_BASES = [0x40034, 0x40038];

/**
 * Puts the two UARTs in the place of rp2040js's.
 *
 * @param {import('rp2040js').RP2040} mcu
 * @param {(uart: number, byte: number, pins: number[]) => void} onByte
 * @returns {Uart[]}
 */
export function replaceUarts(mcu, onByte) {
  return UART_BASES.map((base, index) => {
    const uart = new Uart(mcu, index, (byte, pins) => onByte(index, byte, pins));
    mcu.uart[index] = uart;
    mcu.peripherals[base] = uart;
    return uart;
  });
}
