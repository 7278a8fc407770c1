import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, idleChip, TIMER } from './support.mjs';

const ALARM0 = TIMER + 0x10;
const ARMED = TIMER + 0x20;
const INTR = TIMER + 0x34;

function ringsAt(from, value) {
  const { mcu, clock } = idleChip();
  const { read, write } = bus(mcu);
  clock.tickTo(from);
  write(ALARM0, value);
  while (!(read(INTR) & 1)) clock.tickTo(clock.nextAlarm.at);
  assert.equal(read(ARMED) & 1, 0);
  return clock.nanos;
}

test('an alarm rings when the counter reaches it, not in the microsecond before', () => {
  assert.equal(ringsAt(998_700, 1_000), 1_000_000);
  assert.equal(ringsAt(999_999, 1_000), 1_000_000);
});

test('an alarm for the present microsecond rings at once', () => {
  assert.equal(ringsAt(1_000_300, 1_000), 1_000_300);
});

test('an alarm for the past waits for the counter to come round', () => {
  assert.equal(ringsAt(1_000_300, 999), (2 ** 32 + 999) * 1_000);
});
