/**
 * ADC: conversions at their rate, round robin over the selected channels, errors that clear, a DREQ that falls.
 *
 * RP2040 datasheet, section 4.9: 4.9.2 (48 MHz clk_adc, 96 cycles a conversion, free-running sampling, round robin,
 * FIFO, DMA and interrupts), 4.9.5 (temperature sensor), 4.9.6 (registers). In rp2040js the round robin loses its
 * channel, the interrupt stays up when the FIFO is read, and the converter says it is ready while it is off.
 */
import { Peripheral } from './peripheral.mjs';

const CS = 0x00;
const RESULT = 0x04;
const FCS = 0x08;
const FIFO = 0x0c;
const DIV = 0x10;
const INTR = 0x14;
const INTE = 0x18;
const INTF = 0x1c;
const INTS = 0x20;

const ENABLE = 1 << 0;
const TEMPERATURE_ENABLE = 1 << 1;
const START_ONCE = 1 << 2;
const START_MANY = 1 << 3;
const READY = 1 << 8;
const CS_KEPT = 0x1f700b;
const CHANNEL_SHIFT = 12;
const ROUND_ROBIN_SHIFT = 16;

const FIFO_ENABLE = 1 << 0;
const FIFO_SHIFT = 1 << 1;
const DREQ_ENABLE = 1 << 3;
const EMPTY = 1 << 8;
const FULL = 1 << 9;
const UNDERFLOW = 1 << 10;
const OVERFLOW = 1 << 11;
const FCS_KEPT = 0x0f00000f;
const THRESHOLD_SHIFT = 24;
const LEVEL_SHIFT = 16;

const FIFO_DEPTH = 4;
const CHANNELS = 5;
const TEMPERATURE_CHANNEL = 4;
const CONVERSION_CYCLES = 96;
const CYCLE_NANOS = 1e9 / 48e6;
const REFERENCE_MILLIVOLTS = 3300;
const STEPS = 4096;
// The sensor's voltage at 27 degrees Celsius.
const TEMPERATURE_MILLIVOLTS = 706;

const BASE = 0x4004c;
const DREQ = 36;
const INTERRUPT = 22;

export class Adc extends Peripheral {
  /** @param {import('rp2040js').RP2040} mcu */
  constructor(mcu) {
    super(mcu);
    this.millivolts = [0, 0, 0, 0, TEMPERATURE_MILLIVOLTS];
    /** @type {(import('./noise.mjs').Noise | undefined)[]} by channel */
    this.noises = [];
    this.control = 0;
    this.fifoControl = 0;
    this.divider = 0;
    this.result = 0;
    this.enabledInterrupts = 0;
    this.forcedInterrupts = 0;
    /** @type {number[]} */
    this.fifo = [];
    this.converting = false;
    this.startedAt = 0;
    this.done = mcu.clock.createAlarm(() => this.finish());
    this.next = mcu.clock.createAlarm(() => this.start());
  }

  get channel() {
    return (this.control >> CHANNEL_SHIFT) & 7;
  }

  readUint32(offset) {
    switch (offset) {
      case CS:
        return this.control | (this.control & ENABLE && !this.converting ? READY : 0);
      case RESULT:
        return this.result;
      case FCS:
        return this.fifoStatus();
      case FIFO:
        return this.takeSample();
      case DIV:
        return this.divider;
      case INTR:
        return this.raised();
      case INTE:
        return this.enabledInterrupts;
      case INTF:
        return this.forcedInterrupts;
      case INTS:
        return (this.raised() & this.enabledInterrupts) | this.forcedInterrupts;
      default:
        return 0;
    }
  }

  writeUint32(offset, value) {
    switch (offset) {
      case CS:
        this.control = value & CS_KEPT;
        if (!(value & START_MANY)) this.next.cancel();
        if (value & ENABLE && value & (START_ONCE | START_MANY)) this.start();
        break;
      case FCS:
        this.fifoControl = (this.fifoControl & ~value & (UNDERFLOW | OVERFLOW)) | (value & FCS_KEPT);
        break;
      case DIV:
        this.divider = value & 0xffffff;
        break;
      case INTE:
        this.enabledInterrupts = value & 1;
        break;
      case INTF:
        this.forcedInterrupts = value & 1;
        break;
      default:
        return;
    }
    this.update();
  }

  fifoStatus() {
    const level = this.fifo.length;
    return (
      this.fifoControl | (level << LEVEL_SHIFT) | (level === 0 ? EMPTY : 0) | (level === FIFO_DEPTH ? FULL : 0)
    );
  }

  takeSample() {
    if (this.fifo.length === 0) this.fifoControl |= UNDERFLOW;
    const sample = this.fifo.shift() ?? 0;
    this.update();
    return sample;
  }

  start() {
    if (this.converting) return;
    this.converting = true;
    this.startedAt = this.mcu.clock.nanos;
    this.done.schedule(CONVERSION_CYCLES * CYCLE_NANOS);
  }

  finish() {
    this.converting = false;
    this.result = this.sample(this.channel);
    if (this.fifoControl & FIFO_ENABLE) this.keep(this.fifoControl & FIFO_SHIFT ? this.result >> 4 : this.result);
    this.turn();
    if (this.control & START_MANY) {
      const period = Math.max(CONVERSION_CYCLES, 1 + this.divider / 256) * CYCLE_NANOS;
      this.next.scheduleAt(this.startedAt + period);
    }
    this.update();
  }

  sample(channel) {
    if (channel === TEMPERATURE_CHANNEL && !(this.control & TEMPERATURE_ENABLE)) return 0;
    const steady = this.millivolts[channel] ?? 0;
    const millivolts = this.noises[channel]?.on(steady) ?? steady;
    const steps = Math.floor((millivolts * STEPS) / REFERENCE_MILLIVOLTS);
    return Math.min(steps, STEPS - 1);
  }

  keep(sample) {
    if (this.fifo.length === FIFO_DEPTH) this.fifoControl |= OVERFLOW;
    else this.fifo.push(sample);
  }

  /** Moves on to the next channel of the round robin. */
  turn() {
    const selected = (this.control >> ROUND_ROBIN_SHIFT) & ((1 << CHANNELS) - 1);
    if (selected === 0) return;
    let { channel } = this;
    do channel = (channel + 1) % CHANNELS;
    while (!(selected & (1 << channel)));
    this.control = (this.control & ~(7 << CHANNEL_SHIFT)) | (channel << CHANNEL_SHIFT);
  }

  raised() {
    return this.fifo.length >= ((this.fifoControl >>> THRESHOLD_SHIFT) & 0xf) ? 1 : 0;
  }

  update() {
    this.mcu.setInterrupt(INTERRUPT, this.readUint32(INTS) !== 0);
    this.request(DREQ, this.fifoControl & DREQ_ENABLE && this.fifo.length > 0 && this.raised());
  }
}

/**
 * Puts the converter in the place of rp2040js's.
 *
 * @param {import('rp2040js').RP2040} mcu
 */
export function replaceAdc(mcu) {
  const adc = new Adc(mcu);
  mcu.adc = adc;
  mcu.peripherals[BASE] = adc;
  return adc;
}
