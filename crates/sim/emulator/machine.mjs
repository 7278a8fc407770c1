/**
 * One board: a chip with an image in its flash, the outside that acts on it, and the events that come of it.
 *
 * Everything happens on virtual time in one synchronous loop, so that the same image and the same stimuli give the
 * same events to the nanosecond. A reset replaces the chip; time and the outside go on.
 */
import { Chip, ChipReset } from './chip.mjs';
import { SRAM_START } from './elf.mjs';
import { PIN_COUNT } from './job.mjs';
import { Outside } from './outside.mjs';
import { Parts } from './parts.mjs';
import { Rate } from './rate.mjs';
import { RttReader } from './rtt.mjs';
import { SP, Work } from './work.mjs';

/**
 * @typedef {{ t: number } & Record<string, unknown>} Event t: nanoseconds since the start of the run
 *
 * @typedef {object} MachineSettings
 * @property {{ pins: number[] | undefined, uarts: number[] | undefined }} [watch] undefined: all of them
 * @property {boolean} [rtt]
 * @property {import('./parts.mjs').Mount[]} [parts]
 */

const RTT_SYMBOL = '_SEGGER_RTT';
// RTT's usual buffer of 1024 bytes cannot be filled much faster than this; and in blocking mode nothing is lost.
const INSTRUCTIONS_PER_ROUND = 512;
const ROUNDS_PER_WALL_CHECK = 256;

// A core that has worked for so long without a sleep is not expected to sleep any more.
const HOPELESS_WORK_NANOS = 4e9;
// Where a run ends in the middle of so much work, it is looked whether that ends; less is no reason to spend time on it.
const SUSPICIOUS_WORK_NANOS = 500e6;
const OVERTIME_SLICE_NANOS = 20e6;

export class Machine {
  /**
   * @param {import('./elf.mjs').Image} image
   * @param {(event: Event) => void} onEvent
   * @param {MachineSettings} [settings]
   * @param {import('./parts.mjs').Bridge} [bridge] to whoever holds the parts, where there are any
   */
  constructor(image, onEvent, settings = {}, bridge = undefined) {
    this.image = image;
    this.work = new Work(image);
    /** @type {Map<string, number>} how often a task was found at work since the core has slept last, and how often was looked */
    this.foundAtWork = new Map();
    this.looks = 0;
    this.onEvent = onEvent;
    this.watchedPins = settings.watch?.pins && new Set(settings.watch.pins);
    this.watchedUarts = settings.watch?.uarts && new Set(settings.watch.uarts);
    this.readsRtt = settings.rtt ?? true;
    this.stopped = false;
    this.resets = 0;
    this.rounds = 0;
    this.reported = new Array(PIN_COUNT).fill(false);
    this.rate = new Rate(0);
    this.earlier = { retired: 0, slept: 0, unmodelled: new Map() };
    this.parts = new Parts(settings.parts ?? [], bridge, () => this.now);
    this.outside = new Outside({
      now: () => this.now,
      onLost: (uart, byte, reason) => this.emit({ uart, lost: hex([byte]), reason }),
      onUsb: (event) => this.emit(event),
      onSet: ({ part, quantity, value }) => this.set(part, quantity, value),
      onDrift: (millionths) => this.drift(millionths),
      onBrownOut: () => {
        throw new ChipReset('brown-out');
      },
      onStop: () => {
        this.stopped = true;
      },
    });
    this.powerUp(undefined);
  }

  /** Virtual time since the start of the run, in nanoseconds. */
  get now() {
    return this.rate.toWorld(this.chip.clock.nanos);
  }

  /** @param {import('./job.mjs').Stimulus} stimulus one whose time has passed acts at once */
  add(stimulus) {
    this.outside.add(stimulus);
  }

  /**
   * Runs until virtual time reaches `until`, a stop, or the wall clock's `deadline` in milliseconds.
   *
   * @param {number} until
   * @param {number} [deadline]
   * @returns {'time' | 'stopped' | 'wall-limit'}
   */
  run(until, deadline = Infinity) {
    while (!this.stopped && this.now < until) {
      this.round(until);
      // Counted from call to call: a caller may run in slices that are shorter than the distance of two looks.
      if (++this.rounds % ROUNDS_PER_WALL_CHECK === 0 && Date.now() >= deadline) return 'wall-limit';
    }
    return this.stopped ? 'stopped' : 'time';
  }

  /** How long the core has been at work without a sleep. */
  get workedNanos() {
    const { chip } = this;
    return chip.core.waiting ? 0 : chip.clock.nanos - chip.wokenAt;
  }

  /**
   * Looks at what the core does. To be called from time to time.
   *
   * @returns {boolean} whether it works without an end
   */
  look() {
    const { chip, work, foundAtWork } = this;
    const { core, mcu } = chip;
    work.learn(mcu.sram);
    if (this.workStarted !== chip.wokenAt) {
      this.workStarted = chip.wokenAt;
      foundAtWork.clear();
      this.looks = 0;
    }
    if (core.waiting) return false;
    const task = work.task(core, mcu.sram);
    this.looks += 1;
    if (task !== undefined) foundAtWork.set(task, (foundAtWork.get(task) ?? 0) + 1);
    return this.workedNanos >= HOPELESS_WORK_NANOS;
  }

  /**
   * Tells of work that has no end, at the end of a run. Work that is merely long is no fault, wherever the run ends: so the
   * chip goes on behind that, and nothing of it is told, until the core sleeps or nothing else is to be expected.
   *
   * @param {number} [deadline] the wall clock's, in milliseconds
   */
  endWork(deadline = Infinity) {
    this.look();
    if (this.workedNanos < SUSPICIOUS_WORK_NANOS || !this.worksOn(deadline)) return;
    const [task, times] = [...this.foundAtWork].sort(([, one], [, other]) => other - one)[0] ?? [undefined, 0];
    const seen = task === undefined ? 'and in no task' : `and was found in this task at ${times} of ${this.looks} looks`;
    const millis = Math.round(this.workedNanos / 1e6);
    const since = Math.round(this.rate.toWorld(this.chip.wokenAt));
    this.onEvent({
      t: since,
      broken: 'never sleeps',
      task,
      note: `the core worked for ${millis} ms without a pause, ${seen}`,
    });
  }

  /** Whether the work that the run has ended in goes on for as long as work can be expected to. */
  worksOn(deadline) {
    const { onEvent, stopped, resets } = this;
    const since = this.chip.wokenAt;
    this.onEvent = () => {};
    this.stopped = false;
    let reason = 'time';
    const isSame = () => this.chip.wokenAt === since && !this.chip.core.waiting && this.resets === resets;
    while (reason === 'time' && isSame() && !this.look()) {
      reason = this.run(this.now + OVERTIME_SLICE_NANOS, deadline);
    }
    this.onEvent = onEvent;
    this.stopped = stopped;
    return isSame();
  }

  /** What the whole run came to. */
  summary() {
    const { chip, earlier } = this;
    const unmodelled = new Map(earlier.unmodelled);
    addCounts(unmodelled, chip.observer.unmodelled);
    return {
      retiredInstructions: earlier.retired + chip.retired,
      sleptNs: Math.round(earlier.slept + chip.sleptNanos),
      resets: this.resets,
      unmodelled: Object.fromEntries(unmodelled),
    };
  }

  round(until) {
    try {
      this.chip.run(this.rate.toOwn(until), INSTRUCTIONS_PER_ROUND);
    } catch (error) {
      if (!(error instanceof ChipReset)) throw error;
      this.rtt?.poll();
      this.reset(error.cause);
      return;
    }
    this.rtt?.poll();
  }

  reset(cause) {
    const task = cause === 'software' ? this.work.task(this.chip.core, this.chip.mcu.sram) : undefined;
    this.emit({ reset: cause, ...(task && { task }) });
    this.resets += 1;
    const { chip, earlier } = this;
    addCounts(earlier.unmodelled, chip.observer.unmodelled);
    earlier.retired += chip.retired;
    earlier.slept += chip.sleptNanos;
    const { millionths } = this.rate;
    // A whole number, so that adding a chip's time to it and taking it away again is exact.
    this.rate = new Rate(Math.ceil(this.now));
    this.rate.drift(millionths, 0);
    if (cause === 'brown-out') this.parts.powerUp();
    this.powerUp(chip, cause);
  }

  /** @param {number} millionths how much faster than the world's the chip's clock is from now on */
  drift(millionths) {
    this.rate.drift(millionths, this.chip.clock.nanos);
    this.parts.clockChanged();
  }

  powerUp(previous, cause = undefined) {
    this.chip = new Chip(
      {
        onLevel: (pin) => this.reportLevel(pin),
        onContention: (pin) => this.emit({ warning: `pin ${pin} is driven from outside against the chip`, pin }),
        onByte: (uart, byte, pins) => this.byteSent(uart, byte, pins),
        onMessage: (i2c, message) => this.messageSent(i2c, message),
        onTransfer: (spi, select, sent, received) =>
          this.emit({ spi, select, sent: hex(sent), received: hex(received) }),
        onFault: (reason, pc, lockup) => {
          const { core, mcu } = this.chip;
          const what = core.registers[SP] < SRAM_START ? `the stack has grown out of the RAM: ${reason}` : reason;
          const task = this.work.task(core, mcu.sram);
          this.emit({ [lockup ? 'lockup' : 'fault']: what, pc, ...(task && { task }) });
        },
      },
      previous,
      cause === 'brown-out',
    );
    for (const { offset, bytes } of this.image.segments) this.chip.mcu.flash.set(bytes, offset);
    this.parts.connect(this.chip, this.rate);
    this.outside.connect(this.chip, this.rate);
    for (let pin = 0; pin < PIN_COUNT; pin++) this.reportLevel(pin);
    const block = this.image.symbols.get(RTT_SYMBOL);
    this.rtt =
      this.readsRtt && block !== undefined
        ? new RttReader(this.chip.mcu, block, (channel, bytes) => this.emit({ rtt: channel, bytes: hex(bytes) }))
        : undefined;
    if (cause === 'usb-boot') this.chip.park();
    else this.chip.boot();
  }

  /** Tells of a pin's level where it is another than the one told last: a reset lets go of all of them. */
  reportLevel(pin) {
    const { pads } = this.chip;
    const level = pads.levels[pin];
    if (level !== this.reported[pin]) {
      this.reported[pin] = level;
      if (this.watchedPins?.has(pin) !== false) this.emit({ pin, level: level ? 1 : 0, by: pads.driver(pin) });
      this.parts.levelChanged(pin, level, pads.driver(pin));
    }
  }

  messageSent(i2c, { address, reading, bytes, nack }) {
    this.emit({ i2c, address, reading, bytes: hex(bytes), nack });
  }

  /** What a part cannot be exposed to is told; the run goes on. */
  set(part, quantity, value) {
    const fault = this.parts.set(part, quantity, value);
    if (fault !== undefined) this.emit({ error: fault, where: `part ${part}`, help: 'correct the stimulus' });
  }

  byteSent(uart, byte, pins) {
    if (this.watchedUarts?.has(uart) === false) return;
    this.emit({ uart, bytes: hex([byte]), pins });
  }

  emit(event) {
    this.onEvent({ t: Math.round(this.now), ...event });
  }
}

function hex(bytes) {
  return Buffer.from(bytes).toString('hex');
}

function addCounts(sums, counts) {
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
}
