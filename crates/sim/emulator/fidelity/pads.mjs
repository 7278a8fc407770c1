/**
 * Pads: the level of a pin is what the chip drives, else what the outside drives, else what its pull gives.
 *
 * RP2040 datasheet, sections 2.19.4 (pads), 2.19.4.1 (bus keeper), 2.19.3 (edge and level interrupts) and 2.19.6.3
 * (PADS_BANK0 reset value 0x56). In rp2040js an input reads what the harness last set: pulls do nothing, an output
 * does not read back its own level, enabling an input makes an edge out of nothing, and pads reset to a wrong value.
 */

const PAD_RESET = 0x56;
const LEVEL_LOW = 1 << 0;
const PADS_BANK0 = 0x4001c;

/** @typedef {'chip' | 'outside' | 'pull' | 'nothing'} Driver what holds a pin at its level */

export class Pads {
  /**
   * @param {import('rp2040js').RP2040} mcu
   * @param {{ onLevel: (pin: number) => void, onContention: (pin: number) => void }} listener told when the level of a
   *   pin has changed, and when the chip and the outside begin to drive it against each other
   */
  constructor(mcu, listener) {
    this.listener = listener;
    this.pins = mcu.gpio;
    this.levels = new Array(this.pins.length).fill(false);
    /** @type {(boolean | null)[]} */
    this.outside = new Array(this.pins.length).fill(null);
    this.contending = new Array(this.pins.length).fill(false);
    for (const pin of this.pins) {
      pin.padValue = PAD_RESET;
      pin.irqStatus = LEVEL_LOW;
      signalOnlyChanges(pin);
      pin.addListener(() => this.settle(pin.index));
    }
    const pads = mcu.peripherals[PADS_BANK0];
    const write = pads.writeUint32.bind(pads);
    pads.writeUint32 = (offset, value) => {
      write(offset, value);
      const index = (offset - pads.firstPadRegister) >> 2;
      if (index >= 0 && index < this.pins.length) this.settle(index);
    };
  }

  /**
   * @param {number} index
   * @param {boolean | null} level null: the outside lets go
   */
  drive(index, level) {
    this.outside[index] = level;
    this.settle(index);
  }

  settle(index) {
    const pin = this.pins[index];
    this.noteContention(index, pin);
    const level = this.levelFrom(this.driver(index), pin);
    if (level === this.levels[index]) return;
    this.levels[index] = level;
    pin.setInputValue(level);
    this.listener.onLevel(index);
  }

  noteContention(index, pin) {
    const outside = this.outside[index];
    const contends = outside !== null && chipDrives(pin) && pin.outputValue !== outside;
    if (contends && !this.contending[index]) this.listener.onContention(index);
    this.contending[index] = contends;
  }

  /**
   * @param {number} index
   * @returns {Driver}
   */
  driver(index) {
    const pin = this.pins[index];
    if (chipDrives(pin)) return 'chip';
    if (this.outside[index] !== null) return 'outside';
    return pin.pullupEnabled !== pin.pulldownEnabled ? 'pull' : 'nothing';
  }

  levelFrom(driver, pin) {
    switch (driver) {
      case 'chip':
        return pin.outputValue;
      case 'outside':
        return this.outside[pin.index];
      case 'pull':
        return pin.pullupEnabled;
      default:
        return this.levels[pin.index]; // both pulls keep the level, and a floating pin has a little capacity
    }
  }
}

function chipDrives(pin) {
  return pin.outputEnable && !pin.outputDisable;
}

/** Edges come from changes of the level behind the input enable, not from each write that might have changed it. */
function signalOnlyChanges(pin) {
  const signal = pin.setInputValue.bind(pin);
  let seen = false;
  pin.setInputValue = (value) => {
    const level = value && pin.inputEnable;
    pin.rawInputValue = value;
    if (level === seen) return;
    seen = level;
    signal(value);
  };
}
