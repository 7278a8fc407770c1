/**
 * What a USB host does on the bus, step by step on virtual time: transactions, control transfers, waiting.
 *
 * USB 2.0: 5.8.4 (time on a full-speed bus), 8.5.3 (control transfers), 8.6 (data toggles), 9.3 (requests).
 * A procedure is a generator that yields what it waits for; a `Procedure` runs it.
 */

/** Something that the device did or did not do, in words. */
export class TransferError extends Error {}

const NANOS_PER_BIT = 1e3 / 12;
const BULK_OVERHEAD_BYTES = 13;
// A host whose question got a NAK asks again within the same frame.
const ASK_AGAIN_NANOS = 1_000;
const CONTROL_LIMIT_NANOS = 500e6;

/**
 * @typedef {{ sleep: number } | { until: () => boolean, limit?: number }} Wish
 */

/** Runs a generator of wishes on a chip's clock. */
export class Procedure {
  /**
   * @param {import('../clock.mjs').VirtualClock} clock
   * @param {Generator<Wish, void, 'ready' | 'late'>} steps
   * @param {(error: TransferError) => void} onError
   */
  constructor(clock, steps, onError) {
    this.steps = steps;
    this.onError = onError;
    this.until = undefined;
    this.alarm = clock.createAlarm(() => this.wake());
    this.alarm.schedule(0);
  }

  /** Looks whether what it waits for has come. */
  look() {
    if (this.until?.()) {
      this.until = undefined;
      this.alarm.schedule(ASK_AGAIN_NANOS);
    }
  }

  stop() {
    this.until = undefined;
    this.alarm.cancel();
  }

  wake() {
    const isLate = this.until !== undefined;
    this.until = undefined;
    this.step(isLate ? 'late' : 'ready');
  }

  step(outcome) {
    let next;
    try {
      next = this.steps.next(outcome);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      this.onError(error);
      return;
    }
    if (next.done) return;
    const wish = next.value;
    if ('sleep' in wish) {
      this.alarm.schedule(wish.sleep);
    } else if (wish.until()) {
      this.alarm.schedule(0);
    } else {
      this.until = wish.until;
      if (wish.limit !== undefined) this.alarm.schedule(wish.limit);
    }
  }
}

/** The one bus, on which a transaction waits for the one before. */
export class Bus {
  /**
   * @param {import('../fidelity/usb.mjs').UsbController} device
   * @param {import('../clock.mjs').VirtualClock} clock
   * @param {(text: string) => void} onWarning
   */
  constructor(device, clock, onWarning) {
    this.device = device;
    this.clock = clock;
    this.onWarning = onWarning;
    this.address = 0;
    this.freeAt = 0;
  }

  *occupy(bytes) {
    const start = Math.max(this.freeAt, this.clock.nanos);
    this.freeAt = start + 8 * (bytes + BULK_OVERHEAD_BYTES) * NANOS_PER_BIT;
    yield { sleep: this.freeAt - this.clock.nanos };
  }

  /**
   * A packet from the device, as soon as it has one.
   *
   * @param {{ number: number, data1: boolean }} pipe
   */
  *read(pipe, limit) {
    for (;;) {
      const outcome = yield { until: () => this.device.isReady(pipe.number, 'in'), limit };
      if (outcome === 'late') throw new TransferError(`no packet on endpoint ${pipe.number} in time`);
      yield* this.occupy(this.device.waitingBytes(pipe.number));
      const result = this.device.read(this.address, pipe.number);
      if (result.answer === 'nak') continue;
      if (result.answer !== 'ack') throw refused(pipe, result.answer);
      if (result.data1 === pipe.data1) {
        pipe.data1 = !pipe.data1;
        return result.bytes;
      }
      this.onWarning(`endpoint ${pipe.number} sent ${toggle(result.data1)} where ${toggle(pipe.data1)} was due: the host drops the packet`);
    }
  }

  /** A packet to the device, as soon as it takes one. */
  *write(pipe, bytes, limit) {
    for (;;) {
      const outcome = yield { until: () => this.device.isReady(pipe.number, 'out'), limit };
      if (outcome === 'late') throw new TransferError(`endpoint ${pipe.number} took no packet in time`);
      yield* this.occupy(bytes.length);
      const result = this.device.write(this.address, pipe.number, bytes, pipe.data1);
      if (result.answer === 'nak') continue;
      if (result.answer !== 'ack') throw refused(pipe, result.answer);
      pipe.data1 = !pipe.data1;
      return;
    }
  }

  /**
   * A control transfer: the device's answer, or nothing after data of the host's.
   *
   * @param {{ type: number, request: number, value?: number, index?: number, length?: number, data?: Uint8Array }} request
   */
  *control({ type, request, value = 0, index = 0, length = 0, data = new Uint8Array(0) }) {
    const asks = (type & 0x80) !== 0;
    const packet = new Uint8Array(8);
    const view = new DataView(packet.buffer);
    view.setUint8(0, type);
    view.setUint8(1, request);
    view.setUint16(2, value, true);
    view.setUint16(4, index, true);
    view.setUint16(6, asks ? length : data.length, true);
    yield* this.occupy(packet.length);
    if (!this.device.setup(this.address, packet)) throw new TransferError('the device does not hear its address');
    const pipe = { number: 0, data1: true };
    if (asks) return yield* this.answer(pipe, length);
    for (let sent = 0; sent < data.length; sent += PACKET) {
      yield* this.write(pipe, data.subarray(sent, sent + PACKET), CONTROL_LIMIT_NANOS);
    }
    // Section 8.5.3: the status stage goes the other way, and is always DATA1.
    pipe.data1 = true;
    yield* this.read(pipe, CONTROL_LIMIT_NANOS);
    return new Uint8Array(0);
  }

  *answer(pipe, length) {
    const bytes = [];
    for (;;) {
      const packet = yield* this.read(pipe, CONTROL_LIMIT_NANOS);
      bytes.push(...packet);
      if (packet.length < PACKET || bytes.length >= length) break;
    }
    pipe.data1 = true;
    yield* this.write(pipe, new Uint8Array(0), CONTROL_LIMIT_NANOS);
    return Uint8Array.from(bytes);
  }
}

/** Bytes of a full packet, on endpoint 0 and on bulk endpoints of a full-speed device. */
export const PACKET = 64;

function toggle(data1) {
  return data1 ? 'DATA1' : 'DATA0';
}

function refused(pipe, answer) {
  const words = { stall: 'is stalled', none: 'is silent', overflow: 'has no room for a packet that is so long' };
  return new TransferError(`endpoint ${pipe.number} ${words[answer]}`);
}
