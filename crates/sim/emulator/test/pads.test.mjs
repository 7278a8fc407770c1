import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, idleChip, IO_BANK0, PADS_BANK0, SIO } from './support.mjs';

const PIN = 15;
const PAD = PADS_BANK0 + 4 + 4 * PIN;
const CTRL = IO_BANK0 + 8 * PIN + 4;
const INTR1 = IO_BANK0 + 0xf4; // pins 8 to 15, four bits each
const INPUT_ENABLE = 1 << 6;
const PULL_UP = 1 << 3;
const PULL_DOWN = 1 << 2;
const OUTPUT_DISABLE = 1 << 7;

function pin() {
  const { mcu, chip, events } = idleChip();
  const registers = bus(mcu);
  return {
    ...registers,
    events,
    drive: (level) => chip.pads.drive(PIN, level),
    level: () => ((registers.read(SIO + 4) >>> PIN) & 1),
    interrupts: () => registers.read(INTR1) >>> 28,
    output: (level) => {
      registers.write(CTRL, 5);
      registers.write(SIO + 0x10, level << PIN);
      registers.write(SIO + 0x24, 1 << PIN);
    },
  };
}

test('pads reset to an enabled input with a pull-down', () => {
  assert.equal(pin().read(PAD), 0x56);
});

test('an input that nothing drives reads what its pull gives', () => {
  const { write, level } = pin();
  assert.equal(level(), 0);
  write(PAD, INPUT_ENABLE | PULL_UP);
  assert.equal(level(), 1);
  write(PAD, INPUT_ENABLE | PULL_DOWN);
  assert.equal(level(), 0);
});

test('both pulls, and none, keep the level that was there', () => {
  const { write, drive, level } = pin();
  write(PAD, INPUT_ENABLE | PULL_UP | PULL_DOWN);
  drive(true);
  drive(null);
  assert.equal(level(), 1);
  write(PAD, INPUT_ENABLE);
  assert.equal(level(), 1);
});

test('what the outside drives beats a pull', () => {
  const { write, drive, level } = pin();
  write(PAD, INPUT_ENABLE | PULL_UP);
  drive(false);
  assert.equal(level(), 0);
  drive(null);
  assert.equal(level(), 1);
});

test('an output reads back its own level', () => {
  const { write, output, level } = pin();
  output(1);
  assert.equal(level(), 1);
  write(SIO + 0x1c, 1 << PIN);
  assert.equal(level(), 0);
});

test('an output that its pad disables drives nothing', () => {
  const { write, output, level } = pin();
  output(1);
  write(PAD, INPUT_ENABLE | PULL_DOWN | OUTPUT_DISABLE);
  assert.equal(level(), 0);
});

test('a disabled input reads low', () => {
  const { write, drive, level } = pin();
  drive(true);
  write(PAD, 0);
  assert.equal(level(), 0);
});

test('edges come from changes alone', () => {
  const { write, drive, interrupts } = pin();
  const LEVEL_LOW = 1;
  const LEVEL_HIGH = 2;
  const EDGE_LOW = 4;
  const EDGE_HIGH = 8;
  assert.equal(interrupts(), LEVEL_LOW);
  write(PAD, PULL_DOWN);
  write(PAD, PULL_DOWN | INPUT_ENABLE);
  drive(false);
  assert.equal(interrupts(), LEVEL_LOW);
  drive(true);
  assert.equal(interrupts(), LEVEL_HIGH | EDGE_HIGH);
  drive(false);
  assert.equal(interrupts(), LEVEL_LOW | EDGE_HIGH | EDGE_LOW);
});

test('a short circuit is told once, while the chip keeps its level', () => {
  const { output, drive, level, events } = pin();
  output(1);
  drive(false);
  drive(false);
  assert.equal(level(), 1);
  assert.deepEqual(events, [{ pin: PIN, level: true }, { contention: PIN }]);
});
