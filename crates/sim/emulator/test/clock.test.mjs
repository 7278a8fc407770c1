import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualClock } from '../clock.mjs';

test('alarms ring in the order of their times, and of their setting where those are the same', () => {
  const clock = new VirtualClock();
  const rung = [];
  const alarm = (name) => clock.createAlarm(() => rung.push([name, clock.nanos]));
  alarm('third').schedule(20);
  alarm('first').schedule(10);
  alarm('second').schedule(10);
  clock.tick(15);
  assert.deepEqual(rung, [['first', 10], ['second', 10]]);
  clock.tick(5);
  assert.deepEqual(rung.at(-1), ['third', 20]);
});

test('an alarm that is set again moves, and one that is cancelled is silent', () => {
  const clock = new VirtualClock();
  const rung = [];
  const moved = clock.createAlarm(() => rung.push(clock.nanos));
  const cancelled = clock.createAlarm(() => rung.push('never'));
  moved.schedule(5);
  cancelled.schedule(6);
  moved.scheduleAt(30);
  cancelled.cancel();
  cancelled.cancel();
  clock.tick(100);
  assert.deepEqual(rung, [30]);
});

test('an alarm can set itself anew while it rings, within the same step', () => {
  const clock = new VirtualClock();
  let times = 0;
  const alarm = clock.createAlarm(() => {
    times += 1;
    alarm.schedule(10);
  });
  alarm.schedule(10);
  clock.tick(35);
  assert.equal(times, 3);
  assert.equal(clock.nanos, 35);
});
