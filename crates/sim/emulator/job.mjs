/**
 * Checks a job, as it arrives in JSON, and gives its stimuli a form that the machine takes as it is.
 *
 * Every fault is a `JobError`: what is wrong, where, and what to do about it.
 */

/**
 * @typedef {{ at: number, pin: number, level: boolean | null }} PinStimulus level null: nothing drives the pin
 * @typedef {{ at: number, uart: number, bytes: Uint8Array, baud: number | undefined }} UartStimulus
 * @typedef {{ at: number, adc: number, millivolts: number }} AnalogStimulus
 * @typedef {{ at: number, adc: number, noise: number, seed: number }} NoiseStimulus millivolts at most, 0 for none
 * @typedef {{ at: number, uart: number, framing: boolean }} FramingStimulus whether frames lack their stop bit
 * @typedef {{ at: number, drift: number }} DriftStimulus parts per million by which the chip's clock is fast
 * @typedef {{ at: number, brownOut: true }} BrownOutStimulus
 * @typedef {{ at: number, plugged: boolean }} CableStimulus the USB cable
 * @typedef {{ at: number, part: string, quantity: string, value: number }} SetStimulus
 * @typedef {{ at: number, bus: 'i2c' | 'spi', index: number,
 *   fault: import('./fidelity/i2c.mjs').I2cFault | import('./fidelity/spi.mjs').SpiFault }} FaultStimulus
 * @typedef {{ at: number, stop: true }} StopStimulus
 * @typedef {PinStimulus | UartStimulus | AnalogStimulus | NoiseStimulus | FramingStimulus | DriftStimulus | BrownOutStimulus
 *   | CableStimulus | import('./usb/host.mjs').UsbRequest | SetStimulus
 *   | FaultStimulus | StopStimulus} Stimulus
 *
 * @typedef {object} Job
 * @property {string} elf path of the image
 * @property {number} runForNanos virtual time at which the run ends
 * @property {number} wallLimitMillis wall time after which the run is given up
 * @property {'fast' | 'real' | 'steps'} pace
 * @property {boolean} rtt whether the RTT channels are read
 * @property {{ pins: number[] | undefined, uarts: number[] | undefined }} watch undefined: all of them
 * @property {import('./parts.mjs').Mount[]} parts
 * @property {Stimulus[]} stimuli
 */

export const PIN_COUNT = 30;
const UART_COUNT = 2;
const BUS_COUNT = 2;
const MOST_ADDRESS = 0x7f;
const MOST_BYTES = 0xffff;
const FAULTS = { i2c: ['none', 'nack', 'stuck', 'hung'], spi: ['none', 'nack', 'stuck'] };
const ANALOG_COUNT = 5;
// Each port has three endpoints, and a device 15 in a direction.
const USB_PORT_COUNT = 7;
const MOST_MILLIVOLTS = 5_500;
const MOST_DRIFT = 100_000;
const DEFAULT_WALL_LIMIT_MILLIS = 60_000;

export class JobError extends Error {
  /**
   * @param {string} what
   * @param {string} where
   * @param {string} help
   */
  constructor(what, where, help) {
    super(what);
    this.where = where;
    this.help = help;
  }

  toJSON() {
    return { error: this.message, where: this.where, help: this.help };
  }
}

/**
 * @param {string} line
 * @returns {Job}
 */
export function parseJob(line) {
  const job = parseObject(line, 'the job');
  const pace = job.pace ?? 'fast';
  if (typeof job.elf !== 'string' || job.elf === '') {
    throw new JobError('no image is named', 'elf', 'give the path of an ELF file');
  }
  if (pace !== 'fast' && pace !== 'real' && pace !== 'steps') {
    throw new JobError(`there is no pace ${JSON.stringify(pace)}`, 'pace', 'use "fast", "real" or "steps"');
  }
  const [stimuli, parts] = ['stimuli', 'parts'].map((key) => {
    const list = job[key] ?? [];
    if (!Array.isArray(list)) throw new JobError('this is not a list', key, 'give a list of objects');
    return list;
  });
  return {
    elf: job.elf,
    runForNanos: wholeNumber(job.runForNs, 'runForNs', Number.MAX_SAFE_INTEGER),
    wallLimitMillis: wholeNumber(job.wallLimitMs ?? DEFAULT_WALL_LIMIT_MILLIS, 'wallLimitMs', Number.MAX_SAFE_INTEGER),
    pace,
    rtt: flag(job.rtt ?? true, 'rtt'),
    watch: {
      pins: numbers(job.watch?.pins, 'watch.pins', PIN_COUNT),
      uarts: numbers(job.watch?.uarts, 'watch.uarts', UART_COUNT),
    },
    parts: parts.map((part, index) => checkPart(part, `parts[${index}]`)),
    stimuli: stimuli.map((stimulus, index) => checkStimulus(stimulus, `stimuli[${index}]`, undefined)),
  };
}

/**
 * @param {string} line
 * @param {number} now taken where the stimulus says no time
 * @returns {Stimulus}
 */
export function parseStimulus(line, now) {
  return checkStimulus(parseObject(line, 'a stimulus'), 'stimulus', now);
}

function parseObject(line, what) {
  let value;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new JobError(`${what} is not JSON: ${error.message}`, 'stdin', 'send one JSON object on one line');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new JobError(`${what} is not a JSON object`, 'stdin', 'send one JSON object on one line');
  }
  return value;
}

function checkStimulus(stimulus, where, now) {
  const at = wholeNumber(stimulus?.at ?? now, `${where}.at`, Number.MAX_SAFE_INTEGER);
  if (stimulus.stop === true) return { at, stop: true };
  if (stimulus.pin !== undefined) {
    const level = stimulus.level;
    if (level !== 0 && level !== 1 && level !== null) {
      throw new JobError('a level is 0, 1 or null', `${where}.level`, 'null lets go of the pin');
    }
    const pin = wholeNumber(stimulus.pin, `${where}.pin`, PIN_COUNT - 1);
    return { at, pin, level: level === null ? null : level === 1 };
  }
  if (stimulus.brownOut === true) return { at, brownOut: true };
  if (stimulus.drift !== undefined) {
    const { drift } = stimulus;
    if (!Number.isInteger(drift) || Math.abs(drift) > MOST_DRIFT) {
      throw new JobError(`${JSON.stringify(drift)} is no drift of a clock`, `${where}.drift`, `give up to ${MOST_DRIFT} ppm`);
    }
    return { at, drift };
  }
  if (stimulus.framing !== undefined) {
    const uart = wholeNumber(stimulus.uart, `${where}.uart`, UART_COUNT - 1);
    return { at, uart, framing: flag(stimulus.framing, `${where}.framing`) };
  }
  if (stimulus.noise !== undefined) {
    return {
      at,
      adc: wholeNumber(stimulus.adc, `${where}.adc`, ANALOG_COUNT - 1),
      noise: wholeNumber(stimulus.noise, `${where}.noise`, MOST_MILLIVOLTS),
      seed: wholeNumber(stimulus.seed, `${where}.seed`, 0xffff_ffff),
    };
  }
  if (stimulus.uart !== undefined) {
    const baud = stimulus.baud === undefined ? undefined : wholeNumber(stimulus.baud, `${where}.baud`, 100_000_000);
    if (baud === 0) throw new JobError('a baud rate of 0 sends nothing', `${where}.baud`, 'leave it out, or give a rate');
    return {
      at,
      uart: wholeNumber(stimulus.uart, `${where}.uart`, UART_COUNT - 1),
      bytes: hexBytes(stimulus.bytes, `${where}.bytes`),
      baud,
    };
  }
  if (stimulus.adc !== undefined) {
    return {
      at,
      adc: wholeNumber(stimulus.adc, `${where}.adc`, ANALOG_COUNT - 1),
      millivolts: wholeNumber(stimulus.millivolts, `${where}.millivolts`, MOST_MILLIVOLTS),
    };
  }
  if (stimulus.plugged !== undefined) return { at, plugged: flag(stimulus.plugged, `${where}.plugged`) };
  if (stimulus.usb !== undefined) return { at, ...checkUsb(stimulus, where) };
  if (stimulus.part !== undefined) {
    const { value } = stimulus;
    if (typeof value !== 'number') throw new JobError('this is not a number', `${where}.value`, 'correct the job');
    return { at, part: text(stimulus.part, `${where}.part`), quantity: text(stimulus.quantity, `${where}.quantity`), value };
  }
  if (stimulus.fault !== undefined) return checkFault(stimulus, at, where);
  throw new JobError('this stimulus does nothing', where, 'give it one of pin, uart, adc, usb, plugged, part, fault, drift, brownOut or stop');
}

/** What a program does to a serial port over USB. */
function checkUsb(stimulus, where) {
  const usb = wholeNumber(stimulus.usb, `${where}.usb`, USB_PORT_COUNT - 1);
  if (stimulus.bytes !== undefined) return { usb, bytes: hexBytes(stimulus.bytes, `${where}.bytes`) };
  const baud = stimulus.baud === undefined ? undefined : wholeNumber(stimulus.baud, `${where}.baud`, 0xffff_ffff);
  if (stimulus.open !== undefined) return { usb, open: flag(stimulus.open, `${where}.open`), baud };
  if (baud !== undefined) return { usb, baud };
  throw new JobError('nothing is done to this port', where, 'give it one of bytes, open or baud');
}

function checkPart(part, where) {
  const name = text(part?.name, `${where}.name`);
  if (part.i2c !== undefined) {
    const address = wholeNumber(part.address, `${where}.address`, MOST_ADDRESS);
    return { name, i2c: wholeNumber(part.i2c, `${where}.i2c`, BUS_COUNT - 1), address };
  }
  if (part.spi !== undefined) {
    const select = wholeNumber(part.select, `${where}.select`, PIN_COUNT - 1);
    return { name, spi: wholeNumber(part.spi, `${where}.spi`, BUS_COUNT - 1), select };
  }
  const pins = numbers(part.pins, `${where}.pins`, PIN_COUNT);
  if (pins === undefined) throw new JobError('this part is on no wire', where, 'give it one of i2c, spi or pins');
  return { name, pins };
}

function checkFault(stimulus, at, where) {
  const bus = stimulus.i2c === undefined ? 'spi' : 'i2c';
  const index = wholeNumber(stimulus[bus], `${where}.${bus}`, BUS_COUNT - 1);
  const { fault } = stimulus;
  if (fault === 'short') return { at, bus, index, fault: { short: wholeNumber(stimulus.after, `${where}.after`, MOST_BYTES) } };
  if (!FAULTS[bus].includes(fault)) {
    const known = [...FAULTS[bus], 'short'].join(', ');
    throw new JobError(`there is no fault ${JSON.stringify(fault)} of ${bus}`, `${where}.fault`, `use one of ${known}`);
  }
  return { at, bus, index, fault };
}

function text(value, where) {
  if (typeof value !== 'string' || value === '' || /\s/.test(value)) {
    throw new JobError('this is not a name', where, 'give a word without spaces');
  }
  return value;
}

function wholeNumber(value, where, most) {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new JobError(`${JSON.stringify(value)} is not a whole number from 0 to ${most}`, where, 'correct the job');
  }
  return value;
}

function flag(value, where) {
  if (typeof value !== 'boolean') throw new JobError('this is neither true nor false', where, 'correct the job');
  return value;
}

function numbers(list, where, count) {
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) throw new JobError('this is not a list', where, 'give a list of numbers, or leave it out');
  return list.map((value, index) => wholeNumber(value, `${where}[${index}]`, count - 1));
}

function hexBytes(text, where) {
  if (typeof text !== 'string' || text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new JobError('bytes are a string of hexadecimal digit pairs', where, 'write "48690d0a" for "Hi\\r\\n"');
  }
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
