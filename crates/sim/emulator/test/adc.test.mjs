import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, DMA, idleChip } from './support.mjs';

const CS = 0x4004c000;
const RESULT = CS + 0x04;
const FCS = CS + 0x08;
const FIFO = CS + 0x0c;
const DIV = CS + 0x10;
const INTE = CS + 0x18;
const ENABLE = 1;
const START_ONCE = 4;
const START_MANY = 8;
const READY = 1 << 8;
const channel = (number) => number << 12;
const roundRobin = (...channels) => channels.reduce((bits, number) => bits | (1 << (16 + number)), 0);
const threshold = (level) => level << 24;

function converter(millivolts) {
  const idle = idleChip();
  idle.chip.adc.millivolts.splice(0, millivolts.length, ...millivolts);
  return { ...idle, ...bus(idle.mcu) };
}

test('it is ready once it is on, and a conversion takes two microseconds', () => {
  const { read, write, clock } = converter([0, 1650]);
  assert.equal(read(CS) & READY, 0);
  write(CS, ENABLE | channel(1));
  assert.equal(read(CS) & READY, READY);
  write(CS, ENABLE | channel(1) | START_ONCE);
  clock.tick(1_999);
  assert.equal(read(CS) & READY, 0);
  clock.tick(2);
  assert.equal(read(CS) & READY, READY);
  assert.equal(read(RESULT), 2048);
});

test('voltages become steps, up to the largest', () => {
  const { read, write, clock } = converter([3300, 0]);
  write(CS, ENABLE | START_ONCE);
  clock.tick(2_001);
  assert.equal(read(RESULT), 4095);
  write(CS, ENABLE | START_ONCE | channel(1));
  clock.tick(2_001);
  assert.equal(read(RESULT), 0);
});

test('the temperature sensor needs to be switched on', () => {
  const { read, write, clock } = converter([]);
  const measure = (bits) => {
    write(CS, ENABLE | START_ONCE | channel(4) | bits);
    clock.tick(2_001);
    return read(RESULT);
  };
  assert.equal(measure(0), 0);
  assert.equal(measure(2), 876);
});

test('the round robin visits every selected channel, channel 0 too', () => {
  const { read, write, clock } = converter([100, 200, 300, 400]);
  write(FCS, 1);
  write(CS, ENABLE | START_MANY | channel(0) | roundRobin(0, 1, 3));
  clock.tick(4 * 2_000.1);
  assert.deepEqual([1, 2, 3, 4].map(() => read(FIFO)), [124, 248, 496, 124]);
});

test('free-running conversions keep the pace of the divider', () => {
  const { read, write, clock } = converter([100]);
  write(FCS, 1);
  write(DIV, 479 << 8); // 480 cycles of 48 MHz: 10 us
  write(CS, ENABLE | START_MANY);
  clock.tick(22_100);
  assert.equal((read(FCS) >> 16) & 0xf, 3);
  write(CS, ENABLE);
  clock.tick(100_000);
  assert.equal((read(FCS) >> 16) & 0xf, 3);
});

test('a full FIFO overflows, an empty one underflows, and both flags clear', () => {
  const { read, write, clock } = converter([100]);
  const UNDERFLOW = 1 << 10;
  const OVERFLOW = 1 << 11;
  write(FCS, 1);
  read(FIFO);
  write(CS, ENABLE | START_MANY);
  clock.tick(11_000);
  assert.equal(read(FCS) & (UNDERFLOW | OVERFLOW), UNDERFLOW | OVERFLOW);
  write(FCS, 1 | UNDERFLOW | OVERFLOW);
  assert.equal(read(FCS) & (UNDERFLOW | OVERFLOW), 0);
});

test('the interrupt is up while the FIFO holds its threshold', () => {
  const { read, write, clock, mcu } = converter([100]);
  const line = () => mcu.core.pendingInterrupts & (1 << 22);
  write(FCS, 1 | threshold(2));
  write(INTE, 1);
  write(CS, ENABLE | START_MANY);
  clock.tick(2_001);
  assert.equal(line(), 0);
  clock.tick(2_001);
  assert.notEqual(line(), 0);
  assert.equal(read(CS + 0x20), 1);
  read(FIFO);
  assert.equal(read(CS + 0x20), 0);
});

test('the DMA takes the samples of a round robin, shifted to bytes', () => {
  const { write, clock, mcu } = converter([400, 800, 1200]);
  write(FCS, 0b1011 | threshold(1));
  write(DMA, FIFO);
  write(DMA + 4, 0x20000000);
  write(DMA + 8, 6);
  write(DMA + 12, 1 | (1 << 5) | (36 << 15));
  write(CS, ENABLE | START_MANY | roundRobin(0, 1, 2));
  clock.tick(13_000);
  assert.deepEqual([...mcu.sram.subarray(0, 6)], [31, 62, 93, 31, 62, 93]);
});
