import assert from 'node:assert/strict';
import test from 'node:test';
import { Rate } from '../rate.mjs';
import { blink, runImage } from './support.mjs';

test('a clock without drift shows the time since its start', () => {
  const rate = new Rate(1_000);
  assert.equal(rate.toWorld(250), 1_250);
  assert.equal(rate.toOwn(1_250), 250);
});

test('a moment of the world has come when the clock shows what it becomes', () => {
  for (const millionths of [-50_000, -37, 41, 50_000]) {
    const rate = new Rate(1_000);
    rate.drift(millionths, 500);
    for (const world of [1_500, 1_501, 12_345, 987_654_321, 3_600_000_000_000]) {
      const own = rate.toOwn(world);
      assert.ok(rate.toWorld(own) >= world && rate.toWorld(own) < world + 2, `${millionths} ${world}`);
    }
  }
});

test('a chip with a fast clock is early from the moment at which it drifts, and a slow one late', () => {
  const drift = (millionths) => runImage(blink(25), 10_000_000, [{ at: 5_000_000, drift: millionths }]).events.map((event) => event.t);
  const [steady, fast, slow] = [0, 10_000, -10_000].map(drift);
  assert.equal(steady.length, 99);
  const at = (moments, index) => moments[index] - steady[index];
  assert.equal(at(fast, 20), 0);
  assert.ok(Math.abs(at(fast, 89) + 4_000_000 * 0.01) < 600, `${at(fast, 89)}`);
  assert.ok(Math.abs(at(slow, 89) - 4_000_000 * 0.01) < 600, `${at(slow, 89)}`);
});

test('it does not matter in how many pieces a drifting run is run', () => {
  const stimuli = [{ at: 1_000_000, drift: 333 }];
  const whole = runImage(blink(25), 4_000_000, stimuli).events;
  const { machine, events } = runImage(blink(25), 0, stimuli);
  for (let until = 777; until < 4_000_000; until += 7_777) machine.run(until);
  machine.run(4_000_000);
  assert.deepEqual(events, whole);
});
