/**
 * The host at the other end of the USB cable: finds the device, reads what it is, and opens its serial ports as
 * programs on a computer do.
 *
 * USB 2.0: 7.1.7 (debouncing, reset, suspend), 9.1.2 (enumeration). USB CDC 1.2 and its PSTN subclass 1.2: the requests
 * to a port. The cable is plugged in from the start; the board has a supply of its own and lives on without it.
 */
import { identity, serialPorts, text } from './descriptors.mjs';
import { Bus, PACKET, Procedure } from './transfers.mjs';

const DEBOUNCE_NANOS = 100e6;
const RESET_NANOS = 10e6;
const RECOVERY_NANOS = 10e6;
const ADDRESS_RECOVERY_NANOS = 2e6;
const SILENCE_NANOS = 3e6; // after so long without a frame a device goes to sleep

const TO_HOST = 0x80;
const TO_PORT = 0x21;
const SET_ADDRESS = 5;
const GET_DESCRIPTOR = 6;
const SET_CONFIGURATION = 9;
const SET_LINE_CODING = 0x20;
const SET_CONTROL_LINE_STATE = 0x22;
const DEVICE = 1;
const CONFIGURATION = 2;
const STRING = 3;
const DEVICE_BYTES = 18;
const CONFIGURATION_HEAD_BYTES = 9;
const MOST_STRING_BYTES = 255;
const ENGLISH = 0x0409;
const ADDRESS = 1;
const DTR_AND_RTS = 3;
const USUAL_BAUD = 115200;

// A host hands a transfer on when it ends with a short packet, or when its buffer is full.
const TRANSFER_BYTES = 4096;

/**
 * @typedef {{ at: number, usb: number, bytes: Uint8Array }} UsbSend
 * @typedef {{ at: number, usb: number, open: boolean, baud: number | undefined }} UsbOpen
 * @typedef {{ at: number, usb: number, baud: number }} UsbBaud
 * @typedef {UsbSend | UsbOpen | UsbBaud} UsbRequest what a program does to a port
 */

export class UsbHost {
  /** @param {(event: Record<string, unknown>) => void} emit */
  constructor(emit) {
    this.emit = emit;
    this.isPlugged = true;
    /** @type {UsbRequest[]} what programs wait to do until there is a port */
    this.requests = [];
    this.forget();
  }

  /** Nothing is known of a device. */
  forget() {
    this.isAttached = false;
    this.isConfigured = false;
    this.procedures = [];
    this.ports = [];
  }

  /** @param {import('../chip.mjs').Chip} chip one that was just reset */
  connect(chip) {
    this.lose();
    this.device = chip.usb;
    this.clock = chip.clock;
    this.silence = chip.clock.createAlarm(() => this.device.suspend(true));
    this.device.hasPower = this.isPlugged;
    this.device.onChange = () => this.look();
  }

  /** @param {boolean} isPlugged */
  plug(isPlugged) {
    if (isPlugged === this.isPlugged) return;
    this.isPlugged = isPlugged;
    this.device.hasPower = isPlugged;
    if (isPlugged) this.silence.cancel();
    else this.silence.schedule(SILENCE_NANOS);
    this.look();
  }

  /** @param {UsbRequest} request */
  add(request) {
    this.requests.push(request);
    this.look();
  }

  look() {
    const isAttached = this.isPlugged && this.device.isAttached;
    if (isAttached && !this.isAttached) this.begin();
    else if (!isAttached && this.isAttached) this.lose();
    for (const procedure of this.procedures) procedure.look();
  }

  begin() {
    this.isAttached = true;
    this.bus = new Bus(this.device, this.clock, (text) => this.emit({ warning: `usb: ${text}` }));
    this.run(this.enumerate());
  }

  /** The device is gone, and with it its ports and what programs had in hand for them. */
  lose() {
    if (this.isConfigured) this.emit({ usbDevice: 'detached' });
    for (const procedure of this.procedures) procedure.stop();
    if (this.isConfigured) {
      for (const port of this.ports) this.drop(port.index, port.queue, 'the device was detached');
    }
    this.forget();
  }

  run(steps) {
    const onError = (error) => {
      if (this.isConfigured) this.emit({ warning: `usb: ${error.message}` });
      else this.emit({ usbDevice: 'failed', reason: error.message });
    };
    const procedure = new Procedure(this.clock, steps, onError);
    this.procedures.push(procedure);
    return procedure;
  }

  drop(usb, bytes, reason) {
    if (bytes.length > 0) this.emit({ usb, lost: hex(bytes), reason });
  }

  *enumerate() {
    const { bus } = this;
    yield { sleep: DEBOUNCE_NANOS };
    this.device.busReset();
    yield { sleep: RESET_NANOS + RECOVERY_NANOS };
    yield* this.descriptor(DEVICE, 0, PACKET);
    yield* bus.control({ type: 0, request: SET_ADDRESS, value: ADDRESS });
    bus.address = ADDRESS;
    yield { sleep: ADDRESS_RECOVERY_NANOS };
    const device = yield* this.descriptor(DEVICE, 0, DEVICE_BYTES);
    const head = yield* this.descriptor(CONFIGURATION, 0, CONFIGURATION_HEAD_BYTES);
    const configuration = yield* this.descriptor(CONFIGURATION, 0, head[2] | (head[3] << 8));
    const { vendor, product, strings } = identity(device);
    const texts = {};
    for (const [name, index] of Object.entries(strings)) {
      if (index > 0) texts[name] = text(yield* this.descriptor(STRING, index, MOST_STRING_BYTES));
    }
    yield* bus.control({ type: 0, request: SET_CONFIGURATION, value: configuration[5] });
    this.ports = serialPorts(configuration).map((port, index) => this.makePort(port, index));
    this.isConfigured = true;
    this.emit({
      usbDevice: 'configured',
      vendor,
      product,
      strings: texts,
      ports: this.ports.length,
      device: hex(device),
      configuration: hex(configuration),
    });
    for (const port of this.ports) this.run(this.send(port));
    yield* this.serve();
  }

  *descriptor(kind, index, length) {
    const language = kind === STRING ? ENGLISH : 0;
    return yield* this.bus.control({
      type: TO_HOST,
      request: GET_DESCRIPTOR,
      value: (kind << 8) | index,
      index: language,
      length,
    });
  }

  makePort(port, index) {
    return {
      index,
      control: port.control,
      in: { number: port.in, data1: false },
      out: { number: port.out, data1: false },
      queue: [],
      reading: undefined,
    };
  }

  /** Does what programs want, one thing after the other. */
  *serve() {
    for (;;) {
      yield { until: () => this.requests.length > 0 };
      const request = this.requests.shift();
      const port = this.ports[request.usb];
      if (port === undefined) {
        this.emit({ warning: `usb: there is no port ${request.usb}: the device has ${this.ports.length}` });
      } else if ('bytes' in request) {
        if (port.reading === undefined) this.drop(port.index, request.bytes, 'the port is not open');
        else port.queue.push(...request.bytes);
        this.look();
      } else if (request.open === undefined) {
        yield* this.setCoding(port, request.baud);
      } else if (request.open) {
        yield* this.open(port, request.baud);
      } else {
        yield* this.close(port);
      }
    }
  }

  *open(port, baud = USUAL_BAUD) {
    yield* this.toPort(port, SET_CONTROL_LINE_STATE, DTR_AND_RTS);
    yield* this.setCoding(port, baud);
    port.reading ??= this.run(this.receive(port));
  }

  *close(port) {
    port.reading?.stop();
    this.procedures = this.procedures.filter((procedure) => procedure !== port.reading);
    port.reading = undefined;
    yield* this.toPort(port, SET_CONTROL_LINE_STATE, 0);
  }

  *setCoding(port, baud) {
    const coding = new Uint8Array(7);
    new DataView(coding.buffer).setUint32(0, baud, true);
    coding[6] = 8;
    yield* this.toPort(port, SET_LINE_CODING, 0, coding);
  }

  *toPort(port, request, value, data) {
    yield* this.bus.control({ type: TO_PORT, request, value, index: port.control, data });
  }

  /** Hands on what the device sends, transfer by transfer. */
  *receive(port) {
    let bytes = [];
    for (;;) {
      const packet = yield* this.bus.read(port.in);
      bytes.push(...packet);
      if (packet.length === PACKET && bytes.length < TRANSFER_BYTES) continue;
      if (bytes.length > 0) this.emit({ usb: port.index, bytes: hex(bytes) });
      bytes = [];
    }
  }

  /** Sends what programs write to a port. */
  *send(port) {
    for (;;) {
      yield { until: () => port.queue.length > 0 };
      const packet = Uint8Array.from(port.queue.slice(0, PACKET));
      yield* this.bus.write(port.out, packet);
      port.queue.splice(0, packet.length);
    }
  }
}

function hex(bytes) {
  return Buffer.from(bytes).toString('hex');
}
