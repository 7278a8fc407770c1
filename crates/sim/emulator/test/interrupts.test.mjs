import assert from 'node:assert/strict';
import test from 'node:test';
import { Assembler, bus, idleChip, PPB, runImage, TIMER } from './support.mjs';

const ISER = PPB + 0x100;
const ISPR = PPB + 0x200;
const ICPR = PPB + 0x280;
const SOFTWARE_INTERRUPT = 26;
const UART0 = 20;

/** Counts in register 5 how often a handler runs. */
const handler = (program, name) => program.label(name).adds(5, 1).bx(14);

test('an interrupt that software pends is taken once', () => {
  for (const interrupt of [UART0, SOFTWARE_INTERRUPT]) {
    const program = new Assembler().movs(5, 0).poke(ISER, 1 << interrupt).poke(ISPR, 1 << interrupt);
    program.label('end').branch('end');
    handler(program, 'handler');
    const { machine } = runImage(program.image({ [16 + interrupt]: 'handler' }), 100_000);
    assert.equal(machine.chip.core.registers[5], 1);
  }
});

test('a pulse stays pending after its line has fallen', () => {
  const { mcu } = idleChip();
  mcu.setInterrupt(UART0, true);
  mcu.setInterrupt(UART0, false);
  assert.equal(bus(mcu).read(ISPR), 1 << UART0);
});

test('ICPR clears what is pending, but not what its line still asks for', () => {
  const { mcu } = idleChip();
  const { read, write } = bus(mcu);
  mcu.setInterrupt(UART0, true);
  write(ISPR, 1 << SOFTWARE_INTERRUPT);
  write(ICPR, (1 << UART0) | (1 << SOFTWARE_INTERRUPT));
  assert.equal(read(ISPR), 1 << UART0);
  mcu.setInterrupt(UART0, false);
  write(ICPR, 1 << UART0);
  assert.equal(read(ISPR), 0);
});

test('a line that is still high when its handler returns is served again', () => {
  const program = new Assembler().movs(5, 0).poke(ISER, 1).poke(TIMER + 0x38, 1).poke(TIMER + 0x3c, 1);
  program.label('end').branch('end');
  // The third time round the handler takes the forced interrupt back.
  program.label('handler').adds(5, 1).cmp(5, 3).branchIfNotZero('leave').poke(TIMER + 0x3c, 0);
  program.label('leave').bx(14);
  const { machine } = runImage(program.image({ 16: 'handler' }), 1_000_000);
  assert.equal(machine.chip.core.registers[5], 3);
});

/** A program that sleeps with the timer's interrupt coming in 50 us, and counts in register 4 what follows. */
function sleeper(mask) {
  const program = new Assembler().movs(4, 0).movs(5, 0).poke(ISER, 1).poke(TIMER + 0x38, 1);
  if (mask) program.maskInterrupts();
  program.poke(TIMER + 0x10, 50).wfi().movs(4, 1);
  return program;
}

test('a masked interrupt ends a sleep, and its handler waits until it is let through', () => {
  const masked = sleeper(true).label('end').branch('end');
  masked.label('handler').adds(5, 1).poke(TIMER + 0x34, 1).bx(14);
  const held = runImage(masked.image({ 16: 'handler' }), 100_000).machine.chip.core.registers;
  assert.deepEqual([held[4], held[5]], [1, 0]);

  const released = sleeper(true).unmaskInterrupts().label('end').branch('end');
  released.label('handler').adds(5, 1).poke(TIMER + 0x34, 1).bx(14);
  const taken = runImage(released.image({ 16: 'handler' }), 100_000).machine.chip.core.registers;
  assert.deepEqual([taken[4], taken[5]], [1, 1]);
});

test('an interrupt that is already pending keeps the core from sleeping', () => {
  const program = new Assembler().movs(4, 0).maskInterrupts().poke(ISER, 1 << UART0).poke(ISPR, 1 << UART0);
  program.nop().wfi().movs(4, 1).label('end').branch('end');
  const { machine } = runImage(program.image(), 100_000);
  assert.equal(machine.chip.core.registers[4], 1);
});

test('SEV lets the next WFE pass, and only that', () => {
  const program = new Assembler().movs(4, 0).sev().wfe().movs(4, 1).wfe().movs(4, 2).label('end').branch('end');
  const { machine } = runImage(program.image(), 100_000);
  assert.equal(machine.chip.core.registers[4], 1);
});

test('an interrupt costs the cycles that the core needs to enter its handler', () => {
  const { chip, mcu, clock } = idleChip();
  const before = clock.nanos;
  mcu.core.SP = 0x20001000;
  mcu.core.exceptionEntry(16);
  assert.equal(Math.round((clock.nanos - before) / chip.cycleNanos), 15);
});

test('of two interrupts the more urgent goes first, of equals the lower number', () => {
  const order = (priority20, priority26) => {
    const program = new Assembler().movs(4, 0).poke(PPB + 0x414, priority20).poke(PPB + 0x418, priority26 << 16);
    program.poke(ISER, (1 << UART0) | (1 << SOFTWARE_INTERRUPT)).maskInterrupts();
    program.poke(ISPR, (1 << UART0) | (1 << SOFTWARE_INTERRUPT)).unmaskInterrupts().label('end').branch('end');
    program.label('uart').raw(0x0124).adds(4, 1).bx(14); // lsls r4, r4, #4
    program.label('software').raw(0x0124).adds(4, 2).bx(14);
    const image = program.image({ [16 + UART0]: 'uart', [16 + SOFTWARE_INTERRUPT]: 'software' });
    return runImage(image, 200_000).machine.chip.core.registers[4];
  };
  assert.equal(order(0x00, 0x00), 0x12);
  assert.equal(order(0xc0, 0x40), 0x21);
});

test('the system control registers that firmware reads and modifies are there', () => {
  const { mcu } = idleChip();
  const { read, write } = bus(mcu);
  write(PPB + 0xd10, 0xffffffff);
  assert.equal(read(PPB + 0xd10), 0x16);
  assert.equal(read(PPB + 0xd0c), 0xfa050000);
});

test('a reset request resets the chip, and only with its key', () => {
  const request = (value) => runImage(new Assembler().poke(PPB + 0xd0c, value).label('end').branch('end').image(), 20_000);
  assert.ok(request(0x05fa0004).events.some((event) => event.reset === 'software'));
  assert.deepEqual(request(0x00000004).events, []);
});
