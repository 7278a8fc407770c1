import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, DMA, idleChip, SIO } from './support.mjs';

const SOURCE = 0x20001000;
const TARGET = 0x20002000;
const ENABLE = 1;
const INCREMENT_BOTH = 0b11 << 4;
const BUSY = 1 << 24;
const PERMANENT = 63;
const TIMER0 = 59;

const control = (channel, request, size = 0) =>
  (ENABLE | (size << 2) | INCREMENT_BOTH | (channel << 11) | (request << 15)) >>> 0;

function started(channel, count, request, target = TARGET, size = 0) {
  const machine = idleChip();
  const { write } = bus(machine.mcu);
  for (let index = 0; index < count; index++) machine.mcu.writeUint8(SOURCE + index, index + 1);
  write(DMA + 0x40 * channel, SOURCE);
  write(DMA + 0x40 * channel + 4, target);
  write(DMA + 0x40 * channel + 8, count);
  write(DMA + 0x40 * channel + 12, control(channel, request, size));
  return machine;
}

const busy = (mcu, channel) => (bus(mcu).read(DMA + 0x40 * channel + 12) & BUSY) !== 0;

test('a copy takes a cycle for each item', () => {
  const { chip, mcu, clock } = started(2, 100, PERMANENT);
  clock.tick(99.5 * chip.cycleNanos);
  assert.ok(busy(mcu, 2));
  clock.tick(chip.cycleNanos);
  assert.ok(!busy(mcu, 2));
  assert.equal(mcu.readUint8(TARGET + 99), 100);
  assert.equal(bus(mcu).read(DMA + 0x400), 1 << 2);
});

test('a pacing timer asks X times in Y cycles', () => {
  for (const [timer, offset] of [[0, 0x420], [3, 0x42c]]) {
    const { chip, mcu, clock } = idleChip();
    const { write } = bus(mcu);
    write(DMA + offset, (2 << 16) | 50);
    write(DMA + 0, SOURCE);
    write(DMA + 4, TARGET);
    write(DMA + 8, 4);
    write(DMA + 12, control(0, TIMER0 + timer));
    clock.tick(99 * chip.cycleNanos);
    assert.ok(busy(mcu, 0));
    clock.tick(2 * chip.cycleNanos);
    assert.ok(!busy(mcu, 0));
  }
});

test('an abort stops the channels that it names and no other, and reads back as done', () => {
  const { mcu } = started(0, 100, PERMANENT);
  const { read, write } = bus(mcu);
  write(DMA + 0x40 + 0, SOURCE);
  write(DMA + 0x40 + 4, TARGET);
  write(DMA + 0x40 + 8, 100);
  write(DMA + 0x40 + 12, control(1, PERMANENT));
  assert.equal(read(DMA + 0x444), 0);
  write(DMA + 0x444, read(DMA + 0x444) | 1);
  assert.ok(!busy(mcu, 0));
  assert.ok(busy(mcu, 1));
});

test('a transfer to where nothing is stops with an error, and the core goes on', () => {
  const { chip, mcu, clock } = started(3, 4, PERMANENT, 0x30000000);
  clock.tick(10 * chip.cycleNanos);
  const status = bus(mcu).read(DMA + 0x40 * 3 + 12);
  assert.equal(status >>> 29, 0b110);
  assert.equal(status & BUSY, 0);
});

test('what a request waits for does not come by itself', () => {
  const { chip, mcu, clock } = started(0, 1, 20, SIO + 0x14);
  clock.tick(1000 * chip.cycleNanos);
  assert.ok(busy(mcu, 0));
  mcu.dma.setDREQ(20);
  clock.tick(2 * chip.cycleNanos);
  assert.ok(!busy(mcu, 0));
});
