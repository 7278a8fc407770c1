/**
 * The world around the chip: drives pins, puts voltages on them, sends to uarts and opens ports of a USB device when the
 * stimuli say so.
 *
 * It outlives a reset: a level that is driven stays driven, and what is still to be sent is sent to the new chip.
 */

import { Noise } from './fidelity/noise.mjs';
import { UsbHost } from './usb/host.mjs';

/**
 * @typedef {object} OutsideListener
 * @property {() => number} now virtual time since the start of the run
 * @property {(uart: number, byte: number, reason: string) => void} onLost the uart did not take a byte
 * @property {(event: Record<string, unknown>) => void} onUsb what the USB host has seen
 * @property {(stimulus: import('./job.mjs').SetStimulus) => void} onSet
 * @property {(millionths: number) => void} onDrift
 * @property {() => never} onBrownOut
 * @property {() => void} onStop
 */

export class Outside {
  /** @param {OutsideListener} listener */
  constructor(listener) {
    this.listener = listener;
    /** @type {import('./job.mjs').Stimulus[]} in the order of their times */
    this.pending = [];
    /** @type {Map<number, boolean>} */
    this.driven = new Map();
    /** @type {Map<number, number>} millivolts by channel of the converter */
    this.voltages = new Map();
    /** @type {Map<number, import('./job.mjs').NoiseStimulus>} by channel of the converter */
    this.noises = new Map();
    /** @type {Set<number>} uarts whose frames arrive broken */
    this.broken = new Set();
    /** @type {Map<string, import('./job.mjs').FaultStimulus>} by bus */
    this.faults = new Map();
    /** @type {Sender[]} */
    this.senders = [];
    this.usbHost = new UsbHost((event) => listener.onUsb(event));
  }

  /** @param {import('./job.mjs').Stimulus} stimulus */
  add(stimulus) {
    let place = this.pending.length;
    while (place > 0 && this.pending[place - 1].at > stimulus.at) place--;
    this.pending.splice(place, 0, stimulus);
    this.arm();
  }

  /**
   * @param {import('./chip.mjs').Chip} chip
   * @param {import('./rate.mjs').Rate} rate
   */
  connect(chip, rate) {
    this.chip = chip;
    this.rate = rate;
    this.alarm = chip.clock.createAlarm(() => this.act());
    this.senders = chip.uarts.map((uart, index) => {
      const lost = (byte, reason) => this.listener.onLost(index, byte, reason);
      const isBroken = () => this.broken.has(index);
      return new Sender(uart, chip.clock, this.senders[index]?.queue ?? [], isBroken, lost);
    });
    for (const [pin, level] of this.driven) chip.pads.drive(pin, level);
    for (const [channel, millivolts] of this.voltages) chip.adc.millivolts[channel] = millivolts;
    for (const noise of this.noises.values()) this.addNoise(noise);
    for (const fault of this.faults.values()) this.disturb(fault);
    for (const sender of this.senders) sender.begin();
    this.usbHost.connect(chip);
    this.arm();
  }

  arm() {
    if (this.pending.length > 0) this.alarm?.scheduleAt(this.rate.toOwn(this.pending[0].at));
  }

  act() {
    const now = this.listener.now();
    while (this.pending.length > 0 && this.pending[0].at <= now) this.apply(this.pending.shift());
    this.arm();
  }

  apply(stimulus) {
    if ('stop' in stimulus) {
      this.listener.onStop();
    } else if ('brownOut' in stimulus) {
      this.listener.onBrownOut();
    } else if ('drift' in stimulus) {
      this.listener.onDrift(stimulus.drift);
    } else if ('framing' in stimulus) {
      if (stimulus.framing) this.broken.add(stimulus.uart);
      else this.broken.delete(stimulus.uart);
    } else if ('noise' in stimulus) {
      this.noises.set(stimulus.adc, stimulus);
      this.addNoise(stimulus);
    } else if ('quantity' in stimulus) {
      this.listener.onSet(stimulus);
    } else if ('fault' in stimulus) {
      // A part that hung does so once: the firmware may have freed it before a reset.
      const lasts = stimulus.fault !== 'hung';
      if (lasts) this.faults.set(`${stimulus.bus}${stimulus.index}`, stimulus);
      else this.faults.delete(`${stimulus.bus}${stimulus.index}`);
      this.disturb(stimulus);
    } else if ('pin' in stimulus) {
      const { pin, level } = stimulus;
      if (level === null) this.driven.delete(pin);
      else this.driven.set(pin, level);
      this.chip.pads.drive(pin, level);
    } else if ('adc' in stimulus) {
      this.voltages.set(stimulus.adc, stimulus.millivolts);
      this.chip.adc.millivolts[stimulus.adc] = stimulus.millivolts;
    } else if ('plugged' in stimulus) {
      this.usbHost.plug(stimulus.plugged);
    } else if ('usb' in stimulus) {
      this.usbHost.add(stimulus);
    } else {
      const sender = this.senders[stimulus.uart];
      for (const byte of stimulus.bytes) sender.queue.push({ byte, baud: stimulus.baud });
      sender.begin();
    }
  }

  /** @param {import('./job.mjs').NoiseStimulus} stimulus */
  addNoise({ adc, noise, seed }) {
    this.chip.adc.noises[adc] = noise === 0 ? undefined : new Noise(noise, seed);
  }

  /** @param {import('./job.mjs').FaultStimulus} stimulus */
  disturb({ bus, index, fault }) {
    if (bus === 'i2c') this.chip.i2c[index].setFault(fault, this.chip.pads);
    else this.chip.spi[index].fault = fault;
  }
}

/** The other end of a uart's line: sends frame after frame, without a pause. */
class Sender {
  constructor(uart, clock, queue, isBroken, onLost) {
    this.uart = uart;
    this.queue = queue;
    this.isBroken = isBroken;
    this.onLost = onLost;
    this.sending = undefined;
    this.frameEnd = clock.createAlarm(() => this.end());
  }

  begin() {
    if (this.sending !== undefined) return;
    const next = this.queue.shift();
    if (next === undefined) return;
    const { uart } = this;
    const bitNanos = next.baud === undefined ? uart.bitNanos : 1e9 / next.baud;
    this.sending = { byte: next.byte, bitNanos };
    // A uart without a baud rate receives nothing; its bytes are lost one after the other, all at once.
    this.frameEnd.schedule(uart.frameBits * bitNanos);
  }

  end() {
    const { byte, bitNanos } = this.sending;
    this.sending = undefined;
    const outcome = this.uart.receive(byte, bitNanos, this.isBroken());
    if (outcome !== 'received') this.onLost(byte, outcome);
    this.begin();
  }
}
