import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, idleChip } from './support.mjs';

const REGISTERS = 0x50110000;
const ADDRESS = REGISTERS;
const MAIN_CTRL = REGISTERS + 0x40;
const SIE_CTRL = REGISTERS + 0x4c;
const SIE_STATUS = REGISTERS + 0x50;
const BUFF_STATUS = REGISTERS + 0x58;
const STALL_ARM = REGISTERS + 0x68;
const INTR = REGISTERS + 0x8c;
const INTE = REGISTERS + 0x90;
const INTS = REGISTERS + 0x98;
const MEMORY = 0x50100000;
const CONTROL_1_IN = MEMORY + 0x08;
const CONTROL_1_OUT = MEMORY + 0x0c;
const BUFFER_0_IN = MEMORY + 0x80;
const BUFFER_0_OUT = MEMORY + 0x84;
const BUFFER_1_IN = MEMORY + 0x88;
const BUFFER_1_OUT = MEMORY + 0x8c;
const PACKETS = 0x180;

const ENABLED = 0xa0000000; // with an interrupt for each buffer
const FULL = 1 << 15;
const DATA_1 = 1 << 13;
const STALL = 1 << 11;
const AVAILABLE = 1 << 10;
const SETUP_RECEIVED = 1 << 17;
const BUS_RESET = 1 << 19;
const RESUME = 1 << 11;
const SUSPENDED = 1 << 4;

/** A controller that shows itself to a host, at address 0. */
function device() {
  const { chip, mcu } = idleChip();
  const registers = bus(mcu);
  registers.write(MAIN_CTRL, 1);
  registers.write(SIE_CTRL, (1 << 16) | (1 << 29));
  return { ...registers, mcu, usb: chip.usb };
}

test('a device shows itself with its pull-up, and not before', () => {
  const { write, usb } = device();
  assert.equal(usb.isAttached, true);
  write(SIE_CTRL, 0);
  assert.equal(usb.isAttached, false);
});

test('a bus reset and a SETUP packet are flags that writing ones clears', () => {
  const { read, write, usb, mcu } = device();
  write(INTE, 0x11000);
  usb.busReset();
  assert.equal(read(SIE_STATUS) & BUS_RESET, BUS_RESET);
  assert.equal(read(INTS), 0x1000);
  write(SIE_STATUS, BUS_RESET);
  assert.equal(read(INTR) & 0x1000, 0);
  const packet = Uint8Array.of(0x80, 6, 0, 1, 0, 0, 18, 0);
  assert.equal(usb.setup(0, packet), true);
  assert.equal(read(SIE_STATUS) & SETUP_RECEIVED, SETUP_RECEIVED);
  assert.deepEqual(mcu.usbDPRAM.slice(0, 8), packet);
  assert.equal(usb.setup(5, packet), false, 'it hears its own address alone');
});

test('an OUT buffer is given back with the packet, and not before', () => {
  const { read, write, usb, mcu } = device();
  write(CONTROL_1_OUT, ENABLED | PACKETS);
  assert.equal(usb.write(0, 1, Uint8Array.of(1), false).answer, 'nak');
  write(BUFFER_1_OUT, AVAILABLE | 64);
  assert.equal(read(BUFF_STATUS), 0);
  assert.equal(usb.write(0, 1, Uint8Array.of(7, 8, 9), false).answer, 'ack');
  assert.equal(read(BUFFER_1_OUT), FULL | 3);
  assert.deepEqual([...mcu.usbDPRAM.subarray(PACKETS, PACKETS + 3)], [7, 8, 9]);
  assert.equal(read(BUFF_STATUS), 1 << 3);
  write(BUFF_STATUS, 1 << 3);
  assert.equal(read(BUFF_STATUS), 0);
});

test('a packet with the toggle of the one before is acknowledged and dropped', () => {
  const { read, write, usb } = device();
  write(CONTROL_1_OUT, ENABLED | PACKETS);
  write(BUFFER_1_OUT, AVAILABLE | DATA_1 | 64);
  assert.deepEqual(usb.write(0, 1, Uint8Array.of(1), false), { answer: 'ack', bytes: new Uint8Array(0), data1: false });
  assert.equal(read(BUFFER_1_OUT), AVAILABLE | DATA_1 | 64);
});

test('a packet that is longer than its buffer is no packet', () => {
  const { write, usb } = device();
  write(CONTROL_1_OUT, ENABLED | PACKETS);
  write(BUFFER_1_OUT, AVAILABLE | 8);
  assert.equal(usb.write(0, 1, new Uint8Array(9), false).answer, 'overflow');
});

test('an IN packet goes out once, with its toggle', () => {
  const { read, write, usb, mcu } = device();
  write(CONTROL_1_IN, ENABLED | PACKETS);
  mcu.usbDPRAM.set([1, 2], PACKETS);
  write(BUFFER_1_IN, FULL | DATA_1 | 2);
  assert.equal(usb.read(0, 1).answer, 'nak', 'the processor still has it');
  write(BUFFER_1_IN, FULL | DATA_1 | AVAILABLE | 2);
  assert.deepEqual(usb.read(0, 1), { answer: 'ack', bytes: Uint8Array.of(1, 2), data1: true });
  assert.equal(usb.read(0, 1).answer, 'nak');
  assert.equal(read(BUFF_STATUS), 1 << 2);
});

test('an endpoint that is off is silent, and one that is stalled says so', () => {
  const { write, usb } = device();
  write(BUFFER_1_IN, FULL | AVAILABLE | 2);
  assert.equal(usb.read(0, 1).answer, 'none');
  write(CONTROL_1_IN, ENABLED | PACKETS);
  write(BUFFER_1_IN, STALL);
  assert.equal(usb.read(0, 1).answer, 'stall');
});

test('a stall of endpoint 0 counts while it is armed, which ends with the next SETUP', () => {
  const { write, usb } = device();
  write(BUFFER_0_IN, STALL);
  write(BUFFER_0_OUT, STALL);
  assert.equal(usb.read(0, 0).answer, 'nak');
  write(STALL_ARM, 3);
  assert.equal(usb.read(0, 0).answer, 'stall');
  assert.equal(usb.write(0, 0, new Uint8Array(0), true).answer, 'stall');
  usb.setup(0, new Uint8Array(8));
  assert.equal(usb.read(0, 0).answer, 'nak');
});

test('a sleeping bus and its end raise an interrupt each', () => {
  const { read, write, usb } = device();
  write(INTE, 0xc000);
  usb.suspend(true);
  assert.equal(read(SIE_STATUS) & SUSPENDED, SUSPENDED);
  assert.equal(read(INTS), 0x4000);
  write(SIE_STATUS, SUSPENDED);
  assert.equal(read(INTS), 0);
  usb.suspend(false);
  assert.equal(read(SIE_STATUS) & (SUSPENDED | RESUME), RESUME);
  assert.equal(read(INTS), 0x8000);
  write(SIE_STATUS, RESUME);
  assert.equal(read(INTS), 0);
});

test('the address is the one that the firmware has set', () => {
  const { write, usb } = device();
  write(ADDRESS, 9);
  assert.equal(usb.setup(0, new Uint8Array(8)), false);
  assert.equal(usb.setup(9, new Uint8Array(8)), true);
});
