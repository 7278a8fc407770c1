import assert from 'node:assert/strict';
import test from 'node:test';
import { Machine } from '../machine.mjs';
import { Assembler, blink, IO_BANK0, PADS_BANK0, runImage, SIO, TIMER, withOutput } from './support.mjs';

const UART0 = 0x40034000;
const CLK_PERI_CTRL = 0x40008048;

/** Sends back each byte that UART0 receives, by polling; some 115108 baud from the crystal's 12 MHz. */
function echo() {
  const program = new Assembler().poke(IO_BANK0 + 4, 2).poke(IO_BANK0 + 12, 2).poke(CLK_PERI_CTRL, 0x880);
  program.poke(UART0 + 0x24, 6).poke(UART0 + 0x28, 33).poke(UART0 + 0x2c, 0x70).poke(UART0 + 0x30, 0x301);
  program.constant(0, UART0).movs(3, 16);
  program.label('wait').load(1, 0, 0x18).raw(0x4219).branchIfNotZero('wait'); // tst r1, r3
  program.load(2, 0).store(2, 0).branch('wait');
  return program.image();
}

const text = (events) => Buffer.concat(events.filter((e) => e.bytes).map((e) => Buffer.from(e.bytes, 'hex'))).toString();

test('a pin blinks at the pace of the timer while the core sleeps', () => {
  const { machine, events } = runImage(blink(25), 10_000_000);
  const times = events.map((event) => event.t);
  assert.equal(times.length, 99);
  assert.ok(times.every((t, index) => index === 0 || Math.abs(t - times[index - 1] - 100_000) <= 1));
  assert.ok(machine.summary().sleptNs > 9_000_000);
});

test('the same run gives the same events', () => {
  const stimuli = () => [{ at: 50_500, pin: 3, level: true }, { at: 70_000, uart: 0, bytes: Buffer.from('hello'), baud: 9600 }];
  const run = () => JSON.stringify(runImage(blink(2), 5_000_000, stimuli()).events);
  assert.equal(run(), run());
});

test('it does not matter in how many pieces a run is run', () => {
  const whole = runImage(blink(2), 2_000_000).events;
  const events = [];
  const machine = new Machine(blink(2), (event) => events.push(event));
  for (let until = 777; until < 2_000_000; until += 7_777) machine.run(until);
  machine.run(2_000_000);
  assert.deepEqual(events, whole);
});

test('bytes come in at the uart\'s own rate and out again', () => {
  const stimuli = [{ at: 2_000_000, uart: 0, bytes: Buffer.from('Hello, world'), baud: undefined }];
  const { events } = runImage(echo(), 5_000_000, stimuli);
  assert.equal(text(events), 'Hello, world');
  const frames = events.map((event) => event.t);
  assert.ok(Math.abs(frames.at(-1) - frames[0] - 11 * 86_875) < 5_000);
  assert.deepEqual(events[0].pins, [0]);
});

test('stimuli for the same uart follow one another', () => {
  const stimuli = ['ab', 'cd'].map((letters) => ({ at: 2_000_000, uart: 0, bytes: Buffer.from(letters), baud: 115_200 }));
  assert.equal(text(runImage(echo(), 5_000_000, stimuli).events), 'abcd');
});

test('bytes that nobody takes are told as lost', () => {
  const { events } = runImage(blink(2), 1_000_000, [{ at: 500_050, uart: 1, bytes: Uint8Array.of(7), baud: 115_200 }], {
    watch: { pins: [], uarts: undefined },
  });
  assert.deepEqual(events.map(({ t, ...event }) => event), [{ uart: 1, lost: '07', reason: 'receiver is off' }]);
});

test('a bouncing button is a row of edges, at their times', () => {
  const program = new Assembler().poke(PADS_BANK0 + 4 + 60, 0x48).label('end').branch('end');
  const edges = [[100_000, false], [100_200, true], [100_300, false], [900_000, null]];
  const { events } = runImage(program.image(), 1_000_000, edges.map(([at, level]) => ({ at, pin: 15, level })));
  assert.deepEqual(
    events.slice(1).map((event) => [event.t, event.level, event.by]),
    [[100_000, 0, 'outside'], [100_200, 1, 'outside'], [100_300, 0, 'outside'], [900_000, 1, 'pull']],
  );
});

test('a stop ends the run at its time', () => {
  const machine = new Machine(blink(2), () => {});
  machine.add({ at: 333_000, stop: true });
  assert.equal(machine.run(1_000_000), 'stopped');
  assert.ok(machine.now >= 333_000 && machine.now < 334_000);
});

test('a loop that never sleeps ends with the virtual time, or with the wall clock', () => {
  const busy = new Assembler().label('again').adds(0, 1).branch('again').image();
  assert.equal(new Machine(busy, () => {}).run(1_000_000), 'time');
  assert.equal(new Machine(busy, () => {}).run(1e15, Date.now() + 30), 'wall-limit');
});

/** Works for so many microseconds, then raises pin 2 and sleeps for ever. */
function workFor(micros) {
  const program = withOutput(2).poke(TIMER + 0x38, 1).poke(0xe000e100, 1).constant(2, TIMER).constant(4, micros);
  program.store(4, 2, 0x10).label('work').branch('work');
  program.label('alarm').movs(3, 1).store(3, 2, 0x34).constant(0, SIO + 0x14).constant(1, 1 << 2).store(1, 0);
  program.label('sleep').wfi().branch('sleep');
  return program.image({ 16: 'alarm' });
}

test('work in whose middle a run ends is endless only where it goes on for 4 s, and nothing is told of what comes behind the end', () => {
  const end = (micros) => {
    const { machine, events } = runImage(workFor(micros), 1e9);
    machine.endWork();
    return events;
  };
  assert.deepEqual(end(3_000_000), []);
  const [endless, ...more] = end(5_000_000);
  assert.deepEqual([endless.t, endless.broken, endless.task, more], [0, 'never sleeps', undefined, []]);
  assert.match(endless.note, /^the core worked for 40[0-2]\d ms without a pause, and in no task$/);
});

test('a branch to itself costs no work, and counts like any other', () => {
  const still = new Assembler().label('end').branch('end').image();
  const { machine } = runImage(still, 3_600e9);
  const { retiredInstructions } = machine.summary();
  assert.equal(retiredInstructions, Math.ceil(3_600e9 / (2 * machine.chip.cycleNanos)));
});

test('only what is watched is reported', () => {
  const { events } = runImage(blink(2), 500_000, [{ at: 1, pin: 9, level: true }], { watch: { pins: [9], uarts: [] } });
  assert.deepEqual(events.map((event) => event.pin), [9]);
});

test('accesses to what is not modelled are counted', () => {
  const { machine } = runImage(new Assembler().poke(0x40060000, 5).label('end').branch('end').image(), 100_000);
  assert.deepEqual(machine.summary().unmodelled, { 'ROSC_BASE: Unimplemented peripheral write to 0x0: 0x5': 1 });
});
