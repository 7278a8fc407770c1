import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, DMA, idleChip, IO_BANK0, SIO } from './support.mjs';

const I2C1 = 0x40048000;
const DATA_CMD = I2C1 + 0x10;
const INTR_STAT = I2C1 + 0x2c;
const INTR_MASK = I2C1 + 0x30;
const RAW_INTR_STAT = I2C1 + 0x34;
const ABORT_SOURCE = I2C1 + 0x80;
const READ = 1 << 8;
const STOP = 1 << 9;
const RESTART = 1 << 10;
const RX_FULL = 1 << 2;
const TX_EMPTY = 1 << 4;
const TX_ABRT = 1 << 6;
const STOP_DET = 1 << 9;
const ADDRESS = 0x44;

/** I2C1 on pins 2 and 3 at some 100 kHz, with a part that notes what it is told and answers 1, 2, 3 and so on. */
function master({ pins = true, acknowledges = () => true } = {}) {
  const idle = idleChip();
  const registers = bus(idle.mcu);
  idle.mcu.clkSys = 125_000_000;
  if (pins) for (const pin of [2, 3]) registers.write(IO_BANK0 + 8 * pin + 4, 3);
  registers.write(I2C1 + 0x00, 0x65);
  registers.write(I2C1 + 0x04, ADDRESS);
  registers.write(I2C1 + 0x1c, 600);
  registers.write(I2C1 + 0x20, 635);
  registers.write(INTR_MASK, 0);
  registers.write(I2C1 + 0x6c, 1);
  const port = idle.chip.i2c[1];
  const told = [];
  let answer = 0;
  port.attach(ADDRESS, {
    address: (reading) => {
      told.push(reading ? 'read' : 'write');
      return true;
    },
    write: (byte) => {
      told.push(byte);
      return acknowledges(byte);
    },
    read: () => ++answer,
    stop: () => told.push('stop'),
  });
  return { ...idle, ...registers, port, told, bit: port.bitNanos };
}

test('a bit takes its high and low counts with their overheads', () => {
  const { bit } = master();
  assert.equal(bit, ((600 + 7 + 7 + 636) * 1e9) / 125_000_000);
});

test('a write is start, address, bytes and stop, each in its time', () => {
  const { write, read, clock, told, bit } = master();
  write(DATA_CMD, 0xab);
  write(DATA_CMD, 0xcd | STOP);
  clock.tick(10 * bit);
  assert.deepEqual(told, ['write']);
  clock.tick(18 * bit);
  assert.deepEqual(told, ['write', 0xab, 0xcd]);
  assert.equal(read(RAW_INTR_STAT) & STOP_DET, 0);
  clock.tick(bit);
  assert.deepEqual(told, ['write', 0xab, 0xcd, 'stop']);
  assert.equal(read(RAW_INTR_STAT) & STOP_DET, STOP_DET);
  assert.equal(read(I2C1 + 0x60), 1);
  assert.equal(read(RAW_INTR_STAT) & STOP_DET, 0);
});

test('a direction that changes restarts, and what is read arrives with the first byte marked', () => {
  const { write, read, clock, told, bit } = master();
  write(DATA_CMD, 0x10);
  write(DATA_CMD, READ | RESTART);
  write(DATA_CMD, READ | STOP);
  clock.tick(60 * bit);
  assert.deepEqual(told, ['write', 0x10, 'read', 'stop']);
  assert.equal(read(DATA_CMD), 1 | (1 << 11));
  assert.equal(read(DATA_CMD), 2);
});

test('without a stop the bus waits for the next command', () => {
  const { write, read, clock, told, bit } = master();
  write(DATA_CMD, 1);
  clock.tick(1_000 * bit);
  assert.deepEqual(told, ['write', 1]);
  assert.equal(read(I2C1 + 0x70) & 0b100001, 0b100001);
  write(DATA_CMD, 2 | STOP);
  clock.tick(10 * bit);
  assert.deepEqual(told, ['write', 1, 2, 'stop']);
});

test('the interrupts come through their mask: the levels of the FIFOs and the abort', () => {
  const { write, read, clock, mcu, bit } = master();
  const line = () => (mcu.core.pendingInterrupts >>> 24) & 1;
  write(I2C1 + 0x38, 1);
  write(DATA_CMD, READ);
  write(DATA_CMD, READ | STOP);
  clock.tick(20 * bit);
  write(INTR_MASK, RX_FULL);
  assert.equal(line(), 0);
  clock.tick(9 * bit);
  assert.equal(line(), 1);
  assert.equal(read(INTR_STAT), RX_FULL);
  read(DATA_CMD);
  assert.equal(read(INTR_STAT), 0);
  assert.equal(read(RAW_INTR_STAT) & TX_EMPTY, TX_EMPTY);
});

test('an address that nobody has, or that reaches no pin, is aborted with a stop', () => {
  for (const prepare of [() => master({ pins: false }), () => {
    const other = master();
    other.write(I2C1 + 0x04, 0x45);
    return other;
  }]) {
    const { write, read, clock, told, bit } = prepare();
    write(DATA_CMD, 1);
    write(DATA_CMD, 2 | STOP);
    clock.tick(20 * bit);
    assert.deepEqual(told, []);
    assert.equal(read(RAW_INTR_STAT) & (TX_ABRT | STOP_DET), TX_ABRT | STOP_DET);
    assert.equal(read(ABORT_SOURCE), 1 | (2 << 23));
    write(DATA_CMD, 3 | STOP);
    assert.equal(read(I2C1 + 0x74), 0);
    read(I2C1 + 0x54);
    assert.equal(read(ABORT_SOURCE), 0);
    write(DATA_CMD, 3 | STOP);
    assert.equal(read(I2C1 + 0x74), 1);
  }
});

test('a byte that is not acknowledged aborts the rest', () => {
  const { write, read, clock, told, bit } = master({ acknowledges: (byte) => byte !== 2 });
  for (const byte of [1, 2, 3 | STOP]) write(DATA_CMD, byte);
  clock.tick(60 * bit);
  assert.deepEqual(told, ['write', 1, 2, 'stop']);
  assert.equal(read(ABORT_SOURCE), 8 | (1 << 23));
});

test('a firmware that aborts gets its stop', () => {
  const { write, read, clock, told, bit } = master();
  write(DATA_CMD, 1);
  clock.tick(30 * bit);
  write(I2C1 + 0x6c, 3);
  clock.tick(2 * bit);
  assert.deepEqual(told, ['write', 1, 'stop']);
  assert.equal(read(ABORT_SOURCE), 1 << 16);
  assert.equal(read(I2C1 + 0x6c), 1);
});

test('a master that is switched off finishes its byte and leaves the bus', () => {
  const { write, read, clock, told, bit } = master();
  write(DATA_CMD, 1);
  write(DATA_CMD, 2);
  clock.tick(15 * bit);
  write(I2C1 + 0x6c, 0);
  clock.tick(20 * bit);
  assert.deepEqual(told, ['write', 1, 'stop']);
  assert.equal(read(I2C1 + 0x70) & 1, 0);
  assert.equal(read(RAW_INTR_STAT), 0);
});

test('a stop that nobody has cleared does not outlive switching off', () => {
  const { write, read, clock, bit } = master();
  write(DATA_CMD, 1 | STOP);
  clock.tick(30 * bit);
  assert.equal(read(RAW_INTR_STAT) & STOP_DET, STOP_DET);
  write(I2C1 + 0x6c, 0);
  write(I2C1 + 0x6c, 1);
  assert.equal(read(RAW_INTR_STAT) & STOP_DET, 0);
});

test('a full receive FIFO holds the bus where that is asked for, and overruns otherwise', () => {
  const fill = (hold) => {
    const { write, read, clock, bit } = master();
    if (hold) write(I2C1, 0x65 | (1 << 9));
    for (let count = 0; count < 16; count++) write(DATA_CMD, READ);
    clock.tick(200 * bit);
    write(DATA_CMD, READ | STOP);
    clock.tick(20 * bit);
    return { over: (read(RAW_INTR_STAT) >> 1) & 1, stopped: read(RAW_INTR_STAT) & STOP_DET };
  };
  assert.deepEqual(fill(false), { over: 1, stopped: STOP_DET });
  assert.deepEqual(fill(true), { over: 0, stopped: 0 });
});

test('the DMA feeds commands and takes bytes', () => {
  const { write, clock, mcu, bit } = master();
  const commands = [READ, READ, READ | STOP];
  commands.forEach((command, index) => mcu.writeUint32(0x20000000 + 4 * index, command));
  write(I2C1 + 0x88, 0b11);
  write(DMA, 0x20000000);
  write(DMA + 4, DATA_CMD);
  write(DMA + 8, 3);
  write(DMA + 12, 1 | (2 << 2) | (1 << 4) | (34 << 15));
  write(DMA + 0x40, DATA_CMD);
  write(DMA + 0x44, 0x20001000);
  write(DMA + 0x48, 3);
  write(DMA + 0x4c, 1 | (1 << 5) | (1 << 11) | (35 << 15));
  clock.tick(60 * bit);
  assert.deepEqual([...mcu.sram.subarray(0x1000, 0x1003)], [1, 2, 3]);
});

/** The events of messages, without their time. */
function messages({ events }) {
  return events.map(({ address, reading, bytes, nack }) => ({ address, reading, bytes, nack }));
}

test('a message is reported at its end: from a start to the next start or to the stop', () => {
  const bench = master();
  const { write, clock, bit } = bench;
  write(DATA_CMD, 0x10);
  write(DATA_CMD, READ | RESTART);
  clock.tick(25 * bit);
  assert.deepEqual(messages(bench), [{ address: ADDRESS, reading: false, bytes: [0x10], nack: undefined }]);
  write(DATA_CMD, READ | STOP);
  clock.tick(60 * bit);
  assert.deepEqual(messages(bench)[1], { address: ADDRESS, reading: true, bytes: [1, 2], nack: undefined });
});

test('a message that is not acknowledged says where', () => {
  const refusing = master({ acknowledges: (byte) => byte !== 2 });
  for (const byte of [1, 2, 3 | STOP]) refusing.write(DATA_CMD, byte);
  refusing.clock.tick(60 * refusing.bit);
  assert.deepEqual(messages(refusing), [{ address: ADDRESS, reading: false, bytes: [1, 2], nack: 'data' }]);
  const absent = master();
  absent.port.setFault('nack', absent.chip.pads);
  absent.write(DATA_CMD, 1 | STOP);
  absent.clock.tick(60 * absent.bit);
  assert.deepEqual(messages(absent), [{ address: ADDRESS, reading: false, bytes: [], nack: 'address' }]);
});

test('a short read gives so many bytes, and then what a line reads that nobody drives', () => {
  const { write, read, clock, port, chip, bit } = master();
  port.setFault({ short: 1 }, chip.pads);
  write(DATA_CMD, READ);
  write(DATA_CMD, READ | STOP);
  clock.tick(60 * bit);
  assert.deepEqual([read(DATA_CMD) & 0xff, read(DATA_CMD)], [1, 0xff]);
});

test('on a bus that is stuck nothing moves until it heals', () => {
  const { write, clock, port, chip, told, bit } = master();
  port.setFault('stuck', chip.pads);
  assert.equal(chip.pads.levels[3], false);
  write(DATA_CMD, 0x10 | STOP);
  clock.tick(1_000 * bit);
  assert.deepEqual(told, []);
  port.setFault('none', chip.pads);
  clock.tick(30 * bit);
  assert.deepEqual(told, ['write', 0x10, 'stop']);
});

test('a part that hangs is freed by nine clocks that are made by hand, and the block by its reset', () => {
  const { write, clock, port, chip, told, bit } = master();
  write(DATA_CMD, READ);
  clock.tick(12 * bit);
  port.setFault('hung', chip.pads);
  clock.tick(1_000 * bit);
  assert.deepEqual(told, ['read']);
  write(SIO + 0x24, 1 << 3);
  write(IO_BANK0 + 8 * 3 + 4, 5);
  const pulse = () => {
    write(SIO + 0x14, 1 << 3);
    write(SIO + 0x18, 1 << 3);
  };
  write(SIO + 0x14, 1 << 3);
  for (let count = 0; count < 8; count++) pulse();
  assert.equal(chip.pads.outside[2], false);
  pulse();
  assert.equal(chip.pads.outside[2], null);
  write(IO_BANK0 + 8 * 3 + 4, 3);
  const RESETS = 0x4000c000;
  write(RESETS, 1 << 4);
  write(RESETS, 0);
  assert.equal(port.busTaken, false);
  for (const [offset, value] of [[0x04, ADDRESS], [0x1c, 600], [0x20, 635], [0x6c, 1]]) write(I2C1 + offset, value);
  write(DATA_CMD, 0x10 | STOP);
  clock.tick(30 * bit);
  assert.deepEqual(told, ['read', 'write', 0x10, 'stop']);
});
