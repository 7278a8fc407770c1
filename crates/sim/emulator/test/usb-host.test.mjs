import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, idleChip } from './support.mjs';
import { UsbHost } from '../usb/host.mjs';

const REGISTERS = 0x50110000;
const MEMORY = 0x50100000;
const IN = 0;
const OUT = 4;
const FULL = 1 << 15;
const DATA_1 = 1 << 13;
const AVAILABLE = 1 << 10;
const ENABLED = 0xa0000000;
const SECOND = 1e9;

const DEVICE = [18, 1, 0, 2, 0xef, 2, 1, 64, 0x09, 0x12, 0x34, 0x00, 0x10, 0, 0, 1, 0, 1];
const PORT = [
  [9, 4, 0, 0, 1, 2, 2, 0, 0],
  [5, 0x24, 6, 0, 1],
  [7, 5, 0x81, 3, 8, 0, 255],
  [9, 4, 1, 0, 2, 0x0a, 0, 0, 0],
  [7, 5, 0x01, 2, 64, 0, 0],
  [7, 5, 0x82, 2, 64, 0, 0],
].flat();
const CONFIGURATION = [9, 2, 9 + PORT.length, 0, 2, 1, 0, 0x80, 50, ...PORT];
const NAME = [6, 3, 0x41, 0, 0xe9, 0]; // "Aé"

/** Firmware of a few rules, in place of a processor: what it does to the registers is what firmware does. */
class Firmware {
  constructor() {
    const { chip, mcu, clock } = idleChip();
    Object.assign(this, bus(mcu), { chip, mcu, clock, requests: [], events: [] });
    this.host = new UsbHost((event) => this.events.push(event));
    this.host.connect(chip);
    mcu.setInterrupt = () => this.serve();
    this.answers = [];
    this.address = 0;
    this.toggles = new Map();
  }

  attach() {
    this.write(REGISTERS + 0x90, 0x11010);
    this.write(REGISTERS + 0x40, 1);
    this.write(REGISTERS + 0x4c, (1 << 16) | (1 << 29));
  }

  serve() {
    const status = this.read(REGISTERS + 0x50);
    if (status & (1 << 19)) {
      this.write(REGISTERS + 0x50, 1 << 19);
      this.write(REGISTERS, 0);
    }
    if (status & (1 << 17)) {
      this.write(REGISTERS + 0x50, 1 << 17);
      this.request(this.mcu.usbDPRAM.slice(0, 8));
    }
    const given = this.read(REGISTERS + 0x58);
    if (given === 0) return;
    this.write(REGISTERS + 0x58, given);
    if (given & 1) this.afterIn();
    if (given & 2 && this.expects) this.acknowledge();
    if (given & 8) this.take();
  }

  request(packet) {
    const [type, code, low, high, , , length] = packet;
    this.requests.push([...packet.slice(0, 7)]);
    this.toggles.set(0, DATA_1);
    if (type & 0x80) {
      const answer = { 1: DEVICE, 2: CONFIGURATION, 3: NAME }[high];
      this.answers = [answer.slice(0, length)];
      this.afterIn();
      this.buffer(0, OUT, AVAILABLE | DATA_1);
    } else if (length > 0) {
      this.expects = true;
      this.buffer(0, OUT, AVAILABLE | DATA_1 | 64);
    } else {
      if (code === 5) this.newAddress = low;
      if (code === 9) {
        this.write(MEMORY + 0x0c, ENABLED | 0x180);
        this.write(MEMORY + 0x10, ENABLED | 0x1c0);
        this.buffer(1, OUT, AVAILABLE | 64);
      }
      this.acknowledge();
    }
  }

  acknowledge() {
    this.expects = false;
    this.buffer(0, IN, FULL | AVAILABLE | DATA_1);
  }

  afterIn() {
    if (this.newAddress !== undefined && this.answers.length === 0) {
      this.write(REGISTERS, this.newAddress);
      this.newAddress = undefined;
    }
    const bytes = this.answers.shift();
    if (bytes === undefined) return;
    this.mcu.usbDPRAM.set(bytes, 0x100);
    this.buffer(0, IN, FULL | AVAILABLE | this.toggles.get(0) | bytes.length);
  }

  take() {
    const control = this.read(MEMORY + 0x8c);
    this.taken = [...(this.taken ?? []), ...this.mcu.usbDPRAM.slice(0x180, 0x180 + (control & 0x3ff))];
    this.buffer(1, OUT, AVAILABLE | (~control & DATA_1) | 64);
  }

  send(bytes, data1) {
    this.mcu.usbDPRAM.set(bytes, 0x1c0);
    this.buffer(2, IN, FULL | AVAILABLE | (data1 ? DATA_1 : 0) | bytes.length);
  }

  buffer(endpoint, direction, control) {
    this.write(MEMORY + 0x80 + 8 * endpoint + direction, control >>> 0);
  }

  run(nanos) {
    this.clock.tick(nanos);
    return this;
  }

  of(kind) {
    return this.events.filter((event) => kind in event);
  }
}

test('a device is enumerated: its ids, its texts, its port', () => {
  const device = new Firmware();
  device.attach();
  device.run(0.11 * SECOND);
  assert.deepEqual(device.events, [], 'the bus is still being reset');
  device.run(0.1 * SECOND);
  const [configured] = device.of('usbDevice');
  assert.deepEqual(
    { ...configured, device: undefined, configuration: undefined },
    {
      usbDevice: 'configured',
      vendor: 0x1209,
      product: 0x34,
      strings: { product: 'Aé' },
      ports: 1,
      device: undefined,
      configuration: undefined,
    },
  );
  assert.equal(configured.configuration, Buffer.from(CONFIGURATION).toString('hex'));
  assert.equal(device.read(REGISTERS), 1, 'it has its address');
});

test('a port is opened, spoken to and closed as a program does', () => {
  const device = new Firmware();
  device.attach();
  device.host.add({ usb: 0, open: true, baud: undefined });
  device.host.add({ usb: 0, bytes: Uint8Array.from({ length: 70 }, (_, index) => index) });
  device.run(0.2 * SECOND);
  assert.deepEqual(device.taken, Array.from({ length: 70 }, (_, index) => index));
  device.send([7, 8], false);
  device.run(1e6);
  assert.deepEqual(device.of('bytes'), [{ usb: 0, bytes: '0708' }]);
  device.host.add({ usb: 0, open: false });
  device.run(1e6);
  device.send([9], true);
  device.run(1e6);
  assert.equal(device.of('bytes').length, 1, 'nobody asks for it any more');
  const toPort = device.requests.filter(([type]) => type === 0x21);
  assert.deepEqual(
    toPort.map(([, request, value]) => [request, value]),
    [
      [0x22, 3],
      [0x20, 0],
      [0x22, 0],
    ],
  );
});

test('full packets are handed on when a shorter one ends them', () => {
  const device = new Firmware();
  device.attach();
  device.host.add({ usb: 0, open: true, baud: undefined });
  device.run(0.2 * SECOND);
  device.send(new Array(64).fill(1), false);
  device.run(1e6);
  assert.deepEqual(device.of('bytes'), []);
  device.send([], true);
  device.run(1e6);
  assert.deepEqual(device.of('bytes'), [{ usb: 0, bytes: '01'.repeat(64) }]);
});

test('a packet with the wrong toggle is dropped with a warning', () => {
  const device = new Firmware();
  device.attach();
  device.host.add({ usb: 0, open: true, baud: undefined });
  device.run(0.2 * SECOND);
  device.send([1], true);
  device.run(1e6);
  assert.deepEqual(device.of('bytes'), []);
  assert.match(device.of('warning')[0].warning, /endpoint 2 sent DATA1 where DATA0 was due/);
});

test('what is written to a port that is not open is lost, and so is what an unplugged cable held up', () => {
  const device = new Firmware();
  device.attach();
  device.run(0.2 * SECOND);
  device.host.add({ usb: 0, bytes: Uint8Array.of(1) });
  device.host.add({ usb: 3, open: true });
  device.run(1e6);
  assert.deepEqual(device.of('lost'), [{ usb: 0, lost: '01', reason: 'the port is not open' }]);
  assert.match(device.of('warning')[0].warning, /there is no port 3/);
  device.host.add({ usb: 0, open: true });
  device.run(1e6);
  device.buffer(1, OUT, 0);
  device.host.add({ usb: 0, bytes: Uint8Array.of(2, 3) });
  device.run(1e6);
  device.host.plug(false);
  assert.deepEqual(device.of('lost')[1], { usb: 0, lost: '0203', reason: 'the device was detached' });
  assert.equal(device.of('usbDevice')[1].usbDevice, 'detached');
  assert.equal(device.chip.usb.isSuspended, false);
  device.run(4e6);
  assert.equal(device.chip.usb.isSuspended, true);
  device.host.plug(true);
  device.run(0.2 * SECOND);
  assert.equal(device.of('usbDevice')[2].usbDevice, 'configured');
});

test('a device that does not answer is given up with a reason', () => {
  const device = new Firmware();
  device.request = () => {};
  device.attach();
  device.run(2 * SECOND);
  assert.deepEqual(device.events, [{ usbDevice: 'failed', reason: 'no packet on endpoint 0 in time' }]);
});
