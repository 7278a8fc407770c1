import assert from 'node:assert/strict';
import test from 'node:test';
import { Assembler, CLOCKS, IO_BANK0, PLL_SYS, PPB, runImage, SIO, WATCHDOG } from './support.mjs';

const CTRL = WATCHDOG;
const LOAD = WATCHDOG + 4;
const REASON = WATCHDOG + 8;
const SCRATCH3 = WATCHDOG + 0x18;
const ENABLE = 1 << 30;
const TRIGGER = 2 ** 31;

/** Counts its starts in a scratch register and in the RAM; at the first start it begins to do `first`. */
function counter(first) {
  const program = new Assembler();
  program.constant(0, SCRATCH3).load(1, 0).adds(1, 1).store(1, 0).constant(2, 0x20003000).load(3, 2).adds(3, 1).store(3, 2);
  program.constant(4, REASON).load(5, 4).cmp(1, 1).branchIfNotZero('end');
  first(program);
  return program.label('end').branch('end').image();
}

test('an unfed watchdog resets the chip after its time, and its scratch registers and the RAM keep what they held', () => {
  // RP2040 erratum E1: the counter goes down twice each microsecond.
  const image = counter((program) => program.poke(LOAD, 2_000).poke(CTRL, ENABLE));
  const { machine, events } = runImage(image, 3_000_000);
  assert.deepEqual(events.map((event) => event.reset), ['watchdog']);
  assert.ok(events[0].t > 1_000_000 && events[0].t < 1_020_000, `${events[0].t}`);
  const { registers } = machine.chip.core;
  assert.deepEqual([registers[1], registers[3], registers[5]], [2, 2, 1]);
  assert.ok(machine.now >= 3_000_000 && machine.now < 3_000_500, 'the run ends with the instruction that reaches its end');
  assert.equal(machine.summary().resets, 1);
});

test('a brown-out takes the RAM and the scratch registers too, and lets go of the pins', () => {
  const image = counter((program) => program.poke(IO_BANK0 + 4, 5).poke(SIO + 0x24, 1).poke(SIO + 0x14, 1));
  const { machine, events } = runImage(image, 3_000_000, [{ at: 2_000_000, brownOut: true }]);
  const told = events.map(({ t, ...event }) => event);
  const on = { pin: 0, level: 1, by: 'chip' };
  assert.deepEqual(told, [on, { reset: 'brown-out' }, { pin: 0, level: 0, by: 'pull' }, on]);
  assert.equal(events[1].t, 2_000_000);
  const { registers } = machine.chip.core;
  assert.deepEqual([registers[1], registers[3], registers[5]], [1, 1, 0]);
});

test('a watchdog that is told to fire says so in its reason', () => {
  const { machine } = runImage(counter((program) => program.poke(CTRL, TRIGGER)), 1_000_000);
  assert.equal(machine.chip.core.registers[5], 2);
});

test('a reset lets go of the pins', () => {
  const image = counter((program) =>
    program.poke(IO_BANK0 + 4, 5).poke(SIO + 0x24, 1).poke(SIO + 0x14, 1).poke(PPB + 0xd0c, 0x05fa0004),
  );
  const { events } = runImage(image, 1_000_000);
  assert.deepEqual(
    events.map(({ t, ...event }) => event),
    [{ pin: 0, level: 1, by: 'chip' }, { reset: 'software' }, { pin: 0, level: 0, by: 'pull' }],
  );
});

test('stimuli keep their times through a reset that comes between two nanoseconds', () => {
  const image = counter((program) =>
    program
      .poke(PLL_SYS, 1)
      .poke(PLL_SYS + 8, 133)
      .poke(PLL_SYS + 12, (6 << 16) | (2 << 12))
      .poke(CLOCKS + 0x3c, 1)
      .poke(PPB + 0xd0c, 0x05fa0004),
  );
  const stimuli = Array.from({ length: 100 }, (_, index) => ({ at: 50_001 + 37 * index, pin: 9, level: index % 2 === 0 }));
  const { events } = runImage(image, 100_000, stimuli);
  assert.equal(events[0].reset, 'software');
  assert.deepEqual(events.slice(1).map((event) => event.t), stimuli.map((stimulus) => stimulus.at));
});
