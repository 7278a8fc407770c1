import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, DMA, idleChip } from './support.mjs';

const SPI0 = 0x4003c000;
const DATA = SPI0 + 0x08;
const STATUS = SPI0 + 0x0c;
const BUSY = 1 << 4;
const BYTE_NANOS = 8_000;

/** SPI0 at 1 MHz in bytes, with a part that answers the complement of what it is sent. */
function master({ selected = true } = {}) {
  const idle = idleChip();
  const registers = bus(idle.mcu);
  idle.mcu.clkSys = 124_000_000;
  registers.write(SPI0 + 0x10, 124);
  registers.write(SPI0, 7);
  registers.write(SPI0 + 0x04, 2);
  const port = idle.chip.spi[0];
  const told = [];
  const device = {
    select: 17,
    selected: () => told.push('select'),
    transfer: (byte) => {
      told.push(byte);
      return 0xff - byte;
    },
    deselected: () => told.push('deselect'),
  };
  if (selected) port.select(device);
  return { ...idle, ...registers, port, device, told };
}

test('a byte takes its bits, and what the part answers comes in at its end', () => {
  const { write, read, clock, told } = master();
  write(DATA, 0x0f);
  clock.tick(BYTE_NANOS - 1);
  assert.equal(read(STATUS) & BUSY, BUSY);
  assert.deepEqual(told, ['select']);
  clock.tick(1);
  assert.equal(read(STATUS) & BUSY, 0);
  assert.deepEqual(told, ['select', 0x0f]);
  assert.equal(read(DATA), 0xf0);
});

test('what goes between select and deselect is one event', () => {
  const { write, clock, port, device, events } = master();
  for (const byte of [1, 2, 3]) write(DATA, byte);
  clock.tick(4 * BYTE_NANOS);
  assert.deepEqual(events, []);
  port.deselect(device);
  assert.deepEqual(events, [{ spi: 0, select: 17, sent: [1, 2, 3], received: [0xfe, 0xfd, 0xfc] }]);
});

test('without a part that is selected, a burst is one event and reads zeros', () => {
  const { write, clock, events } = master({ selected: false });
  for (const byte of [1, 2]) write(DATA, byte);
  clock.tick(4 * BYTE_NANOS);
  assert.deepEqual(events, [{ spi: 0, select: undefined, sent: [1, 2], received: [0, 0] }]);
});

test('faults take the line from the part', () => {
  const answers = (fault) => {
    const { write, read, clock, port } = master();
    port.fault = fault;
    for (const byte of [1, 2]) write(DATA, byte);
    clock.tick(4 * BYTE_NANOS);
    return [read(DATA), read(DATA)];
  };
  assert.deepEqual(answers('none'), [0xfe, 0xfd]);
  assert.deepEqual(answers('nack'), [0xff, 0xff]);
  assert.deepEqual(answers('stuck'), [0, 0]);
  assert.deepEqual(answers({ short: 1 }), [0xfe, 0xff]);
});

test('the DMA is asked where SSPDMACR says so, and moves both ways', () => {
  const { write, clock, mcu, told } = master();
  [0x10, 0x20, 0x30].forEach((byte, index) => mcu.writeUint8(0x20000000 + index, byte));
  write(DMA, 0x20000000);
  write(DMA + 4, DATA);
  write(DMA + 8, 3);
  write(DMA + 12, 1 | (1 << 4) | (16 << 15));
  write(DMA + 0x40, DATA);
  write(DMA + 0x44, 0x20001000);
  write(DMA + 0x48, 3);
  write(DMA + 0x4c, 1 | (1 << 5) | (1 << 11) | (17 << 15));
  clock.tick(4 * BYTE_NANOS);
  assert.deepEqual(told, ['select']);
  write(SPI0 + 0x24, 0b11);
  clock.tick(4 * BYTE_NANOS);
  assert.deepEqual(told, ['select', 0x10, 0x20, 0x30]);
  assert.deepEqual([...mcu.sram.subarray(0x1000, 0x1003)], [0xef, 0xdf, 0xcf]);
});
