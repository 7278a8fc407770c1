import assert from 'node:assert/strict';
import test from 'node:test';
import { Noise } from '../fidelity/noise.mjs';
import { bus, idleChip } from './support.mjs';

const draw = (seed) => {
  const noise = new Noise(20, seed);
  return Array.from({ length: 200 }, () => noise.on(1_000));
};

test('noise is the same for the same seed and never more than said', () => {
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.ok(draw(7).every((value) => value >= 980 && value <= 1_020));
  assert.ok(draw(7).includes(980) && draw(7).includes(1_020), 'both ends are reached');
  assert.equal(new Noise(50, 1).on(0) >= 0, true);
});

// `it_is_drawn_as_the_emulator_draws_it` in crates/hal-sim/src/noise.rs has the same numbers.
test('it is drawn as the simulation draws it', () => {
  assert.deepEqual(draw(7).slice(0, 6), [993, 1_017, 1_009, 1_010, 994, 1_017]);
});

test('each conversion of a noisy channel is another, and other channels are quiet', () => {
  const { chip, mcu, clock } = idleChip();
  const { read, write } = bus(mcu);
  chip.adc.millivolts.splice(0, 2, 1_650, 1_650);
  chip.adc.noises[0] = new Noise(100, 3);
  const measure = (channel) => {
    write(0x4004c000, 1 | 4 | (channel << 12));
    clock.tick(2_001);
    return read(0x4004c004);
  };
  const noisy = Array.from({ length: 20 }, () => measure(0));
  assert.ok(new Set(noisy).size > 10);
  // 100 mV are 124 steps.
  assert.ok(noisy.every((steps) => Math.abs(steps - 2_048) <= 125));
  assert.equal(measure(1), 2_048);
});
